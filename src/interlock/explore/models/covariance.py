"""How far estimates may be off: classical, heteroscedasticity-consistent and clustered covariances.

Everything happens in the orthonormal basis of the (weighted) columns, so that a cluster of any size is a
matrix of k x k numbers.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.least_squares import blocks

__all__ = ["Covariance", "Errors", "Spread", "Working", "covariance", "errors_of"]

Array = NDArray[np.float64]
_KINDS = ("classical", "HC0", "HC1", "HC2", "HC3")
_CLUSTERED = {"cluster": "CR2", "cluster-CR1": "CR1"}
#: Bytes that the matrices of the clusters may take.
_LARGEST = 1 << 28


class Errors(NamedTuple):
    """Which errors were asked for.

    Args:
        kind: `classical`, `HC0` to `HC3`, `CR1` or `CR2`.
        column: The cluster's column; empty without clusters.
    """

    kind: str
    column: str = ""

    @property
    def words(self) -> str:
        """What they are, for the text."""
        return {
            "classical": "classical, which trusts the model's variance",
            "CR1": f"clustered by `{self.column}` (CR1)",
            "CR2": f"clustered by `{self.column}` (CR2, Bell-McCaffrey degrees of freedom)",
        }.get(self.kind, f"robust ({self.kind})")


class Working(NamedTuple):
    """A fitted model as least squares sees it: at the last step of the iteration for generalised models.

    Args:
        matrix: Standardised columns, shape [n, k].
        root: Square roots of the working weights, shape [n]; None for equal ones.
        residual: Weighted working residuals, shape [n].
        inverse: The inverse of the triangle of the weighted columns, shape [k, k].
        scale: The variance of the weighted response under the model.
        df: Residual degrees of freedom; infinite where the normal distribution is used.
    """

    matrix: Array
    root: Array | None
    residual: Array
    inverse: Array
    scale: float
    df: float

    def basis(self, part: slice | NDArray[np.int64]) -> Array:
        """Return some rows in the orthonormal basis, shape [m, k]."""
        rows = self.matrix[part] @ self.inverse
        return rows if self.root is None else rows * self.root[part, None]

    def leverages(self) -> Array:
        """Return the diagonal of the hat matrix, shape [n]."""
        found = np.empty(len(self.matrix))
        for part in blocks(len(self.matrix)):
            found[part] = np.sum(self.basis(part) ** 2, axis=1)
        return np.minimum(found, 1.0)


class Spread(Protocol):
    """How far standardised coefficients may be off."""

    @property
    def matrix(self) -> Array:
        """Their covariance, shape [k, k]."""
        ...

    @property
    def clusters(self) -> int:
        """How many; 0 without clusters."""
        ...

    @property
    def hotelling(self) -> bool:
        """Whether the degrees of freedom are those of Hotelling's T squared."""
        ...

    def degrees(self, contrast: Array) -> float:
        """Return the degrees of freedom of a contrast, shape [q, k]."""
        ...

    def degrees_each(self, contrasts: Array) -> Array:
        """Return the degrees of freedom of each row by itself."""
        ...


class Covariance(NamedTuple):
    """The covariance of the standardised coefficients, and how well it is known.

    Args:
        matrix: Shape [k, k].
        df: Degrees of freedom of every contrast; NaN where they depend on the contrast.
        clusters: How many; 0 without clusters.
        inverse: As in `Working`.
        grams: For CR2, the cross product of each cluster's rows in the orthonormal basis, shape [g, k, k].
        adjustments: For CR2, what each cluster's score is multiplied by, shape [g, k, k].
    """

    matrix: Array
    df: float
    clusters: int
    inverse: Array
    grams: Array | None = None
    adjustments: Array | None = None

    @property
    def hotelling(self) -> bool:
        """Whether the degrees of freedom are those of Hotelling's T squared."""
        return self.grams is not None

    def degrees(self, contrast: Array) -> float:
        """Return the degrees of freedom of a contrast.

        For CR2, those of the Wishart distribution that has the same spread as the estimated covariance under
        the working model: Satterthwaite's for a single row, those of Hotelling's T squared for several.

        Args:
            contrast: Of the standardised coefficients, shape [q, k].

        Source:
            R. M. Bell, D. F. McCaffrey (2002); J. E. Pustejovsky, E. Tipton, Small-sample methods for
            cluster-robust variance estimation (2018), sections 2.2 and 3.2.
        """
        if self.grams is None or self.adjustments is None:
            return self.df
        q = len(contrast)
        if q >= self.clusters:  # no F has so few degrees of freedom
            return 0.0
        rows = contrast @ self.inverse
        left = np.einsum("qk,gkl->gql", rows, self.adjustments)
        across = left @ self.grams  # [g, q, k]
        own = across @ np.swapaxes(left, 1, 2)  # [g, q, q]
        values, vectors = np.linalg.eigh(np.sum(own - across @ np.swapaxes(across, 1, 2), axis=0))
        if values[0] <= 1e-12 * values[-1]:  # the clusters say nothing about some direction
            return 0.0
        unit = (vectors / np.sqrt(values)) @ vectors.T
        across = unit @ across
        return q * (q + 1) / (_own_spread(unit @ own @ unit, across) + _crossed(across))

    def degrees_each(self, contrasts: Array) -> Array:
        """Return the degrees of freedom of each row of contrasts by itself, shape [m, k] to shape [m]."""
        if self.grams is None or self.adjustments is None:
            return np.full(len(contrasts), float(self.df))
        left = (contrasts @ self.inverse) @ self.adjustments  # [g, m, k]
        across = left @ self.grams
        own = np.einsum("gmk,gmk->gm", across, left)
        products = np.einsum("gmk,gmk->gm", across, across)
        crossed = [np.sum((across[:, row].T @ across[:, row]) ** 2) for row in range(len(contrasts))]
        spread = np.sum(own**2 - 2 * own * products, axis=0) + np.array(crossed)
        total = np.sum(own - products, axis=0)
        return np.where(total > 0, total**2 / np.maximum(spread, 1e-300), 0.0)


def errors_of(text: str) -> Errors:
    """Read what errors are asked for.

    Args:
        text: `classical`, `HC0` to `HC3`, `cluster:firm` (CR2) or `cluster-CR1:firm`.

    Raises:
        InputError: If it is none of these.

    Example:
        >>> errors_of("cluster:firm")
        Errors(kind='CR2', column='firm')
    """
    head, _, column = str(text).partition(":")
    if head in _CLUSTERED and column:
        return Errors(_CLUSTERED[head], column)
    if text not in _KINDS:
        raise InputError(
            "these errors are not known",
            got=text,
            next_step=f"use {', '.join(_KINDS)}, or cluster: and the column that names the cluster",
        )
    return Errors(text)


def covariance(kind: str, working: Working, clusters: NDArray[np.int64] | None = None) -> Covariance:
    """Return the covariance of the standardised coefficients.

    Args:
        kind: As in `Errors`.
        working: The fitted model.
        clusters: The cluster of each row, 0 to g - 1, shape [n]; None without.

    Raises:
        InputError: If there are fewer than two clusters, or a row alone determines a coefficient.

    Source:
        HC0 to HC3: J. G. MacKinnon, H. White (1985). CR1: Stata's correction. CR2: R. M. Bell, D. F.
        McCaffrey, Bias reduction in standard errors for linear regression with multi-stage samples (2002).
        With weights, the square root is taken of the whitened matrix; clubSandwich takes another of the same
        expectation, which differs in the third digit.
    """
    if clusters is not None:
        return _clustered(kind, working, clusters)
    k = len(working.inverse)
    inner = np.eye(k) * working.scale if kind == "classical" else _robust(kind, working)
    return Covariance(working.inverse @ inner @ working.inverse.T, working.df, 0, working.inverse)


def _robust(kind: str, working: Working) -> Array:
    n, k = working.matrix.shape
    leverages = working.leverages()
    if kind in ("HC2", "HC3") and leverages.max() > 1 - 1e-10:
        raise InputError(
            f"{kind} errors do not exist: a row determines a coefficient alone",
            where=f"row {int(np.argmax(leverages))} of those used",
            next_step='leave out the level or the column that only this row has, or pass errors="HC1"',
        )
    power = {"HC2": 1, "HC3": 2}.get(kind, 0)
    weights = working.residual**2 / (1 - leverages) ** power if power else working.residual**2
    total = np.zeros((k, k))
    for part in blocks(n):
        basis = working.basis(part)
        total += (basis * weights[part, None]).T @ basis
    return total * (n / max(n - k, 1)) if kind == "HC1" else total


def _clustered(kind: str, working: Working, clusters: NDArray[np.int64]) -> Covariance:
    n, k = working.matrix.shape
    order = np.argsort(clusters, kind="stable")
    ends = np.cumsum(np.bincount(clusters))
    g = len(ends)
    if g < 2:
        raise InputError("clustered errors need at least two clusters", got=g, next_step="pass other errors")
    if kind == "CR2" and g * k * k * 8 > _LARGEST:
        raise InputError(
            "so many clusters and coefficients do not fit in memory with CR2",
            got=f"{g} clusters, {k} coefficients",
            next_step="with so many clusters CR1 is as good: pass errors='cluster-CR1:…'",
        )
    scores, grams = _by_cluster(working, order, ends, with_grams=kind == "CR2")
    inverse = working.inverse
    if kind == "CR1":
        factor = g / (g - 1) * (n - 1) / (n - k)
        return Covariance(inverse @ (scores.T @ scores) @ inverse.T * factor, g - 1, g, inverse)
    adjust = _adjustments(grams)
    adjusted = np.einsum("gkl,gl->gk", adjust, scores)
    return Covariance(inverse @ (adjusted.T @ adjusted) @ inverse.T, math.nan, g, inverse, grams, adjust)


def _by_cluster(
    working: Working, order: NDArray[np.int64], ends: NDArray[np.int64], *, with_grams: bool
) -> tuple[Array, Array]:
    """Return each cluster's sum of basis times residual [g, k], and its gram matrix [g, k, k]."""
    g, k = len(ends), working.matrix.shape[1]
    scores, grams = np.zeros((g, k)), np.zeros((g if with_grams else 0, k, k))
    start = 0
    for cluster, end in enumerate(ends):
        rows = order[start:end]
        basis = working.basis(rows)
        scores[cluster] = basis.T @ working.residual[rows]
        if with_grams:
            grams[cluster] = basis.T @ basis
        start = end
    return scores, grams


def _adjustments(grams: Array) -> Array:
    """Return (I - gram)^(-1/2) of each cluster; directions that a cluster determines alone become 0."""
    values, vectors = np.linalg.eigh(grams)
    rest = 1 - values
    factor = np.where(rest > 1e-10, 1 / np.sqrt(np.maximum(rest, 1e-10)), 0.0)
    adjusted: Array = (vectors * factor[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    return adjusted


def _own_spread(own: Array, across: Array) -> float:
    """What the clusters' own blocks add to the total variance of `_crossed`."""
    traces = np.einsum("gqq->g", own)
    products = across @ np.swapaxes(across, 1, 2)
    linear = traces**2 - 2 * traces * np.einsum("gqq->g", products)
    square = np.einsum("gqr,grq->g", own, own) - 2 * np.einsum("gqr,grq->g", own, products)
    return float(np.sum(linear + square))


def _crossed(across: Array) -> float:
    """The sum over all pairs of clusters of tr(B_g B_h')^2 + tr((B_g B_h')^2)."""
    total = 0.0
    for row in range(across.shape[1]):
        products = np.tensordot(across[:, row], across, axes=(0, 0))  # [k, q, k]
        total += float(np.sum(products * (products + np.swapaxes(products, 0, 2))))
    return total
