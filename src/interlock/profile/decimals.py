"""Decimal numbers in binary: how many digits a column has behind its point, and the steps between its values.

Prices, temperatures and counts come with 0 to 6 such digits. Who knows how many can tell which few numbers a
cell of the grid may hold, and answers 9.99 where the cell alone says 9.98 to 10.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["ENDLESS", "digits", "has_steps", "step_down", "step_up", "stepped"]

#: The digits of a column that holds more than 6 of them in any value.
ENDLESS = 7

Floats = NDArray[np.float64]

_LIMIT = 1e9  # below it, 6 digits more are far from the end of 53 bits
_GLANCE = 64  # values that tell most columns of fractions apart


def digits(values: Floats, least: int = 0) -> int:
    """Return the smallest number of digits behind the point that all values have.

    Args:
        values: Finite, shape [n].
        least: Where to begin.

    Returns:
        `least` to 6, or `ENDLESS`. Of two arrays together it is the larger of both.

    Example:
        >>> digits(np.array([9.99, 10.5])), digits(np.array([3.0, 1e300])), digits(np.array([1 / 3]))
        (2, 0, 7)
    """
    for found in range(least, ENDLESS):
        if _have(values[:_GLANCE], found) and _have(values, found):
            return found
    return ENDLESS


def has_steps(values: Floats, found: int) -> NDArray[np.bool_]:
    """Return where the numbers with `found` digits lie apart, so that one can count the steps between them.

    Example:
        >>> has_steps(np.array([9.99, 1e12]), 2).tolist(), has_steps(np.array([9.99, 1e12]), ENDLESS).tolist()
        ([True, False], [False, False])
    """
    limit = {0: np.inf, ENDLESS: 0}.get(found, _LIMIT)
    return np.abs(values) < limit


def stepped(steps: Floats, found: int) -> Floats:
    """Return the numbers that are so many steps of `10**-found` from 0.

    Example:
        >>> stepped(np.array([999.0]), 2)
        array([9.99])
    """
    return steps / 10.0**found


def step_up(values: Floats, found: int) -> Floats:
    """Return how many steps lead from 0 to the smallest number with `found` digits not below each value.

    Example:
        >>> step_up(np.array([9.981, 9.99]), 2)
        array([999., 999.])
    """
    steps = np.rint(values * 10.0**found)
    return steps + (stepped(steps, found) < values)


def step_down(values: Floats, found: int) -> Floats:
    """Return how many steps lead from 0 to the largest number with `found` digits not above each value.

    Example:
        >>> step_down(np.array([9.999, 9.99]), 2)
        array([999., 999.])
    """
    steps = np.rint(values * 10.0**found)
    return steps - (stepped(steps, found) > values)


def _have(values: Floats, found: int) -> bool:
    if found == 0:
        return np.array_equal(values, np.floor(values))
    near = np.abs(values) < _LIMIT
    rounded = stepped(np.rint(np.where(near, values, 0) * 10.0**found), found)
    return bool(np.all(np.where(near, rounded, np.floor(values)) == values))
