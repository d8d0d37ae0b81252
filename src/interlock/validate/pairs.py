"""The worst pairs of conditions, such as one airport in one month: searched for on half of the rows only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.validate.partitions import Partition

__all__ = ["Pair", "halves", "worst_pairs"]

Floats = NDArray[np.float64]
_MOST_PARTITIONS = 30  # 435 pairs of columns
_ALIKE = 0.8  # of the rows of either, in both


class Pair(NamedTuple):
    """Rows that fulfil two conditions.

    Args:
        conditions: Column and part of each.
        inside: [n].
    """

    conditions: tuple[tuple[str, str], tuple[str, str]]
    inside: NDArray[np.bool_]


class _Cell(NamedTuple):
    first: Partition
    second: Partition
    code: int
    z: float

    @property
    def inside(self) -> NDArray[np.bool_]:
        return np.asarray(_crossed(self.first, self.second) == self.code, bool)


def halves(n: int, clusters: NDArray[np.int64] | None, seed: int = 0) -> NDArray[np.bool_]:
    """Return which rows to search on; the others are to measure on. A cluster is on one side wholly.

    Args:
        n: How many rows.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        seed: Of the draw.
    """
    generator = np.random.default_rng(seed)
    if clusters is None:
        return np.asarray(generator.permutation(n) < n // 2)
    groups = int(clusters.max()) + 1
    return np.asarray((generator.permutation(groups) < groups // 2)[clusters])


def worst_pairs(
    losses: Floats,
    baseline: Floats,
    partitions: Sequence[Partition],
    searched: NDArray[np.bool_],
    *,
    minimum: int = 100,
    most: int = 20,
) -> tuple[Pair, ...]:
    """Search the pairs in which the model gains less than overall, and than under either condition.

    Args:
        losses: The model's squared errors, [n].
        baseline: The baseline's.
        partitions: How to cut the rows; pairs of the 30 with the worst parts are searched.
        searched: On which rows, [n].
        minimum: Fewest rows of a pair, among those searched on and among the others.
        most: How many pairs to return.

    Returns:
        The worst first, by the t-statistic of their excess loss. What was searched for has to be measured on
        the other rows.

    Example:
        >>> a = Partition("a", ("x", "y"), np.tile([0, 1], 800))
        >>> b = Partition("b", ("x", "y"), np.repeat([0, 1], 800))
        >>> losses = 1.0 + ((a.codes == 1) & (b.codes == 0))
        >>> rows = halves(1600, None)
        >>> worst_pairs(losses + rows / 9, np.full(1600, 4.0), [a, b], rows)[0].conditions
        (('a', 'y'), ('b', 'x'))
    """
    used, nothing = losses[searched], baseline[searched]
    total = float(nothing.sum())
    excess = used - nothing * (float(used.sum()) / total if total else 0.0)
    kept = _with_the_worst(partitions, excess, searched, minimum)
    cells = [
        cell
        for first, second in combinations(kept, 2)
        if first.column != second.column
        for cell in _cells(first, second, excess, searched, minimum)
    ]
    chosen: list[Pair] = []
    for cell in sorted(cells, key=lambda each: -each.z):
        if len(chosen) == most:
            break
        inside = cell.inside
        if not any(_alike(inside, each.inside) for each in chosen):
            chosen.append(Pair(_conditions(cell), inside))
    return tuple(chosen)


def _with_the_worst(
    partitions: Sequence[Partition], excess: Floats, searched: NDArray[np.bool_], minimum: int
) -> list[Partition]:
    scored: list[tuple[float, int]] = []
    for partition in partitions:
        _, z = _statistics(partition.codes[searched], len(partition.labels), excess, minimum)
        scored.append((-float(np.max(z, initial=-np.inf)), len(scored)))
    places = sorted(place for _, place in sorted(scored)[:_MOST_PARTITIONS])
    return [partitions[place] for place in places]


def _cells(
    first: Partition, second: Partition, excess: Floats, searched: NDArray[np.bool_], minimum: int
) -> Iterator[_Cell]:
    """Yield the cells of two partitions that are worse than the rows of either condition alone."""
    codes = _crossed(first, second)
    width, size = len(second.labels), len(first.labels) * len(second.labels)
    means, z = _statistics(codes[searched], size, excess, minimum)
    others = np.bincount(codes[~searched & (codes >= 0)], minlength=size)
    alone = [
        _statistics(each.codes[searched], len(each.labels), excess, minimum)[0] for each in (first, second)
    ]
    for code in np.flatnonzero((z > 0) & (others >= minimum)):
        if means[code] > max(alone[0][code // width], alone[1][code % width]):
            yield _Cell(first, second, int(code), float(z[code]))


def _statistics(codes: NDArray[np.int64], size: int, excess: Floats, minimum: int) -> tuple[Floats, Floats]:
    """Return the mean excess of each part, and its t-statistic: minus infinity where it is small."""
    known = codes >= 0
    counts = np.bincount(codes[known], minlength=size)
    sums = np.bincount(codes[known], weights=excess[known], minlength=size)
    squares = np.bincount(codes[known], weights=np.square(excess[known]), minlength=size)
    n = np.maximum(counts, 1)
    means = sums / n
    spread = np.sqrt(np.maximum(squares / n - np.square(means), 1e-300) / n)
    return means, np.where(counts >= minimum, means / spread, -np.inf)


def _crossed(first: Partition, second: Partition) -> NDArray[np.int64]:
    known = (first.codes >= 0) & (second.codes >= 0)
    return np.where(known, first.codes * len(second.labels) + second.codes, -1)


def _conditions(cell: _Cell) -> tuple[tuple[str, str], tuple[str, str]]:
    one, other = divmod(cell.code, len(cell.second.labels))
    return (cell.first.column, cell.first.labels[one]), (cell.second.column, cell.second.labels[other])


def _alike(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> bool:
    both = int((one & other).sum())
    return both > _ALIKE * min(int(one.sum()), int(other.sum()))
