"""Numbers and dates that stand for "unknown", such as -1, 999 or 1900-01-01."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.charts import column_chart
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.statistics.estimate import wilson
from interlock.profile import ColumnProfile, Histogram, Profile
from interlock.report.format import count, moment, number, percent

__all__ = ["codes", "placeholders"]

_DAY = 86_400_000_000
#: What people and systems write for "unknown": numbers, and microseconds since 1970.
_NUMBERS = (-99999, -9999, -999, -99, -9, -1, 99, 999, 9999, 99999, 999999)
_DATES = (0, -25_567 * _DAY, -719_162 * _DAY, 2_932_896 * _DAY)
#: A placeholder occurs in at least this share of the rows, and at least so often.
_SHARE, _LEAST = 0.001, 5
#: A spike is so many times as high as the cells beside it.
_SPIKE = 5.0


def placeholders(profile: Profile, contract: Contract) -> Iterator[Finding]:
    """Yield the columns whose lowest or highest value looks like a code for "unknown".

    It is one of the customary codes and either lies as far from all other values as these spread, or occurs
    at least five times as often as the values next to it (a negative code: where nothing else is negative).

    Args:
        profile: Of the whole table.
        contract: Columns with the role `id` or `ignore` are passed over.

    Yields:
        One finding a column and code, with the share of rows that hold it.
    """
    for column in contract.columns:
        found = profile[column.name]
        if found.histogram is None or found.kind == "boolean" or column.role in ("id", "ignore"):
            continue
        time = found.kind == "timestamp"
        for code, hits in codes(found):
            estimate = wilson(hits, found.n)
            written = moment(code / 1e6) if time else number(code)
            sentence = (
                f"`{column.name}` is {written} in {percent(estimate.value)} of the rows ({count(hits)}), far "
                "more often than its neighbours, or far from them: probably a code for “unknown”."
            )
            method = "customary code that is isolated or a spike; share with Wilson interval"
            picture = column_chart(column.name, found)
            yield finding("placeholder", (column.name,), sentence, estimate, method, 0.55, picture)


def codes(found: ColumnProfile) -> Iterator[tuple[float, int]]:
    """Yield the values of a column that look like codes for "unknown", and how many rows hold each.

    Args:
        found: The profile of a column of numbers, or of moments (in microseconds since 1970).
    """
    if found.histogram is not None and found.kind != "boolean":
        yield from _codes(found.histogram, _DATES if found.kind == "timestamp" else _NUMBERS)


def _codes(histogram: Histogram, customary: tuple[int, ...]) -> Iterator[tuple[float, int]]:
    cells = histogram.cells()
    left, counts = cells.left, cells.counts
    if len(left) < 5:
        return
    for place in (0, len(left) - 1):
        code, hits = float(left[place]), int(counts[place])
        single = cells.right[place] == left[place]
        if single and code in customary and hits >= max(_LEAST, _SHARE * histogram.n):
            rest = slice(1, None) if place == 0 else slice(None, -1)
            if _stands_out(code, hits, left[rest], counts[rest], at_start=place == 0):
                yield code, hits


def _stands_out(
    code: float, hits: int, rest: NDArray[np.float64], counts: NDArray[np.int64], *, at_start: bool
) -> bool:
    """Whether a code lies far from the other values, or is much more frequent than those beside it."""
    near = slice(0, 5) if at_start else slice(-5, None)
    gap = rest[0] - code if at_start else code - rest[-1]
    if gap >= rest[-1] - rest[0]:
        return True
    spike = hits >= _SPIKE * float(np.mean(counts[near]))
    return spike and (code > 0 or bool(rest[0] >= 0))
