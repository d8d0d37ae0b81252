"""How far apart two profiles of a column are, and where they differ most."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from interlock.profile import Categories, ColumnProfile, Histogram, total_variation
from interlock.profile.histogram import align

__all__ = ["Apart", "apart"]


class Apart(NamedTuple):
    """How far apart two distributions are.

    Args:
        distance: Kolmogorov-Smirnov for numbers, total variation for categories, 0 to 1.
        at: The number up to which, or the level of which, their shares differ most; None where the categories
            are too many to be counted one by one.
        then: The share of the first there.
        now: The share of the second.
    """

    distance: float
    at: float | str | None
    then: float
    now: float


def apart(then: ColumnProfile, now: ColumnProfile) -> Apart | None:
    """Return how far apart two profiles are.

    Args:
        then: Of a column.
        now: Of the same column elsewhere.

    Returns:
        None where one has no values, or one holds strings and the other numbers.

    Example:
        >>> from interlock.profile import Values
        >>> was, now = (ColumnProfile.of(Values("integer", np.array(v))) for v in ([1, 2], [2, 3]))
        >>> apart(was, now)
        Apart(distance=0.5, at=1.0, then=0.5, now=0.0)
    """
    if not (then.n and now.n):
        return None
    if then.categories is not None and now.categories is not None:
        return _of_levels(then.categories, now.categories)
    if then.histogram is not None and now.histogram is not None:
        return _of_numbers(then.histogram, now.histogram)
    return None


def _of_numbers(then: Histogram, now: Histogram) -> Apart:
    counts_then, counts_now, middles = align(then, now)
    before, after = np.cumsum(counts_then) / then.n, np.cumsum(counts_now) / now.n
    at = int(np.abs(after - before).argmax())
    return Apart(float(abs(after[at] - before[at])), float(middles[at]), float(before[at]), float(after[at]))


def _of_levels(then: Categories, now: Categories) -> Apart:
    if not (then.exact and now.exact):
        return Apart(total_variation(then, now), None, 0.0, 0.0)
    counts_then, counts_now = then.counts, now.counts  # each access makes a copy
    levels = sorted(counts_then.keys() | counts_now.keys())
    before, after = (
        np.array([counts.get(level, 0) for level in levels]) / sum(counts.values())
        for counts in (counts_then, counts_now)
    )
    moved = np.abs(after - before)
    most = int(moved.argmax())
    return Apart(float(moved.sum() / 2), levels[most], float(before[most]), float(after[most]))
