"""Gaps: rows that stay away for longer than chance and habit explain."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from interlock.explore.findings.finding import Finding, finding
from interlock.explore.series import EXPECTED, gaps
from interlock.explore.statistics.estimate import Estimate
from interlock.report import Distribution
from interlock.report.format import duration, moment

__all__ = ["gap_finding", "rows_over_time"]

Numbers = NDArray[np.float64]
_DAY = 86_400.0


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
        f"longest gap in days in {note}; at least {EXPECTED:.0f} rows expected by the rate around it, and "
        "twice as long as the longest of a usual week"
    )
    size = Estimate(days, days, days, len(moments))
    severity = 0.2 + 0.2 * min(days * _DAY / max(float(np.ptp(moments)), 1.0) * 10, 1.0)
    yield finding("gap", (name,), sentence, size, method, severity, rows_over_time(name, moments))


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
