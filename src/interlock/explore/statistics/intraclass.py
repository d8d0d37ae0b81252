"""How alike the rows of one group are: the intraclass correlation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtri

from interlock.explore.statistics.estimate import CONFIDENCE, Estimate
from interlock.explore.statistics.log_tail import log_f_tail

__all__ = ["intraclass"]


def intraclass(values: NDArray[np.float64], groups: NDArray[np.int64]) -> Estimate:
    """Return the share of the variance that rows of one group have in common: ICC(1), one-way random effects.

    Args:
        values: Finite, shape [n]; 0 and 1 for a class.
        groups: The group of each, 0 to k - 1, shape [n].

    Returns:
        0 (rows of a group are no more alike than others; also where the estimate is below it) to 1 (the same
        in all rows of a group). The p-value is the F test's; the interval is exact for normal values and
        groups of one size, and takes the mean size of unequal ones.

    Source:
        P. E. Shrout, J. L. Fleiss, Intraclass correlations (1979); A. Donner, A review of inference
        procedures for the intraclass correlation coefficient (1986) for unequal groups.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> groups = np.repeat(np.arange(200), 5)
        >>> found = intraclass(rng.normal(size=200)[groups] + rng.normal(size=1000), groups)
        >>> 0.4 < found.low < 0.5 < found.high < 0.6
        True
    """
    n = len(values)
    sizes = np.bincount(groups).astype(np.float64)
    sizes = sizes[sizes > 0]
    k = len(sizes)
    # The unit cancels; numbers near the end of float64 could not be squared.
    around = values / max(float(np.abs(values).max(initial=0.0)), 1e-300)
    around = around - around.mean()
    total = float(np.sum(around**2))
    if k < 2 or n <= k or total == 0:
        return Estimate(0.0, 0.0, 0.0, n)
    sums = np.bincount(groups, around)
    counts = np.maximum(np.bincount(groups), 1)
    between = float(np.sum(sums**2 / counts))
    within = max(total - between, 0.0) / (n - k)
    size = (n - float(np.sum(sizes**2)) / n) / (k - 1)
    if within == 0:
        return Estimate(1.0, 1.0, 1.0, n, -math.inf)
    ratio = between / (k - 1) / within
    upper = float(fdtri(k - 1, n - k, (1 + CONFIDENCE) / 2))
    lower = float(fdtri(k - 1, n - k, (1 - CONFIDENCE) / 2))
    ends = [max((f - 1) / (f + size - 1), 0.0) for f in (ratio, ratio / upper, ratio / lower)]
    return Estimate(ends[0], ends[1], ends[2], n, log_f_tail(ratio, k - 1, n - k))
