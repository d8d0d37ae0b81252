"""Local time: an hour that does not exist when summer time begins, and one that comes twice when it ends."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from interlock.explore.findings.finding import Finding, finding
from interlock.explore.statistics.discoveries import RATE
from interlock.explore.statistics.estimate import wilson
from interlock.report import Bars
from interlock.report.format import number

__all__ = ["summer_time"]

Numbers = NDArray[np.float64]
_HOUR = 3600.0
Change = tuple[int, int, int]
#: When clocks go forward, and back: the month, which Sunday (from the end if negative), and the hour that is
#: skipped, or that comes twice.
_ZONES: dict[str, tuple[Change, Change]] = {
    "the United States": ((3, 2, 2), (11, 1, 1)),
    "Central Europe": ((3, -1, 2), (10, -1, 2)),
    "the United Kingdom": ((3, -1, 1), (10, -1, 1)),
}
#: An hour that comes twice has about twice the rows.
_TWICE = (1.5, 2.5)


def summer_time(name: str, moments: Numbers, note: str) -> Iterator[Finding]:
    """Yield a finding where the hour that summer time skips has no rows, as in a column of local time.

    Args:
        name: Of the column.
        moments: Seconds since 1970, shape [n].
        note: How the rows were chosen.
    """
    hours, rows = np.unique(np.floor(moments / _HOUR).astype(np.int64), return_counts=True)
    years = range(_year(float(moments.min())), _year(float(moments.max())) + 1)
    if len(years) > 300:
        return
    tested = [(_p_of_hole(hours, zone, years), zone) for zone in _ZONES]
    (p, changes, usual), zone = min(tested, key=lambda each: each[0][0])
    if p * len(_ZONES) > RATE:
        return
    doubled = _doubling(hours, rows, _ZONES[zone][1], years)
    seen = f" (it has {number(doubled, 2)} times the rows)" if _TWICE[0] < doubled < _TWICE[1] else ""
    sentence = (
        f"`{name}` has no row in the hour that {zone} skips when summer time begins, on any of {changes} "
        f"days: it is local time, where an hour a year is missing and one comes twice{seen}."
    )
    method = f"hours with rows on change days and on the same weekday around them, in {note}; p = {p:.1g}"
    picture = Bars(
        title=f"Days with a row in the hour that {zone} skips",
        labels=("summer time begins", "same weekday, two weeks around"),
        values=(0.0, usual),
        n=5 * changes,
        x_title="share of days",
    )
    yield finding("clock", (name,), sentence, wilson(changes, changes), method, 0.3, picture)


def _year(seconds: float) -> int:
    return int(np.datetime64(math.floor(seconds), "s").astype("datetime64[Y]").astype(np.int64)) + 1970


def _p_of_hole(hours: NDArray[np.int64], zone: str, years: range) -> tuple[float, int, float]:
    """Return the chance that all skipped hours are empty, how many there are, and the share filled around."""
    skipped, around = _changes(hours, _ZONES[zone][0], years)
    if len(skipped) == 0 or np.isin(skipped, hours).any():
        return 1.0, len(skipped), 0.0
    hits = float(np.isin(around, hours).sum())
    return (1 - (hits + 0.5) / (len(around) + 1)) ** len(skipped), len(skipped), hits / len(around)


def _doubling(hours: NDArray[np.int64], rows: NDArray[np.int64], change: Change, years: range) -> float:
    """Return how many times the rows of the same hour around the hours that come twice have; 0 for none."""
    changed, around = _changes(hours, change, years)
    usual = rows[np.isin(hours, around)].sum() / 4
    return float(rows[np.isin(hours, changed)].sum() / usual) if usual else 0.0


def _changes(
    hours: NDArray[np.int64], change: Change, years: range
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the hours of a change of clocks, and the same hour one and two weeks before and after."""
    month, sunday, hour = change
    every = np.array(
        [_sunday(year, month, sunday) * 24 + hour for year in years if 1 <= year <= 9998], np.int64
    )
    inside = every[(every >= hours[0] + 336) & (every <= hours[-1] - 336)]
    return inside, (inside[:, None] + np.array([-336, -168, 168, 336])).ravel()


def _sunday(year: int, month: int, which: int) -> int:
    """Return the days from 1970 to a Sunday of a month."""
    if which > 0:
        first = date(year, month, 1)
        day = first + timedelta(days=6 - first.weekday() + 7 * (which - 1))
    else:
        last = date(year, month + 1, 1) - timedelta(days=1)
        day = last - timedelta(days=(last.weekday() + 1) % 7)
    return (day - date(1970, 1, 1)).days
