"""Tail probabilities as natural logarithms, so that none is ever 0, and how they are written."""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy import special

__all__ = [
    "log_beta_tail",
    "log_chi2_tail",
    "log_f_tail",
    "log_normal_tail",
    "log_t_tail",
    "p_text",
    "two_sided",
]

#: Below this, double precision loses digits; a continued fraction takes over.
_SMALL = 1e-280
_LN10 = math.log(10)


def log_normal_tail(z: float) -> float:
    """Return ln P(Z > z) of a standard normal variable.

    Args:
        z: Any number.

    Source:
        `scipy.special.log_ndtr`.

    Example:
        >>> round(log_normal_tail(40.0), 4)
        -804.6084
    """
    return float(special.log_ndtr(-z))


def log_t_tail(t: float, df: float) -> float:
    """Return ln P(T > t) of Student's t.

    Args:
        t: Any number.
        df: Degrees of freedom, above 0; may be infinite.

    Source:
        M. Abramowitz, I. A. Stegun (1964), 26.7.1: half an incomplete beta function.

    Example:
        >>> round(log_t_tail(60.0, 1000.0), 3)
        -767.279
    """
    if math.isinf(df):
        return log_normal_tail(t)
    if math.isinf(t):
        return -math.inf if t > 0 else 0.0
    far = df / (df + t * t) if abs(t) < 1e150 else df / t / t
    half = _log_beta(df / 2, 0.5, far, t * t / (df + t * t) if abs(t) < 1e150 else 1.0) - math.log(2)
    return half if t >= 0 else math.log1p(-math.exp(half))


def log_f_tail(f: float, df1: float, df2: float) -> float:
    """Return ln P(F > f) of Fisher's F.

    Args:
        f: At least 0.
        df1: Degrees of freedom of the numerator.
        df2: Of the denominator; may be infinite.

    Source:
        M. Abramowitz, I. A. Stegun (1964), 26.6.2.

    Example:
        >>> round(log_f_tail(10_000.0, 3.0, 1000.0), 2)
        -1713.78
    """
    if math.isinf(df2):
        return log_chi2_tail(df1 * f, df1)
    if math.isinf(f):
        return -math.inf
    inside = df2 / (df2 + df1 * f)
    return _log_beta(df2 / 2, df1 / 2, inside, df1 * f / (df2 + df1 * f))


def log_chi2_tail(x: float, df: float) -> float:
    """Return ln P(X > x) of chi-square.

    Args:
        x: At least 0.
        df: Degrees of freedom.

    Source:
        M. Abramowitz, I. A. Stegun (1964), 26.4.19 and the continued fraction 6.5.31.

    Example:
        >>> round(log_chi2_tail(1600.0, 1.0), 4)
        -803.9153
    """
    if x <= 0:
        return 0.0
    if math.isinf(x):
        return -math.inf
    a, half = df / 2, x / 2
    near = float(special.gammaincc(a, half))
    if near > 0.5:
        return math.log1p(-float(special.gammainc(a, half)))
    if near > _SMALL:
        return math.log(near)
    return a * math.log(half) - half - float(special.gammaln(a)) - math.log(_gamma_fraction(a, half))


def log_beta_tail(a: float, b: float, x: float) -> float:
    """Return ln P(B < x) of a beta variable, which is also a tail of the binomial distribution.

    Args:
        a: Above 0.
        b: Above 0; `P(at most k of n)` at a share p is that of `a = n - k`, `b = k + 1`, `x = 1 - p`.
        x: Strictly between 0 and 1.

    Source:
        M. Abramowitz, I. A. Stegun (1964), 26.5.24.

    Example:
        >>> round(math.exp(log_beta_tail(10, 1, 0.5)) * 2**10, 9)
        1.0
    """
    return _log_beta(a, b, x, 1 - x)


def two_sided(log_tail: float) -> float:
    """Return the logarithm of twice a tail, at most 0.

    Example:
        >>> two_sided(math.log(0.025)) == math.log(0.05)
        True
    """
    return min(log_tail + math.log(2), 0.0)


def p_text(log_p: float) -> str:
    """Return a p-value as people read it, never as 0.

    Args:
        log_p: Its natural logarithm; NaN where there is none.

    Example:
        >>> p_text(math.log(0.0312)), p_text(-803.9153), p_text(math.nan)
        ('p = 0.031', 'p = 7e-350', 'p is not defined')
    """
    if math.isnan(log_p):
        return "p is not defined"
    if log_p == -math.inf:
        return "p is below every positive number"
    if 0 > log_p > math.log(0.9999):
        return "p > 0.9999"
    if log_p > math.log(1e-4):
        return f"p = {_decimal(math.exp(log_p))}"
    exponent = math.floor(log_p / _LN10)
    lead = round(math.exp(log_p - exponent * _LN10))
    return f"p = 1e{exponent + 1}" if lead == 10 else f"p = {lead}e{exponent}"


def _decimal(p: float) -> str:
    """Two significant digits or more: never rounded up to 0.05 or to 1."""
    digits = 2
    while digits < 15 and any(p < line <= float(f"{p:.{digits}g}") for line in (0.05, 1.0)):
        digits += 1
    return f"{p:.{digits}g}"


def _log_beta(a: float, b: float, x: float, rest: float) -> float:
    """Return ln I_x(a, b); `rest` is 1 - x, given apart so that it keeps its digits."""
    near = float(special.betainc(a, b, x))
    if rest < 0.5 and near > 0.5:
        near = 1 - float(special.betainc(b, a, rest))
    if near > 0.5:
        return math.log1p(-float(special.betainc(b, a, rest)))
    if near > _SMALL:
        return math.log(near)
    scale = a * math.log(x) + b * math.log(rest) - math.log(a) - float(special.betaln(a, b))
    return scale - math.log(_beta_fraction(a, b, x))


def _beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction 26.5.8 of Abramowitz and Stegun, by the method of Lentz."""

    def term(step: int) -> tuple[float, float]:
        m = step // 2
        if step % 2:
            return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1.0
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), 1.0

    return _lentz(1.0, term)


def _gamma_fraction(a: float, x: float) -> float:
    """The continued fraction of the upper incomplete gamma function, by the method of Lentz."""
    return _lentz(x + 1 - a, lambda step: (-step * (step - a), x + 2 * step + 1 - a))


def _lentz(first: float, term: Callable[[int], tuple[float, float]]) -> float:
    """Return first + a1 / (b1 + a2 / (b2 + ...)), from `term(i) = (ai, bi)`."""
    value = upper = first
    lower = 0.0
    for step in range(1, 100_000):
        a, b = term(step)
        lower = 1 / (b + a * lower)
        upper = b + a / upper
        value *= upper * lower
        if abs(upper * lower - 1) < 1e-15:
            break
    return value
