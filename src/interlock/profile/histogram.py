"""A histogram that any other can be added to: counts on the universal grid, as fine as its budget allows."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from typing import NamedTuple, Self, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interlock.errors import InputError
from interlock.profile import counts as grid_counts
from interlock.profile import decimals, distinct, grid
from interlock.profile.cells import Cells, below, ends_apart, middles, ordered, snapped
from interlock.profile.codec import Reader, Writer, decode
from interlock.profile.counts import NOTHING, GridCounts

__all__ = ["BUDGET", "Aligned", "Extreme", "Histogram", "align"]

#: The most occupied cells a histogram keeps unless told otherwise.
BUDGET = 4096

Floats = NDArray[np.float64]

_HEADER = b"ILh1"
_CHUNK = 1 << 16


class Extreme(NamedTuple):
    """The smallest or the largest value.

    Args:
        value: NaN if there is none.
        times: How often it occurs.
    """

    value: float = math.nan
    times: int = 0


class Histogram:
    """Counts of finite numbers in cells of the universal nested grid (see `grid`).

    The level is the finest at which the occupied cells fit the budget. That depends on the values alone, not
    on their order or batching, so `a + b` equals the histogram of the concatenation to the byte. At level 0
    every distinct value has its own cell and all answers are exact.

    Args:
        budget: The most occupied cells, at least 3; of two added histograms the smaller counts.

    Attributes:
        budget: As given.
        counted: The counts on the grid.
        lowest: The smallest value and how often it occurs.
        highest: The largest value and how often it occurs.
        digits: How many digits behind the point all values have, 0 to 6, or 7 for more (see `decimals`): the
            cells are read as holding only such numbers.

    Example:
        >>> histogram = Histogram.from_values(np.arange(1001.0))
        >>> histogram.quantile(0.5), histogram.cdf(500), histogram.distinct
        (500.0, 0.5004995004995005, 1001)
    """

    __slots__ = ("budget", "counted", "digits", "highest", "lowest")

    def __init__(self, budget: int = BUDGET) -> None:
        if budget < 3:
            raise InputError("a histogram needs at least 3 cells", got=budget, next_step="leave the default")
        self.budget = budget
        self.counted = NOTHING
        self.lowest = self.highest = Extreme()
        self.digits = 0

    @classmethod
    def from_values(cls, values: ArrayLike, budget: int = BUDGET) -> Self:
        """Return the histogram of some values; see `update`."""
        result = cls(budget)
        result.update(values)
        return result

    def update(self, values: ArrayLike, counts: NDArray[np.int64] | None = None) -> None:
        """Add values, in place.

        Args:
            values: Finite numbers, taken as float64, shape [n].
            counts: How often each occurs, at least 1, shape [n]; None is once.

        Raises:
            InputError: A value is infinite or NaN. Nothing was added.
        """
        array = np.asarray(values, dtype=np.float64).ravel()
        if array.size == 0:
            return
        low, high = float(array.min()), float(array.max())
        if not (math.isfinite(low) and math.isfinite(high)):
            raise InputError(
                "a histogram takes finite values", got=f"{low} to {high}", next_step="count the others apart"
            )
        ends = [Extreme(end + 0.0, _how_often(array, end, counts)) for end in (low, high)]
        self._extend(ends[0], ends[1], decimals.digits(array, self.digits))
        for start in range(0, array.size, _CHUNK):
            part = slice(start, start + _CHUNK)
            weights = None if counts is None else counts[part]
            self.counted = grid_counts.extend(self.counted, grid.keys(array[part]), weights, self.budget)

    def merge(self, other: Histogram) -> None:
        """Add the values of another histogram, in place."""
        self.budget = min(self.budget, other.budget)
        self._extend(other.lowest, other.highest, other.digits)
        self.counted = grid_counts.unite(self.counted, other.counted, self.budget)

    def __add__(self, other: Histogram) -> Self:
        result = copy(self)
        result.merge(other)
        return result

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Histogram(n={self.n}, {self.minimum:g} to {self.maximum:g}, level {self.level})"

    @property
    def level(self) -> int:
        """The level of the grid, 0 (exact) to 62."""
        return self.counted.level

    @property
    def minimum(self) -> float:
        """The smallest value; NaN if there is none."""
        return self.lowest.value

    @property
    def maximum(self) -> float:
        """The largest value; NaN if there is none."""
        return self.highest.value

    @property
    def n(self) -> int:
        """How many values."""
        return int(self.counted.counts.sum())

    @property
    def exact(self) -> bool:
        """Whether every distinct value has its own cell."""
        return self.level == 0

    @property
    def whole(self) -> bool:
        """Whether all values are whole numbers."""
        return self.digits == 0

    @property
    def distinct(self) -> int:
        """The number of distinct values: exact at level 0, else estimated (standard error 1.6 %)."""
        cells = len(self.counted.cells)
        if self.counted.registers is None:
            return cells
        return max(cells, min(self.n, round(distinct.estimate(self.counted.registers))))

    def cells(self) -> Cells:
        """Return the occupied cells; the minimum and the maximum have cells of their own."""
        return ends_apart(self.grid_cells(), self.digits, self.lowest.times, self.highest.times)

    def grid_cells(self) -> Cells:
        """Return the occupied cells of the grid; the outermost end at the minimum and the maximum."""
        left, right = grid.bounds(self.counted.cells, self.level)
        cells = Cells(np.fmax(left, self.minimum), np.fmin(right, self.maximum), self.counted.counts)
        return snapped(cells, self.digits)

    def at(self, level: int) -> Self:
        """Return a copy that is at least as coarse as `level` (0 to 62)."""
        result = copy(self)
        result.counted = grid_counts.at(self.counted, level)
        return result

    def top(self, k: int = 10) -> list[tuple[float, int]]:
        """Return the fullest cells, each by the middle of what it can hold, with their counts.

        At level 0 these are the most frequent values; the smallest first among equals.
        """
        cells = self.cells()
        order = np.argsort(-cells.counts, kind="stable")[:k]
        return list(zip(middles(cells)[order].tolist(), cells.counts[order].tolist(), strict=True))

    @overload
    def quantile(self, q: float) -> float: ...
    @overload
    def quantile(self, q: Floats | list[float]) -> Floats: ...
    def quantile(self, q: float | Floats | list[float]) -> float | Floats:
        """Return quantiles.

        Between order statistics they are interpolated linearly (definition 7, the default of NumPy and
        pandas); values that share a cell are taken as evenly spread in it.

        Args:
            q: Probabilities, 0 to 1.

        Returns:
            A float or an array as `q`; NaN if there are no values.

        Raises:
            InputError: A probability is out of range.

        Source:
            R. Hyndman, Y. Fan, Sample quantiles in statistical packages (1996).
        """
        probabilities = np.asarray(q, dtype=np.float64)
        if not np.all((probabilities >= 0) & (probabilities <= 1)):
            raise InputError("a probability lies between 0 and 1", got=q, next_step="0.5 is the median")
        place = probabilities * (self.n - 1)
        low, high = self._ordered(np.floor(place)), self._ordered(np.ceil(place))
        share = place - np.floor(place)
        result = np.where(low == high, low, low * (1 - share) + high * share)
        return float(result) if result.ndim == 0 else result

    @overload
    def cdf(self, x: float) -> float: ...
    @overload
    def cdf(self, x: Floats | list[float]) -> Floats: ...
    def cdf(self, x: float | Floats | list[float]) -> float | Floats:
        """Return the share of values that are at most `x`; NaN if there are no values."""
        below = self._below(np.asarray(x, dtype=np.float64))
        result = below / self.n if self.n else np.full(below.shape, math.nan)
        return float(result) if result.ndim == 0 else result

    def binned(self, edges: ArrayLike) -> Floats:
        """Return how many values lie in each bin, for drawing.

        Args:
            edges: Increasing, shape [k + 1]; a bin holds its right edge, the first one its left edge too.

        Returns:
            Counts, shape [k]; not whole where an edge cuts a cell.
        """
        points = np.asarray(edges, dtype=np.float64)
        with np.errstate(over="ignore"):  # below the smallest number there is minus infinity
            first = np.nextafter(points[:1], -math.inf)
        below = self._below(np.concatenate([first, points[1:]]))
        return np.diff(below)

    def to_bytes(self) -> bytes:
        """Return the canonical bytes: at most 64 KiB for the default budget and fewer than 2**48 values."""
        writer = Writer(_HEADER)
        writer.unsigned(self.budget)
        writer.unsigned(self.level)
        writer.unsigned(self.digits)
        for extreme in (self.lowest, self.highest):
            writer.number(extreme.value)
            writer.unsigned(extreme.times)
        writer.array(self.counted.counts)
        if self.n:
            cells = self.counted.cells.view(np.uint64)
            writer.integer(int(self.counted.cells[0]))
            writer.array(cells[1:] - cells[:-1])
        if self.counted.registers is not None:
            writer.block(self.counted.registers.tobytes())
        return writer.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the histogram that `to_bytes` wrote; raises `InputError` on any other bytes."""
        return decode(data, _HEADER, "histogram", cls._read, cls.to_bytes)

    @classmethod
    def _read(cls, reader: Reader) -> Self:
        result = cls(reader.unsigned())
        level, result.digits = reader.unsigned(), reader.unsigned()
        result.lowest, result.highest = (Extreme(reader.number(), reader.unsigned()) for _ in range(2))
        result.counted = _read_counts(reader, level)
        reader.finish()
        result._check(reader.error)
        return result

    def _check(self, error: Callable[[str], InputError]) -> None:
        cells, counts = self.counted.cells, self.counted.counts
        sane = self.level <= grid.HIGHEST_LEVEL and self.digits <= decimals.ENDLESS
        if not (sane and len(cells) == len(counts) <= self.budget):
            raise error("a histogram out of its limits")
        if np.any(counts < 1) or np.any(cells[1:] <= cells[:-1]):
            raise error("cells or counts out of order")
        extremes = grid.keys(np.array([self.minimum, self.maximum]))
        if cells.size and not np.array_equal(grid.coarsen(extremes, self.level), cells[[0, -1]]):
            raise error("the cells contradict the extremes")
        if self.cells().counts.sum() != self.n or self.lowest.times > self.n or self.highest.times > self.n:
            raise error("the counts contradict the extremes")

    def _extend(self, low: Extreme, high: Extreme, digits: int) -> None:
        self.lowest = _outermost(self.lowest, low, min)
        self.highest = _outermost(self.highest, high, max)
        self.digits = max(self.digits, digits)

    def _ordered(self, ranks: Floats) -> Floats:
        """Return the values at 0-based ranks, of any shape."""
        if not self.n:
            return np.full(ranks.shape, math.nan)
        return ordered(self.cells(), self.digits, ranks.ravel()).reshape(ranks.shape)

    def _below(self, points: Floats) -> Floats:
        """Return how many values are at most each point, of any shape."""
        if not self.n:
            return np.zeros(points.shape)
        return below(self.cells(), self.digits, points.ravel()).reshape(points.shape)


class Aligned(NamedTuple):
    """Two histograms on one grid.

    Args:
        a: How many values of the first lie in each cell that either occupies, float64 [n].
        b: The same for the second.
        middles: The middle of what each cell can hold, float64 [n].
    """

    a: Floats
    b: Floats
    middles: Floats


def align(a: Histogram, b: Histogram) -> Aligned:
    """Bring two histograms to the finest grid that they share.

    Example:
        >>> align(Histogram.from_values([1, 2]), Histogram.from_values([2, 2])).middles
        array([1., 2.])
    """
    union = a + b
    cells = union.grid_cells()
    rooms = np.zeros(len(cells.left)), np.zeros(len(cells.left))
    for side, room in zip((a, b), rooms, strict=True):
        counted = side.at(union.level).counted
        room[np.searchsorted(union.counted.cells, counted.cells)] = counted.counts
    return Aligned(rooms[0], rooms[1], middles(cells))


def _how_often(values: Floats, value: float, counts: NDArray[np.int64] | None) -> int:
    found = values == value
    return int(np.count_nonzero(found) if counts is None else counts[found].sum())


def _outermost(a: Extreme, b: Extreme, better: Callable[[Extreme, Extreme], Extreme]) -> Extreme:
    if a.value == b.value:
        return Extreme(a.value, a.times + b.times)
    return better(a, b) if a.times and b.times else max(a, b, key=lambda side: side.times)


def _read_counts(reader: Reader, level: int) -> GridCounts:
    counts = reader.array().astype(np.int64)
    cells = np.empty(0, dtype=np.int64)
    if counts.size:
        first = np.array([reader.integer() % (1 << 64)], dtype=np.uint64)
        cells = np.cumsum(np.concatenate([first, reader.array()])).view(np.int64)
    registers = distinct.read(reader) if level else None
    return GridCounts(level, cells, counts, registers)
