"""An effect size with its interval, and the formulas for shares."""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy.special import ndtri

__all__ = ["CONFIDENCE", "Estimate", "newcombe", "wilson", "wilson_interval", "z_value"]

#: The confidence of every interval in an exploration.
CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """An effect size.

    Args:
        value: The point estimate.
        low: The lower end of the 95 % interval.
        high: The upper end.
        n: Observations behind it.
        log_p: The natural logarithm of the p-value of no effect; 0 where nothing is tested.
    """

    value: float
    low: float
    high: float
    n: int
    log_p: float = 0.0

    @property
    def p(self) -> float:
        """The p-value; 0.0 where it is below 1e-323, so print and keep `log_p`."""
        return math.exp(self.log_p)


def z_value(confidence: float = CONFIDENCE) -> float:
    """Return the normal quantile of a two-sided interval.

    Example:
        >>> round(z_value(), 3)
        1.96
    """
    return float(ndtri((1 + confidence) / 2))


def wilson(count: int, n: int, confidence: float = CONFIDENCE) -> Estimate:
    """Return a share with its score interval, which stays inside 0 to 1 and is right for rare events.

    Args:
        count: How many of them.
        n: Of how many, at least 1.
        confidence: 0 to 1.

    Returns:
        The share; nothing is tested.

    Source:
        See `wilson_interval`.

    Example:
        >>> estimate = wilson(81, 263)
        >>> round(estimate.low, 4), round(estimate.high, 4)
        (0.2553, 0.3662)
    """
    share = count / n
    return Estimate(share, *wilson_interval(share, n, confidence), n)


def wilson_interval(share: float, n: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the score interval of a share.

    Args:
        share: 0 to 1.
        n: Of how many, above 0; need not be whole (an effective number).
        confidence: 0 to 1.

    Source:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927).

    Example:
        >>> [round(end, 4) for end in wilson_interval(0.0, 10)]
        [0.0, 0.2775]
    """
    z = z_value(confidence)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if share == 0 else max(centre - half, 0.0)
    high = 1.0 if share == 1 else min(centre + half, 1.0)
    return low, high


def newcombe(first: Estimate, second: Estimate) -> Estimate:
    """Return the difference of two independent shares, with an interval made of their score intervals.

    Args:
        first: From `wilson`.
        second: From `wilson`; it is subtracted.

    Source:
        R. G. Newcombe, Interval estimation for the difference between independent proportions (1998), method
        10.

    Example:
        >>> difference = newcombe(wilson(56, 70), wilson(48, 80))
        >>> round(difference.low, 4), round(difference.high, 4)
        (0.0524, 0.3339)
    """
    gap = first.value - second.value
    low = gap - math.hypot(first.value - first.low, second.high - second.value)
    high = gap + math.hypot(first.high - first.value, second.value - second.low)
    return Estimate(gap, low, high, first.n + second.n)
