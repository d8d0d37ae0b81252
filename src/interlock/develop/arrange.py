"""Which rows to learn from and which to compare on, and which columns no model may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.develop.development import Rows
from interlock.develop.folds import Fold, Kind, folds
from interlock.develop.rare import Rare, rare, require_two
from interlock.develop.sample import Sample, require_moderate, sample
from interlock.develop.trend import clocks
from interlock.errors import InputError
from interlock.table import Dataset, Table, dataset, open_table, split
from interlock.table.forward import split_forward
from interlock.table.split import Split

__all__ = ["By", "Parts", "arrange", "count"]

By = Literal["time", "random", "group", "time_group"]
_ASIDE = 0.2  # of the rows, to compare the candidates on where they are many
_FOLDS = 5
#: Up to so many rows are measured in several folds: one part of them would say too little.
FEW_ROWS = 15_000


class Parts(NamedTuple):
    """How the rows of a development are parted.

    Args:
        folds: Which rows to learn from and which to measure on; several times where rows are few.
        explanation: How they were chosen.
        kind: What decides how all these rows may be parted.
    """

    folds: tuple[Fold, ...]
    explanation: str
    kind: Kind

    @property
    def measured(self) -> int:
        """How many rows are measured on."""
        return sum(len(fold.watched) for fold in self.folds)


def arrange(
    data: Dataset | Table,
    contract: Contract,
    by: By | None,
    seed: int,
    tell: Callable[[str], None],
    declared: tuple[tuple[str, str], ...] = (),
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
        declared=declared,
    )
    require_two(everything, contract)
    few = rare(everything, contract, _FOLDS)
    if everything.weights is not None and contract.weight is not None:
        require_moderate(everything.weights, f"weight `{contract.weight.name}`")
    parts = _part(everything, checked, places, by, seed, few)
    tell(f"comparing on {parts.explanation}")
    return checked, everything, parts, (*warnings, *(each.note for each in few))


def _units(data: Dataset, places: NDArray[np.intp]) -> NDArray[np.int64] | None:
    """Number the groups, or else the days: what rows share beyond their columns."""
    if data.groups is not None:
        shared = data.groups[places]
    elif data.time is not None:
        shared = np.floor(data.time[places] / 86_400)
    else:
        return None
    return np.unique(shared, return_inverse=True)[1].astype(np.int64)


def _part(
    everything: Sample,
    data: Dataset,
    places: NDArray[np.intp],
    by: By | None,
    seed: int,
    few: tuple[Rare, ...],
) -> Parts:
    by = by or _declared(data)
    chosen = _split(everything, data, places, by, seed)
    kind = _kind(everything, data, places, by)
    once = Fold(chosen.train, chosen.holdout)
    if len(everything) <= FEW_ROWS or not _is_telling(everything, once):
        cut = _several(kind, seed, few)
        several = tuple(fold for fold in cut if _is_telling(everything, fold))
        if len(several) > 1:
            return Parts(several, _explained(several, kind, few, len(cut) - len(several)), kind)
    _require_telling(everything, once, chosen.explanation)
    return Parts((once,), chosen.explanation, kind)


def _several(kind: Kind, seed: int, few: tuple[Rare, ...]) -> tuple[Fold, ...]:
    """Cut folds; with a time only the later ones, which learn from half of the rows at least."""
    rarest = few[0].rows if few and kind.task == "binary" and _is_random(kind) else _FOLDS
    try:
        found = folds(kind, count=min(_FOLDS, rarest), seed=seed)
    except InputError:
        return ()
    return found[_FOLDS // 2 :] if kind.time is not None else found


def _is_telling(everything: Sample, fold: Fold) -> bool:
    """Tell whether there is something to learn and, of classes, something to tell apart."""
    measured = everything.task == "regression" or not _one_value(everything, fold.watched)
    return measured and not _one_value(everything, fold.learn)


def _one_value(everything: Sample, rows: NDArray[np.integer]) -> bool:
    return len(np.unique(everything.target[rows])) < 2


def _require_telling(everything: Sample, once: Fold, explanation: str) -> None:
    if not _is_telling(everything, once):
        part = "learn from" if _one_value(everything, once.learn) else "compare on"
        raise InputError(
            f"the part to {part} has one value of the target",
            got=explanation,
            next_step='compare on rows chosen at random: by="random"',
        )


def _is_random(kind: Kind) -> bool:
    return kind.time is None and kind.groups is None


def _explained(several: tuple[Fold, ...], kind: Kind, few: tuple[Rare, ...], lost: int) -> str:
    rows = sum(len(fold.watched) for fold in several)
    parted = "in the order of time, each later than what was learned from" if kind.time is not None else ""
    apart = "of groups that were not learned from" if kind.groups is not None else ""
    how = " and ".join(each for each in (parted, apart) if each) or "at random"
    if _is_random(kind) and kind.task != "regression":
        how = f"at random, each class keeping its share{_but(few, kind)}"
    left = f"; {lost} more with one class alone {'is' if lost == 1 else 'are'} left out" if lost else ""
    return f"{rows:,} rows in {len(several)} folds {how}{left}"


def _but(few: tuple[Rare, ...], kind: Kind) -> str:
    """Say what rare classes have changed."""
    if not few:
        return ""
    if kind.task == "binary":
        return f", not in {_FOLDS}, as class `{few[0].name}` has {few[0].rows} rows"
    return f" but {', '.join(f'`{each.name}`' for each in few)}, with fewer rows than folds"


def _kind(everything: Sample, data: Dataset, places: NDArray[np.intp], by: By) -> Kind:
    time = data.time[places] if data.time is not None and "time" in by else None
    groups = data.groups[places] if data.groups is not None and "group" in by else None
    return Kind(everything.task, everything.target, time, groups)


def _declared(data: Dataset) -> By:
    if data.time is not None:
        return "time" if data.groups is None else "time_group"
    return "random" if data.groups is None else "group"


def _split(everything: Sample, data: Dataset, places: NDArray[np.intp], by: By, seed: int) -> Split:
    time, groups = (None if each is None else each[places] for each in (data.time, data.groups))
    for kind, values in (("time", time), ("group", groups)):
        if kind in by and values is None:
            raise InputError(
                f"rows cannot be split by {kind}: no {kind} column is declared",
                next_step=f'declare the {kind} column, or use by="random"',
            )
    if time is not None and groups is not None and by == "time_group":
        return split_forward(time, groups, fraction=_ASIDE, seed=seed)
    if by == "random" and everything.task == "regression":
        return split(len(everything), fraction=_ASIDE, seed=seed)
    if by == "random":
        return split(everything.target, kind="stratified", fraction=_ASIDE, seed=seed)
    values = time if by == "time" else groups
    return split(np.empty(0) if values is None else values, kind=cast("Any", by), fraction=_ASIDE, seed=seed)


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


def count(data: Dataset, everything: Sample, parts: Parts) -> Rows:
    """Count what became of the rows."""
    rejected = int(np.count_nonzero(data.checked.rejected))
    used, measured = len(everything), parts.measured
    return Rows(len(data), rejected, len(data) - rejected - used, used - measured, measured)
