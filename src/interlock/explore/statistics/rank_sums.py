"""The exact distributions of rank sums, and the shifts that go with them (Hodges-Lehmann)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.explore.statistics.estimate import z_value
from interlock.explore.statistics.log_tail import log_normal_tail, two_sided
from interlock.explore.statistics.midranks import midranks
from interlock.explore.statistics.observations import Floats
from interlock.explore.statistics.result import Effect

__all__ = ["RankSum", "mann_whitney", "shift", "signed_rank", "symmetric_centre"]

#: Up to so many values, without ties, the distribution is computed exactly.
_EXACT = 50
#: Up to so many pairs of values, the shift is computed.
_PAIRS = 4_000_000


class RankSum(NamedTuple):
    """A rank test.

    Args:
        statistic: U of the first group, or the sum of the ranks of the positive differences.
        log_p: The natural logarithm of the two-sided p-value.
        exact: Whether it comes from the exact distribution.
    """

    statistic: float
    log_p: float
    exact: bool


def mann_whitney(first: Floats, second: Floats) -> RankSum:
    """Test whether the values of one group tend to be larger than those of the other.

    Args:
        first: Finite, shape [m].
        second: Finite, shape [n].

    Returns:
        Exact for up to 50 values a group without ties; else normal, corrected for ties and continuity.

    Source:
        H. B. Mann, D. R. Whitney (1947).

    Example:
        >>> found = mann_whitney(np.array([19.0, 22, 16, 29, 24]), np.array([20.0, 11, 17, 12]))
        >>> found.statistic, round(math.exp(found.log_p), 7)
        (17.0, 0.1111111)
    """
    m, n = len(first), len(second)
    together = np.concatenate([first, second])
    u = float(midranks(together)[:m].sum()) - m * (m + 1) / 2
    ties = _ties(together)
    if ties == 0 and max(m, n) <= _EXACT:
        return RankSum(u, _exact(_mann_whitney_counts(m, n), u), exact=True)
    variance = m * n / 12 * (m + n + 1 - ties / max((m + n) * (m + n - 1), 1))
    return RankSum(u, _normal(u - m * n / 2, variance), exact=False)


def signed_rank(differences: Floats) -> RankSum:
    """Test whether differences are symmetric around 0.

    Args:
        differences: Finite; those that are 0 tell nothing and are left out (Wilcoxon).

    Returns:
        Exact for up to 50 differences without ties; else normal, corrected for ties and continuity.

    Source:
        F. Wilcoxon, Individual comparisons by ranking methods (1945).

    Example:
        >>> found = signed_rank(np.array([1.0, 2, 3, -4]))
        >>> found.statistic, round(math.exp(found.log_p), 4)
        (6.0, 0.875)
    """
    moved = differences[differences != 0]
    n = len(moved)
    ranks = midranks(np.abs(moved))
    positive = float(ranks[moved > 0].sum())
    ties = _ties(np.abs(moved))
    if ties == 0 and n <= _EXACT:
        return RankSum(positive, _exact(_signed_rank_counts(n), positive), exact=True)
    variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48
    return RankSum(positive, _normal(positive - n * (n + 1) / 4, variance), exact=False)


def shift(first: Floats, second: Floats, confidence: float = 0.95) -> Effect | None:
    """Return by how much the first group's values are shifted from the second's: the median of all pairs.

    Args:
        first: Finite, shape [m].
        second: Finite, shape [n].
        confidence: Of the interval, which inverts the Mann-Whitney test.

    Returns:
        None where there are more than 4 million pairs.

    Source:
        J. L. Hodges, E. L. Lehmann (1963); M. Hollander, D. A. Wolfe, Nonparametric Statistical Methods
        (1999), section 4.3.

    Example:
        >>> shift(np.array([5.0, 6, 9]), np.array([1.0, 2, 3])).value
        4.0
    """
    m, n = len(first), len(second)
    if m * n > _PAIRS or min(m, n) == 0:
        return None
    gaps = np.sort((first[:, None] - second).ravel())
    counts = _mann_whitney_counts(m, n) if max(m, n) <= _EXACT else None
    spread = math.sqrt(m * n * (m + n + 1) / 12)
    return _between(gaps, counts, spread, "difference of location", confidence)


def symmetric_centre(differences: Floats, confidence: float = 0.95) -> Effect | None:
    """Return the centre of symmetric differences: the median of the means of every two.

    Args:
        differences: Finite, shape [n].
        confidence: Of the interval, which inverts the signed-rank test.

    Returns:
        None where there are more than 4 million pairs.

    Source:
        J. L. Hodges, E. L. Lehmann (1963); M. Hollander, D. A. Wolfe (1999), section 3.3.

    Example:
        >>> symmetric_centre(np.array([1.0, 2, 6])).value
        2.75
    """
    n = len(differences)
    if n * (n + 1) // 2 > _PAIRS or n == 0:
        return None
    one, other = np.triu_indices(n)
    means = np.sort((differences[one] + differences[other]) / 2)
    counts = _signed_rank_counts(n) if n <= _EXACT else None
    spread = math.sqrt(n * (n + 1) * (2 * n + 1) / 24)
    return _between(means, counts, spread, "centre of the differences", confidence)


def _between(ordered: Floats, counts: Floats | None, spread: float, name: str, confidence: float) -> Effect:
    """Return the median and the order statistics that a rank test cannot reject."""
    many = len(ordered)
    tail = (1 - confidence) / 2
    if counts is not None:
        below = np.cumsum(counts) / counts.sum()
        cut, method = int(np.searchsorted(below, tail, side="right")), "Hodges-Lehmann, exact"
    else:
        cut, method = round(many / 2 - z_value(confidence) * spread), "Hodges-Lehmann"
    value = float(np.median(ordered))
    if cut < 1:  # too few values for this confidence: the interval has no ends
        return Effect(name, value, -math.inf, math.inf, method, confidence=confidence)
    return Effect(
        name, value, float(ordered[cut - 1]), float(ordered[many - cut]), method, confidence=confidence
    )


def _ties(values: Floats) -> float:
    _, counts = np.unique(values, return_counts=True)
    return float(np.sum(counts.astype(np.float64) ** 3 - counts))


def _exact(counts: NDArray[np.float64], statistic: float) -> float:
    at = round(min(statistic, len(counts) - 1 - statistic))
    return min(math.log(2 * float(counts[: at + 1].sum())) - math.log(float(counts.sum())), 0.0)


def _normal(gap: float, variance: float) -> float:
    if variance <= 0:
        return 0.0
    return two_sided(log_normal_tail(max(abs(gap) - 0.5, 0.0) / math.sqrt(variance)))


def _mann_whitney_counts(m: int, n: int) -> NDArray[np.float64]:
    """Return how many orders of m and n values give each U, from 0 to m * n.

    The generating function is the Gaussian binomial coefficient.
    """
    counts = np.zeros(m * n + 1)
    counts[0] = 1.0
    for i in range(1, m + 1):
        step = n + i
        counts[step:] -= counts[:-step].copy() if step <= m * n else 0
        for at in range(i, m * n + 1):
            counts[at] += counts[at - i]
    return counts


def _signed_rank_counts(n: int) -> NDArray[np.float64]:
    """Return how many signs of the ranks 1 to n give each sum of the positive ones."""
    counts = np.zeros(n * (n + 1) // 2 + 1)
    counts[0] = 1.0
    for rank in range(1, n + 1):
        counts[rank:] += counts[:-rank].copy()
    return counts
