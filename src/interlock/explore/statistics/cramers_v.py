"""How strongly two categorical columns hang together: Cramér's V, corrected for its bias."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from interlock.explore.statistics.estimate import Estimate, z_value
from interlock.explore.statistics.log_tail import log_chi2_tail

__all__ = ["cramers_v", "pooled"]

Table = NDArray[np.float64]


def cramers_v(table: NDArray[np.int64]) -> Estimate:
    """Return Cramér's V of a cross table.

    Args:
        table: Counts, shape [r, c]; empty rows and columns are left out.

    Returns:
        V from 0 (independent) to 1 (one determines the other); the p-value is Pearson's chi-square test. The
        interval is the delta method's for phi squared, widened by the spread that independence alone gives,
        so that it stays right near 0.

    Source:
        W. Bergsma, A bias-correction for Cramér's V and Tschuprow's T (2013); Y. Bishop, S. Fienberg,
        P. Holland, Discrete Multivariate Analysis (1975), section 11.3.4.

    Example:
        >>> estimate = cramers_v(np.array([[40, 10], [10, 40]]))
        >>> round(estimate.value, 3), estimate.p < 1e-6
        (0.595, True)
    """
    counts = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0].astype(np.float64)
    n, (r, c) = float(counts.sum()), counts.shape
    if min(r, c) < 2:
        return Estimate(0.0, 0.0, 0.0, int(n))
    p = counts / n
    rows, columns = p.sum(axis=1, keepdims=True), p.sum(axis=0, keepdims=True)
    ratio = p / (rows * columns)
    phi2 = float(np.sum(p * ratio)) - 1
    freedom = (r - 1) * (c - 1)
    half = z_value() * math.sqrt(_variance(p, ratio, rows, columns) / n + 2 * freedom / n**2)
    largest = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    centre = phi2 - freedom / (n - 1)
    ends = (centre, centre - half, centre + half)
    value, low, high = (math.sqrt(min(max(end, 0.0) / largest, 1.0)) for end in ends)
    return Estimate(value, low, high, int(n), log_chi2_tail(n * phi2, freedom))


def pooled(table: NDArray[np.int64], least: float = 5.0) -> NDArray[np.int64]:
    """Return the table with its rare rows added up, so that the chi-square test holds.

    Args:
        table: Counts, shape [r, c], levels by classes.
        least: The smallest expected count a row may have in any class.

    Example:
        >>> pooled(np.array([[50, 50], [1, 0], [0, 2]])).tolist()
        [[50, 50], [1, 2]]
    """
    totals = table.sum(axis=1)
    rare = totals * (table.sum(axis=0).min() / max(totals.sum(), 1)) < least
    if rare.sum() < 2:
        return table
    return np.vstack([table[~rare], table[rare].sum(axis=0)])


def _variance(p: Table, ratio: Table, rows: Table, columns: Table) -> float:
    """Return the variance of one observation's influence on phi squared."""
    by_row = np.sum(p * ratio, axis=1, keepdims=True) / rows
    by_column = np.sum(p * ratio, axis=0, keepdims=True) / columns
    slope = 2 * ratio - by_row - by_column
    mean = float(np.sum(p * slope))
    return max(float(np.sum(p * slope**2)) - mean**2, 0.0)
