"""Two distributions over one grid, then and now: what the report draws of a column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from interlock.profile import ColumnProfile, Histogram
from interlock.report.format import number

__all__ = ["Shape", "shape"]

_BINS = 36
_TAIL = 0.001
_LEVELS = 10
_MOST = 4096
_FEW = 12
Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A column then and now, as shares of the rows that hold a value.

    Args:
        then: Shares in the release's profile.
        now: Shares in the traffic.
        labels: What each share is of; empty for bins.
        left: The left edge of each bin; empty for labels.
        right: The right edge.
    """

    then: Numbers
    now: Numbers
    labels: tuple[str, ...] = ()
    left: Numbers = ()
    right: Numbers = ()


def shape(then: ColumnProfile, now: ColumnProfile) -> Shape | None:
    """Return the distributions of two profiles over one grid.

    Args:
        then: The release's profile of a column.
        now: The traffic's.

    Returns:
        The most frequent levels, or up to 36 bins over all but one in a thousand at either end; None where
        one side has no value, or one holds strings and the other numbers.

    Example:
        >>> from interlock.profile import Values
        >>> flags = [ColumnProfile.of(Values("boolean", np.array(v))) for v in ([True, False], [True, True])]
        >>> shape(*flags)
        Shape(then=(0.5, 0.5), now=(0.0, 1.0), labels=('0', '1'), left=(), right=())
    """
    if not (then.n and now.n):
        return None
    if then.categories is not None and now.categories is not None:
        return _of_counts(dict(then.categories.top(_MOST)), dict(now.categories.top(_MOST)), then.n, now.n)
    if then.histogram is None or now.histogram is None:
        return None
    if max(then.distinct, now.distinct) <= _FEW:
        return _of_numbers(dict(then.histogram.top(_FEW)), dict(now.histogram.top(_FEW)), then.n, now.n)
    return _by_bin(then.histogram, now.histogram)


def _of_counts(then: Mapping[str, int], now: Mapping[str, int], n_then: int, n: int) -> Shape:
    """Return the shares of the levels that are the most frequent in either."""
    weight = {
        level: then.get(level, 0) / n_then + now.get(level, 0) / n for level in then.keys() | now.keys()
    }
    labels = sorted(weight, key=lambda level: (-weight[level], level))[:_LEVELS]
    return Shape(
        tuple(then.get(label, 0) / n_then for label in labels),
        tuple(now.get(label, 0) / n for label in labels),
        labels=tuple(label or "(empty)" for label in labels),
    )


def _of_numbers(then: Mapping[float, int], now: Mapping[float, int], n_then: int, n: int) -> Shape:
    values = sorted(then.keys() | now.keys())
    return Shape(
        tuple(then.get(value, 0) / n_then for value in values),
        tuple(now.get(value, 0) / n for value in values),
        labels=tuple(number(value) for value in values),
    )


def _by_bin(then: Histogram, now: Histogram) -> Shape:
    ends = [side.quantile(np.array([_TAIL, 1 - _TAIL])) for side in (then, now)]
    low, high = float(min(end[0] for end in ends)), float(max(end[1] for end in ends))
    edges = np.linspace(low, high, _BINS + 1)
    return Shape(
        tuple((then.binned(edges) / then.n).tolist()),
        tuple((now.binned(edges) / now.n).tolist()),
        left=tuple(edges[:-1].tolist()),
        right=tuple(edges[1:].tolist()),
    )
