"""Many trees as one value, from whatever library, and as one TreeEnsemble node in double precision.

The splits of all trees stand in one array and their leaves in another, so that thousands of trees are read,
explained and emitted by a few array operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import numpy_helper

from interlock.develop.emit.graph import Graph

__all__ = ["AT_MOST", "BELOW", "MEMBER", "Forest"]

#: How a split decides, by ONNX's numbers: the first child takes a row whose value ...
AT_MOST = 0  # is at most the split's
BELOW = 1  # is below the split's
MEMBER = 6  # is in the split's set

_CELLS = 4_000_000


@dataclass(frozen=True, eq=False)
class Forest:
    """Trees whose leaves are added up: score = base + scale * the sum of a row's leaves.

    A node is a split (its place below) or, from `len(feature)` on, a leaf. Every tree has a split at least.

    Args:
        roots: int64 [trees]: the split where each tree begins.
        feature: int64 [splits]: the column of the matrix that is looked at.
        comparison: uint8 [splits]: `AT_MOST`, `BELOW` or `MEMBER`.
        split: float64 [splits]: what is compared with; 0 for a set.
        missing: bool [splits]: whether NaN goes to the first child.
        children: int64 [splits, 2]: the nodes where the comparison holds, and where it does not.
        members: float64: the sets of all splits, one after the other.
        bounds: int64 [splits + 1]: where each split's set begins and ends in `members`.
        values: float64 [leaves, 1], or [leaves, width] where each leaf adds to every score.
        cover: float64 [splits + leaves]: the rows, or their weight, that training saw at each node.
        targets: int64 [trees]: the score that a tree adds to, where a leaf has one value.
        base: float64 [width]: what is added to each score.
        scale: What the sum is multiplied by.
    """

    roots: NDArray[np.int64]
    feature: NDArray[np.int64]
    comparison: NDArray[np.uint8]
    split: NDArray[np.float64]
    missing: NDArray[np.bool_]
    children: NDArray[np.int64]
    members: NDArray[np.float64]
    bounds: NDArray[np.int64]
    values: NDArray[np.float64]
    cover: NDArray[np.float64]
    targets: NDArray[np.int64]
    base: NDArray[np.float64]
    scale: float = 1.0

    def __len__(self) -> int:
        return len(self.roots)

    @property
    def width(self) -> int:
        """How many scores there are."""
        return len(self.base)

    def leaves(self, matrix: NDArray[np.float64]) -> NDArray[np.int64]:
        """Lead every row through every tree.

        Args:
            matrix: float64 [n, p]; NaN where missing.

        Returns:
            int64 [n, trees]: the row of `values` that each tree gives.
        """
        step = max(1, _CELLS // max(1, len(self)))
        blocks = [self._walk(matrix[at : at + step]) for at in range(0, len(matrix), step)]
        return np.concatenate([*blocks, np.empty((0, len(self)), np.int64)]) - len(self.feature)

    def score(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """Score rows in numpy.

        Args:
            matrix: float64 [n, p]; NaN where missing.

        Returns:
            float64 [n, width].
        """
        total = np.zeros((len(matrix), self.width))
        for tree, leaves in enumerate(self.leaves(matrix).T):
            if self.values.shape[1] > 1:
                total += self.values[leaves]
            else:
                total[:, self.targets[tree]] += self.values[leaves, 0]
        return np.asarray(total * self.scale + self.base)

    def _walk(self, matrix: NDArray[np.float64]) -> NDArray[np.int64]:
        at = np.tile(self.roots, (len(matrix), 1))
        rows, trees = np.nonzero(at < len(self.feature))
        while len(rows):
            here = at[rows, trees]
            first = self._first(matrix[rows, self.feature[here]], here)
            at[rows, trees] = self.children[here, np.where(first, 0, 1)]
            further = at[rows, trees] < len(self.feature)
            rows, trees = rows[further], trees[further]
        return at

    def _first(self, value: NDArray[np.float64], splits: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which values go to the first child of their split."""
        kind = self.comparison[splits]
        first = np.where(kind == BELOW, value < self.split[splits], value <= self.split[splits])
        for at in np.unique(splits[kind == MEMBER]):
            inside = np.isin(value, self.members[self.bounds[at] : self.bounds[at + 1]])
            first = np.where(splits == at, inside, first)
        return np.where(np.isnan(value), self.missing[splits], first)

    def emit(self, graph: Graph, features: str) -> str:
        """Add the trees to a graph.

        Args:
            graph: The graph to add to.
            features: Tensor double [n, p]: the matrix.

        Returns:
            The tensor of scores, double [n, width].

        Source:
            ONNX, ai.onnx.ml TreeEnsemble version 5.
        """
        if not len(self):
            rows = graph.node("Shape", features, start=0, end=1)
            shape = graph.node("Concat", rows, graph.constant(np.array([self.width], np.int64)), axis=0)
            return graph.node("Expand", graph.constant(self.base[None]), shape)
        several = self.values.shape[1] > 1
        score = self._emit_several(graph, features) if several else self._emit_sums(graph, features)
        if self.scale != 1:
            score = graph.node("Mul", score, graph.constant(np.array(self.scale)))
        return graph.node("Add", score, graph.constant(self.base[None])) if self.base.any() else score

    def _emit_sums(self, graph: Graph, features: str) -> str:
        return self._emit_trees(graph, features, self.values[:, 0], self.targets, self.width)

    def _emit_several(self, graph: Graph, features: str) -> str:
        """Let the trees say which leaf it is, and add up the leaves' rows of one table.

        The operator gives a leaf one value, so trees would have to be repeated for each score.
        """
        names = np.arange(len(self.values), dtype=np.float64)
        leaves = self._emit_trees(graph, features, names, np.arange(len(self)), len(self))
        rows = graph.node("Gather", graph.constant(self.values), graph.node("Cast", leaves, to=graph.INT64))
        return graph.node("ReduceSum", rows, graph.constant(np.array([1], np.int64)), keepdims=0)

    def _emit_trees(
        self,
        graph: Graph,
        features: str,
        values: NDArray[np.float64],
        targets: NDArray[np.int64],
        width: int,
    ) -> str:
        splits = len(self.feature)
        is_leaf = self.children >= splits
        places = self.children - splits * is_leaf
        return graph.node(
            "TreeEnsemble",
            features,
            domain="ai.onnx.ml",
            n_targets=width,
            aggregate_function=1,  # SUM
            post_transform=0,  # NONE
            tree_roots=self.roots.tolist(),
            nodes_featureids=self.feature.tolist(),
            nodes_modes=numpy_helper.from_array(self.comparison),
            nodes_splits=numpy_helper.from_array(self.split),
            nodes_missing_value_tracks_true=self.missing.astype(np.int64).tolist(),
            nodes_truenodeids=places[:, 0].tolist(),
            nodes_trueleafs=is_leaf[:, 0].astype(np.int64).tolist(),
            nodes_falsenodeids=places[:, 1].tolist(),
            nodes_falseleafs=is_leaf[:, 1].astype(np.int64).tolist(),
            leaf_targetids=targets[self.trees_of_leaves()].tolist(),
            leaf_weights=numpy_helper.from_array(values),
            **self._sets(),
        )

    def trees_of_leaves(self) -> NDArray[np.int64]:
        """Return the tree that each leaf belongs to, int64 [leaves]."""
        owner = np.empty(len(self.cover), np.int64)
        nodes, trees = self.roots, np.arange(len(self))
        while len(nodes):
            owner[nodes] = trees
            inner = nodes < len(self.feature)
            nodes, trees = self.children[nodes[inner]].ravel(), np.repeat(trees[inner], 2)
        return owner[len(self.feature) :]

    def _sets(self) -> dict[str, Any]:
        """Return the sets as the operator takes them: each ends with NaN."""
        if not len(self.members):
            return {}
        ends = self.bounds[1:][self.comparison == MEMBER]
        return {"membership_values": numpy_helper.from_array(np.insert(self.members, ends, np.nan))}
