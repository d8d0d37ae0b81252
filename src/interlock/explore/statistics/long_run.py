"""Regression in time order: neighbouring periods resemble each other, so rows are not what counts.

The error's variance at the lowest frequencies is what a slope or a step has to be compared with. It is
estimated from a few cosines that fit into the series, after what is fitted has been taken out of them; then
the ratio has Student's t distribution with as many degrees of freedom as cosines are left, exactly for normal
white noise and nearly so for noise that remembers a few periods.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from interlock.explore.statistics.estimate import CONFIDENCE, Estimate
from interlock.explore.statistics.log_tail import log_t_tail, two_sided

__all__ = ["FEWEST", "Shift", "coefficient", "cosines", "mean", "shift"]

#: With fewer periods nothing is said.
FEWEST = 20
#: A break needs so many periods, and so large a share of them on each side.
_BREAK, _TRIM = 100, 0.1
Numbers = NDArray[np.float64]


class Shift(NamedTuple):
    """The one place at which a level most likely changes.

    Args:
        place: The first period after the change, as its place in the series.
        size: By how much, with its interval given the place; `p` takes the search for the place into account.
        fit: The residual sum of squares with the step, as a share of that without it.
    """

    place: int
    size: Estimate
    fit: float


def coefficient(values: Numbers, others: Numbers, regressor: Numbers) -> Estimate:
    """Return the coefficient of one regressor beside others, by least squares.

    Args:
        values: One a period, in time order, all finite, shape [n].
        others: The other regressors, a constant among them, shape [n, k].
        regressor: Shape [n].

    Returns:
        The estimate; `n` counts periods.

    Raises:
        ValueError: Fewer than `FEWEST` periods.

    Source:
        E. Lazarus, D. J. Lewis, J. H. Stock, M. W. Watson, HAR inference: recommendations for practice
        (2018): the equal-weighted cosine estimator, here with the cosines made orthogonal to the regressors.
    """
    if len(values) < FEWEST:
        message = f"{len(values)} periods are fewer than {FEWEST}"
        raise ValueError(message)
    own = _residual(regressor, _basis(others))
    length = math.sqrt(float(own @ own))
    return _tested(values, others, own / length, length)


def mean(values: Numbers) -> Estimate:
    """Return the mean of a series with an interval that takes its memory into account.

    Args:
        values: In time order, shape [n], at least `FEWEST`.

    Example:
        >>> found = mean(np.tile([1.0, 3.0], 50))
        >>> round(found.value, 9), found.n
        (2.0, 100)
    """
    return coefficient(values, np.empty((len(values), 0)), np.ones(len(values)))


def shift(values: Numbers, others: Numbers) -> Shift | None:
    """Return where a level most likely changes, and whether that is more than chance.

    The place is where a step explains most. Its p-value is that of the step there, times the number of
    independent places that the search amounts to: about ten times the square root of the cosines, found by
    simulation and checked in the tests, with and without memory.

    Args:
        values: One a period, in time order, all finite, shape [n].
        others: What else moves the level, a constant among them, shape [n, k].

    Returns:
        None where there are fewer than 100 periods.

    Source:
        D. W. K. Andrews, Tests for parameter instability and structural change with unknown change point
        (1993); the variance as in `coefficient`.
    """
    n = len(values)
    if n < _BREAK:
        return None
    basis = _basis(others)
    rest = _residual(values, basis)
    places = np.arange(math.ceil(_TRIM * n), n - math.ceil(_TRIM * n) + 1)
    # A step is 1 from its place on: its product with the residuals is what they add up to from there on.
    products = -np.cumsum(rest)[places - 1]
    tails = basis.sum(axis=0) - np.cumsum(basis, axis=0)[places - 1]
    lengths = np.maximum((n - places) - (tails**2).sum(axis=1), 1e-9 * n)
    gains = products**2 / lengths
    place = int(places[np.argmax(gains)])
    step = (np.arange(n) >= place).astype(np.float64)
    found = coefficient(values, others, step)
    searched = min(found.log_p + math.log(10 * math.sqrt(cosines(n))), 0.0)
    total = float(rest @ rest)
    return Shift(place, found._replace(log_p=searched), 1 - float(gains.max()) / total if total > 0 else 1.0)


def cosines(n: int) -> int:
    """Return how many cosines estimate the error's variance in a series of n periods."""
    return max(int(0.4 * n ** (2 / 3)), 6)


def _tested(values: Numbers, others: Numbers, own: Numbers, length: float) -> Estimate:
    """Return the coefficient along the unit vector `own`, in units of `length`."""
    n, size = len(values), float(own @ values)
    error, freedom = _error(values, _basis(np.column_stack([others, own])))
    half = float(stdtrit(freedom, (1 + CONFIDENCE) / 2)) * error
    certain = -math.inf if size else 0.0
    log_p = two_sided(log_t_tail(abs(size) / error, freedom)) if error > 0 else certain
    return Estimate(size / length, (size - half) / length, (size + half) / length, n, log_p)


def _error(values: Numbers, basis: Numbers) -> tuple[float, int]:
    """Return the standard deviation of the noise along slow waves, and how many waves that rests on.

    Cosines of which what is fitted leaves less than half are not counted; the others are made orthogonal to
    it, and to each other, by the principal angles between the two spaces.
    """
    from scipy.fft import dct

    number = cosines(len(values))
    waves = dct(_residual(values, basis), norm="ortho")[1 : number + 1]
    turned, lengths, _ = np.linalg.svd(dct(basis, norm="ortho", axis=0)[1 : number + 1])
    turned_waves = turned.T @ waves
    left = np.ones(number)
    left[: len(lengths)] -= lengths**2
    kept = left >= 0.5
    return math.sqrt(float(np.mean(turned_waves[kept] ** 2 / left[kept]))), int(kept.sum())


def _basis(columns: Numbers) -> Numbers:
    return np.linalg.qr(columns)[0]


def _residual(values: Numbers, basis: Numbers) -> Numbers:
    return values - basis @ (basis.T @ values)
