"""Intervals from influence values: how much each row, or each group of rows, moves an estimate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

__all__ = [
    "Influence",
    "degrees_of_freedom",
    "difference",
    "enough_groups",
    "interval",
    "mean",
    "p_value",
    "ratio",
    "standard_error",
]

Floats = NDArray[np.float64]
_FEWEST_GROUPS = 5


class Influence(NamedTuple):
    """An estimate with what each row adds to its error.

    Args:
        value: The estimate.
        values: [n], sum zero; their sum of squares (over rows, or over sums by cluster) is the variance.

    Example:
        >>> estimate = mean(np.array([1.0, 2.0, 3.0]))
        >>> estimate.value, round(standard_error(estimate), 4)
        (2.0, 0.5774)
    """

    value: float
    values: Floats


def mean(values: Floats) -> Influence:
    """Return the mean of [n] values; its standard error over rows is the familiar s / sqrt(n)."""
    n = len(values)
    centre = float(values.mean())
    return Influence(centre, (values - centre) / np.sqrt(n * max(n - 1, 1)))


def ratio(top: Floats, bottom: Floats) -> Influence:
    """Return the ratio of two means over the same rows, by linearisation.

    Source:
        Cochran (1977), Sampling Techniques, chapter 6.
    """
    below = float(bottom.mean())
    value = float(top.mean()) / below
    return Influence(value, mean(top - value * bottom).values / below)


def difference(first: Influence, second: Influence) -> Influence:
    """Return first minus second; both over the same rows, zero where a row is in only one."""
    return Influence(first.value - second.value, first.values - second.values)


def standard_error(estimate: Influence, clusters: NDArray[np.int64] | None = None) -> float:
    """Return the standard error.

    Args:
        estimate: The estimate.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.

    Source:
        Liang and Zeger (1986), Longitudinal data analysis using generalized linear models (the sandwich).
    """
    if clusters is None:
        return float(np.sqrt(np.square(estimate.values).sum()))
    sums = np.bincount(clusters, weights=estimate.values)
    present = np.bincount(clusters) > 0
    groups = int(present.sum())
    return float(np.sqrt(np.square(sums).sum() * groups / max(groups - 1, 1)))


def interval(
    estimate: Influence,
    clusters: NDArray[np.int64] | None = None,
    *,
    level: float = 0.95,
    freedom: int | None = None,
) -> tuple[float, float]:
    """Return Student's interval around the estimate.

    Args:
        estimate: The estimate.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        level: Coverage, 0 to 1.
        freedom: Degrees of freedom; None takes those of all groups.
    """
    degrees = freedom or degrees_of_freedom(estimate, clusters)
    reach = standard_error(estimate, clusters) * float(stdtrit(degrees, 0.5 + level / 2))
    return estimate.value - reach, estimate.value + reach


def p_value(
    estimate: Influence, clusters: NDArray[np.int64] | None = None, *, freedom: int | None = None
) -> float:
    """Return the two-sided p-value of zero, by Student's t; see `interval`."""
    error = standard_error(estimate, clusters)
    if error == 0:
        return float(estimate.value == 0)
    degrees = freedom or degrees_of_freedom(estimate, clusters)
    return float(2 * stdtr(degrees, -abs(estimate.value) / error))


def degrees_of_freedom(estimate: Influence, clusters: NDArray[np.int64] | None = None) -> int:
    """Return the number of groups that the estimate rests on, less one; at least one."""
    groups = len(estimate.values) if clusters is None else len(np.unique(clusters))
    return max(groups - 1, 1)


def enough_groups(rows: NDArray[np.bool_], clusters: NDArray[np.int64] | None) -> bool:
    """Whether some rows come from at least five groups: of fewer too little is known of the error.

    Args:
        rows: Which rows, [n].
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.

    Source:
        Cameron and Miller (2015), A practitioner's guide to cluster-robust inference, VI: few clusters.

    Example:
        >>> enough_groups(np.arange(10) < 6, np.arange(10)), enough_groups(np.arange(10) < 4, np.arange(10))
        (True, False)
    """
    return clusters is None or len(np.unique(clusters[rows])) >= _FEWEST_GROUPS
