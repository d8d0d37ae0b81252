"""How likely a difference is without any drift: upper bounds that hold at every sample size.

All of them are smooth in the number of rows: no test is swapped for another at some size, so one more row
never turns calm into alarm by itself.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

__all__ = ["cohen_h", "effective", "of_ks", "of_rates", "of_total_variation"]


def effective(n: int, m: int) -> float:
    """Return the rows of one sample that tell as much as two samples of `n` and `m` rows do.

    Example:
        >>> effective(100, 100)
        50.0
    """
    return n * m / (n + m)


def of_ks(distance: float, n: int, m: int, design: float = 1.0) -> float:
    """Bound the chance of so large a Kolmogorov-Smirnov distance between samples of one distribution.

    Args:
        distance: 0 to 1.
        n: Rows of the one sample.
        m: Rows of the other.
        design: How many rows tell as much as one that stands alone.

    Returns:
        2 exp(-2 d² nm / (n + m) / design), at most 1; for values with ties it is larger than the true chance.

    Source:
        P. Massart, The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality (1990); for two samples
        F. Wei, R. Dudley, Two-sample Dvoretzky-Kiefer-Wolfowitz inequalities (2012).

    Example:
        >>> of_ks(0.0, 10, 10), round(of_ks(0.1, 1000, 1_000_000), 10)
        (1.0, 4.2e-09)
    """
    return min(1.0, 2 * math.exp(-2 * distance**2 * effective(n, m) / design))


def of_total_variation(
    distance: float, shares: NDArray[np.float64], n: int, m: int, design: float = 1.0
) -> float:
    """Bound the chance of so large a total variation distance between samples of one distribution.

    The mean distance without drift is at most half the sum of the shares' standard errors; what goes beyond
    is bounded by McDiarmid's inequality, as one row moves the distance by 1/n at most. So many rare levels on
    few rows, which differ a lot by chance alone, raise no alarm.

    Args:
        distance: 0 to 1.
        shares: Of each level, over both samples together, float64 [k].
        n: Rows of the one sample.
        m: Rows of the other.
        design: How many rows tell as much as one that stands alone.

    Returns:
        At most 1.

    Source:
        C. McDiarmid, On the method of bounded differences (1989).

    Example:
        >>> of_total_variation(0.05, np.array([0.5, 0.5]), 100, 10_000)
        1.0
    """
    size = effective(n, m) / design
    by_chance = 0.5 * float(np.sqrt(shares * (1 - shares) / size).sum())
    return math.exp(-2 * max(0.0, distance - by_chance) ** 2 * size)


def of_rates(count: int, n: int, count_then: int, m: int) -> float:
    """Return the chance of two counts at least as far apart, given their sum, if both have one rate.

    Args:
        count: Of `n` rows.
        n: Rows.
        count_then: Of `m` rows.
        m: Rows.

    Returns:
        Twice the smaller tail of the hypergeometric distribution, at most 1: exact for counts of any size.

    Source:
        R. Fisher, The logic of inductive inference (1935).

    Example:
        >>> round(of_rates(3, 3, 0, 3), 12)
        0.1
    """
    total = count + count_then
    possible = np.arange(max(0, total - m), min(total, n) + 1)
    logs = _log_choose(n, possible) + _log_choose(m, total - possible) - _log_choose(n + m, total)
    chances = np.exp(logs)
    at = count - int(possible[0])
    return float(min(1.0, 2 * min(chances[: at + 1].sum(), chances[at:].sum())))


def cohen_h(share: float, share_then: float) -> float:
    """Return the size of a difference of two shares, such that 0 to 1 % counts as much as 45 to 55 %.

    Args:
        share: 0 to 1.
        share_then: 0 to 1.

    Returns:
        -pi to pi; by custom 0.2 is small, 0.5 medium, 0.8 large.

    Source:
        J. Cohen, Statistical power analysis for the behavioral sciences (1988), chapter 6.

    Example:
        >>> round(cohen_h(0.01, 0.0), 2), round(cohen_h(0.55, 0.45), 2)
        (0.2, 0.2)
    """
    return 2 * (math.asin(math.sqrt(share)) - math.asin(math.sqrt(share_then)))


def _log_choose(n: int, k: NDArray[np.int64] | int) -> NDArray[np.float64]:
    return np.asarray(gammaln(n + 1) - gammaln(np.add(k, 1)) - gammaln(np.subtract(n, k) + 1))
