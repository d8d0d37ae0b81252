"""A difference of means in units of the standard deviation, with an interval."""

from __future__ import annotations

import math

from scipy.special import gammaln

from interlock.explore.statistics.estimate import z_value
from interlock.explore.statistics.moments import SampleMoments
from interlock.explore.statistics.noncentral import t_noncentrality
from interlock.explore.statistics.result import Effect

__all__ = ["average_d", "hedges_g", "paired_d"]


def hedges_g(first: SampleMoments, second: SampleMoments, confidence: float = 0.95) -> Effect:
    """Return Hedges' g: the difference over the pooled standard deviation, without its bias.

    The interval is the exact one of equal variances, from the noncentral t distribution.

    Args:
        first: With a variance.
        second: With a variance; it is subtracted.
        confidence: Of the interval.

    Source:
        L. V. Hedges (1981); J. H. Steiger, R. T. Fouladi (1997) for the interval.

    Example:
        >>> print(hedges_g(SampleMoments(20, 1.0, 1.0, 0.0), SampleMoments(20, 0.5, 1.0, 0.0)))
        Hedges' g 0.49 (95 % interval -0.133 to 1.13; noncentral t)
    """
    df = first.n + second.n - 2
    pooled = ((first.n - 1) * first.variance + (second.n - 1) * second.variance) / df
    return _standardized(
        "Hedges' g", first.mean - second.mean, pooled, df, 1 / first.n + 1 / second.n, confidence
    )


def paired_d(differences: SampleMoments, confidence: float = 0.95) -> Effect:
    """Return the mean difference over the standard deviation of the differences, without its bias.

    Args:
        differences: Of the pairs, with a variance.
        confidence: Of the interval, exact for normal differences.

    Source:
        L. V. Hedges (1981); J. Cohen, Statistical Power Analysis (1988), d_z.

    Example:
        >>> paired_d(SampleMoments(25, 0.5, 1.0, 0.0)).name
        'g of the differences'
    """
    return _standardized(
        "g of the differences",
        differences.mean,
        differences.variance,
        differences.n - 1,
        1 / differences.n,
        confidence,
    )


def average_d(first: SampleMoments, second: SampleMoments, confidence: float = 0.95) -> Effect:
    """Return the difference over the root of the mean variance, for groups that may spread differently.

    Args:
        first: With a variance.
        second: With a variance; it is subtracted.
        confidence: Of the interval.

    Source:
        D. G. Bonett, Confidence intervals for standardized linear contrasts of means (2008).

    Example:
        >>> found = average_d(SampleMoments(20, 1.0, 1.5, 0.0), SampleMoments(20, 0.5, 0.5, 0.0))
        >>> found.value, found.method
        (0.5, 'Bonett')
    """
    square = (first.variance + second.variance) / 2
    d = (first.mean - second.mean) / math.sqrt(square)
    of_spread = sum(each.variance**2 / (each.n - 1) for each in (first, second)) / (8 * square**2)
    of_means = sum(each.variance / (each.n - 1) for each in (first, second)) / square
    half = z_value(confidence) * math.sqrt(d * d * of_spread + of_means)
    return Effect("Cohen's d", d, d - half, d + half, "Bonett", confidence=confidence)


def _standardized(
    name: str, gap: float, variance: float, df: int, inverse_n: float, confidence: float
) -> Effect:
    d = gap / math.sqrt(variance)
    unbiased = math.exp(float(gammaln(df / 2) - gammaln((df - 1) / 2))) / math.sqrt(df / 2) if df > 1 else 1.0
    low, high = t_noncentrality(d / math.sqrt(inverse_n), df, confidence)
    scale = math.sqrt(inverse_n)
    return Effect(name, d * unbiased, low * scale, high * scale, "noncentral t", confidence=confidence)
