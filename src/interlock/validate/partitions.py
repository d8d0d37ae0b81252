"""Ways to cut the holdout into parts: by level, by range, by length, and by the calendar."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import MISSING, Column
from interlock.report.format import number

if TYPE_CHECKING:
    from interlock.contract import Coded

__all__ = ["Partition", "by_calendar", "by_length", "by_level", "by_range", "by_truth", "of_numbers"]

Floats = NDArray[np.float64]
_FEW = 12
_MOST_LEVELS = 60
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOURS = tuple(f"{hour:02}:00" for hour in range(24))


class Partition(NamedTuple):
    """One way to cut the rows.

    Args:
        column: Whose values cut them.
        labels: The parts.
        codes: [n], the number of each row's part; -1 where it is in none.
    """

    column: str
    labels: tuple[str, ...]
    codes: NDArray[np.int64]


def by_level(column: str, coded: Coded) -> Partition:
    """Cut by the levels of a category, the 60 most frequent at most.

    Args:
        column: Its name.
        coded: Codes into levels, as checked.
    """
    counts = np.bincount(coded.codes, minlength=len(coded.levels))
    kept = np.argsort(-counts, kind="stable")[:_MOST_LEVELS]
    number = np.full(len(coded.levels), -1)
    number[kept] = np.arange(len(kept))
    labels = tuple("missing" if coded.levels[i] == MISSING else str(coded.levels[i]) or "empty" for i in kept)
    return Partition(column, labels, number[coded.codes])


def by_length(column: str, coded: Coded) -> Partition:
    """Cut by the number of characters of a text; missing is a part of its own.

    Args:
        column: Its name.
        coded: Codes into texts, as checked.
    """
    lengths = np.array([np.nan if text == MISSING else len(text) for text in coded.levels], np.float64)
    return by_range(f"length of {column}", lengths[coded.codes])


def by_range(column: str, values: Floats, *, parts: int = 5) -> Partition:
    """Cut numbers by their quantiles, or by value where there are at most 12; NaN is a part of its own.

    Args:
        column: Its name.
        values: [n].
        parts: How many ranges, as equal in size as ties allow.

    Example:
        >>> by_range("x", np.arange(100.0), parts=2).labels
        ('0 to 49', '50 to 99', 'missing')
    """
    known = np.isfinite(values)
    distinct, codes = np.unique(values[known], return_inverse=True)
    if len(distinct) > _FEW:
        edges = np.unique(np.quantile(values[known], np.linspace(0, 1, parts + 1)[1:-1], method="lower"))
        codes = np.searchsorted(edges, values[known], side="left")
        labels = _ranges(values[known], codes)
    else:
        labels = tuple(number(value, 5) for value in distinct)
    numbers = np.full(len(values), len(labels))
    numbers[known] = np.unique(codes, return_inverse=True)[1]
    return Partition(column, (*labels, "missing"), numbers)


def by_truth(column: str, values: Floats) -> Partition:
    """Cut booleans; NaN is a part of its own."""
    codes = np.where(np.isnan(values), 2, values).astype(np.int64)
    return Partition(column, ("false", "true", "missing"), codes)


def by_calendar(column: str, seconds: Floats) -> tuple[Partition, ...]:
    """Cut moments by calendar month, by weekday and by hour of the day, UTC.

    Args:
        column: Its name.
        seconds: Since 1970, UTC, [n]; rows with NaN are in no part.

    Example:
        >>> [(each.column, each.labels[each.codes[0]]) for each in by_calendar("at", np.array([0.0]))]
        [('at (month)', '1970-01'), ('at (weekday)', 'Thursday'), ('at (hour)', '00:00')]
    """
    known = np.isfinite(seconds)
    moments = np.where(known, seconds, 0).astype("datetime64[s]")
    months = moments.astype("datetime64[M]")
    days, hours = (moments.astype(f"datetime64[{unit}]").astype(np.int64) for unit in "Dh")
    used, month = np.unique(months, return_inverse=True)
    return (
        Partition(f"{column} (month)", tuple(map(str, used)), np.where(known, month, -1)),
        Partition(f"{column} (weekday)", _WEEKDAYS, np.where(known, (days + 3) % 7, -1)),
        Partition(f"{column} (hour)", _HOURS, np.where(known, hours % 24, -1)),
    )


def of_numbers(column: Column, values: Floats) -> tuple[Partition, ...]:
    """Cut a column of the numeric tensor in the way that fits its type."""
    if column.type == "timestamp":
        return by_calendar(column.name, values)
    cut: Callable[[str, Floats], Partition] = by_truth if column.type == "boolean" else by_range
    return (cut(column.name, values),)


def _ranges(values: Floats, codes: NDArray[np.int64]) -> tuple[str, ...]:
    parts = (values[codes == code] for code in np.unique(codes))
    ends = ((number(part.min(), 5), number(part.max(), 5)) for part in parts)
    return tuple(low if low == high else f"{low} to {high}" for low, high in ends)
