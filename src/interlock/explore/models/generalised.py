"""Generalised linear models by iterated least squares: the step that logistic and count models share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.covariance import Working
from interlock.explore.models.least_squares import Triangle, triangle

__all__ = ["Family", "Iterated", "iterate", "null_log_likelihood"]

Array = NDArray[np.float64]
_STEPS = 100


class Family(NamedTuple):
    """A distribution with its link.

    Args:
        mean: From the linear predictor to the mean.
        slope: The derivative of the mean by the linear predictor, from the mean.
        variance: From the mean.
        log_likelihood: Of the response at a linear predictor, summed.
        start: From the response to a first linear predictor.
    """

    mean: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    variance: Callable[[Array], Array]
    log_likelihood: Callable[[Array, Array], float]
    start: Callable[[Array], Array]


class Iterated(NamedTuple):
    """Where the iteration ended.

    Args:
        gamma: The coefficients, shape [k].
        eta: The linear predictor, shape [n].
        mean: The fitted mean, shape [n].
        log_likelihood: There.
        working: The last step as least squares.
        converged: Whether the last steps changed nothing any more.
    """

    gamma: Array
    eta: Array
    mean: Array
    log_likelihood: float
    working: Working
    converged: bool


def iterate(
    family: Family, matrix: Array, outcome: Array, offset: Array, start: Array | None = None
) -> Iterated:
    """Maximise the likelihood by Fisher scoring, halving steps that go down.

    Args:
        family: Which distribution.
        matrix: Shape [n, k].
        outcome: Shape [n].
        offset: Added to the linear predictor, shape [n].
        start: Coefficients to start from; None starts from the response.

    Source:
        P. McCullagh, J. A. Nelder, Generalized Linear Models (1989), section 2.5.
    """
    gamma = np.zeros(matrix.shape[1]) if start is None else start
    eta = family.start(outcome) if start is None else matrix @ gamma + offset
    value, still = -math.inf if start is None else family.log_likelihood(outcome, eta), 0
    with np.errstate(all="ignore"):  # what overflows is no improvement, and is halved away
        for _ in range(_STEPS):
            reduced, _, _ = _step(family, matrix, outcome, eta, offset)
            gamma, eta, new = _improve(family, matrix, outcome, offset, gamma, reduced.solve(), value)
            still = still + 1 if abs(new - value) <= 1e-11 * (abs(new) + 0.1) else 0
            value = new
            if still == 2:  # one step more than needed: the last digits of the coefficients
                break
        reduced, root, residual = _step(family, matrix, outcome, eta, offset)
    mean = family.mean(eta)
    working = Working(matrix, root, residual, reduced.inverse(), 1.0, math.inf)
    return Iterated(gamma, eta, mean, value, working, still == 2)


def null_log_likelihood(family: Family, outcome: Array, offset: Array) -> float:
    """Return the log-likelihood of the model that has an intercept alone."""
    return iterate(family, np.ones((len(outcome), 1)), outcome, offset).log_likelihood


def _step(
    family: Family, matrix: Array, outcome: Array, eta: Array, offset: Array
) -> tuple[Triangle, Array, Array]:
    """Return the weighted least squares of one step, root weights, and weighted residuals."""
    mean = family.mean(eta)
    slope = np.maximum(family.slope(mean), 1e-150)
    root = slope / np.sqrt(np.maximum(family.variance(mean), 1e-300))
    residual = (outcome - mean) / slope
    return triangle(matrix, eta - offset + residual, root), root, root * residual


def _improve(
    family: Family,
    matrix: Array,
    outcome: Array,
    offset: Array,
    before: Array,
    after: Array,
    value: float,
) -> tuple[Array, Array, float]:
    """Go towards new coefficients as far as the likelihood rises."""
    if not np.isfinite(after).all():
        raise InputError(
            "the model cannot be computed: its numbers overflow",
            next_step="take the logarithm of very large columns, or leave out extreme rows",
        )
    for _ in range(30):
        eta = matrix @ after + offset
        new = family.log_likelihood(outcome, eta)
        if new >= value - 1e-9 * abs(value) or (not math.isfinite(value) and math.isfinite(new)):
            return after, eta, new
        after = (before + after) / 2
    return before, matrix @ before + offset, value
