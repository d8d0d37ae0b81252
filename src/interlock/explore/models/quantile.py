"""Quantile regression: what goes with the median, or any other quantile, of a number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.covariance import Errors, Working
from interlock.explore.models.fit import Solution, finish, spread_of
from interlock.explore.models.frame import Missing
from interlock.explore.models.least_squares import triangle
from interlock.explore.models.model import Check, Figure, Model
from interlock.explore.models.prepare import Prepared, prepare
from interlock.report.format import number, percent

__all__ = ["quantile"]

Array = NDArray[np.float64]


def quantile(
    formula: str,
    table: Any,
    *,
    q: float = 0.5,
    errors: str = "HC0",
    missing: Missing = "error",
    confidence: float = 0.95,
) -> Model:
    """Fit a linear model of a quantile, which outliers hardly move.

    Args:
        formula: Such as `wait ~ hour + C(team)`.
        table: Anything that `interlock.open_table` opens.
        q: Which quantile, 0 to 1; 0.5 is the median.
        errors: `HC0` (the default) lets the density of the response differ from row to row; `cluster:firm`
            is for rows that come in groups (CR1 with one degree of freedom less than groups: CR2 is not
            defined for quantiles).
        missing: `error` refuses rows that lack a value, `drop` leaves them out and says so.
        confidence: Of all intervals.

    Returns:
        The model.

    Raises:
        InputError: If the formula or the rows cannot be used.

    Source:
        R. Koenker, Quantile Regression (2005); W. Hendricks, R. Koenker (1992) for the errors; P. Parente,
        J. Santos Silva, Quantile regression with clustered data (2016).

    Example:
        >>> import pyarrow as pa
        >>> table = pa.table({"x": [0.0, 1, 2, 3, 4, 5, 6], "y": [0.0, 1, 2, 3, 4, 5, 600]})
        >>> [round(row.estimate, 9) for row in quantile("y ~ x", table).estimates]
        [0.0, 1.0]
    """
    if not 0 < q < 1:
        raise InputError("q is a share between 0 and 1", got=q, next_step="pass 0.5 for the median")
    prepared = prepare(formula, table, errors=errors, missing=missing)
    if prepared.errors.kind not in ("HC0", "CR1", "CR2"):
        raise InputError(
            "a quantile has no errors of this kind", got=errors, next_step='pass "HC0" or "cluster:..."'
        )
    if prepared.errors.kind == "CR2":
        prepared = prepared._replace(errors=Errors("CR1", prepared.errors.column))
    return finish("quantile", prepared, _solve(prepared, q), confidence)


def _solve(prepared: Prepared, q: float) -> Solution:
    outcome = prepared.outcome - prepared.offset
    shift = float(np.median(outcome)) if prepared.design.intercept else 0.0  # a large offset costs no digits
    outcome -= shift
    gamma = _fit(prepared.matrix, outcome, q)
    residual = outcome - prepared.matrix @ gamma
    density, crossed = _density(prepared.matrix, outcome, q)
    root = np.sqrt(np.maximum(density, 1e-12 * density.max()))
    clustered = prepared.clusters is not None
    score = q - (residual < 0) if clustered else np.full(len(root), math.sqrt(q * (1 - q)))
    n, k = prepared.matrix.shape
    inverse = triangle(prepared.matrix, outcome, root).inverse()
    working = Working(prepared.matrix, root, score / root, inverse, 1.0, n - k)
    spread = spread_of(prepared, working)
    loss = _loss(residual, q)
    figures = (Figure("Koenker-Machado R¹", 1 - loss / _loss(outcome - np.quantile(outcome, q), q)),)
    checks = (_tail(n, k, q), _crossing(crossed), *_ties(residual, outcome, k))
    gamma[0] += shift
    return Solution(gamma, spread, 0.0, None, figures, checks, q)


def _fit(matrix: Array, outcome: Array, q: float) -> Array:
    """Minimise the tilted absolute loss, by the dual linear programme, to a vertex: exact, and no tuning.

    Source:
        R. Koenker, G. Bassett, Regression quantiles (1978).
    """
    from scipy.optimize import linprog

    near = np.abs(outcome - np.median(outcome))
    scale = float(np.median(near)) or float(near.max()) or 1.0  # not the largest: it may be an outlier
    found = linprog(
        -outcome / scale, A_eq=matrix.T, b_eq=(1 - q) * matrix.sum(axis=0), bounds=(0, 1), method="highs"
    )
    if found.x is None:
        raise InputError(
            "the quantile cannot be computed", got=found.message, next_step="rescale the columns"
        )
    return _through_rows(matrix, outcome, -found.eqlin.marginals * scale, q)


def _through_rows(matrix: Array, outcome: Array, gamma: Array, q: float) -> Array:
    """Return the plane through the k nearest rows, on which the solution lies, where that is no worse."""
    residual = np.abs(outcome - matrix @ gamma)
    rows = np.argsort(residual, kind="stable")[: matrix.shape[1]]
    if np.linalg.cond(matrix[rows]) > 1e8:
        return gamma
    exact = np.asarray(np.linalg.solve(matrix[rows], outcome[rows]), np.float64)
    better = _loss(outcome - matrix @ exact, q) <= _loss(outcome - matrix @ gamma, q) * (1 + 1e-9)
    return exact if better else gamma


def _loss(residual: Array, q: float) -> float:
    return float(np.sum(residual * (q - (residual < 0))))


def _density(matrix: Array, outcome: Array, q: float) -> tuple[Array, float]:
    """Return the density at the quantile in each row, from the quantiles beside it.

    Returns:
        The densities, and the share of rows in which the two cross.
    """
    width = _bandwidth(q, len(outcome))
    while not 0 < q - width < q + width < 1:
        width /= 2
    high, low = (_fit(matrix, outcome, q + sign * width) for sign in (1, -1))
    apart = matrix @ (high - low)
    density = np.where(apart > 0, 2 * width / np.maximum(apart, 1e-300), 0.0)
    if not density.any():
        raise InputError(
            "the response hardly varies around this quantile, so its error cannot be told",
            got=percent(q),
            next_step="take another quantile, or `ols`",
        )
    return density, float(np.mean(apart <= 0))


def _bandwidth(q: float, n: int) -> float:
    """Return how far beside the quantile to look.

    Source:
        P. Hall, S. Sheather, On the distribution of a studentized quantile (1988).
    """
    from scipy.special import ndtri

    at = float(ndtri(q))
    height = math.exp(-at * at / 2) / math.sqrt(2 * math.pi)
    square = 1.5 * height**2 / (2 * at * at + 1) / n
    return math.cbrt(float(ndtri(0.975)) ** 2 * square)


def _tail(n: int, k: int, q: float) -> Check:
    beyond = n * min(q, 1 - q) / k
    words = f"{number(beyond, 2)} rows a coefficient lie beyond the {percent(q)} quantile"
    if beyond >= 5:
        return Check("tail", "fine", words)
    return Check("tail", "warning", f"only {words}: take a quantile nearer to the median, or more rows")


def _ties(residual: Array, outcome: Array, k: int) -> tuple[Check, ...]:
    """Say so where more rows lie on the plane than determine it: others may fit as well."""
    on = int(np.sum(np.abs(residual) <= 1e-9 * max(float(np.abs(outcome).max()), 1e-300)))
    if on <= k:
        return ()
    words = f"{on} rows lie on the fitted plane, which {k} determine: others may fit as well"
    return (Check("uniqueness", "note", words),)


def _crossing(share: float) -> Check:
    if share < 0.01:
        return Check("crossing", "fine", "the quantiles beside it keep their order")
    return Check(
        "crossing",
        "warning",
        f"in {percent(share)} of the rows the quantiles beside it cross: the errors are rough; too few rows"
        " or too many terms",
    )
