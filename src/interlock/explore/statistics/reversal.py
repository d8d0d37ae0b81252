"""Whether an association turns round once a third column is held fixed: Simpson's paradox, tested."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.explore.statistics.estimate import Estimate, z_value
from interlock.explore.statistics.log_tail import log_normal_tail, two_sided

__all__ = ["Slopes", "reversal", "slopes"]

Numbers = NDArray[np.float64]


class Slopes(NamedTuple):
    """The change of the target where a score grows by one, over all rows and with another column fixed.

    Args:
        crude: Over all rows, shape [k], one for each score.
        within: Pooled over the groups of the other column: the slope of least squares on the score and the
            groups, shape [k].
    """

    crude: Numbers
    within: Numbers


class Reversal(NamedTuple):
    """One column, one target, one column that is held fixed.

    Args:
        crude: The slope over all rows.
        within: The slope pooled over the groups.
        shift: Their difference; its p-value is the test of a change.
        levels: The slope in each group that has one, by the group's number.
    """

    crude: Estimate
    within: Estimate
    shift: Estimate
    levels: dict[int, Estimate]


def slopes(counts: Numbers, sums: Numbers, scores: Numbers) -> Slopes:
    """Return the slopes of several scores of one column at once, from a cross table.

    Args:
        counts: Rows in each group of the column and of the one that is held fixed, shape [a, b].
        sums: Of the target in each cell, shape [a, b].
        scores: What each group of the column counts for, shape [a, k].

    Returns:
        NaN where a score does not vary.

    Source:
        G. U. Yule, Notes on the theory of association of attributes (1903); R. A. Fisher, Statistical Methods
        for Research Workers (1932), section 49, on the analysis of covariance.

    Example:
        >>> counts, sums = np.array([[10.0, 30], [30, 10]]), np.array([[1.0, 15], [9, 7]])
        >>> found = slopes(counts, sums, np.array([[0.0], [1.0]]))
        >>> found.crude.round(3).tolist(), found.within.round(3).tolist()
        ([0.0], [0.2])
    """
    parts = [
        counts.sum(axis=0)[:, None],
        np.einsum("ab,ak->bk", counts, scores),
        np.einsum("ab,ak->bk", counts, scores**2),
        sums.sum(axis=0)[:, None],
        np.einsum("ab,ak->bk", sums, scores),
    ]
    crude = _slope(*(part.sum(axis=0, keepdims=True) for part in parts))
    return Slopes(crude, _slope(*parts))


def reversal(column: Numbers, target: Numbers, groups: NDArray[np.int64]) -> Reversal:
    """Return the slopes of one column with their intervals, and the test of their difference.

    Args:
        column: Finite, shape [n].
        target: Shape [n].
        groups: 0 to g - 1, shape [n].

    Returns:
        All intervals are those of heteroscedasticity-consistent (sandwich) standard errors. Where the target
        is 0 or 1 and the column too, a slope is a difference of two shares.

    Source:
        H. White, A heteroskedasticity-consistent covariance matrix estimator (1980); C. C. Clogg, E. Petkova,
        A. Haritou, Statistical methods for comparing regression coefficients between models (1995).

    Example:
        >>> treated = np.repeat([1.0, 1.0, 0.0, 0.0], [87, 263, 270, 80])
        >>> large = np.repeat([0, 1, 0, 1], [87, 263, 270, 80])
        >>> cured = np.repeat([1.0, 0, 1, 0, 1, 0, 1, 0], [81, 6, 192, 71, 234, 36, 55, 25])
        >>> found = reversal(treated, cured, large)
        >>> round(found.crude.value, 3), round(found.within.value, 3), found.shift.p < 1e-6
        (-0.046, 0.054, True)
    """
    n = len(column)
    all_rows = np.zeros(n, np.int64)
    crude, crude_pull = _fit(column, target, all_rows)
    within, within_pull = _fit(column, target, groups)
    levels = {}
    for group in np.unique(groups):
        inside = groups == group
        if np.ptp(column[inside]) > 0 and int(inside.sum()) > 2:
            slope, pull = _fit(column[inside], target[inside], all_rows[inside])
            levels[int(group)] = _estimate(slope, pull)
    return Reversal(
        _estimate(crude, crude_pull),
        _estimate(within, within_pull),
        _estimate(crude - within, crude_pull - within_pull),
        levels,
    )


def _slope(n: Numbers, x: Numbers, xx: Numbers, y: Numbers, xy: Numbers) -> Numbers:
    """Return the slopes from sums by group, shape [b, k], pooled over the groups."""
    size = np.maximum(n, 1)
    spread = np.sum(xx - x**2 / size, axis=0)
    together = np.sum(xy - x * y / size, axis=0)
    tiny = spread <= 1e-9 * np.maximum(xx.sum(axis=0), 1e-300)
    found: Numbers = np.where(tiny, np.nan, together / np.where(tiny, 1.0, spread))
    return found


def _fit(column: Numbers, target: Numbers, groups: NDArray[np.int64]) -> tuple[float, Numbers]:
    """Return the slope within groups, and how far each row pulls it: the sum of its influences is 0."""
    size = np.maximum(np.bincount(groups), 1)
    x = column - (np.bincount(groups, column) / size)[groups]
    y = target - (np.bincount(groups, target) / size)[groups]
    spread = float(np.sum(x * x))
    if spread <= 0:
        return 0.0, np.zeros(len(column))
    slope = float(np.sum(x * y)) / spread
    pull: Numbers = x * (y - slope * x) / spread
    return slope, pull


def _estimate(value: float, pull: Numbers) -> Estimate:
    error = math.sqrt(float(np.sum(pull * pull)))
    half = z_value() * error
    log_p = two_sided(log_normal_tail(abs(value) / error)) if error > 0 else 0.0
    return Estimate(value, value - half, value + half, len(pull), log_p)
