"""The window in periods of the calendar: months, weeks, days or hours, whichever suits its length."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Periods", "periods"]

Floats = NDArray[np.float64]
_FEWEST = 6
_HOUR, _DAY, _WEEK = 3600.0, 86_400.0, 604_800.0
_MONDAY = 4 * _DAY  # 1970-01-05


class Periods(NamedTuple):
    """How moments fall into periods.

    Args:
        unit: `month`, `week` (from Monday), `day` or `hour`, in UTC.
        names: What people call each period that holds a row, such as `week of 2013-09-30`; in order.
        starts: When it begins, seconds since 1970, float64 [p].
        codes: The period of each moment, int64 [n]; -1 where there is none.
    """

    unit: str
    names: tuple[str, ...]
    starts: Floats
    codes: NDArray[np.int64]


def periods(moments: Floats) -> Periods:
    """Cut moments into the longest periods of which there are at least six, else into hours.

    Args:
        moments: Seconds since 1970, [n]; NaN where unknown.

    Example:
        >>> found = periods(np.arange(60) * 86400.0)
        >>> found.unit, found.names[1], found.codes[4]
        ('week', 'week of 1970-01-05', np.int64(1))
    """
    known = np.isfinite(moments)
    cuts = ((unit, np.unique(floor(moments[known]), return_inverse=True)) for unit, floor in _FLOORS.items())
    unit, (starts, codes) = next(cut for cut in cuts if len(cut[1][0]) >= _FEWEST or cut[0] == "hour")
    result = np.full(len(moments), -1, np.int64)
    result[known] = codes
    return Periods(unit, tuple(_name(unit, start) for start in starts.tolist()), starts, result)


def _months(moments: Floats) -> Floats:
    months = np.floor(moments).astype("datetime64[s]").astype("datetime64[M]")
    return np.asarray(months.astype("datetime64[s]").astype(np.float64))


_FLOORS: dict[str, Callable[[Floats], Floats]] = {
    "month": _months,
    "week": lambda moments: np.floor((moments - _MONDAY) / _WEEK) * _WEEK + _MONDAY,
    "day": lambda moments: np.floor(moments / _DAY) * _DAY,
    "hour": lambda moments: np.floor(moments / _HOUR) * _HOUR,
}


def _name(unit: str, start: float) -> str:
    text = str(np.datetime64(int(start), "s"))
    names = {"month": text[:7], "week": f"week of {text[:10]}", "day": text[:10]}
    return names.get(unit, text[:16].replace("T", " "))
