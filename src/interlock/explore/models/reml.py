"""Restricted maximum likelihood of a linear mixed model, from cross products of each group."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Restricted", "Satterthwaite", "maximise"]

Array = NDArray[np.float64]


class Satterthwaite(NamedTuple):
    """The covariance of coefficients that depends on estimated variances.

    Args:
        matrix: Shape [k, k].
        changes: Its derivatives by the variance parameters, shape [p, k, k].
        parameters: The covariance of those parameters, shape [p, p].
        rest: The degrees of freedom where the variances are as good as known.
        clusters: 0: the groups are part of the model.
    """

    matrix: Array
    changes: Array
    parameters: Array
    rest: float
    clusters: int = 0
    hotelling: bool = False

    def degrees(self, contrast: Array) -> float:
        """Return the degrees of freedom of a contrast: of t for one row, of F's denominator for several.

        Args:
            contrast: Shape [q, k].

        Source:
            F. Satterthwaite (1946); A. H.-T. Fai, P. L. Cornelius (1996) for several rows.
        """
        inner = contrast @ self.matrix @ contrast.T
        _, vectors = np.linalg.eigh(inner)
        each = [self._single(row) for row in vectors.T @ contrast]
        if len(each) == 1:
            return each[0]
        above = sum(df / (df - 2) for df in each if df > 2)
        return 2 * above / (above - len(each)) if above > len(each) else min(each) if min(each) > 2 else 2.0

    def degrees_each(self, contrasts: Array) -> Array:
        """Return the degrees of freedom of each row of contrasts by itself, shape [m]."""
        return np.array([self._single(row) for row in contrasts])

    def _single(self, row: Array) -> float:
        variance = float(row @ self.matrix @ row)
        slope = np.einsum("i,pij,j->p", row, self.changes, row)
        spread = float(slope @ self.parameters @ slope)
        return min(2 * variance**2 / spread, 1e9) if spread > 0 else self.rest


class Restricted(NamedTuple):
    """What maximising found.

    Args:
        gamma: The shared coefficients, shape [k].
        spread: Their covariance.
        scale: The residual variance.
        between: The covariance of the groups' own coefficients, shape [q, q].
        log_likelihood: Restricted.
        converged: Whether the search came to rest.
    """

    gamma: Array
    spread: Satterthwaite
    scale: float
    between: Array
    log_likelihood: float
    converged: bool


class _Products(NamedTuple):
    """Cross products, each group's [g, ...] and the whole table's."""

    zz: Array
    zx: Array
    zy: Array
    xx: Array
    xy: Array
    yy: float
    n: int


class _Profile(NamedTuple):
    """The likelihood's parts at a relative factor."""

    log_det: float
    inner: Array
    gamma: Array
    rss: float


def maximise(matrix: Array, outcome: Array, random: Array, groups: NDArray[np.int64]) -> Restricted:
    """Fit by restricted maximum likelihood, profiled over everything but the groups' relative covariance.

    Args:
        matrix: The shared columns, shape [n, k].
        outcome: Shape [n].
        random: The columns with coefficients of each group's own, shape [n, q].
        groups: 0 to g - 1, shape [n].

    Source:
        D. Bates, M. Maechler, B. Bolker, S. Walker (2015), section 3.4.
    """
    shift = float(outcome.mean())
    products = _products(matrix, outcome - shift, random, groups)
    q = random.shape[1]
    theta, converged = _search(products, q)
    at = _profile(products, theta, q)
    df = products.n - len(at.gamma)
    scale = at.rss / df
    factor = _lower(theta, q)
    spread = _satterthwaite(products, theta, q, math.sqrt(scale))
    # The shift lies in the span of the columns wherever there is an intercept; its share is solved for.
    gamma = at.gamma + np.linalg.lstsq(matrix, np.full(len(outcome), shift))[0]
    likelihood = -_deviance(products, theta, q, math.sqrt(scale)) / 2
    return Restricted(gamma, spread, scale, scale * factor @ factor.T, likelihood, converged)


def _products(matrix: Array, outcome: Array, random: Array, groups: NDArray[np.int64]) -> _Products:
    q, k = random.shape[1], matrix.shape[1]
    g = int(groups.max()) + 1

    def by_group(left: Array, right: Array) -> Array:
        return np.asarray(np.bincount(groups, left * right, minlength=g), np.float64)

    zz, zx, zy = np.empty((g, q, q)), np.empty((g, q, k)), np.empty((g, q))
    for i in range(q):
        for j in range(q):
            zz[:, i, j] = by_group(random[:, i], random[:, j])
        for j in range(k):
            zx[:, i, j] = by_group(random[:, i], matrix[:, j])
        zy[:, i] = by_group(random[:, i], outcome)
    return _Products(
        zz, zx, zy, matrix.T @ matrix, matrix.T @ outcome, float(outcome @ outcome), len(outcome)
    )


def _lower(theta: Array, q: int) -> Array:
    factor = np.zeros((q, q))
    factor[np.tril_indices(q)] = theta
    return factor


def _profile(products: _Products, theta: Array, q: int) -> _Profile:
    factor = _lower(theta, q)
    inner = np.linalg.cholesky(factor.T @ products.zz @ factor + np.eye(q))
    zx = np.linalg.solve(inner, factor.T @ products.zx)
    zy = np.linalg.solve(inner, (products.zy @ factor)[..., None])[..., 0]
    xx = products.xx - np.einsum("gqi,gqj->ij", zx, zx)
    xy = products.xy - np.einsum("gqi,gq->i", zx, zy)
    gamma = np.linalg.solve(xx, xy)
    rss = products.yy - float(np.sum(zy**2)) - float(gamma @ xy)
    log_det = 2 * float(np.sum(np.log(np.einsum("gqq->gq", inner))))
    return _Profile(log_det, xx, gamma, max(rss, 1e-300))


def _deviance(products: _Products, theta: Array, q: int, sigma: float) -> float:
    """Return minus twice the restricted log-likelihood."""
    at = _profile(products, theta, q)
    df = products.n - len(at.gamma)
    log_det = at.log_det + float(np.linalg.slogdet(at.inner)[1])
    return log_det + df * math.log(2 * math.pi * sigma**2) + at.rss / sigma**2


def _search(products: _Products, q: int) -> tuple[Array, bool]:
    """Minimise the profiled deviance, from two starts, the diagonal of the factor not negative."""
    from scipy.optimize import minimize

    rows, columns = np.tril_indices(q)
    diagonal = rows == columns

    def profiled(theta: Array) -> float:
        at = _profile(products, theta, q)
        df = products.n - len(at.gamma)
        return at.log_det + float(np.linalg.slogdet(at.inner)[1]) + df * math.log(at.rss)

    bounds = [(0, None) if each else (None, None) for each in diagonal]
    options = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 5000, "maxfev": 10_000}
    starts = [np.where(diagonal, size, 0.0) for size in (1.0, 0.1)]
    found = [
        minimize(profiled, start, method="Nelder-Mead", bounds=bounds, options=options) for start in starts
    ]
    best = min(found, key=lambda each: float(each.fun))
    again = minimize(profiled, best.x, method="Nelder-Mead", bounds=bounds, options=options)
    return np.asarray(again.x, np.float64), bool(again.success)


def _satterthwaite(products: _Products, theta: Array, q: int, sigma: float) -> Satterthwaite:
    """Return the covariance of the coefficients, and how it moves with the variance parameters.

    Parameters that lie on their edge (a spread of 0) are held there.
    """
    rows, columns = np.tril_indices(q)
    free = np.flatnonzero((rows != columns) | (theta > 1e-4))
    point = np.array([*theta[free], sigma])

    def placed(values: Array) -> tuple[Array, float]:
        whole = theta.copy()
        whole[free] = values[:-1]
        return whole, float(values[-1])

    def covariance(values: Array) -> Array:
        whole, spread = placed(values)
        return np.asarray(np.linalg.inv(_profile(products, whole, q).inner) * spread**2, np.float64)

    def deviance(values: Array) -> float:
        whole, spread = placed(values)
        return _deviance(products, whole, q, spread)

    steps = 1e-3 * np.maximum(np.abs(point), 1e-2)
    changes = np.array([_slope(covariance, point, place, steps[place]) for place in range(len(point))])
    values, vectors = np.linalg.eigh(_hessian(deviance, point, steps))
    kept = values > 1e-8 * values[-1]
    parameters = 2 * (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    rest = products.n - len(products.xx)
    return Satterthwaite(covariance(point), changes, parameters, float(rest))


def _slope(function: Any, point: Array, place: int, step: float) -> Any:
    """Differentiate by central differences of two widths (Richardson)."""
    move = np.zeros(len(point))
    move[place] = step
    wide = (function(point + move) - function(point - move)) / (2 * step)
    narrow = (function(point + move / 2) - function(point - move / 2)) / step
    return (4 * narrow - wide) / 3


def _hessian(function: Any, point: Array, steps: Array) -> Array:
    p = len(point)
    found = np.empty((p, p))
    for i in range(p):
        for j in range(i + 1):

            def inner(values: Array, place: int = j) -> Any:
                return _slope(function, values, place, steps[place])

            found[i, j] = found[j, i] = float(_slope(inner, point, i, steps[i]))
    return found
