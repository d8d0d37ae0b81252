"""Rows put into periods of time: how many there are in each, and the mean of what they hold."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from interlock.explore.statistics.ranked import ranked

__all__ = [
    "SECONDS",
    "Series",
    "Unit",
    "of_rows",
    "on_clock",
    "period_of",
    "start_of",
    "unit_for",
    "usual_step",
    "within",
]

Unit = Literal["hour", "day", "week", "month", "year"]

#: The length of a unit; of months and years the mean length.
SECONDS: dict[Unit, float] = {
    "hour": 3600.0,
    "day": 86_400.0,
    "week": 604_800.0,
    "month": 2_629_746.0,
    "year": 31_556_952.0,
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)  # fmt: skip
#: 1970-01-01 was a Thursday; weeks begin on Mondays.
_MONDAY = 3 * 86_400.0
#: A series of fewer periods than this is cut finer where it can be.
_MANY = 100
_FINE: tuple[Unit, ...] = ("week", "day", "hour")
#: A gap is one where so many times were to be expected, and it is so many times as long as usual in a week.
EXPECTED, _LONGER = 20.0, 2.0
_UTC = ("UTC", "ETC/UTC", "Z", "ZULU", "+00:00")
Numbers = NDArray[np.float64]


class Series(NamedTuple):
    """Periods that follow one another without a gap, the first and the last of the rows left out as halves.

    Args:
        unit: How long one period is.
        first: The number of the first period: hours, days, weeks, months or years since 1970 began.
        counts: Rows in each, shape [n].
        means: The mean of the values in each, NaN where it has no row, shape [n].
    """

    unit: Unit
    first: int
    counts: NDArray[np.int64]
    means: Numbers

    @property
    def starts(self) -> Numbers:
        """When each period begins, in seconds since 1970."""
        return start_of(np.arange(self.first, self.first + len(self.counts)), self.unit)


def on_clock(moments: Numbers, zone: str) -> tuple[Numbers, str]:
    """Return moments as the clocks of a zone show them, and the zone's name to be told with them.

    Args:
        moments: Seconds since 1970 in UTC, or on a clock that nobody named, [n].
        zone: Such as `Europe/Berlin`; empty where nobody named it.

    Returns:
        Seconds since 1970 began on those clocks; with a zone that this machine does not know, UTC.

    Example:
        >>> on_clock(np.array([0.0]), "+02:00")
        (array([7200.]), '+02:00')
        >>> on_clock(np.array([0.0]), "Etc/UTC")
        (array([0.]), 'UTC')
    """
    if not zone or zone.upper() in _UTC:
        return moments, "UTC" if zone else ""
    stored = pa.array((moments * 1e6).astype(np.int64)).cast(pa.timestamp("us", zone))
    try:
        shown = pc.local_timestamp(stored)
    except pa.ArrowInvalid:
        return moments, "UTC"
    return shown.cast(pa.int64()).to_numpy().astype(np.float64) / 1e6, zone


def period_of(moments: Numbers, unit: Unit) -> NDArray[np.int64]:
    """Return the number of the period that each moment lies in.

    Args:
        moments: Seconds since 1970, finite, shape [n].
        unit: The length of a period.
    """
    if unit in ("month", "year"):
        code = "datetime64[M]" if unit == "month" else "datetime64[Y]"
        return np.floor(moments).astype("datetime64[s]").astype(code).astype(np.int64)
    offset = _MONDAY if unit == "week" else 0.0
    return np.floor((moments + offset) / SECONDS[unit]).astype(np.int64)


def start_of(periods: NDArray[np.int64], unit: Unit) -> Numbers:
    """Return when periods begin, in seconds since 1970.

    Example:
        >>> start_of(np.array([0, 1]), "week").tolist()
        [-259200.0, 345600.0]
    """
    if unit in ("month", "year"):
        code = "datetime64[M]" if unit == "month" else "datetime64[Y]"
        return periods.astype(code).astype("datetime64[s]").astype(np.float64)
    return periods.astype(np.float64) * SECONDS[unit] - (_MONDAY if unit == "week" else 0.0)


def of_rows(moments: Numbers, values: Numbers, unit: Unit, *, most: int = 200_000) -> Series:
    """Put rows into periods.

    Args:
        moments: Seconds since 1970, finite, shape [n], n > 0.
        values: One a row, NaN where there is none; the mean of a period is of those there are.
        unit: The length of a period.
        most: The most periods; of a longer time the last ones are kept.

    Returns:
        The series; empty where the rows do not fill one whole period.
    """
    periods = period_of(moments, unit)
    first, last = int(periods.min()) + 1, int(periods.max())
    first = max(first, last - most)
    size = max(last - first, 0)
    inside = (periods >= first) & (periods < last)
    place = (periods[inside] - first).astype(np.int64)
    counts = np.bincount(place, minlength=size)
    known = ~np.isnan(values[inside])
    filled = np.bincount(place[known], minlength=size)
    sums = np.bincount(place[known], weights=values[inside][known], minlength=size)
    means = np.divide(sums, filled, out=np.full(size, np.nan), where=filled > 0)
    return Series(unit, first, counts.astype(np.int64), means)


def unit_for(moments: Numbers) -> Unit:
    """Return the coarsest unit, up to weeks, that makes a hundred periods, most of them with rows.

    Args:
        moments: Seconds since 1970, finite, shape [n], n > 0.
    """
    span = float(np.ptp(moments))
    fine: Unit = next((each for each in _FINE if span >= _MANY * SECONDS[each]), "hour")
    coarser = [unit for unit in SECONDS if SECONDS[unit] >= SECONDS[fine]]
    filled = (unit for unit in coarser if _filled(moments, unit) >= 0.5 * span / SECONDS[unit])
    return next(filled, "year")


def usual_step(moments: Numbers) -> float:
    """Return the seconds from one moment to the next where most are equally far apart, else 0.

    Args:
        moments: Seconds since 1970, finite, in any order, shape [n].

    Example:
        >>> usual_step(np.array([7200.0, 0.0, 3600.0, 3600.0])), usual_step(np.array([0.0, 5.0, 9.0, 2.0]))
        (3600.0, 0.0)
    """
    steps = np.diff(np.unique(moments))
    if len(steps) == 0:
        return 0.0
    sizes, hits = np.unique(steps, return_counts=True)
    return float(sizes[np.argmax(hits)]) if hits.max() > 0.4 * len(steps) else 0.0


def _filled(moments: Numbers, unit: Unit) -> int:
    return len(ranked(period_of(moments, unit))[0])


def within(moments: Numbers) -> NDArray[np.bool_]:
    """Return which moments lie in the bulk of all, so that a few wrong dates do not stretch the time.

    Args:
        moments: Seconds since 1970, finite, shape [n], n > 0.
    """
    low, high = np.quantile(moments, [0.005, 0.995])
    margin = 0.25 * (high - low)
    inside: NDArray[np.bool_] = (moments >= low - margin) & (moments <= high + margin)
    return inside


def gaps(moments: Numbers) -> list[tuple[float, float]]:
    """Return the gaps that are longer than chance and habit explain, in order.

    Args:
        moments: Seconds since 1970, in any order, shape [n].

    Returns:
        The moments before and after each. A gap counts where at least 20 different moments were to be
        expected by the rate on each side of it (a Poisson process leaves such a gap with probability 2e-9),
        and it is twice as long as the longest of a usual week, so that nights and weekends are none.
    """
    distinct = np.unique(moments)
    steps = np.diff(distinct)
    if len(steps) < EXPECTED:
        return []
    found = []
    for place in np.flatnonzero(steps > _LONGER * _usual(distinct, steps)):
        begin, end, length = float(distinct[place]), float(distinct[place + 1]), float(steps[place])
        before = np.searchsorted(distinct, [begin - 5 * length, begin], side="right")
        after = np.searchsorted(distinct, [end, end + 5 * length], side="left")
        if min(np.ptp(before), np.ptp(after)) / 5 >= EXPECTED:
            found.append((begin, end))
    return found


def _usual(distinct: Numbers, steps: Numbers) -> float:
    """Return the longest step of the median week; of shorter parts where there are fewer than eight weeks."""
    part = min(SECONDS["week"], float(distinct[-1] - distinct[0]) / 8)
    _, first = np.unique(np.floor((distinct[:-1] - distinct[0]) / part), return_index=True)
    return float(np.median(np.maximum.reduceat(steps, first)))
