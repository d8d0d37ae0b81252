"""Clocks that are wrong: rows out of order, and rows later than now."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.findings.gaps import gap_finding, rows_over_time
from interlock.explore.findings.moving import moments_of, time_column
from interlock.explore.findings.summer_time import summer_time
from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import wilson
from interlock.profile import Profile
from interlock.report.format import count, duration, moment, percent

__all__ = ["clocks", "order"]

Numbers = NDArray[np.float64]
_HOUR = 3600.0
#: A column is in order where at most this share of the steps go back, each by less than this part of all.
_BACK, _SMALL = 0.02, 0.05
#: Fewer times than this have no order to speak of.
_ENOUGH = 20


def clocks(
    profile: Profile, sample: Sample, contract: Contract, now: float | None = None
) -> Iterator[Finding]:
    """Yield what is wrong with the columns of timestamps.

    Args:
        profile: Of the whole table.
        sample: Rows of the table, in its order.
        contract: Columns with the role `ignore` are passed over.
        now: Seconds since 1970; None asks the clock, so that only a table with future rows can differ by it.
    """
    main = time_column(sample, contract)
    for name, values in sample.columns.items():
        if values.kind != "timestamp" or contract[name].role == "ignore":
            continue
        at = time.time() if now is None else now
        yield from _future(name, profile, at, 0.6 if main == name else 0.25)
        moments, known = moments_of(sample, name)
        moments = moments[known]
        if len(moments) < _ENOUGH:
            continue
        yield from order(name, moments, sample.note)
        yield from summer_time(name, moments, sample.note)
        if name == main:
            yield from gap_finding(name, moments, sample.note)


def order(name: str, moments: Numbers, note: str) -> Iterator[Finding]:
    """Yield a finding where a column is in order but for a few steps.

    Args:
        name: Of the column.
        moments: Seconds since 1970, in the order of the table, shape [n].
        note: How the rows were chosen.
    """
    steps = np.diff(moments)
    if np.median(steps) < 0 or (steps < 0).sum() > (steps > 0).sum():
        steps = -steps
    back = -steps[steps < 0]
    small = len(back) and float(np.median(back)) < _SMALL * float(np.ptp(moments))
    if not small or len(back) > _BACK * len(steps):
        return
    many = "once" if len(back) == 1 else f"{count(len(back))} times"
    usual, most = duration(float(np.median(back))), duration(float(back.max()))
    size = f"by {most}" if usual == most else f"by {usual} at the median and {most} at most"
    hour = " The end of summer time looks like this." if np.median(back) == _HOUR else ""
    sentence = f"The clock `{name}` goes back {many}, {size}, where rows are in order otherwise.{hour}"
    method = f"steps from row to row in {note}; Wilson interval"
    yield finding(
        "clock", (name,), sentence, wilson(len(back), len(steps)), method, 0.35, rows_over_time(name, moments)
    )


def _future(name: str, profile: Profile, now: float, severity: float) -> Iterator[Finding]:
    found = profile[name]
    if found.n == 0 or found.maximum / 1e6 <= now:
        return
    beyond = max(round(found.n * (1 - float(found.cdf(now * 1e6)))), 1)
    share = wilson(min(beyond, found.n), found.n)
    sentence = (
        f"`{name}` is later than now in {percent(share.value)} of its values, up to "
        f"{moment(found.maximum / 1e6)}: a plan, a wrong clock, or a placeholder?"
    )
    method = f"counted over all rows at {moment(now)} UTC; Wilson interval"
    yield finding("clock", (name,), sentence, share, method, severity)
