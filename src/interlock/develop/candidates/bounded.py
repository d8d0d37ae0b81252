"""Penalised regression whose coefficients have a sign: what a linear model needs to be monotone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit

from interlock.develop.sample import Sample

__all__ = ["fit_bounded"]

_STEPS = 500
_MEMORY = 20  # steps that the solver looks back on

Floats = NDArray[np.float64]


def fit_bounded(
    design: sparse.csr_matrix,
    train: Sample,
    signs: NDArray[np.int_],
    penalty: float,
    *,
    l1: float = 0.0,
    start: tuple[Floats, float] | None = None,
) -> tuple[Floats, float]:
    """Minimise the loss summed over rows plus the penalty, where some coefficients may not change sign.

    The loss is the log loss of two classes, or half the squared error; the penalty is on l1 times the
    absolute coefficients and half of (1 - l1) times the squared ones, as scikit-learn has it.

    Args:
        design: Sparse float64 [n, p].
        train: The target, two classes or a number, and the rows' weights.
        signs: int [p]: 1 where a coefficient is 0 or more, -1 where it is 0 or less, 0 where it is free.
        penalty: Above 0.
        l1: From 0 to 1. Coefficients are then parts above and below 0, so that the solver meets no corner.
        start: Coefficients and intercept to begin with.

    Returns:
        Coefficients, float64 [p], and the intercept.

    Source:
        Byrd, Lu, Nocedal and Zhu (1995), A limited memory algorithm for bound constrained optimization.

    Example:
        >>> x = sparse.csr_matrix(np.array([[-1.0], [0.0], [1.0]]))
        >>> falls = Sample(x.toarray(), (), np.array([1.0, 0.0, -1.0]), "regression", 0)
        >>> weights, bias = fit_bounded(x, falls, np.array([1]), 0.1)
        >>> weights.tolist(), round(bias, 9)
        ([0.0], 0.0)
    """
    columns, classes = design.shape[1], train.task != "regression"
    counts = np.ones(len(train)) if train.weights is None else train.weights
    centre, scale = (0.0, 1.0) if classes else _standard(train.target, counts)
    target = (train.target - centre) / scale
    split = 2 if l1 else 1

    def objective(point: Floats) -> tuple[float, Floats]:
        parts = point[:-1].reshape(split, columns)
        weights = parts[0] - parts[1] if l1 else parts[0]
        score = design @ weights + point[-1]
        if classes:
            loss, slope = counts @ (np.logaddexp(0, score) - target * score), counts * (expit(score) - target)
        else:
            loss, slope = 0.5 * counts @ (score - target) ** 2, counts * (score - target)
        gradient = design.T @ slope + penalty * (1 - l1) * weights
        sides = np.stack([gradient, -gradient])[:split] + penalty * l1 / scale
        total = loss + penalty * (
            0.5 * (1 - l1) * weights @ weights + l1 / scale * np.abs(parts).sum() * bool(l1)
        )
        return float(total), np.append(sides, slope.sum())

    found = minimize(
        objective,
        _start(start, split, columns, centre, scale),
        jac=True,
        method="L-BFGS-B",
        bounds=_bounds(signs, split),
        options={"maxiter": _STEPS, "maxcor": _MEMORY, "ftol": 1e-10, "gtol": 1e-6 * counts.sum()},
    )
    parts = found.x[:-1].reshape(split, columns) * scale
    weights = parts[0] - parts[1] if l1 else parts[0]
    return np.asarray(weights), float(found.x[-1] * scale + centre)


def _standard(target: Floats, counts: Floats) -> tuple[float, float]:
    mean = float(np.average(target, weights=counts))
    return mean, float(np.sqrt(np.average((target - mean) ** 2, weights=counts))) or 1.0


def _start(
    start: tuple[Floats, float] | None, split: int, columns: int, centre: float, scale: float
) -> Floats:
    if start is None:
        return np.zeros(split * columns + 1)
    weights, bias = start[0] / scale, (start[1] - centre) / scale
    sides = np.stack([np.maximum(weights, 0), np.maximum(-weights, 0)]) if split > 1 else weights
    return np.append(sides, bias)


def _bounds(signs: NDArray[np.int_], split: int) -> list[tuple[float | None, float | None]]:
    """Return the bounds of coefficients, or of their parts above and then below 0, and the intercept."""
    if split > 1:
        sides = [(0.0, 0.0 if sign < 0 else None) for sign in signs]
        return [*sides, *((0.0, 0.0 if sign > 0 else None) for sign in signs), (None, None)]
    whole = [(0.0 if sign > 0 else None, 0.0 if sign < 0 else None) for sign in signs]
    return [*whole, (None, None)]
