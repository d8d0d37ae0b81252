"""Least squares block by block: as exact as orthogonal triangles, in the memory of the matrix alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError

__all__ = ["Scaling", "Triangle", "blocks", "check_rank", "collinearity", "standardise", "triangle"]

Array = NDArray[np.float64]
_BLOCK = 65_536
#: Up to this condition number a cross product keeps ten digits.
_CONDITION = 1e3
#: A column counts as a combination of those before it when less than this share of its spread is its own.
_OWN = 1e-9


class Scaling(NamedTuple):
    """How a matrix was standardised: `z = (x - centre) / spread`.

    Args:
        centre: Shape [k]; 0 throughout where there is no intercept, and for the intercept.
        spread: Shape [k]; 1 for the intercept.
    """

    centre: Array
    spread: Array

    def back(self) -> Array:
        """Return the matrix that turns standardised coefficients into those of the columns, shape [k, k].

        Only an intercept, the first column, takes up what the others were centred by.
        """
        matrix = np.diag(1 / self.spread)
        matrix[0] -= self.centre / self.spread
        return matrix

    def apply(self, matrix: Array) -> Array:
        """Standardise other rows in place."""
        matrix -= self.centre
        matrix /= self.spread
        return matrix


class Triangle(NamedTuple):
    """The triangular factor of a matrix beside a response.

    Args:
        r: Upper triangular, shape [k, k]: `r.T @ r` is the cross product of the columns.
        q: The response in the basis of the columns, shape [k].
        rss: What is left of the response, squared and summed.
    """

    r: Array
    q: Array
    rss: float

    def solve(self) -> Array:
        """Return the coefficients, shape [k]."""
        # Elimination has nothing to do: substitution is left.
        return np.asarray(np.linalg.solve(self.r, self.q), np.float64)

    def inverse(self) -> Array:
        """Return the inverse of `r`."""
        return np.asarray(np.linalg.inv(self.r), np.float64)


def standardise(matrix: Array, *, intercept: bool) -> Scaling:
    """Standardise the columns in place, so that neither units nor offsets cost digits.

    Args:
        matrix: Shape [n, k]; changed.
        intercept: Whether the first column is constant; without one, columns are scaled and not centred.

    Returns:
        The scaling.

    Example:
        >>> x = np.array([[1.0, 1e9], [1.0, 1e9 + 2]])
        >>> standardise(x, intercept=True).centre.tolist(), x[:, 1].tolist()
        ([0.0, 1000000001.0], [-1.0, 1.0])
    """
    k = matrix.shape[1]
    centre, spread = np.zeros(k), np.ones(k)
    for column in range(int(intercept), k):
        values = matrix[:, column]
        if intercept:
            centre[column] = values.mean()
            values -= centre[column]
            again = values.mean()  # the first mean is rounded where the offset is large
            centre[column] += again
            values -= again
        largest = float(np.abs(values).max()) or 1.0  # squares of very small numbers would be 0
        size = largest * float(np.sqrt(np.mean((values / largest) ** 2)))
        tiny = size <= 1e-14 * abs(centre[column])
        spread[column] = 1.0 if tiny or size == 0 else size
        values /= spread[column]
        if tiny:
            values[:] = 0.0
    return Scaling(centre, spread)


def blocks(rows: int) -> Iterator[slice]:
    """Yield slices that cover the rows."""
    for start in range(0, rows, _BLOCK):
        yield slice(start, start + _BLOCK)


def triangle(matrix: Array, response: Array, root: Array | None = None) -> Triangle:
    """Reduce a weighted matrix and a response to a triangle, block by block.

    The cross product is enough where it costs no digits that matter; where columns nearly depend on each
    other, orthogonal triangles are made instead, which square nothing.

    Args:
        matrix: Standardised columns, shape [n, k].
        response: Shape [n].
        root: The square roots of the weights, shape [n]; None for equal weights.

    Source:
        A. Bjorck, Numerical Methods for Least Squares Problems (1996), section 2.2; J. Demmel et al.,
        Communication-optimal parallel and sequential QR (2012).

    Example:
        >>> x = np.column_stack([np.ones(3), [0.0, 1.0, 2.0]])
        >>> triangle(x, np.array([1.0, 3.0, 5.0])).solve().round(12).tolist()
        [1.0, 2.0]
    """
    k = matrix.shape[1]
    whole = _by_products(matrix, response, root)
    if whole is None:
        whole = _by_rotations(matrix, response, root)
    return Triangle(whole[:k, :k], whole[:k, k], float(whole[k, k] ** 2))


def _weighted(matrix: Array, response: Array, root: Array | None) -> Iterator[Array]:
    """Yield blocks of the matrix with the response as its last column, weighted."""
    for part in blocks(len(matrix)):
        rows = np.empty((len(response[part]), matrix.shape[1] + 1), order="F")
        rows[:, :-1], rows[:, -1] = matrix[part], response[part]
        if root is not None:
            rows *= root[part, None]
        yield rows


def _by_products(matrix: Array, response: Array, root: Array | None) -> Array | None:
    """Return the triangle of the cross product; None where the columns are too near to dependence for it."""
    k = matrix.shape[1]
    product = np.zeros((k + 1, k + 1))
    for rows in _weighted(matrix, response, root):
        product += rows.T @ rows
    size = np.sqrt(np.diag(product)[:k])
    if not (np.isfinite(product).all() and size.all()):
        return None
    values = np.linalg.eigvalsh(product[:k, :k] / np.outer(size, size))
    if values[0] * _CONDITION**2 < values[-1]:
        return None
    whole = np.zeros((k + 1, k + 1))
    whole[:k, :k] = np.linalg.cholesky(product[:k, :k]).T
    whole[:k, k] = np.linalg.solve(whole[:k, :k].T, product[:k, k])
    whole[k, k] = math.sqrt(max(float(product[k, k] - whole[:k, k] @ whole[:k, k]), 0.0))
    return whole


def _by_rotations(matrix: Array, response: Array, root: Array | None) -> Array:
    """Return the triangle of the matrix itself."""
    k = matrix.shape[1]
    top = np.empty((0, k + 1))
    for rows in _weighted(matrix, response, root):
        top = np.asarray(np.linalg.qr(np.vstack([top, rows]), mode="r"))
    whole = np.zeros((k + 1, k + 1))
    whole[: len(top)] = top
    return whole


def check_rank(r: Array, names: Sequence[str]) -> None:
    """Refuse columns that are constant, or combinations of others.

    Args:
        r: The triangle of the standardised columns.
        names: Theirs.

    Raises:
        InputError: Naming the column and what it is a combination of.
    """
    for column, name in enumerate(names):
        size = float(np.linalg.norm(r[: column + 1, column]))
        if size > 0 and abs(r[column, column]) > _OWN * size:
            continue
        if size == 0:
            raise InputError(
                f"column `{name}` of the model is the same in all rows",
                next_step="leave it out of the formula; an interaction may be empty",
            )
        weights = np.linalg.solve(r[:column, :column], r[:column, column])
        large = np.abs(weights) > 1e-6 * np.abs(weights).max()
        used = [names[place] for place in np.flatnonzero(large).tolist()]
        raise InputError(
            f"column `{name}` of the model is a combination of others, so neither can be estimated",
            got=f"it follows from {', '.join(f'`{each}`' for each in used)}",
            next_step="leave one of them out of the formula",
        )


def collinearity(r: Array, names: Sequence[str], *, intercept: bool) -> tuple[float, tuple[str, ...]]:
    """Return the condition number of the standardised columns, and those that nearly depend on each other.

    Source:
        D. A. Belsley, E. Kuh, R. E. Welsch, Regression Diagnostics (1980), section 3.2.
    """
    first = int(intercept)
    inner = r[first:, first:]
    if not inner.size:
        return 1.0, ()
    scaled = inner / np.linalg.norm(inner, axis=0)
    _, singular, right = np.linalg.svd(scaled)
    near = np.flatnonzero(np.abs(right[-1]) > 0.3)
    return float(singular[0] / singular[-1]), tuple(names[first + place] for place in near.tolist())
