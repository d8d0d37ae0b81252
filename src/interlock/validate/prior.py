"""The baseline: what one would say knowing nothing of the row, only the target's distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.contract.labels import label
from interlock.profile import ColumnProfile, Profile

__all__ = ["prior"]

Floats = NDArray[np.float64]


def prior(contract: Contract, profile: Profile | None, target: Floats) -> tuple[Floats, str]:
    """Return the same prediction for every row: the share of each class, or the mean.

    Args:
        contract: With task, classes and target.
        profile: Of the training table. Where it does not hold the target, the holdout's own distribution is
            the baseline, which is harder to beat.
        target: Of the holdout, [n].

    Returns:
        [n], or [n, classes] for `multiclass`; and where it is from, in words.

    Example:
        >>> from interlock.contract import Column
        >>> contract = Contract((Column("late", "boolean", "target"),), "binary", ("false", "true"))
        >>> prior(contract, None, np.array([0.0, 1.0, 1.0, 1.0]))
        (array([0.75, 0.75, 0.75, 0.75]), 'the holdout')
    """
    name = contract.target.name if contract.target else ""
    trained = None if profile is None else profile.columns.get(name)
    if trained is None or trained.n == 0:
        values, where = _of_holdout(contract, target), "the holdout"
    else:
        values, where = _of_profile(contract, trained), "the training rows"
    if contract.task == "binary":
        values = values[1:]
    rows = len(target)
    return (np.full(rows, values[0]) if len(values) == 1 else np.tile(values, (rows, 1))), where


def _of_holdout(contract: Contract, target: Floats) -> Floats:
    if contract.task == "regression":
        return np.array([target.mean()])
    return np.bincount(target.astype(np.int64), minlength=len(contract.classes)) / len(target)


def _of_profile(contract: Contract, trained: ColumnProfile) -> Floats:
    if contract.task == "regression":
        return np.array([trained.mean])
    counts = dict.fromkeys(contract.classes, 0)
    for value, count in trained.top(max(trained.distinct, 1)):
        name = label(bool(value)) if trained.kind == "boolean" else label(value)
        counts[name] = counts.get(name, 0) + count
    known = np.array([counts[name] for name in contract.classes], dtype=np.float64)
    return np.asarray(known / max(known.sum(), 1))
