"""Score intervals and tests for two shares: their difference, their ratio, their odds ratio, and pairs.

All three intervals of two independent shares come from the same restricted likelihood, so each leaves out "no
difference" exactly when the test rejects it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from interlock.explore.statistics.estimate import z_value
from interlock.explore.statistics.result import Effect

__all__ = [
    "difference_interval",
    "difference_z",
    "odds_ratio_interval",
    "paired_difference_interval",
    "paired_difference_z",
    "ratio_interval",
    "restricted_share",
]

Score = Callable[[float], float]


def difference_z(x1: int, n1: int, x2: int, n2: int, gap: float = 0.0, *, corrected: bool = True) -> float:
    """Return the score statistic of `p1 - p2 = gap`.

    Args:
        x1: How many of the first group.
        n1: Of how many, at least 1.
        x2: How many of the second group.
        n2: Of how many, at least 1.
        gap: The difference that is tested, -1 to 1.
        corrected: With the factor N / (N - 1) of Miettinen and Nurminen on the variance; without it, the
            statistic for `gap=0` is the root of Pearson's chi-square.

    Source:
        O. Miettinen, M. Nurminen, Comparative analysis of two rates (1985); C. P. Farrington, G. Manning
        (1990).

    Example:
        >>> round(difference_z(1100, 10_000, 1000, 10_000, corrected=False), 7)
        2.3066348
    """
    p2 = restricted_share(x1, n1, x2, n2, gap)
    p1 = min(max(p2 + gap, 0.0), 1.0)
    variance = p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2
    return _over(x1 / n1 - x2 / n2 - gap, variance * _factor(n1 + n2, corrected=corrected))


def difference_interval(
    x1: int, n1: int, x2: int, n2: int, confidence: float = 0.95, *, corrected: bool = True
) -> Effect:
    """Return the difference of two shares with its score interval.

    Args:
        x1: How many of the first group.
        n1: Of how many.
        x2: How many of the second group.
        n2: Of how many.
        confidence: Of the interval.
        corrected: Miettinen and Nurminen's interval; without, Mee's.

    Source:
        O. Miettinen, M. Nurminen (1985); R. W. Mee (1984).

    Example:
        >>> print(difference_interval(56, 70, 48, 80))
        difference of shares 0.2 (95 % interval 0.0528 to 0.338; Miettinen-Nurminen score)
    """
    value = x1 / n1 - x2 / n2
    low, high = _inverted(
        lambda gap: difference_z(x1, n1, x2, n2, gap, corrected=corrected), value, -1.0, 1.0, confidence
    )
    method = "Miettinen-Nurminen score" if corrected else "Mee score"
    return Effect("difference of shares", value, low, high, method, confidence=confidence)


def ratio_interval(
    x1: int, n1: int, x2: int, n2: int, confidence: float = 0.95, *, corrected: bool = True
) -> Effect:
    """Return the ratio of two shares with its score interval.

    Args:
        x1: How many of the first group.
        n1: Of how many.
        x2: How many of the second group; with 0 the ratio has no upper end.
        n2: Of how many.
        confidence: Of the interval.
        corrected: With the factor N / (N - 1); without, Koopman's interval.

    Source:
        P. A. R. Koopman (1984); O. Miettinen, M. Nurminen (1985).

    Example:
        >>> print(ratio_interval(36, 40, 16, 80, corrected=False))
        ratio of shares 4.5 (95 % interval 2.94 to 7.15; score)
    """
    factor = _factor(n1 + n2, corrected=corrected)

    def z(log_ratio: float) -> float:
        ratio = math.exp(log_ratio)
        a, b, c = (n1 + n2) * ratio, -(n1 * ratio + x1 + n2 + x2 * ratio), x1 + x2
        p2 = 2 * c / (-b + math.sqrt(max(b * b - 4 * a * c, 0.0)))
        p1 = min(p2 * ratio, 1.0)
        variance = p1 * (1 - p1) / n1 + ratio * ratio * p2 * (1 - p2) / n2
        return _over(x1 / n1 - ratio * x2 / n2, variance * factor)

    return _of_logs("ratio of shares", z, x1 / n1, x2 / n2, confidence)


def odds_ratio_interval(
    x1: int, n1: int, x2: int, n2: int, confidence: float = 0.95, *, corrected: bool = True
) -> Effect:
    """Return the ratio of two odds with its score interval.

    Args:
        x1: How many of the first group.
        n1: Of how many.
        x2: How many of the second group.
        n2: Of how many.
        confidence: Of the interval.
        corrected: With the factor N / (N - 1) of Miettinen and Nurminen.

    Source:
        J. Cornfield (1956); O. Miettinen, M. Nurminen (1985).

    Example:
        >>> round(odds_ratio_interval(104, 11037, 189, 11034).value, 7)
        0.5458355
    """
    factor = _factor(n1 + n2, corrected=corrected)

    def z(log_ratio: float) -> float:
        ratio = math.exp(log_ratio)
        a, b, c = n2 * (ratio - 1), n1 * ratio + n2 - (x1 + x2) * (ratio - 1), -(x1 + x2)
        root = math.sqrt(max(b * b - 4 * a * c, 0.0))
        p2 = _inside((root - b) / (2 * a) if b < 0 else -2 * c / (b + root))
        p1 = _inside((x1 + x2 - n2 * p2) / n1)
        inverse = 1 / (n1 * p1 * (1 - p1)) + 1 / (n2 * p2 * (1 - p2))
        return (x1 - n1 * p1) * math.sqrt(inverse / factor)

    return _of_logs("odds ratio", z, x1 * (n2 - x2), x2 * (n1 - x1), confidence)


def paired_difference_z(gained: int, lost: int, n: int, gap: float = 0.0) -> float:
    """Return the score statistic of the difference of two shares measured on the same units.

    Args:
        gained: Units with a yes in the first measurement alone.
        lost: Units with a yes in the second alone.
        n: All units.
        gap: The difference that is tested; for 0 it is McNemar's statistic, without correction.

    Source:
        T. Tango, Equivalence test and confidence interval for the difference in proportions for the
        paired-sample design (1998).

    Example:
        >>> round(paired_difference_z(1, 7, 21) ** 2, 6)
        4.5
    """
    a, b = 2 * n, -gained - lost + (2 * n - gained + lost) * gap
    c = -lost * gap * (1 - gap)
    q = (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    return _over(gained - lost - n * gap, n * (2 * q + gap * (1 - gap)))


def paired_difference_interval(gained: int, lost: int, n: int, confidence: float = 0.95) -> Effect:
    """Return the difference of two shares measured on the same units, with Tango's score interval.

    Args:
        gained: Units with a yes in the first measurement alone.
        lost: Units with a yes in the second alone.
        n: All units, at least 1.
        confidence: Of the interval.

    Source:
        T. Tango (1998).

    Example:
        >>> print(paired_difference_interval(1, 7, 21))
        difference of shares -0.286 (95 % interval -0.517 to -0.026; Tango score)
    """
    value = (gained - lost) / n
    low, high = _inverted(lambda gap: paired_difference_z(gained, lost, n, gap), value, -1, 1, confidence)
    return Effect("difference of shares", value, low, high, "Tango score", confidence=confidence)


def restricted_share(x1: float, n1: float, x2: float, n2: float, gap: float) -> float:
    """Return the second share of greatest likelihood, given the difference: a cubic equation.

    Args:
        x1: How many of the first group, not necessarily whole.
        n1: Of how many.
        x2: How many of the second group.
        n2: Of how many.
        gap: First share minus second, -1 to 1.

    Source:
        O. Miettinen, M. Nurminen (1985), appendix I.

    Example:
        >>> round(restricted_share(56, 70, 48, 80, 0.1), 6)
        0.651548
    """
    n = n1 + n2
    if gap == 0:
        return (x1 + x2) / n
    a = ((n1 + 2 * n2) * gap - n - x1 - x2) / n
    b = ((n2 * gap - n - 2 * x2) * gap + x1 + x2) / n
    c = x2 * gap * (1 - gap) / n
    q = a**3 / 27 - a * b / 6 + c / 2
    p = math.copysign(math.sqrt(max(a * a / 9 - b / 3, 0.0)), q)
    angle = math.acos(min(max(q / p**3, -1.0), 1.0)) if p else 0.0
    found = 2 * p * math.cos((math.pi + angle) / 3) - a / 3
    return min(max(found, 0.0, -gap), 1.0, 1 - gap)


def _inside(share: float) -> float:
    """Keep a share off 0 and 1, where its variance vanishes; at no ratio that matters is it that near."""
    return min(max(share, 1e-15), 1 - 1e-15)


def _factor(n: int, *, corrected: bool) -> float:
    return n / (n - 1) if corrected and n > 1 else 1.0


def _over(gap: float, variance: float) -> float:
    if variance > 0:
        return gap / math.sqrt(variance)
    return 0.0 if abs(gap) < 1e-12 else math.copysign(math.inf, gap)


def _inverted(z: Score, value: float, least: float, most: float, confidence: float) -> tuple[float, float]:
    """Return where a falling score passes the two quantiles; an end of the range where it never does."""
    from scipy.optimize import brentq

    quantile = z_value(confidence)

    def end(sign: int, far: float) -> float:
        # Scores may be infinite at the edge of the range: bounded, they keep their sign.
        def beyond(at: float) -> float:
            return min(max(z(at) - sign * quantile, -1e9), 1e9)

        if far == value or beyond(far) * beyond(value) >= 0:
            return far
        return float(brentq(beyond, value, far, xtol=1e-13, rtol=1e-13))

    return end(1, least), end(-1, most)


def _of_logs(name: str, z: Score, above: float, below: float, confidence: float) -> Effect:
    """Return a ratio with the interval of its logarithm."""
    value = above / below if below else (math.inf if above else math.nan)
    near = math.log(value) if 0 < value < math.inf else (0.0 if math.isnan(value) else None)
    if near is None:  # 0 or infinite: start where the score is near the quantile's sign
        near = -40.0 if value == 0 else 40.0
    low, high = _inverted(z, near, -40.0, 40.0, confidence)
    ends = (0.0 if low <= -40 else math.exp(low), math.inf if high >= 40 else math.exp(high))
    return Effect(name, value, *ends, method="score", null=1.0, confidence=confidence)
