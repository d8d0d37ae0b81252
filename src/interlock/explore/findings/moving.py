"""What can move with time: the target, how many rows there are, the main inputs, and what they lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.association import Association, is_known, target_values
from interlock.explore.findings.leakage import leaks
from interlock.explore.relation import followed
from interlock.explore.sample import Sample
from interlock.explore.series import Series, Unit, of_rows, on_clock, period_of, start_of, within

__all__ = ["Moving", "moments_of", "moving", "time_column"]

#: Inputs that are followed, of so many tried; columns whose missing values are, from this share on.
_INPUTS, _TRIED, _HOLED, _MISSING = 5, 20, 5, 0.005
#: A column that the calendar or the clock determines by so much is a part of it, and moves by itself.
_CALENDAR = 0.9
#: Larger numbers have no mean that a float holds for sure.
_LARGEST = 1e100
Numbers = NDArray[np.float64]
Role = Literal["target", "rows", "input", "missing"]


@dataclass(frozen=True, slots=True, eq=False)
class Moving:
    """One thing that is followed over time.

    Args:
        role: What it is: the `target`, the number of `rows`, an `input`, or the `missing` values of one.
        columns: What a finding about it is about.
        shown: What is averaged, such as `mean of count`.
        moments: When each row happened, seconds since 1970 on the clocks of `zone`, [n].
        values: One a row, [n].
        scale: The rows of the table for each one of the sample.
        note: How the rows were chosen.
        zone: Whose clocks; empty where nobody named them.
    """

    role: Role
    columns: tuple[str, ...]
    shown: str
    moments: Numbers
    values: Numbers
    scale: float
    note: str
    zone: str = ""

    def series(self, unit: Unit) -> tuple[Series, Numbers]:
        """Return the periods, and the value of each: the mean, or the rows of the whole table."""
        found = of_rows(self.moments, self.values, unit)
        return found, found.counts.astype(np.float64) * self.scale if self.role == "rows" else found.means

    @property
    def spread(self) -> float:
        """The standard deviation of the rows' values."""
        known = self.values[~np.isnan(self.values)]
        return float(known.std()) if len(known) else 0.0


def time_column(sample: Sample, contract: Contract) -> str | None:
    """Return the column that says when a row happened: the declared one, else the only one of timestamps."""
    stamps = [name for name, values in sample.columns.items() if values.kind == "timestamp"]
    if contract.time is not None:
        return contract.time.name if contract.time.name in stamps else None
    usable = [name for name in stamps if contract[name].role == "feature"]
    return usable[0] if len(usable) == 1 else None


def moments_of(sample: Sample, name: str) -> tuple[Numbers, NDArray[np.bool_]]:
    """Return the moments of a column of timestamps in seconds, and which rows have one."""
    values = sample.columns[name]
    return values.data.astype(np.float64) / 1e6, is_known(values)


def moving(
    found: Sequence[Association], sample: Sample, contract: Contract, time: str, zone: str = ""
) -> list[Moving]:
    """Return what to follow: the target, the number of rows, and the numbers that go with the target most.

    Args:
        found: Associations, the strongest first; without any, the first inputs are followed.
        sample: Rows of the table.
        contract: Of the table.
        time: The column that says when.
        zone: The zone of that column, by whose clocks hours and days are told; empty where it has none.
    """
    moments, known = moments_of(sample, time)
    rows = np.flatnonzero(known)
    if len(rows) == 0:
        return []
    rows = rows[within(moments[rows])]
    scale = sample.total / max(sample.rows, 1)
    moments, zone = on_clock(moments[rows], zone)

    def follow(role: Role, column: str, shown: str, values: Numbers) -> Moving:
        return Moving(role, (column,), shown, moments, values, scale, sample.note, zone)

    listed = [follow("rows", time, "rows", np.ones(len(rows)))]
    if contract.target is not None:
        goal = target_values(sample, contract)[rows]
        with_target = ~np.isnan(goal)
        if with_target.any() and np.abs(goal[with_target]).max() < _LARGEST:
            goal[with_target], shown = followed(goal[with_target], contract)
            listed.insert(0, follow("target", contract.target.name, shown, goal))
    names = _inputs(found, sample, contract, time)
    inputs = (follow("input", name, f"mean of {name}", _numbers(sample, name)[rows]) for name in names)
    listed += islice((each for each in inputs if not _is_calendar(each.values, moments)), _INPUTS)
    for name, missing in _holed(sample, contract, rows):
        listed.append(follow("missing", name, f"share of rows without {name}", missing))
    return listed


def _holed(sample: Sample, contract: Contract, rows: NDArray[np.int64]) -> list[tuple[str, Numbers]]:
    """Return the inputs that are missing in some rows and not in all, most of all first."""
    missing = {each.name: ~is_known(sample.columns[each.name])[rows] for each in contract.inputs}
    shares = {name: float(each.mean()) for name, each in missing.items()}
    names = [name for name in shares if _MISSING <= shares[name] < 1]
    chosen = sorted(names, key=lambda name: -shares[name])[:_HOLED]
    return [(name, missing[name].astype(np.float64)) for name in chosen]


def _inputs(found: Sequence[Association], sample: Sample, contract: Contract, time: str) -> list[str]:
    strongest = [each.column for each in found if each.about == "value" and each.discovered]
    leaking = {each.column for each in found if leaks(each)}
    names = strongest if contract.target is not None else [column.name for column in contract.inputs]
    kinds = {name: sample.columns[name].kind for name in names}
    numeric = [name for name in names if kinds[name] in ("number", "integer", "boolean")]
    return [name for name in numeric if name != time and name not in leaking][:_TRIED]


def _numbers(sample: Sample, name: str) -> Numbers:
    values = sample.columns[name]
    return np.where(is_known(values), values.data.astype(np.float64), np.nan)


def _is_calendar(values: Numbers, moments: Numbers) -> bool:
    """Whether a column is a part of the date or the clock, counts on with time, or cannot be followed."""
    known = ~np.isnan(values)
    values, moments = values[known], moments[known]
    total = float(np.var(values)) if len(values) and np.abs(values).max() < _LARGEST else 0.0
    if total == 0:
        return True
    if np.ptp(moments) > 0 and abs(np.corrcoef(values, moments)[0, 1]) > _CALENDAR:
        return True
    days, months = period_of(moments, "day"), period_of(moments, "month")
    first = np.floor(start_of(months, "month") / 86_400).astype(np.int64)
    parts = (period_of(moments, "hour") % 24, days % 7, months % 12, days - first)
    return any(_within_groups(values, part) < (1 - _CALENDAR) * total for part in parts)


def _within_groups(values: Numbers, groups: NDArray[np.int64]) -> float:
    counts = np.bincount(groups)
    sums = np.bincount(groups, weights=values)
    means = np.divide(sums, counts, out=np.zeros(len(counts)), where=counts > 0)
    return float(np.mean((values - means[groups]) ** 2))
