"""The balance of concordant and discordant pairs: Kendall's tau-b and its test."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from interlock.explore.statistics.log_tail import log_normal_tail, two_sided
from interlock.explore.statistics.observations import Floats

__all__ = ["Kendall", "kendall"]

#: Up to so many rows, without ties, SciPy computes the distribution exactly.
_EXACT = 33


class Kendall(NamedTuple):
    """Kendall's tau-b.

    Args:
        tau: From -1 to 1, corrected for ties.
        z: In standard errors under no relation.
        log_p: The natural logarithm of the two-sided p-value.
    """

    tau: float
    z: float
    log_p: float


def kendall(first: Floats, second: Floats) -> Kendall:
    """Return Kendall's tau-b and the test of no relation.

    Args:
        first: Finite, not constant, shape [n].
        second: Likewise.

    Returns:
        The p-value is exact for up to 33 rows without ties, else normal with the variance for ties.

    Source:
        M. G. Kendall, Rank Correlation Methods (1970), sections 4 and 5.

    Example:
        >>> round(kendall(np.array([1.0, 2, 3, 4]), np.array([1.0, 3, 2, 4])).tau, 4)
        0.6667
    """
    from scipy.stats import kendalltau

    n = len(first)
    tau = float(kendalltau(first, second, method="asymptotic").statistic)
    one, other = _ties(first), _ties(second)
    pairs = n * (n - 1) / 2
    balance = tau * math.sqrt(pairs - one[0]) * math.sqrt(pairs - other[0])
    variance = (n * (n - 1) * (2 * n + 5) - one[2] - other[2]) / 18
    variance += 2 * one[0] * other[0] / (n * (n - 1))
    if n > 2:
        variance += one[1] * other[1] / (9 * n * (n - 1) * (n - 2))
    z = balance / math.sqrt(variance)
    if one[0] == other[0] == 0 and n <= _EXACT:
        return Kendall(tau, z, min(math.log(float(kendalltau(first, second, method="exact").pvalue)), 0.0))
    return Kendall(tau, z, two_sided(log_normal_tail(abs(z))))


def _ties(values: Floats) -> tuple[float, float, float]:
    """Return the sums over ties that the variance needs: pairs, triples, and with 2t + 5."""
    _, counts = np.unique(values, return_counts=True)
    t = counts[counts > 1].astype(np.float64)
    return (
        float(np.sum(t * (t - 1))) / 2,
        float(np.sum(t * (t - 1) * (t - 2))),
        float(np.sum(t * (t - 1) * (2 * t + 5))),
    )
