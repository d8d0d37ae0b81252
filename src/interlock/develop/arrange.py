"""Which rows to learn from and which to compare on, and which columns no model may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.develop.development import Rows
from interlock.develop.sample import Sample, sample
from interlock.develop.trend import clocks
from interlock.errors import InputError
from interlock.table import Dataset, Table, dataset, open_table, split

__all__ = ["By", "Parts", "arrange", "count"]

By = Literal["time", "random", "group"]
_ASIDE = 0.2  # of the rows, to compare the candidates on


class Parts(NamedTuple):
    """The rows of a development.

    Args:
        learn: To learn from while comparing.
        aside: To compare on.
        explanation: How they were chosen.
    """

    learn: Sample
    aside: Sample
    explanation: str


def arrange(
    data: Dataset | Table, contract: Contract, by: By | None, seed: int, tell: Callable[[str], None]
) -> tuple[Dataset, Sample, Parts, tuple[str, ...]]:
    """Return all rows, those to learn from, their two parts, and what is to be known about the columns."""
    checked = data if isinstance(data, Dataset) else dataset(open_table(data), contract)
    everything, places = sample(checked, contract)
    everything, warnings = _without_clocks(everything, checked, places, contract)
    everything = replace(
        everything,
        units=_units(checked, places),
        weights=None if checked.weights is None else checked.weights[places],
        time=None if checked.time is None else checked.time[places],
    )
    parts = _part(everything, checked, places, by, seed)
    tell(f"comparing on {parts.explanation}")
    return checked, everything, parts, warnings


def _units(data: Dataset, places: NDArray[np.intp]) -> NDArray[np.int64] | None:
    """Number the groups, or else the days: what rows share beyond their columns."""
    if data.groups is not None:
        shared = data.groups[places]
    elif data.time is not None:
        shared = np.floor(data.time[places] / 86_400)
    else:
        return None
    return np.unique(shared, return_inverse=True)[1].astype(np.int64)


def _part(everything: Sample, data: Dataset, places: NDArray[np.intp], by: By | None, seed: int) -> Parts:
    by = by or ("time" if data.time is not None else "random")
    kind, labels = _labels(everything, data, places, by)
    chosen = split(labels, kind=kind, fraction=_ASIDE, seed=seed)
    learn, aside = everything.take(chosen.train), everything.take(chosen.holdout)
    if len(np.unique(learn.target)) < 2:
        raise InputError(
            "the part to learn from has one value of the target",
            got=chosen.explanation,
            next_step='compare on rows chosen at random: by="random"',
        )
    return Parts(learn, aside, chosen.explanation)


def _labels(everything: Sample, data: Dataset, places: NDArray[np.intp], by: By) -> tuple[Any, Any]:
    if by == "random":
        regression = everything.task == "regression"
        return ("random", len(everything)) if regression else ("stratified", everything.target)
    values = data.time if by == "time" else data.groups
    if values is None:
        raise InputError(
            f"rows cannot be split by {by}: no {by} column is declared",
            next_step=f'declare the {by} column, or use by="random"',
        )
    return by, values[places]


def _without_clocks(
    everything: Sample, data: Dataset, places: NDArray[np.intp], contract: Contract
) -> tuple[Sample, tuple[str, ...]]:
    if data.time is None:
        return everything, ()
    found = clocks(everything.numbers, data.time[places], contract)
    notes = tuple(
        f"`{clock.name}` goes with time (rank correlation {clock.correlation:.2f}), so no model uses it: "
        "in service it would hold only values that were not learned from"
        for clock in found
    )
    return replace(everything, unused=tuple(clock.place for clock in found)), notes


def count(data: Dataset, parts: Parts) -> Rows:
    """Count what became of the rows."""
    rejected = int(np.count_nonzero(data.checked.rejected))
    used = len(parts.learn) + len(parts.aside)
    return Rows(len(data), rejected, len(data) - rejected - used, len(parts.learn), len(parts.aside))
