"""Learning the winner once more, from other rows or by another seed."""

from __future__ import annotations

from dataclasses import replace

from interlock.contract import Contract
from interlock.develop.calibration import Calibrated
from interlock.develop.candidates import Fitted, Limits
from interlock.develop.candidates.blend import Blend
from interlock.develop.recipe import candidate_named
from interlock.develop.sample import Sample

__all__ = ["can_relearn", "relearn"]


def can_relearn(fitted: Fitted, name: str) -> bool:
    """Whether there is a candidate that learns such a model: a model that was brought along has none.

    Args:
        fitted: The model.
        name: What the leaderboard calls it.
    """
    if isinstance(fitted, Calibrated):
        return can_relearn(fitted.model, name)
    if isinstance(fitted, Blend):
        return all(can_relearn(*each) for each in zip(fitted.members, fitted.names, strict=True))
    return candidate_named(name) is not None


def relearn(fitted: Fitted, name: str, rows: Sample, contract: Contract, limits: Limits) -> Fitted:
    """Learn in the setting and with the rounds that a model has; a calibration map and weights are kept.

    Args:
        fitted: The model.
        name: What the leaderboard calls it.
        rows: To learn from.
        contract: What the columns are.
        limits: Time, seed, cores.

    Raises:
        LookupError: If `can_relearn` says no.
    """
    if isinstance(fitted, Calibrated):
        return replace(fitted, model=relearn(fitted.model, name, rows, contract, limits))
    if isinstance(fitted, Blend):
        pairs = zip(fitted.members, fitted.names, strict=True)
        return replace(fitted, members=tuple(relearn(*each, rows, contract, limits) for each in pairs))
    candidate = candidate_named(name)
    if candidate is None:
        raise LookupError(name)
    return candidate.refit(fitted, rows, contract, limits)
