"""An XGBoost model as a `Forest`, read from its own JSON.

XGBoost reads its features as float32 and goes left below a split, so the matrix must be made of float32
numbers. Its leaves are float32, and are added up here in double.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.develop.emit.forest import AT_MOST, BELOW, MEMBER, Forest

__all__ = ["LARGEST", "of_xgboost"]

#: The largest finite float32; XGBoost refuses what is beyond.
LARGEST = float(np.finfo(np.float32).max)


def of_xgboost(
    trees: Sequence[dict[str, Any]],
    targets: Sequence[int],
    base: NDArray[np.float64],
    *,
    scale: float = 1.0,
) -> Forest:
    """Read the trees of a model.

    Args:
        trees: `learner.gradient_booster.model.trees` of the JSON model.
        targets: `tree_info` beside them: the score that each tree adds to.
        base: float64 [width]: what is added to each score.
        scale: What the trees' sum is multiplied by.

    Returns:
        Its trees; the cover of a node is the sum of second derivatives there. Trees without a split are part
        of the base. Numbers beyond float32 may come as infinite, and go where the largest float32 goes.

    Source:
        XGBoost, `RegTree::GetNext`, `common::Decision`.
    """
    owner = np.asarray(targets, np.int64)
    single = np.array([len(tree["left_children"]) == 1 for tree in trees], bool)
    base = base.astype(np.float64)
    for place in np.flatnonzero(single).tolist():
        base[owner[place]] += scale * np.float32(trees[place]["split_conditions"][0])
    return _forest([tree for tree in trees if len(tree["left_children"]) > 1], owner[~single], base, scale)


def _forest(
    trees: Sequence[dict[str, Any]], targets: NDArray[np.int64], base: NDArray[np.float64], scale: float
) -> Forest:
    sizes = np.array([len(tree["left_children"]) for tree in trees], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    left, right = _joined(trees, "left_children"), _joined(trees, "right_children")
    splits, leaves = np.flatnonzero(left >= 0), np.flatnonzero(left < 0)
    place = np.empty(len(left), np.int64)
    place[splits], place[leaves] = np.arange(len(splits)), len(splits) + np.arange(len(leaves))
    start = np.repeat(starts[:-1], sizes)[splits]
    sides = np.stack([place[start + left[splits]], place[start + right[splits]]], axis=1)
    value = _joined(trees, "split_conditions", np.float32).astype(np.float64)
    categorical = _joined(trees, "split_type")[splits] > 0
    to_left = _joined(trees, "default_left")[splits] > 0
    members, bounds = _members(trees, starts, place, len(splits))
    hessian = _joined(trees, "sum_hessian", np.float64)
    threshold = value[splits]
    comparison = np.select([categorical, np.isposinf(threshold)], [MEMBER, AT_MOST], BELOW)
    return Forest(
        roots=place[starts[:-1]],
        feature=_joined(trees, "split_indices")[splits],
        comparison=comparison.astype(np.uint8),
        split=np.where(categorical, 0.0, np.where(threshold <= -LARGEST, -np.inf, threshold)),
        missing=to_left ^ categorical,  # what is in the set goes right
        children=np.where(categorical[:, None], sides[:, ::-1], sides),
        members=members,
        bounds=bounds,
        values=value[leaves][:, None],
        cover=np.concatenate([hessian[splits], hessian[leaves]]),
        targets=targets,
        base=base,
        scale=scale,
    )


def _joined(trees: Sequence[dict[str, Any]], name: str, kind: Any = np.int64) -> NDArray[Any]:
    return np.concatenate([np.empty(0, kind), *(np.array(tree[name], kind) for tree in trees)])


def _members(
    trees: Sequence[dict[str, Any]], starts: NDArray[np.int64], place: NDArray[np.int64], splits: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    sets: dict[int, list[int]] = {}
    for tree, start in zip(trees, starts, strict=False):
        for node, low, size in zip(
            tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True
        ):
            sets[int(place[start + node])] = tree["categories"][low : low + size]
    sizes = np.zeros(splits, np.int64)
    for at, found in sets.items():
        sizes[at] = len(found)
    members = [each for at in sorted(sets) for each in sets[at]]
    return np.array(members, np.float64), np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
