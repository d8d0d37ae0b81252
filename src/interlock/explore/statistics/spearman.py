"""How closely two numbers rise together: Spearman's rank correlation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from interlock.explore.statistics.estimate import Estimate, z_value
from interlock.explore.statistics.log_tail import log_t_tail, two_sided
from interlock.explore.statistics.midranks import midranks

__all__ = ["spearman"]


def spearman(first: NDArray[np.float64], second: NDArray[np.float64]) -> Estimate:
    """Return the correlation of the ranks.

    Args:
        first: Finite numbers, shape [n], n at least 5.
        second: Likewise.

    Returns:
        rho from -1 to 1; 0 where one of them is constant. The interval is Fisher's with the variance of
        Bonett and Wright, the p-value that of Student's t.

    Source:
        C. Spearman (1904); D. G. Bonett, T. A. Wright, Sample size requirements for estimating Pearson,
        Kendall and Spearman correlations (2000).

    Example:
        >>> x = np.arange(10.0)
        >>> round(spearman(x, np.where(x < 8, x, -x)).value, 3)
        0.018
    """
    n = len(first)
    a, b = midranks(first), midranks(second)
    a, b = a - a.mean(), b - b.mean()
    # Sums, not dot products: BLAS wakes all its threads for vectors this short, and they spin.
    scale = math.sqrt(float(np.sum(a * a)) * float(np.sum(b * b)))
    if scale == 0:
        return Estimate(0.0, 0.0, 0.0, n)
    rho = min(max(float(np.sum(a * b)) / scale, -1.0), 1.0)
    # Keep a perfect correlation finite on Fisher's scale; it moves the ends by less than 1e-12.
    fisher = math.atanh(min(max(rho, -1 + 1e-12), 1 - 1e-12))
    half = z_value() * math.sqrt((1 + rho * rho / 2) / (n - 3))
    t = abs(rho) * math.sqrt((n - 2) / max(1 - rho * rho, 1e-300))
    low, high = min(rho, math.tanh(fisher - half)), max(rho, math.tanh(fisher + half))
    return Estimate(rho, low, high, n, two_sided(log_t_tail(t, n - 2)))
