"""How well one number tells two classes apart: the area under the ROC curve, from counts by value."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from interlock.explore.statistics.estimate import Estimate, z_value
from interlock.explore.statistics.log_tail import log_normal_tail, two_sided

__all__ = ["auc"]

Counts = NDArray[np.int64] | NDArray[np.float64]


def auc(positives: Counts, negatives: Counts) -> Estimate:
    """Return the chance that a positive row has the larger value than a negative one, ties counting half.

    The interval is DeLong's on the logit scale; where the classes do not overlap at all, the open end is the
    exact one for the smaller class. The p-value is that of the Mann-Whitney test with its correction for
    ties.

    Args:
        positives: How many positive rows hold each distinct value, values ascending, shape [u].
        negatives: Likewise for the negative rows, shape [u].

    Returns:
        0.5 means no relation, 1 larger values in the positive class throughout, 0 smaller ones.

    Source:
        E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988); X. Sun, W. Xu (2014) for the fast form;
        H. B. Mann, D. R. Whitney (1947).

    Example:
        >>> estimate = auc(np.array([0, 1, 3]), np.array([3, 2, 1]))
        >>> round(estimate.value, 4), estimate.n
        (0.8542, 10)
    """
    ones, zeros = positives.astype(np.float64), negatives.astype(np.float64)
    m, k = float(ones.sum()), float(zeros.sum())
    below = (np.cumsum(zeros) - zeros / 2) / k
    above = (m - np.cumsum(ones) + ones / 2) / m
    # Sums, not dot products: BLAS wakes all its threads for vectors this short, and they spin.
    value = float(np.sum(ones * below)) / m
    variance = float(np.sum(ones * (below - value) ** 2)) / max(m - 1, 1) / m
    variance += float(np.sum(zeros * (above - value) ** 2)) / max(k - 1, 1) / k
    low, high = _interval(value, variance, min(m, k))
    return Estimate(value, low, high, int(m + k), _log_p(value, ones + zeros, m, k))


def _interval(value: float, variance: float, smaller: float) -> tuple[float, float]:
    if value in (0.0, 1.0):
        bound = 0.025 ** (1 / smaller)
        return (bound, 1.0) if value == 1.0 else (0.0, 1 - bound)
    half = z_value() * math.sqrt(variance) / (value * (1 - value))
    return float(expit(logit(value) - half)), float(expit(logit(value) + half))


def _log_p(value: float, ties: NDArray[np.float64], m: float, k: float) -> float:
    n = m + k
    spread = (n + 1) - float(np.sum(ties**3 - ties)) / (n * (n - 1))
    if spread <= 0:
        return 0.0
    z = abs(value - 0.5) * m * k / math.sqrt(m * k / 12 * spread)
    return two_sided(log_normal_tail(z))
