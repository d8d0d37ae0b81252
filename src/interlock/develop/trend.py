"""Columns that are a clock in disguise: a month, a serial number, a meter that only rises.

In service every row is later than all rows that were learned from, so such a column only ever holds values
that the model has not seen, or has seen at the very end.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract
from interlock.explore.statistics.midranks import midranks

__all__ = ["CORRELATION", "Clock", "clocks", "rank_correlation"]

#: A number that goes with time this closely is a clock.
CORRELATION = 0.95
_MOST_ROWS = 20_000


class Clock(NamedTuple):
    """A column that rises or falls with time.

    Args:
        place: Its column in the numeric tensor.
        name: What it is called.
        correlation: Its rank correlation with time.
    """

    place: int
    name: str
    correlation: float


def clocks(numbers: NDArray[np.float64], time: NDArray[np.float64], contract: Contract) -> tuple[Clock, ...]:
    """Find the columns whose rank correlation with time is at least 0.95 in size.

    Args:
        numbers: float64 [n, k]; at most 20,000 rows, evenly spaced, are looked at.
        time: float64 [n], seconds since 1970.
        contract: It names the columns; timestamps are no clocks, only their calendar parts are ever used.

    Source:
        Spearman (1904), American Journal of Psychology 15.
    """
    rows = np.arange(0, len(time), -(-len(time) // _MOST_ROWS))
    found = [
        Clock(place, column.name, rank_correlation(numbers[rows, place], time[rows]))
        for place, column in enumerate(contract.numbers)
        if column.type in ("number", "integer")
    ]
    return tuple(clock for clock in found if abs(clock.correlation) >= CORRELATION)


def rank_correlation(values: NDArray[np.float64], time: NDArray[np.float64]) -> float:
    """Return Spearman's rank correlation over the rows where both are known; 0 where one is constant."""
    known = np.isfinite(values) & np.isfinite(time)
    values, time = values[known], time[known]
    if len(values) < 3 or np.ptp(values) == 0 or np.ptp(time) == 0:
        return 0.0
    return float(np.corrcoef(midranks(values), midranks(time))[0, 1])
