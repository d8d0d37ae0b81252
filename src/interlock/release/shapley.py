"""Exact Shapley values of one row: what each feature adds to the score of trees, in numpy alone.

The value of a set of features is the mean of the trees over the training rows when only these features are
known, by the rows that training saw on each side of a split. A leaf's part of it is its value times a factor
for each feature on its path: 1 or 0 where the feature is known (does the row go this way?), the share of rows
that went this way where it is not. The Shapley value of such a product is the integral of a polynomial, which
Gauss' quadrature gives exactly, for all leaves at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["AT_MOST", "BELOW", "MEMBER", "Paths", "Trees"]

#: How a split decides, by ONNX's numbers: the first child takes a row whose value ...
AT_MOST = 0  # is at most the split's
BELOW = 1  # is below the split's
MEMBER = 6  # is in the split's set

_LEAST = 1e-100  # a share of no rows, so that nothing is divided by 0
_CELLS = 1 << 15  # what is computed at once stays in the cache


@dataclass(frozen=True, eq=False)
class Trees:
    """Trees whose leaves are added up.

    A node is a split (its place below) or, from `len(feature)` on, a leaf.

    Args:
        roots: int [trees]: the split where each tree begins.
        targets: int [trees]: the score that a tree adds to, where a leaf has one value.
        feature: int [splits]: the place of the feature that is looked at.
        comparison: int [splits]: `AT_MOST`, `BELOW` or `MEMBER`.
        split: float64 [splits]: what is compared with.
        missing: bool [splits]: whether NaN goes to the first child.
        children: int [splits, 2]: the nodes where the comparison holds, and where it does not.
        members: float64: the sets of all splits, one after the other.
        bounds: int [splits + 1]: where each split's set begins and ends in `members`.
        values: float64 [leaves, 1], or [leaves, width] where each leaf adds to every score.
        cover: float64 [splits + leaves]: the rows, or their weight, that training saw at each node.
    """

    roots: NDArray[np.int64]
    targets: NDArray[np.int64]
    feature: NDArray[np.int64]
    comparison: NDArray[np.uint8]
    split: NDArray[np.float64]
    missing: NDArray[np.bool_]
    children: NDArray[np.int64]
    members: NDArray[np.float64]
    bounds: NDArray[np.int64]
    values: NDArray[np.float64]
    cover: NDArray[np.float64]

    @property
    def steps(self) -> int:
        """How many splits stand above all leaves together: what laying them out takes, in memory and time."""
        total, depth, nodes = 0, 0, self.roots.astype(np.int64)
        while len(nodes):
            inner = nodes < len(self.feature)
            total += depth * int(np.count_nonzero(~inner))
            nodes, depth = self.children[nodes[inner]].ravel(), depth + 1
        return total


class _Steps(NamedTuple):
    """The splits above the leaves: `leaf` lies on the first `side` of `split`, or on the other."""

    leaf: NDArray[np.int64]
    split: NDArray[np.int64]
    side: NDArray[np.bool_]
    share: NDArray[np.float64]


class _Group(NamedTuple):
    """Leaves with the same number of features on their path.

    Args:
        entries: Where their entries stand.
        depth: How many features each leaf has; an entry array is then [depth, leaves].
        values: float64 [leaves].
    """

    entries: slice
    depth: int
    values: NDArray[np.float64]


class Paths:
    """The paths of all leaves of one score, laid out so that a few array operations explain a row.

    Each leaf has one entry for each feature on its path, however often the path splits on it.

    Args:
        trees: The trees.
        target: Which score.

    Source:
        Lundberg et al. (2020), Nature Machine Intelligence 2, "path-dependent" TreeSHAP, for the value of a
        set of features; Owen (1972), Management Science 18, for the Shapley value as an integral: of a
        polynomial of degree d - 1 where a path has d features, which ceil(d / 2) nodes of Gauss and Legendre
        give exactly.
    """

    def __init__(self, trees: Trees, target: int) -> None:
        values, leaves = _leaves(trees, target)
        steps = _steps(trees, leaves)
        self._lay_out(trees, steps, values)
        #: The mean score over the training rows, from which the Shapley values of a row lead to its score.
        self.base = float(values.sum())
        for group in self._groups:
            shares = self._share[group.entries].reshape(group.depth, -1)
            self.base += float((np.multiply.reduce(shares, axis=0) - 1) @ group.values)

    def __len__(self) -> int:
        return len(self._share)

    def attribute(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the Shapley value of each feature for one row.

        Args:
            features: float64 [p]; NaN where missing.

        Returns:
            float64 [p]; with `base` they add up to the score.
        """
        known = self._goes_this_way(features).astype(np.float64)
        parts = np.empty(len(self))
        for group in self._groups:
            _integrate(group, known, self._share, parts)
        return np.bincount(self._feature, parts, minlength=len(features)).astype(np.float64, copy=False)

    def _lay_out(self, trees: Trees, steps: _Steps, values: NDArray[np.float64]) -> None:
        """Merge the steps of one leaf on one feature to an entry, and order the entries by group."""
        feature = trees.feature[steps.split].astype(np.int64)
        order = np.lexsort((feature, steps.leaf))
        leaf, feature = steps.leaf[order], feature[order]
        begins = np.flatnonzero(np.diff(leaf, prepend=-1) | np.diff(feature, prepend=-1))
        entry_leaf = leaf[begins]
        depth = np.bincount(entry_leaf, minlength=len(values))
        first = np.cumsum(depth) - depth
        place = np.arange(len(begins)) - first[entry_leaf]
        entries = np.lexsort((entry_leaf, place, depth[entry_leaf]))
        counts = np.diff(begins, append=len(leaf))[entries]
        order = order[_ranges(begins[entries], counts)]
        starts = np.cumsum(counts) - counts
        self._feature = feature[begins][entries]
        self._share = np.multiply.reduceat(steps.share[order], starts) if len(starts) else np.empty(0)
        self._groups = _grouped(depth, values)
        self._read_conditions(trees, steps, order, starts)

    def _read_conditions(
        self, trees: Trees, steps: _Steps, order: NDArray[np.int64], starts: NDArray[np.int64]
    ) -> None:
        """Write each entry's comparisons as one interval, and keep the steps where sets are compared with."""
        split, side = steps.split[order], steps.side[order]
        edges = trees.split.astype(np.float64)
        below = trees.comparison == BELOW
        edges[below] = np.nextafter(edges[below], -np.inf)
        edge = edges[split]
        if not len(starts):
            starts = np.zeros(0, np.int64)
            self._high = self._low = np.empty(0)
            self._missing = np.empty(0, bool)
        else:
            self._high = np.minimum.reduceat(np.where(side, edge, np.inf), starts)
            self._low = np.fmax.reduceat(np.where(side, np.nan, edge), starts)  # NaN where there is none
            self._missing = np.logical_and.reduceat(trees.missing[split] == side, starts)
        entry = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(split)))
        with_set = np.zeros(len(starts), bool)
        with_set[entry[trees.comparison[split] == MEMBER]] = True
        chosen = with_set[entry]
        self._sets = _Sets(trees, entry[chosen], split[chosen], side[chosen])

    def _goes_this_way(self, features: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell of each entry whether the row's value leads on towards its leaf."""
        values = features[self._feature]
        known: NDArray[np.bool_] = ~(values <= self._low) & (values <= self._high)
        if np.isnan(features).any():
            np.copyto(known, self._missing, where=np.isnan(values))
        self._sets.decide(features, known)
        return known


class _Sets:
    """The entries on whose steps values are compared with sets."""

    def __init__(
        self, trees: Trees, entry: NDArray[np.int64], split: NDArray[np.int64], side: NDArray[np.bool_]
    ) -> None:
        self._entries, self._starts = np.unique(entry, return_index=True)
        self._splits, self._places = np.unique(split, return_inverse=True)
        self._side = side
        self._feature = trees.feature[self._splits].astype(np.int64)
        self._edge, self._kind = trees.split[self._splits], trees.comparison[self._splits]
        self._missing = trees.missing[self._splits].astype(bool)
        self._has: dict[tuple[int, float], NDArray[np.int64]] = {}
        self._index(trees)

    def _index(self, trees: Trees) -> None:
        """Remember which splits have a value of a feature in their set."""
        begins = trees.bounds[self._splits].astype(np.int64)
        counts = trees.bounds[self._splits + 1].astype(np.int64) - begins
        members = trees.members[_ranges(begins, counts)]
        owner = np.repeat(np.arange(len(counts)), counts)
        feature = self._feature[owner]
        order = np.lexsort((members, feature))
        feature, members, owner = feature[order], members[order], owner[order]
        cuts = np.flatnonzero((np.diff(feature) != 0) | (np.diff(members) != 0)) + 1
        for splits, at in zip(np.split(owner, cuts), (0, *cuts.tolist()), strict=True):
            if len(splits):
                self._has[int(feature[at]), float(members[at])] = splits
        self._features = np.unique(feature).tolist()

    def decide(self, features: NDArray[np.float64], known: NDArray[np.bool_]) -> None:
        """Write to `known` whether a row goes the way of these entries."""
        if not len(self._entries):
            return
        values = features[self._feature]
        first = np.where(self._kind == BELOW, values < self._edge, values <= self._edge)
        first &= self._kind != MEMBER
        for feature in self._features:
            splits = self._has.get((feature, float(features[feature])))
            if splits is not None:
                first[splits] = True
        first = np.where(np.isnan(values), self._missing, first)
        known[self._entries] = np.logical_and.reduceat(first[self._places] == self._side, self._starts)


def _leaves(trees: Trees, target: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the values of one score's leaves, and their nodes."""
    splits = len(trees.feature)
    nodes = np.arange(splits, splits + len(trees.values))
    if trees.values.shape[1] > 1:
        return trees.values[:, target].astype(np.float64), nodes
    chosen = trees.targets[_owners(trees)] == target
    return trees.values[chosen, 0].astype(np.float64), nodes[chosen]


def _owners(trees: Trees) -> NDArray[np.int64]:
    """Return the tree of each leaf."""
    splits = len(trees.feature)
    owner = np.empty(splits + len(trees.values), np.int64)
    nodes, of = trees.roots.astype(np.int64), np.arange(len(trees.roots))
    while len(nodes):
        owner[nodes] = of
        inner = nodes < splits
        nodes, of = trees.children[nodes[inner]].ravel(), np.repeat(of[inner], 2)
    return owner[splits:]


def _steps(trees: Trees, leaves: NDArray[np.int64]) -> _Steps:
    """Go up from all leaves at once."""
    splits = len(trees.feature)
    parent = np.full(splits + len(trees.values), -1)
    side = np.zeros(len(parent), bool)
    for place, is_first in ((0, True), (1, False)):
        parent[trees.children[:, place]] = np.arange(splits)
        side[trees.children[:, place]] = is_first
    same = trees.children[:, 0] == trees.children[:, 1]  # a tree of one leaf, written as a split
    parent[trees.children[same, 0]] = parent[np.flatnonzero(same)]
    side[trees.children[same, 0]] = side[np.flatnonzero(same)]
    which, at = np.arange(len(leaves)), leaves
    nothing = which[:0]
    found = [(nothing, nothing, side[:0], trees.cover[:0].astype(np.float64))]
    while len(at):
        above = parent[at]
        inside = above >= 0
        which, at, above = which[inside], at[inside], above[inside]
        whole, part = trees.cover[above].astype(np.float64), trees.cover[at].astype(np.float64)
        share = np.divide(part, whole, out=np.full(len(at), 0.5), where=whole > 0)
        found.append((which, above, side[at], np.maximum(share, _LEAST)))
        at = above
    return _Steps(*(np.concatenate(each) for each in zip(*found, strict=True)))


def _ranges(begins: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places begin, begin + 1, … of each range, one range after the other."""
    ends = np.cumsum(counts)
    return np.asarray(np.arange(counts.sum()) + np.repeat(begins - (ends - counts), counts), np.int64)


def _grouped(depth: NDArray[np.int64], values: NDArray[np.float64]) -> tuple[_Group, ...]:
    groups, at = [], 0
    for each in np.unique(depth[depth > 0]).tolist():
        chosen = values[depth == each]
        groups.append(_Group(slice(at, at + each * len(chosen)), each, chosen))
        at += each * len(chosen)
    return tuple(groups)


def _integrate(
    group: _Group, known: NDArray[np.float64], share: NDArray[np.float64], parts: NDArray[np.float64]
) -> None:
    """Write the Shapley value of each entry of a group to `parts`.

    The polynomial of a leaf is the product of t * known + (1 - t) * share over its features; that of a
    feature leaves its own factor out.
    """
    one, zero = (each[group.entries].reshape(group.depth, -1) for each in (known, share))
    out = parts[group.entries].reshape(group.depth, -1)
    nodes, weights = np.polynomial.legendre.leggauss((group.depth + 1) // 2)
    t, weights = (nodes + 1)[:, None, None] / 2, weights[:, None] / 2
    step = max(1, _CELLS // (len(nodes) * group.depth))
    for at in range(0, one.shape[1], step):
        here = (slice(None), slice(at, at + step))
        apart = one[here] - zero[here]
        factors = t * apart
        factors += zero[here]
        product = np.multiply.reduce(factors, axis=1) * weights
        np.divide(product[:, None], factors, out=factors)
        out[here] = factors.sum(axis=0) * apart * group.values[at : at + step]
