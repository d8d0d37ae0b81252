"""Counts in cells of the universal nested grid, as fine as a budget allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.profile import distinct, grid

__all__ = ["NOTHING", "GridCounts", "at", "extend", "unite"]

Integers = NDArray[np.int64]

_SEED = np.uint64(0x9E3779B97F4A7C15)
_TABLE = 1 << 16  # counts that stay in the cache


@dataclass(frozen=True, slots=True, eq=False)
class GridCounts:
    """How many values lie in each occupied cell.

    Args:
        level: Of the grid, 0 to 62.
        cells: The occupied cells in order, int64 [n].
        counts: How many values each holds, at least 1, int64 [n].
        registers: Of the distinct keys (see `distinct`), from level 1 on: the cells no longer tell them.
    """

    level: int
    cells: Integers
    counts: Integers
    registers: NDArray[np.uint8] | None


#: No values at all.
NOTHING = GridCounts(0, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), None)


def extend(held: GridCounts, keys: Integers, weights: Integers | None, budget: int) -> GridCounts:
    """Add values, given by their keys.

    Args:
        held: What there is already.
        keys: At least one, in any order.
        weights: How often each occurs; None is once.
        budget: The most cells of the result.

    Returns:
        The counts at the finest level that fits the budget and is not below that of `held`.

    Example:
        >>> extend(NOTHING, np.array([7, -2, 7]), None, 10).counts
        array([1, 2])
    """
    registers = None if held.registers is None else _observed(held.registers, keys)
    cells = grid.coarsen(keys, held.level)
    if weights is None:
        new = _count(cells)
    else:
        order = np.argsort(cells, kind="stable")
        new = _fold(cells[order], weights[order])
    return _fit(GridCounts(held.level, *_merge((held.cells, held.counts), new), registers), budget)


def unite(a: GridCounts, b: GridCounts, budget: int) -> GridCounts:
    """Add two.

    Returns:
        The counts at the finest level that fits the budget and is below neither.

    Example:
        >>> one = extend(NOTHING, np.array([1, 1, 4]), None, 10)
        >>> unite(one, one, 10).counts
        array([4, 2])
    """
    level = max(a.level, b.level)
    a, b = at(a, level), at(b, level)
    registers = None
    if a.registers is not None and b.registers is not None:
        registers = np.maximum(a.registers, b.registers)
    merged = _merge((a.cells, a.counts), (b.cells, b.counts))
    return _fit(GridCounts(level, *merged, registers), budget)


def at(held: GridCounts, level: int) -> GridCounts:
    """Return the same values counted at `level`, or as they are where they are coarser already.

    Example:
        >>> at(extend(NOTHING, np.array([4, 5, 6]), None, 10), 1).counts
        array([1, 2])
    """
    if level <= held.level:
        return held
    registers = held.registers
    if registers is None:
        registers = _observed(np.zeros(distinct.REGISTERS, dtype=np.uint8), held.cells)
    folded = _fold(grid.coarsen(held.cells, level - held.level), held.counts)
    return GridCounts(level, *folded, registers)


def _fit(held: GridCounts, budget: int) -> GridCounts:
    if len(held.cells) <= budget:
        return held
    low, high = held.level + 1, grid.HIGHEST_LEVEL
    while low < high:
        middle = (low + high) // 2
        cells = grid.coarsen(held.cells, middle - held.level)
        fits = np.count_nonzero(cells[1:] != cells[:-1]) < budget
        low, high = (low, middle) if fits else (middle + 1, high)
    return at(held, low)


def _observed(registers: NDArray[np.uint8], keys: Integers) -> NDArray[np.uint8]:
    result = registers.copy()
    distinct.observe(result, distinct.mix(keys.view(np.uint64) + _SEED))
    return result


def _count(cells: Integers) -> tuple[Integers, Integers]:
    low, high = int(cells.min()), int(cells.max())
    if high - low < _TABLE:
        table = np.bincount(cells - low)
        found = np.flatnonzero(table)
        return found + low, table[found]
    if low < 0 < high:  # each side alone is narrow, most often
        below, above = _count(cells[cells < 0]), _count(cells[cells >= 0])
        return np.concatenate([below[0], above[0]]), np.concatenate([below[1], above[1]])
    return _fold(np.sort(cells), None)


def _merge(a: tuple[Integers, Integers], b: tuple[Integers, Integers]) -> tuple[Integers, Integers]:
    cells = np.concatenate([a[0], b[0]])
    order = np.argsort(cells, kind="stable")
    return _fold(cells[order], np.concatenate([a[1], b[1]])[order])


def _fold(cells: Integers, counts: Integers | None) -> tuple[Integers, Integers]:
    """Unite equal neighbours of ordered cells."""
    if cells.size == 0:
        return cells, np.empty(0, dtype=np.int64)
    starts = np.flatnonzero(np.concatenate([[True], cells[1:] != cells[:-1]]))
    if counts is None:
        return cells[starts], np.diff(starts, append=cells.size)
    return cells[starts], np.add.reduceat(counts, starts)
