"""Trees for many rows at once: every column strikes out the leaves that it rules out.

A tree's leaves are bits, from the first child to the second. Each column's values fall into few bins, between
and on the values that some split compares with, and all values of a bin go the same way. So a table says for
each bin and tree which leaves are left, and a row's leaf is the only one left in all its columns' tables.

Source:
    The bits: C. Lucchese et al., "QuickScorer: a fast algorithm to rank documents with additive ensembles of
    regression trees", SIGIR 2015, https://doi.org/10.1145/2766462.2767733. The tables by bin are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["AT_MOST", "BELOW", "MEMBER", "Masks", "Trees", "masks"]

#: How a split decides, by ONNX's numbers.
AT_MOST, BELOW, MEMBER = 0, 1, 6

_MOST_LEAVES = 64  # the bits of the widest word
#: Beyond so many bytes of tables the processor's caches hold them no longer.
_MOST_BYTES = 64 << 20
#: Two columns share a table where it has at most so many rows: one look-up for two.
_MOST_PAIRED = 1024
_ROWS = 512  # at a time, so that what is worked on stays in the caches


class Trees(NamedTuple):
    """The attributes of a TreeEnsemble that adds up its leaves.

    Args:
        roots: int64 [trees]: the split where each tree begins.
        feature: int64 [splits]: the column that is looked at.
        mode: uint8 [splits]: `AT_MOST`, `BELOW` or `MEMBER`.
        split: float64 [splits]: what is compared with; for a set unused.
        missing: bool [splits]: whether NaN goes to the first child.
        children: int64 [splits, 2]: places of splits, or of leaves.
        is_leaf: bool [splits, 2]: which of the two.
        members: float64 arrays, a set for each split of mode `MEMBER`, by its place.
        target: int64 [leaves]: the score that a leaf adds to.
        weight: float64 [leaves].
        width: How many scores there are.
    """

    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    mode: NDArray[np.uint8]
    split: NDArray[np.float64]
    missing: NDArray[np.bool_]
    children: NDArray[np.int64]
    is_leaf: NDArray[np.bool_]
    members: dict[int, NDArray[np.float64]]
    target: NDArray[np.int64]
    weight: NDArray[np.float64]
    width: int


class _Column(NamedTuple):
    """One column's bins, on and between its points and one for NaN; and what each leaves of the trees.

    Args:
        points: float64, ascending: what splits compare with.
        rows: intp [2 * points + 2]: for each bin its row of the table.
        table: [rows, trees]: the leaves left, as bits.
        below: intp [points + 1]: the same for bins that a point shares with what lies below it; empty where
            some point does not.
    """

    points: NDArray[np.float64]
    rows: NDArray[np.intp]
    table: NDArray[Any]
    below: NDArray[np.intp]

    def look_up(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the row of the table for each value."""
        place = np.searchsorted(self.points, values)
        if len(self.below):
            rows = self.below[place]
        else:
            on = self.points[np.minimum(place, len(self.points) - 1)] == values
            rows = self.rows[2 * place + on]
        gaps = np.isnan(values)
        if gaps.any():
            rows[gaps] = self.rows[-1]
        return rows


@dataclass(frozen=True, eq=False)
class Masks:
    """Trees made ready; `masks` makes them.

    Args:
        columns: For each column that a split looks at, its bins.
        values: float64: a nought, then each tree's leaves, in the order of their bits.
        starts: [trees]: the place in `values` before each tree's first leaf.
        ends: For each score, where its trees end; those of one score stand together.
        word: The type of a mask.
    """

    columns: dict[int, _Column]
    values: NDArray[np.float64]
    starts: NDArray[Any]
    ends: tuple[int, ...]
    word: Any

    def left_by(self, matrix: NDArray[np.float64], first: int) -> NDArray[Any]:
        """Return the leaves that some columns together leave, for each row.

        Args:
            matrix: float64 [n, p].
            first: The number of its first column.

        Returns:
            [n, trees] masks.
        """
        left = np.full((len(matrix), len(self.starts)), -1, np.int64).astype(self.word)
        for place in range(matrix.shape[1]):
            column = self.columns.get(first + place)
            if column is not None:
                left &= column.table[column.look_up(matrix[:, place])]
        return left

    def score(
        self, tables: Sequence[NDArray[Any]], rows: Sequence[NDArray[np.intp]], count: int
    ) -> NDArray[np.float64]:
        """Add up each row's leaves, tree after tree.

        Args:
            tables: Masks, [.., trees] each.
            rows: For each table the row of it that each row of the batch takes, [n].
            count: How many rows there are.

        Returns:
            float64 [n, scores], to the bit what adding them one after the other gives.
        """
        total = np.zeros((count, len(self.ends)))
        left, other = np.empty((2, min(count, _ROWS), len(self.starts)), self.word)
        for at in range(0, count, _ROWS):
            end = min(at + _ROWS, count)
            one, two = left[: end - at], other[: end - at]
            tables[0].take(rows[0][at:end], axis=0, out=one, mode="clip")
            for table, row in zip(tables[1:], rows[1:], strict=True):
                table.take(row[at:end], axis=0, out=two, mode="clip")
                np.bitwise_and(one, two, out=one)
            self._add(one, two, total[at:end])
        return total

    def _add(self, left: NDArray[Any], free: NDArray[Any], total: NDArray[np.float64]) -> None:
        """Add the lowest leaf that is left of each tree to each row's scores; `free` may be written over."""
        np.subtract(left, self.word(1), out=free)
        np.bitwise_xor(left, free, out=free)  # ones up to the lowest one
        places = np.add(np.bitwise_count(free), self.starts)
        values = self.values.take(
            places.T.astype(np.intp, order="C"), mode="clip"
        )  # [trees, n]: added in order
        start = 0
        for score, end in enumerate(self.ends):
            total[:, score] = _sum(values[start:end])
            start = end

    def lookups(self, columns: Sequence[int]) -> list[tuple[tuple[int, ...], NDArray[Any]]]:
        """Return tables for some columns, small ones paired.

        Args:
            columns: Their numbers; those that no split looks at are passed over.

        Returns:
            For each table its one or two columns, and its masks.
        """
        sizes = sorted((len(self.columns[each].table), each) for each in columns if each in self.columns)
        found: list[tuple[tuple[int, ...], NDArray[Any]]] = []
        while sizes:
            size, column = sizes.pop()
            mate = next((one for one in reversed(sizes) if one[0] * size <= _MOST_PAIRED), None)
            table = self.columns[column].table
            if mate is None:
                found.append(((column,), table))
                continue
            sizes.remove(mate)
            paired = table[:, None] & self.columns[mate[1]].table[None]
            found.append(((column, mate[1]), paired.reshape(-1, table.shape[1])))
        return found

    def places(self, columns: tuple[int, ...], values: Sequence[NDArray[np.float64]]) -> NDArray[np.intp]:
        """Return the rows of the table of one column, or of two."""
        rows = self.columns[columns[0]].look_up(values[0])
        if len(columns) == 1:
            return rows
        second = self.columns[columns[1]]
        return rows * len(second.table) + second.look_up(values[1])


def masks(trees: Trees) -> Masks | None:
    """Make trees ready.

    Args:
        trees: As the graph holds them.

    Returns:
        None where they are of another kind: more than 64 leaves, leaves of one tree that add to several
        scores, other comparisons, or tables that no cache would hold.
    """
    leaves = [_leaves(trees, root) for root in trees.roots.tolist()]
    known = np.isin(trees.mode, (AT_MOST, BELOW, MEMBER)).all()
    most = max((len(each.order) for each in leaves), default=0)
    if not known or not 0 < most <= _MOST_LEAVES:
        return None
    targets = [np.unique(trees.target[each.order]) for each in leaves]
    if any(len(each) != 1 for each in targets):
        return None
    order = sorted(range(len(leaves)), key=lambda tree: int(targets[tree][0]))  # stable
    word = np.uint32 if most <= 32 else np.uint64
    bins = 2 * len(np.unique(np.stack([trees.feature, trees.split], axis=1), axis=0))
    bins += 2 * sum(map(len, trees.members.values()))
    if bins * len(leaves) * word().itemsize > _MOST_BYTES:
        return None
    values = np.zeros(1 + len(leaves) * most)  # the first one is nobody's, so that places count from 1
    owner = np.zeros(len(trees.feature), np.intp)
    left = np.zeros((len(trees.feature), 2), word)
    for place, tree in enumerate(order):
        found = leaves[tree]
        values[1 + place * most :][: len(found.order)] = trees.weight[found.order]
        for split, begin, middle, end in found.splits:
            owner[split] = place
            left[split] = ~_ones(middle, end, word), ~_ones(begin, middle, word)
    last = [int(targets[tree][0]) for tree in order]
    return Masks(
        {each: _column(trees, each, owner, left, len(leaves)) for each in np.unique(trees.feature).tolist()},
        values,
        (np.arange(len(leaves)) * most).astype(np.uint16 if len(values) < 1 << 16 else np.int64),
        tuple(int(np.searchsorted(last, score, side="right")) for score in range(trees.width)),
        word,
    )


def _sum(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add rows up, one after the other; of a single column numpy would add pairs first."""
    alone = values.shape[1] == 1 and len(values) > 0
    found: NDArray[np.float64] = np.add.accumulate(values)[-1] if alone else np.add.reduce(values, axis=0)
    return found


class _Leaves(NamedTuple):
    """A tree's leaves in the order of their bits; where the bits of each split's children begin and end."""

    order: list[int]
    splits: list[tuple[int, int, int, int]]


def _leaves(trees: Trees, root: int) -> _Leaves:
    order: list[int] = []
    splits: list[tuple[int, int, int, int]] = []

    def visit(split: int) -> None:
        begin = len(order)
        for side in (0, 1):
            middle = len(order)
            child = int(trees.children[split, side])
            order.append(child) if trees.is_leaf[split, side] else visit(child)
        splits.append((split, begin, middle, len(order)))

    visit(root)
    return _Leaves(order, splits)


def _ones(start: int, end: int, word: Any) -> Any:
    return word(((1 << end) - 1) ^ ((1 << start) - 1))


def _column(trees: Trees, column: int, owner: NDArray[np.intp], left: NDArray[Any], count: int) -> _Column:
    splits = np.flatnonzero(trees.feature == column).tolist()
    sets = [trees.members[each] for each in splits if trees.mode[each] == MEMBER]
    compared = [float(trees.split[each]) for each in splits if trees.mode[each] != MEMBER]
    points = np.unique(np.concatenate([np.array(compared), *sets]))
    bins = np.arange(2 * len(points) + 2)
    table = np.full((len(bins), count), -1, np.int64).astype(left.dtype)
    for split, owned, masks_of, gap in zip(
        splits, owner[splits].tolist(), left[splits], trees.missing[splits].tolist(), strict=True
    ):
        tree, (first, second) = table[:, owned], masks_of
        if trees.mode[split] == MEMBER:
            tree[:-1] &= np.where(_are_members(trees.members[split], points), first, second)
        else:
            end = _end(trees, split, points)
            tree[:end] &= first
            tree[end:-1] &= second
        tree[-1] &= first if gap else second
    places: dict[bytes, int] = {}
    rows = np.array([places.setdefault(row.tobytes(), len(places)) for row in table], np.intp)
    distinct = np.frombuffer(b"".join(places), table.dtype).reshape(-1, count)
    below = rows[:-1:2]
    shared = np.array_equal(below[:-1], rows[1:-1:2])
    return _Column(points, rows, distinct, below.copy() if shared else below[:0])


def _are_members(members: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which bins are in a set: bin 2k + 1 is point k, bin 2k lies below it."""
    found = np.zeros(2 * len(points) + 1, bool)
    found[2 * np.searchsorted(points, members) + 1] = True
    return found


def _end(trees: Trees, split: int, points: NDArray[np.float64]) -> int:
    """Return where the bins end that go to the first child of a comparison."""
    on = 2 * int(points.searchsorted(trees.split[split])) + 1
    return on + 1 if trees.mode[split] == AT_MOST else on
