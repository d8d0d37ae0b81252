"""Columns that name an entity with many rows: its rows belong on one side of a split."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.association import is_known, target_values
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import Estimate
from interlock.explore.statistics.intraclass import intraclass
from interlock.explore.statistics.ranked import ranked
from interlock.profile import Values
from interlock.report import Intervals
from interlock.report.format import count, number

__all__ = ["entities"]

#: An entity has at least so many rows in the mean, at most so many; there are at least so many entities.
_FEWEST, _MOST, _ENTITIES = 2.0, 1000.0, 30
#: None has more than this share of the rows: that would be a default, not an entity.
_LARGEST = 0.1
#: Where an entity is a time, rows of one are alike in it to this degree: a split by time takes care of them.
_TIME = 0.95
#: Rows of one entity are alike from this share of the target's variance on (lower end of the interval).
_ALIKE = 0.1
#: What else an entity's rows have in common is measured on at most so many other columns.
_OTHERS = 12
_P, _FINDINGS = 0.001, 3


class _Entity(NamedTuple):
    name: str
    groups: NDArray[np.int64]
    rows: NDArray[np.int64]
    target: Estimate


def entities(sample: Sample, contract: Contract, *, without: Collection[str] = ()) -> Iterator[Finding]:
    """Yield the columns whose values are shared by rows that are much alike in the target.

    Only strings and whole numbers can name an entity. Of a whole number only what its neighbours do not share
    counts, so that a measurement, whose effect is smooth, is no entity.

    Args:
        sample: Rows of the table.
        contract: With a target; ids and unused columns are looked at, too.
        without: Columns to leave out, such as those that leak.
    """
    if contract.target is None:
        return
    goal = _goal(target_values(sample, contract), contract)
    found = [
        each
        for column in contract.columns
        if column.role in ("feature", "id", "ignore") and column.name not in without
        if (each := _entity(column.name, sample.columns[column.name], goal)) is not None
    ]
    named = [each for each in found if not _is_time(each, sample, contract)]
    for each in sorted(named, key=lambda each: -each.target.value)[:_FINDINGS]:
        yield _finding(each, sample, contract)


def _goal(target: NDArray[np.float64], contract: Contract) -> NDArray[np.float64]:
    """Return the target as a number: of several classes, whether it is the most frequent one."""
    if contract.task != "multiclass":
        return target
    known = ~np.isnan(target)
    most = int(np.bincount(target[known].astype(np.int64)).argmax())
    return np.where(known, (target == most).astype(np.float64), np.nan)


def _entity(name: str, values: Values, goal: NDArray[np.float64]) -> _Entity | None:
    rows = np.flatnonzero(is_known(values) & ~np.isnan(goal))
    groups = _groups(values, rows)
    if groups is None:
        return None
    found = intraclass(goal[rows], groups)
    if found.low < _ALIKE or found.p > _P or (values.kind == "integer" and _smooth(goal[rows], groups)):
        return None
    return _Entity(name, groups, rows, found)


def _groups(values: Values, rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the entity of each row; None where the column cannot name any."""
    if values.kind not in ("string", "integer") or len(rows) < _FEWEST * _ENTITIES:
        return None
    data = values.data[rows]
    # A look at some rows says that a column has few values, without sorting all of them.
    if len(np.unique(data[: 20 * _ENTITIES])) < _ENTITIES / 2:
        return None
    distinct, groups = ranked(data)
    sizes = np.bincount(groups)
    size = len(rows) / len(distinct)
    named = len(distinct) >= _ENTITIES and _FEWEST <= size <= _MOST and sizes.max() <= _LARGEST * len(rows)
    return groups if named else None


def _smooth(y: NDArray[np.float64], groups: NDArray[np.int64]) -> bool:
    """Return whether a value says little more of the target than the values next to it do."""
    y = y / max(float(np.abs(y).max(initial=0.0)), 1e-300)
    beyond = _beyond_neighbours(y, groups)
    rough = intraclass(beyond, groups).low * float(np.var(beyond)) / max(float(np.var(y)), 1e-300)
    return rough < _ALIKE


def _beyond_neighbours(y: NDArray[np.float64], groups: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what each row has beyond the mean of the values next to its own."""
    sums, sizes = np.bincount(groups, y), np.bincount(groups).astype(np.float64)
    beside = [np.append(each[1:], 0.0) + np.append(0.0, each[:-1]) for each in (sums, sizes)]
    found: NDArray[np.float64] = y - (beside[0] / np.maximum(beside[1], 1))[groups]
    return found


def _is_time(each: _Entity, sample: Sample, contract: Contract) -> bool:
    if contract.time is None:
        return False
    time = sample.columns[contract.time.name]
    known = is_known(time)[each.rows]
    return intraclass(time.data[each.rows][known].astype(np.float64), each.groups[known]).value >= _TIME


def _finding(each: _Entity, sample: Sample, contract: Contract) -> Finding:
    target, name = contract.target.name if contract.target else "", each.name
    many, size = int(each.groups.max()) + 1, len(each.groups) / (int(each.groups.max()) + 1)
    sentence = (
        f"Rows of the same `{name}` are alike: {count(many)} of them, {number(size, 2)} rows each, share "
        f"{100 * each.target.value:.0f} % of the variance of `{target}`. If the model meets new ones, part "
        f'by group: `[split] by = "group"`, `group = "{name}"`.'
    )
    method = f"intraclass correlation ICC(1), one-way random effects, F interval; {sample.note}"
    severity = 0.4 + 0.4 * each.target.value
    return finding(
        "entity", (name,), sentence, each.target, method, severity, _picture(each, sample, contract)
    )


def _picture(each: _Entity, sample: Sample, contract: Contract) -> Intervals:
    """Return how alike the rows of an entity are in the target and in other numbers."""
    target = contract.target.name if contract.target else ""
    shown = {target: each.target}
    for column in contract.inputs:
        values = sample.columns[column.name]
        if (
            column.name != each.name
            and values.kind in ("number", "integer", "boolean")
            and len(shown) <= _OTHERS
        ):
            known = is_known(values)[each.rows]
            if known.sum() > len(each.rows) / 2:
                numbers = values.data[each.rows][known].astype(np.float64)
                shown[column.name] = intraclass(numbers, each.groups[known])
    return Intervals(
        title=f"How alike rows of the same {each.name} are",
        n=each.target.n,
        labels=tuple(shown),
        values=tuple(found.value for found in shown.values()),
        low=tuple(found.low for found in shown.values()),
        high=tuple(found.high for found in shown.values()),
        baseline=0.0,
        x_title="share of variance in common (intraclass correlation)",
        note="95 % intervals",
    )
