"""What is told of a model once it is known: what it uses, how its answers go with that, and why each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from interlock.contract import Contract
from interlock.develop.candidates import Fitted
from interlock.develop.contributions import Reach, contributions
from interlock.develop.dependence import Dependence, dependences
from interlock.develop.explanation import explanation
from interlock.develop.importance import Importance, importances
from interlock.develop.sample import Sample

__all__ = ["Described", "describe"]

_MOST_COLUMNS = 6
_MOST_ROWS = 200
_SHARE, _SHORTEST, _LONGEST = 0.2, 0.5, 10.0  # of the time that is left, and in seconds


class Described(NamedTuple):
    """What a `Development` says of its model; see there."""

    importances: tuple[Importance, ...]
    explanation: bytes
    dependences: tuple[Dependence, ...]
    reach: tuple[Reach, ...]


def describe(
    fitted: Fitted,
    compared: Fitted,
    everything: Sample,
    unseen: Sample,
    contract: Contract,
    seed: int,
    left: float,
) -> Described:
    """Measure what the model uses, and make its explanation.

    Args:
        fitted: The model that is compiled.
        compared: The same before it learned from `unseen`; what columns are worth is said of this one.
        everything: All training rows.
        unseen: The rows that were held back.
        contract: What the columns are.
        seed: Of everything drawn.
        left: Seconds that are left of the budget. Each of three measurements takes a fifth of it, between
            half a second and ten.
    """
    seconds = min(_LONGEST, max(_SHORTEST, _SHARE * left))
    worth = importances(compared, unseen, contract, seed=seed, seconds=seconds)
    columns = [each.column for each in worth[:_MOST_COLUMNS] if each.value > 0]
    told = explanation(fitted, everything, contract, seed=seed)
    data = told.to_bytes() if told is not None else b""
    return Described(
        worth,
        data,
        dependences(fitted, unseen, contract, columns, seed=seed, seconds=seconds),
        _reach(fitted, data, unseen, contract, seed, seconds) if data else (),
    )


def _reach(
    fitted: Fitted, data: bytes, unseen: Sample, contract: Contract, seed: int, seconds: float
) -> tuple[Reach, ...]:
    drawn = unseen.take(np.random.default_rng(seed).permutation(len(unseen))[:_MOST_ROWS])
    return contributions(fitted, data, drawn, contract.classes, seconds=seconds).reach
