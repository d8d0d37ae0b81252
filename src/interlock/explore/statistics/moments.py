"""The mean, variance and skewness of one sample, right at any offset."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from interlock.explore.statistics.observations import Floats

__all__ = ["SampleMoments", "moments", "t_half"]


class SampleMoments(NamedTuple):
    """What tests of means need of a sample.

    Args:
        n: Values.
        mean: Above `origin`.
        variance: With n - 1; NaN for fewer than two values.
        skew: The third standardised moment; 0 for constant values.
        origin: What was taken off every value first, so that a common offset costs no digits.
    """

    n: int
    mean: float
    variance: float
    skew: float
    origin: float = 0.0

    @property
    def error2(self) -> float:
        """The variance of the mean."""
        return self.variance / self.n


def moments(values: Floats, origin: float = 0.0) -> SampleMoments:
    """Return the moments of a sample, from centred values.

    Args:
        values: Finite, shape [n].
        origin: A value near them all, taken off first; the same for samples whose means are compared.

    Example:
        >>> found = moments(np.array([1e9 + 1, 1e9 + 2, 1e9 + 3]), origin=1e9)
        >>> found.mean, found.variance
        (2.0, 1.0)
    """
    n = len(values)
    if n == 0:
        return SampleMoments(0, math.nan, math.nan, 0.0, origin)
    near: NDArray[np.float64] = values - origin
    if bool((near == near[0]).all()):  # adding up equal numbers may miss them by a bit
        return SampleMoments(n, float(near[0]), 0.0 if n > 1 else math.nan, 0.0, origin)
    mean = float(near.mean())
    around = near - mean
    square = float(around @ around)
    spread = math.sqrt(square / n)
    skew = float(np.mean((around / spread) ** 3)) if spread > 0 else 0.0
    return SampleMoments(n, mean, square / (n - 1), skew, origin)


def t_half(df: float, confidence: float) -> float:
    """Return the quantile of Student's t for a two-sided interval.

    Example:
        >>> round(t_half(10.0, 0.95), 4)
        2.2281
    """
    return float(stdtrit(df, (1 + confidence) / 2))
