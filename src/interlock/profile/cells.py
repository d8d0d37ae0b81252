"""The occupied cells of a histogram, and what lies between their edges: ranks to values and back."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.profile.decimals import has_steps, step_down, step_up, stepped

__all__ = ["Cells", "below", "ends_apart", "middles", "ordered", "snapped"]

Floats = NDArray[np.float64]


class Cells(NamedTuple):
    """The occupied cells of a histogram, in order.

    Args:
        left: The smallest value a cell can hold, float64.
        right: The largest value it can hold; equal to `left` where the cell is a single number.
        counts: How many values lie in it, int64.
    """

    left: Floats
    right: Floats
    counts: NDArray[np.int64]


def snapped(cells: Cells, digits: int) -> Cells:
    """Narrow cells to the numbers with so many digits behind the point that they can hold.

    Example:
        >>> snapped(Cells(np.array([9.984]), np.array([9.999]), np.array([5])), 2).left
        array([9.99])
    """
    few = _have_steps(cells.left, cells.right, digits)
    left, right = cells.left.copy(), cells.right.copy()
    left[few] = stepped(step_up(left[few], digits), digits)
    right[few] = stepped(step_down(right[few], digits), digits)
    return Cells(left, right, cells.counts)


def ends_apart(cells: Cells, digits: int, lowest: int, highest: int) -> Cells:
    """Give the smallest and the largest number cells of their own, since their counts are known.

    Args:
        cells: In order, snapped; the first begins at the smallest number, the last ends at the largest.
        digits: How many digits behind the point all values have.
        lowest: How often the smallest number occurs.
        highest: How often the largest number occurs.

    Returns:
        Up to two cells more.

    Example:
        >>> ends_apart(Cells(np.array([10.0]), np.array([40.0]), np.array([9])), 0, 5, 1)
        Cells(left=array([10., 11., 40.]), right=array([10., 39., 40.]), counts=array([5, 3, 1]))
    """
    left, right, counts = cells
    if left.size and left[0] < right[0]:
        left, right = np.insert(left, 1, _next(left[0], digits, 1)), np.insert(right, 0, left[0])
        counts = np.insert(counts, 0, lowest)
        counts[1] -= lowest
    if left.size and left[-1] < right[-1]:
        left, right = np.append(left, right[-1]), np.insert(right, -1, _next(right[-1], digits, -1))
        counts = np.append(counts, highest)
        counts[-2] -= highest
    held = counts > 0
    return Cells(left[held], right[held], counts[held])


def ordered(cells: Cells, digits: int, ranks: Floats) -> Floats:
    """Return the values at 0-based ranks; the values of a cell are taken as evenly spread in it.

    Args:
        cells: At least one.
        digits: How many digits behind the point all values have.
        ranks: 0 to n - 1, shape [k].

    Returns:
        Shape [k].

    Example:
        >>> cells = Cells(np.array([1.0, 4.0]), np.array([1.0, 6.0]), np.array([2, 3]))
        >>> ordered(cells, 0, np.array([1.0, 4.0]))
        array([1., 6.])
    """
    ends = np.cumsum(cells.counts)
    at = np.minimum(np.searchsorted(ends, ranks, side="right"), len(ends) - 1)
    left, right, size = cells.left[at], cells.right[at], cells.counts[at]
    share = (ranks - (ends[at] - size) + 0.5) / size
    result = left + share * (right - left)
    few = _have_steps(left, right, digits)
    first, last = step_up(left[few], digits), step_up(right[few], digits)
    steps = np.minimum(first + np.floor(share[few] * (last - first + 1)), last)
    result[few] = stepped(steps, digits)
    return result


def below(cells: Cells, digits: int, points: Floats) -> Floats:
    """Return how many values are at most each point: the inverse of `ordered`.

    Args:
        cells: At least one.
        digits: How many digits behind the point all values have.
        points: Shape [k].

    Returns:
        Shape [k]; not whole where a point cuts a cell.

    Example:
        >>> cells = Cells(np.array([1.0, 4.0]), np.array([1.0, 6.0]), np.array([2, 3]))
        >>> below(cells, 0, np.array([1.0, 5.5]))
        array([2., 4.])
    """
    ends = np.concatenate([[0], np.cumsum(cells.counts)])
    at = np.searchsorted(cells.right, points, side="right")
    last_at = np.minimum(at, len(ends) - 2)
    left, right, size = cells.left[last_at], cells.right[last_at], cells.counts[last_at]
    inside = np.clip(points, left, right)
    share = (inside - left) / np.where(right > left, right - left, 1)
    few = _have_steps(left, right, digits)
    first, last = step_up(left[few], digits), step_up(right[few], digits)
    share[few] = (step_down(inside[few], digits) - first + 1) / (last - first + 1)
    share[points < left] = 0
    return ends[at] + np.where(at < len(cells.counts), share * size, 0)


def middles(cells: Cells) -> Floats:
    """Return the middle of what each cell can hold.

    Example:
        >>> middles(Cells(np.array([1.0, 4.0]), np.array([1.0, 6.0]), np.array([2, 3])))
        array([1., 5.])
    """
    return np.where(cells.left == cells.right, cells.left, cells.left / 2 + cells.right / 2)


def _next(value: np.float64, digits: int, step: int) -> float:
    beside = math.nextafter(value, step * math.inf)
    one = np.array([value])
    if has_steps(one, digits)[0]:
        stepwise = float(stepped(step_up(one, digits) + step, digits)[0])
        return beside if stepwise == value else stepwise  # from 2**53 on a step of 1 leads nowhere
    return beside


def _have_steps(left: Floats, right: Floats, digits: int) -> NDArray[np.bool_]:
    return has_steps(left, digits) & has_steps(right, digits)
