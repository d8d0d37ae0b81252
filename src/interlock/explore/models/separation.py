"""Whether a column tells the outcomes apart so perfectly that its coefficient has no finite estimate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError

__all__ = ["refuse_separation", "separating"]

Array = NDArray[np.float64]


def separating(matrix: Array, sign: Array) -> Array | None:
    """Return a direction along which the likelihood rises for ever.

    Args:
        matrix: Standardised columns, shape [n, k].
        sign: 1 for rows whose mean can only rise to their outcome (a 1 among 0 and 1), -1 for rows whose mean
            can only fall (a 0), 0 for rows that must stay where they are (a positive count), shape [n].

    Returns:
        Shape [k]; None where the estimates are finite.

    Source:
        K. Konis, Linear programming algorithms for detecting separated data (2007), section 4.1.

    Example:
        >>> x = np.column_stack([np.ones(4), [-2.0, -1.0, 1.0, 2.0]])
        >>> separating(x, np.array([-1.0, -1.0, 1.0, 1.0])) is None
        False
        >>> separating(x, np.array([-1.0, 1.0, -1.0, 1.0])) is None
        True
    """
    from scipy.optimize import linprog

    free = _free(matrix[sign == 0], matrix.shape[1])
    if not free.shape[1]:
        return None
    rows = (matrix[sign != 0] @ free) * sign[sign != 0, None]
    scale = np.abs(rows).sum(axis=0).max()
    if scale == 0:
        return None
    found = linprog(-rows.sum(axis=0) / scale, A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1))
    if found.x is None or -found.fun < 1e-8:
        return None
    direction: Array = free @ found.x
    return direction


def refuse_separation(matrix: Array, sign: Array, back: Array, names: Sequence[str], outcome: str) -> None:
    """Refuse a model whose coefficients are infinite.

    Args:
        matrix: Standardised columns.
        sign: As in `separating`.
        back: From standardised coefficients to those of the columns.
        names: Of the columns.
        outcome: What is modelled.

    Raises:
        InputError: Naming the columns.
    """
    direction = separating(matrix, sign)
    if direction is None:
        return
    size = np.abs(direction)
    guilty = np.flatnonzero(size > 1e-4 * size.max())
    guilty = guilty[guilty > 0] if len(guilty) > 1 else guilty
    steep = back @ direction
    listed = ", ".join(f"`{names[place]}`" for place in guilty[:8].tolist())
    way = ", ".join(f"{names[each]} {'up' if steep[each] > 0 else 'down'}" for each in guilty[:8].tolist())
    raise InputError(
        f"`{outcome}` is told apart perfectly by {listed}: the estimate would be infinite",
        got=f"the likelihood rises for ever with {way}",
        next_step="leave the column out if it knows the outcome already (leakage); merge a level that has one"
        " outcome alone with another; or take more rows",
    )


def _free(fixed: Array, k: int) -> Array:
    """Return a basis of the directions in which none of the rows moves, shape [k, r]."""
    if not len(fixed):
        return np.eye(k)
    _, singular, right = np.linalg.svd(np.linalg.qr(fixed, mode="r"))
    rank = int(np.sum(singular > 1e-9 * singular[0])) if singular.size else 0
    free: Array = right[rank:].T
    return free
