"""The universal nested grid: every histogram in the world has its cells here, so any two can be added.

A float64 is a sign, an exponent and 52 bits of mantissa. Read as an integer in sign-magnitude order that is
its *key*: order-preserving, and -0.0 and 0.0 share the key 0. Level 0 of the grid has one cell for each key:
call the even ones *points* and the odd ones *intervals*. A level higher every second point stays a point, and
all that lies between two of them becomes one interval; and so on up to level 62, where negative, zero and
positive are left. So zero has a cell of its own at every level, and at most levels so have the numbers with
few significant bits: small integers, halves, quarters. There is where real columns have their spikes.

Cell `c` of level `l` is `floor(key / 2**(l + 1)) + ceil(key / 2**(l + 1))`; the same formula leads from any
level to any higher one, so the grid is nested.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["HIGHEST_LEVEL", "bounds", "coarsen", "keys"]

HIGHEST_LEVEL = 62
_MAGNITUDE = np.int64(0x7FFF_FFFF_FFFF_FFFF)
_LARGEST_KEY = np.int64(0x7FEF_FFFF_FFFF_FFFF)


def keys(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the key of each finite value.

    Args:
        values: Finite numbers, shape [n].

    Returns:
        Integers in the order of the values.

    Source:
        IEEE 754-2019, 5.10, total order by bit pattern, with the two zeros made equal.

    Example:
        >>> keys(np.array([-5e-324, -0.0, 0.0, 5e-324])).tolist()
        [-1, 0, 0, 1]
    """
    bits = np.ascontiguousarray(values).view(np.int64)
    sign = bits >> 63
    return (bits ^ (sign & _MAGNITUDE)) - sign


def coarsen(cells: NDArray[np.int64], steps: int) -> NDArray[np.int64]:
    """Return the cells, `steps` levels higher, in which these cells lie.

    Args:
        cells: Cells of one level (keys are the cells of level 0), shape [n].
        steps: How many levels to climb, 0 to 62.

    Returns:
        Cells in the same order; several may now be equal.

    Example:
        >>> coarsen(np.array([-3, -2, -1, 0, 1, 2, 3, 4, 5]), 1).tolist()
        [-1, -1, -1, 0, 1, 1, 1, 2, 3]
    """
    if steps == 0:
        return cells
    return (cells >> (steps + 1)) - ((-cells) >> (steps + 1))


def bounds(cells: NDArray[np.int64], level: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the smallest and the largest float64 in each cell.

    Args:
        cells: Cells of `level`, shape [n].
        level: 0 to 62.

    Returns:
        Two arrays of shape [n], both ends included; they are equal for a point.

    Example:
        >>> bounds(keys(np.array([1.5, 2.0])), 0)
        (array([1.5, 2. ]), array([1.5, 2. ]))
    """
    odd = cells & 1
    low = ((cells >> 1) << (level + 1)) + odd
    high = (((cells + 1) >> 1) << (level + 1)) - odd
    return _floats(np.maximum(low, -_LARGEST_KEY)), _floats(np.minimum(high, _LARGEST_KEY))


def _floats(keys_: NDArray[np.int64]) -> NDArray[np.float64]:
    sign = keys_ >> 63
    bits: NDArray[np.int64] = (keys_ + sign) ^ (sign & _MAGNITUDE)
    return bits.view(np.float64)
