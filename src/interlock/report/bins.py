"""Where to cut a number's range into bins that a person likes to look at."""

from __future__ import annotations

import math

__all__ = ["bin_edges"]

#: Whole numbers that span at most so much get one bin each.
_EACH = 60
#: Beyond it float64 has no halves, on which the edges between whole numbers lie.
_WHOLE = 2.0**52


def bin_edges(low: float, high: float, *, whole: bool = False, bins: int = 40) -> tuple[float, ...]:
    """Return the edges of equal bins from `low` to `high`.

    Args:
        low: The smallest value to show.
        high: The largest, at least `low`.
        whole: Whether all values are whole numbers: then no bin holds more of them than another, and a short
            range has one bin a number.
        bins: About how many.

    Returns:
        Ascending edges, one more than bins.

    Example:
        >>> bin_edges(1, 4, whole=True)
        (0.5, 1.5, 2.5, 3.5, 4.5)
        >>> bin_edges(0.0, 1.0, bins=4)
        (0.0, 0.25, 0.5, 0.75, 1.0)
    """
    whole = whole and max(abs(low), abs(high)) < _WHOLE
    if whole:
        low, high = math.floor(low), math.ceil(high)
        span = high - low
        width = 1 if span <= _EACH else math.ceil((span + 1) / bins)
        count = math.ceil((span + 1) / width)
        return tuple(low - 0.5 + width * place for place in range(count + 1))
    if low == high:
        half = abs(low) / 2 or 0.5
        return (low - half, low + half)
    step = high / bins - low / bins  # the span itself may be beyond float64
    # Where float64 has few numbers, neighbouring edges may be one number.
    return tuple(dict.fromkeys((*(low + step * place for place in range(bins)), high)))
