"""Intervals of noncentrality: what turns a test's statistic into an interval of its effect size.

SciPy's own inverse for F (`scipy.special.ncfdtrinc`) stops at 10,000 without a word and has four digits, so
the distribution functions are inverted here.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from interlock.explore.statistics.log_tail import log_chi2_tail, log_f_tail

__all__ = ["chi2_noncentrality", "f_noncentrality", "t_noncentrality"]

Tail = Callable[[float], float]


def t_noncentrality(t: float, df: float, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval of the noncentrality of a t statistic.

    Args:
        t: The statistic.
        df: Its degrees of freedom.
        confidence: Of the interval.

    Source:
        J. H. Steiger, R. T. Fouladi, Noncentrality interval estimation (1997).

    Example:
        >>> low, high = t_noncentrality(2.0, 20.0)
        >>> round(low, 3), round(high, 3)
        (-0.077, 4.032)
    """
    from scipy.stats import nct

    tail, width = (1 - confidence) / 2, 8 * math.sqrt(1 + t * t / (2 * df))
    low = _root(lambda nc: nct.sf(t, df, nc), tail, t - width, t)
    return low, _root(lambda nc: nct.cdf(t, df, nc), tail, t, t + width)


def f_noncentrality(f: float, df1: float, df2: float, confidence: float = 0.9) -> tuple[float, float]:
    """Return the interval of the noncentrality of an F statistic.

    Args:
        f: The statistic, at least 0.
        df1: Degrees of freedom of the numerator.
        df2: Of the denominator.
        confidence: Of the interval; one of 90 % leaves out 0 exactly when the F test rejects at 5 %.

    Source:
        J. H. Steiger, Beyond the F test (2004).

    Example:
        >>> low, high = f_noncentrality(4.846, 2.0, 27.0)
        >>> round(low, 3), round(high, 3)
        (0.988, 22.521)
    """
    from scipy.stats import ncf

    spread = math.sqrt(df1 + df1 * f + (df1 * f) ** 2 / df2)
    central = math.exp(log_f_tail(f, df1, df2))
    upper, lower = (lambda nc: ncf.sf(f, df1, df2, nc)), (lambda nc: ncf.cdf(f, df1, df2, nc))
    return _above_zero(upper, lower, central, max(df1 * (f - 1), 0.0), spread, confidence)


def chi2_noncentrality(x: float, df: float, confidence: float = 0.9) -> tuple[float, float]:
    """Return the interval of the noncentrality of a chi-square statistic.

    Args:
        x: The statistic, at least 0.
        df: Its degrees of freedom.
        confidence: Of the interval; one of 90 % leaves out 0 exactly when the test rejects at 5 %.

    Source:
        J. H. Steiger (2004).

    Example:
        >>> low, high = chi2_noncentrality(18.46, 2.0)
        >>> round(low, 3), round(high, 3)
        (6.243, 34.12)
    """
    from scipy.stats import ncx2

    central = math.exp(log_chi2_tail(x, df))
    upper, lower = (lambda nc: ncx2.sf(x, df, nc)), (lambda nc: ncx2.cdf(x, df, nc))
    return _above_zero(upper, lower, central, max(x - df, 0.0), math.sqrt(df + x), confidence)


def _above_zero(
    upper: Tail, lower: Tail, central: float, near: float, spread: float, confidence: float
) -> tuple[float, float]:
    """`central` is the upper tail at 0, where SciPy's noncentral distributions are not to be asked."""
    tail, width = (1 - confidence) / 2, 12 * spread + 10
    least, most = max(near - width, 0.0), near + width
    low = _root(upper, tail, least, most) if central < tail else 0.0
    high = _root(lower, tail, least, most) if 1 - central > tail else 0.0
    return low, high


def _root(probability: Tail, wanted: float, low: float, high: float) -> float:
    from scipy.optimize import brentq

    # SciPy gives NaN far out, where the tail is next to nothing, and a negative tail of F at exactly 0.
    def beyond(nc: float) -> float:
        return float(np.nan_to_num(probability(nc or 1e-12))) - wanted

    return float(brentq(beyond, low, high, xtol=1e-12, rtol=1e-12))
