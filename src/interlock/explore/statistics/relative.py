"""A difference of means as a share of the second mean: Fieller's interval, which is honest near 0."""

from __future__ import annotations

import math

from interlock.explore.statistics.moments import SampleMoments, t_half
from interlock.explore.statistics.result import Check, Effect
from interlock.report.format import number

__all__ = ["relative_difference"]


def relative_difference(
    first: SampleMoments, second: SampleMoments, error: float, df: float, confidence: float = 0.95
) -> Effect | Check:
    """Return by which share the first mean is larger than the second.

    The interval leaves out 0 exactly when that of the difference does. A negative second mean is taken
    without its sign, so that a larger first mean is always a positive share.

    Args:
        first: With a variance.
        second: With a variance.
        error: The standard error of the difference of means.
        df: Its degrees of freedom.
        confidence: Of the interval.

    Returns:
        The effect; a check that says why there is none, where the second mean cannot be told from 0.

    Source:
        E. C. Fieller, Some problems in interval estimation (1954).

    Example:
        >>> a, b = SampleMoments(100, 11.0, 4.0, 0.0), SampleMoments(100, 10.0, 4.0, 0.0)
        >>> print(relative_difference(a, b, 0.2828, 198.0))
        relative difference 0.1 (95 % interval 0.043 to 0.16; Fieller)
    """
    t2 = t_half(df, confidence) ** 2
    m2 = second.mean + second.origin
    a = m2 * m2 - t2 * second.error2
    if a <= 0:
        text = f"There is no relative difference: the second mean ({number(m2)}) cannot be told from 0."
        return Check("relative difference", concern=False, text=text)
    # Written with the difference, not the ratio, so that a common offset costs no digits.
    gap = first.mean - second.mean
    b = gap * m2 + t2 * second.error2
    c = gap * gap - t2 * error * error
    root = math.sqrt(max(b * b - a * c, 0.0))
    ends = [(b - root) / a, (b + root) / a]
    sign = math.copysign(1.0, m2)
    low, high = sorted(sign * end for end in ends)
    return Effect("relative difference", gap / abs(m2), low, high, "Fieller", confidence=confidence)
