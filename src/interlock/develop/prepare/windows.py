"""Aggregates over the rows of one key within a span of time, for many rows at once.

Sums are built from blocks of 1, 2, 4, … neighbouring rows and never by subtracting running totals, so that a
huge value in one window does not spoil the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["AGGREGATES", "Aggregate", "Events", "aggregate", "microseconds"]

Aggregate = Literal["count", "sum", "mean", "std", "min", "max"]
AGGREGATES: tuple[Aggregate, ...] = ("count", "sum", "mean", "std", "min", "max")

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_State = tuple[Floats, ...]
#: Seconds beyond which a time is read as missing: 12,000 years on either side of 1970.
_FURTHEST = 4e11
NEVER = np.iinfo(np.int64).min


class Events(NamedTuple):
    """What happened: rows with a value and a time.

    Args:
        keys: int64 [n], from 0: whose history it is.
        times: int64 [n], microseconds since 1970; `NEVER` where unknown, then it is nobody's history.
        values: float64 [n]; NaN where missing, then it does not count.
    """

    keys: Integers
    times: Integers
    values: Floats


def microseconds(seconds: Floats) -> Integers:
    """Return times as whole microseconds, so that the bounds of a window are exact; `NEVER` where missing."""
    known = np.abs(seconds) <= _FURTHEST
    return np.where(known, np.rint(np.where(known, seconds, 0.0) * 1e6), NEVER).astype(np.int64)


def aggregate(
    function: Aggregate,
    events: Events,
    keys: Integers,
    times: Integers,
    *,
    span: int | None,
    delay: int = 0,
) -> Floats:
    """Aggregate, for each pair of key and time, the events from `span` + `delay` before to `delay` before.

    Args:
        function: What to compute; `std` is the sample standard deviation.
        events: The history.
        keys: int64 [m]: whose history is asked for.
        times: int64 [m]: when; an event at the very time minus `delay` is not in the window.
        span: The length of the window in microseconds; None for everything before.
        delay: Microseconds after which an event becomes known.

    Returns:
        float64 [m]: NaN where the window is empty (`count` is 0 there), where the time is unknown, and where
        the result is not finite.

    Example:
        >>> import numpy as np
        >>> days = Events(np.zeros(3, int), np.array([1, 2, 3]), np.array([4.0, 6.0, 8.0]))
        >>> aggregate("mean", days, np.zeros(3, int), np.array([1, 2, 3]), span=None)
        array([nan,  4.,  5.])
    """
    known = ~np.isnan(events.values) & (events.times != NEVER)
    order = np.flatnonzero(known)
    order = order[np.lexsort((events.times[order], events.keys[order]))]
    sorted_keys, sorted_times, values = events.keys[order], events.times[order], events.values[order]
    moments = np.unique(sorted_times)
    asked = times != NEVER
    ends = np.where(asked, times, 0) - delay
    width = len(moments) + 1
    places = sorted_keys * width + np.searchsorted(moments, sorted_times)
    stop = np.searchsorted(places, keys * width + np.searchsorted(moments, ends))
    begin = np.zeros_like(ends) if span is None else np.searchsorted(moments, ends - span)
    start = np.searchsorted(places, keys * width + begin)
    found = _FUNCTIONS[function](values, start, stop)
    return np.asarray(np.where(asked & np.isfinite(found), found, np.nan))


def _fold(
    state: _State,
    start: NDArray[np.intp],
    stop: NDArray[np.intp],
    combine: Callable[[_State, _State], _State],
    nothing: tuple[float, ...],
) -> _State:
    """Combine the states from start to stop, left to right, by blocks whose lengths are powers of two."""
    total = tuple(np.full(len(start), value) for value in nothing)
    place, left, length = start.copy(), stop - start, 1
    while True:
        rows = np.flatnonzero(left & length)
        block = tuple(values[place[rows]] for values in state)
        for values, combined in zip(total, combine(tuple(each[rows] for each in total), block), strict=True):
            values[rows] = combined
        place[rows] += length
        if 2 * length > left.max(initial=0):
            return total
        state = combine(
            tuple(values[:-length] for values in state), tuple(values[length:] for values in state)
        )
        length *= 2


def _count(values: Floats, start: NDArray[np.intp], stop: NDArray[np.intp]) -> Floats:  # noqa: ARG001
    return np.asarray(stop - start, np.float64)


def _sum(values: Floats, start: NDArray[np.intp], stop: NDArray[np.intp]) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):
        (total,) = _fold((values,), start, stop, lambda one, other: (one[0] + other[0],), (0.0,))
    return np.where(stop > start, total, np.nan)


def _mean(values: Floats, start: NDArray[np.intp], stop: NDArray[np.intp]) -> Floats:
    return np.asarray(_sum(values, start, stop) / np.maximum(stop - start, 1))


def _std(values: Floats, start: NDArray[np.intp], stop: NDArray[np.intp]) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):
        state = (np.ones(len(values)), values, np.zeros(len(values)))
        count, _, squares = _fold(state, start, stop, _merge, (0.0, 0.0, 0.0))
        return np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)


def _merge(one: _State, other: _State) -> _State:
    """Merge count, mean and sum of squared deviations.

    Source: Chan, Golub and LeVeque (1983), Algorithms for computing the sample variance.
    """
    (n, mean, squares), (m, with_mean, with_squares) = one, other
    count = n + m
    away = with_mean - mean
    share = m / np.maximum(count, 1)
    return count, mean + away * share, squares + with_squares + away * away * n * share


def _min(values: Floats, start: NDArray[np.intp], stop: NDArray[np.intp]) -> Floats:
    return _fold((values,), start, stop, lambda one, other: (np.minimum(one[0], other[0]),), (np.inf,))[0]


def _max(values: Floats, start: NDArray[np.intp], stop: NDArray[np.intp]) -> Floats:
    return _fold((values,), start, stop, lambda one, other: (np.maximum(one[0], other[0]),), (-np.inf,))[0]


_FUNCTIONS: dict[Aggregate, Callable[[Floats, NDArray[np.intp], NDArray[np.intp]], Floats]] = {
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "std": _std,
    "min": _min,
    "max": _max,
}
