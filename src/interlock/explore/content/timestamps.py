"""What a column of timestamps holds: from when to when, how evenly, in which zone, at which hours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.association import is_known
from interlock.explore.sample import Sample
from interlock.explore.series import WEEKDAYS, gaps, period_of, usual_step
from interlock.profile import Values
from interlock.report import Bars
from interlock.report.format import percent

__all__ = ["Timestamps", "timestamps"]

Resolution = Literal["day", "hour", "minute", "second", "finer"]
Order = Literal["rising", "falling", "mostly rising", "mostly falling", "none"]
Numbers = NDArray[np.float64]

#: The most different strings that are read as times.
_STRINGS = 50_000
#: A column of strings holds times where so many of its strings are dates as ISO 8601 writes them.
_SHARE = 0.9
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?")
_SIZES: dict[Resolution, float] = {"day": 86_400.0, "hour": 3600.0, "minute": 60.0, "second": 1.0}
_OFFSET = re.compile(r"(?:Z|[+-]\d{2}:?\d{2})$")


@dataclass(frozen=True, slots=True)
class Timestamps:
    """What a column of timestamps holds.

    Args:
        column: Its name.
        n: Rows with a time, of the sample.
        first: The earliest, seconds since 1970 (UTC, or the local time of a column without a zone).
        last: The latest.
        zone: The stored zone's name; empty for times without a zone.
        offsets: Of times that are text: the offsets from UTC and how often each occurs, the most frequent
            first; an empty one stands for times without an offset.
        resolution: The coarsest unit that loses nothing: `day` where all are at midnight.
        step: Seconds from one time to the next, where most are equally far apart; else 0.
        even: The share of the steps between different times that are exactly `step`.
        different: How many different times there are.
        order: How the times go through the table.
        back: Steps against that order.
        gaps: The begin and the end of each gap that is longer than chance and habit explain, the longest
            first, at most ten.
        beyond: How many such gaps there are.
        hours: Rows in each hour of the day, [24].
        weekdays: Rows on each day of the week from Monday on, [7].
        months: Rows in each month of the year, [12].
    """

    column: str
    n: int
    first: float
    last: float
    zone: str
    offsets: tuple[tuple[str, int], ...]
    resolution: Resolution
    step: float
    even: float
    different: int
    order: Order
    back: int
    gaps: tuple[tuple[float, float], ...]
    beyond: int
    hours: tuple[int, ...]
    weekdays: tuple[int, ...]
    months: tuple[int, ...]

    @property
    def by_hour(self) -> Bars:
        """The share of the rows in each hour of the day, against an even spread."""
        return _shares(self, "hour of the day", tuple(f"{hour:02}:00" for hour in range(24)), self.hours)

    @property
    def by_weekday(self) -> Bars:
        """The share of the rows on each day of the week, against an even spread."""
        return _shares(self, "day of the week", WEEKDAYS, self.weekdays)


def timestamps(sample: Sample, contract: Contract, zones: dict[str, str]) -> Iterator[Timestamps]:
    """Yield what each column of times holds, those that are text in ISO 8601 among them.

    Args:
        sample: Rows of the table, in its order.
        contract: Of the table.
        zones: The zone of each column that has one.
    """
    for column in contract.columns:
        values = sample.columns[column.name]
        offsets: Counter[str] = Counter()
        if values.kind == "timestamp":
            moments = values.data[is_known(values)].astype(np.float64) / 1e6
        elif values.kind == "string":
            moments, offsets = _read(values)
        else:
            continue
        if len(moments):
            yield _measured(column.name, moments, zones.get(column.name, ""), offsets)


def _measured(name: str, moments: Numbers, zone: str, offsets: Counter[str]) -> Timestamps:
    distinct = np.unique(moments)
    step, steps = usual_step(moments), np.diff(distinct)
    order, back = _order(np.diff(moments))
    found = sorted(gaps(moments), key=lambda each: each[0] - each[1])
    days, hours = period_of(moments, "day"), period_of(moments, "hour")
    return Timestamps(
        name,
        len(moments),
        float(distinct[0]),
        float(distinct[-1]),
        zone,
        tuple(offsets.most_common()),
        _resolution(moments),
        step,
        float(np.mean(steps == step)) if step and len(steps) else 0.0,
        len(distinct),
        order,
        back,
        tuple(found[:10]),
        len(found),
        _counts(hours % 24, 24),
        _counts((days + 3) % 7, 7),
        _counts(period_of(moments, "month") % 12, 12),
    )


def _counts(places: NDArray[np.int64], size: int) -> tuple[int, ...]:
    return tuple(np.bincount(places, minlength=size).tolist())


def _resolution(moments: Numbers) -> Resolution:
    sizes: tuple[tuple[Resolution, float], ...] = (
        ("day", 86_400.0),
        ("hour", 3600.0),
        ("minute", 60.0),
        ("second", 1.0),
    )
    return next((name for name, size in sizes if not np.any(moments % size)), "finer")


def _order(steps: Numbers) -> tuple[Order, int]:
    rising, falling = int((steps > 0).sum()), int((steps < 0).sum())
    way: Literal["rising", "falling"] = "rising" if rising >= falling else "falling"
    back = min(rising, falling)
    if back == 0:
        return way, 0
    if back > 0.02 * len(steps):
        return "none", back
    return ("mostly rising" if way == "rising" else "mostly falling"), back


def _read(values: Values) -> tuple[Numbers, Counter[str]]:
    """Return the moments of a column of strings in the order of the rows, and their offsets."""
    codes = values.data[is_known(values)].astype(np.int64)
    none = np.empty(0), Counter[str]()
    if values.dictionary is None or not 0 < len(values.dictionary) <= _STRINGS or len(codes) == 0:
        return none
    few = values.dictionary[:: max(len(values.dictionary) // 100, 1)]
    if np.mean([bool(_ISO.fullmatch(text)) for text in few]) < _SHARE:
        return none
    read = [_moment(text) for text in values.dictionary]
    moments = np.array([each[0] for each in read])[codes]
    known = ~np.isnan(moments)
    if known.mean() < _SHARE:
        return none
    hits = np.bincount(codes, minlength=len(read))
    offsets: Counter[str] = Counter()
    for (when, offset), many in zip(read, hits.tolist(), strict=True):
        if many and not np.isnan(when):
            offsets[offset] += many
    return moments[known], offsets


def _moment(text: str) -> tuple[float, str]:
    if not _ISO.fullmatch(text):
        return np.nan, ""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return np.nan, ""
    offset = _OFFSET.search(text) if when.tzinfo else None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return (when - _EPOCH) / timedelta(seconds=1), offset[0] if offset else ""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _shares(found: Timestamps, what: str, labels: tuple[str, ...], counts: tuple[int, ...]) -> Bars:
    values: dict[str, Any] = {"labels": labels, "values": tuple(each / max(found.n, 1) for each in counts)}
    return Bars(
        title=f"{found.column} by {what}",
        n=found.n,
        x_title="share of rows",
        baseline=1 / len(labels),
        note=f"dashed: an even spread, {percent(1 / len(labels))} each",
        **values,
    )
