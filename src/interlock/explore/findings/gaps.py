"""Gaps: rows that stay away for longer than chance and habit explain."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from interlock.explore.findings.finding import Finding, finding
from interlock.explore.statistics.estimate import Estimate
from interlock.report import Distribution
from interlock.report.format import moment, number

__all__ = ["duration", "gap_finding", "gaps", "rows_over_time"]

Numbers = NDArray[np.float64]
_DAY = 86_400.0
#: A gap is one where so many rows were to be expected, and it is so many times as long as usual in a week.
_EXPECTED, _LONGER = 20.0, 2.0


def gap_finding(name: str, moments: Numbers, note: str) -> Iterator[Finding]:
    """Yield a finding where rows stay away for longer than chance and habit explain.

    Args:
        name: Of the column.
        moments: Seconds since 1970, shape [n].
        note: How the rows were chosen.
    """
    found = gaps(moments)
    if not found:
        return
    begin, end = max(found, key=lambda each: each[1] - each[0])
    days = (end - begin) / _DAY
    more = f" and in {len(found) - 1} more gaps" if len(found) > 1 else ""
    sentence = (
        f"`{name}` has no row for {duration(end - begin)} from {moment(begin)} to {moment(end)}{more}, far "
        "more than usual between rows."
    )
    method = (
        f"longest gap in days in {note}; at least {_EXPECTED:.0f} rows expected by the rate around it, and "
        "twice as long as the longest of a usual week"
    )
    size = Estimate(days, days, days, 1.0, len(moments))
    severity = 0.2 + 0.2 * min(days * _DAY / max(float(np.ptp(moments)), 1.0) * 10, 1.0)
    yield finding("gap", (name,), sentence, size, method, severity, rows_over_time(name, moments))


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
    if len(steps) < _EXPECTED:
        return []
    found = []
    for place in np.flatnonzero(steps > _LONGER * _usual(distinct, steps)):
        begin, end, length = float(distinct[place]), float(distinct[place + 1]), float(steps[place])
        before = np.searchsorted(distinct, [begin - 5 * length, begin], side="right")
        after = np.searchsorted(distinct, [end, end + 5 * length], side="left")
        if min(np.ptp(before), np.ptp(after)) / 5 >= _EXPECTED:
            found.append((begin, end))
    return found


def _usual(distinct: Numbers, steps: Numbers) -> float:
    """Return the longest step of the median week; of shorter parts where there are fewer than eight weeks."""
    part = min(7 * _DAY, float(distinct[-1] - distinct[0]) / 8)
    _, first = np.unique(np.floor((distinct[:-1] - distinct[0]) / part), return_index=True)
    return float(np.median(np.maximum.reduceat(steps, first)))


def duration(seconds: float) -> str:
    """Return a length of time as people say it.

    Example:
        >>> [duration(x) for x in (0.25, 90.0, 3600.0, 7 * 86400.0, 90 * 86400.0)]
        ['0.25 seconds', '1.5 minutes', '1 hour', '7 days', '12.9 weeks']
    """
    sizes = (("week", 7 * _DAY), ("day", _DAY), ("hour", 3600.0), ("minute", 60.0), ("second", 1.0))
    name, size = next(
        (each for each in sizes if seconds >= (2 if each[0] == "week" else 1) * each[1]), sizes[-1]
    )
    text = number(seconds / size, 3)
    return f"{text} {name}" if text == "1" else f"{text} {name}s"


def rows_over_time(name: str, moments: Numbers) -> Distribution:
    """Return how many rows there are over time, to be drawn."""
    counts, edges = np.histogram(moments, bins=40)
    return Distribution(
        title=f"Rows by {name}",
        n=len(moments),
        left=tuple(map(float, edges[:-1])),
        right=tuple(map(float, edges[1:])),
        counts=tuple(map(float, counts)),
        time=True,
        x_title=name,
        y_title="rows",
    )
