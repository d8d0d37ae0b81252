"""A LightGBM model as a `Forest`, read from its own text form.

Thresholds stay the doubles that LightGBM compares with; a float32 graph would send rows near a threshold to
the other side. Category splits become sets.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from interlock.develop.emit.forest import AT_MOST, MEMBER, Forest
from interlock.errors import GateError

__all__ = ["of_lightgbm"]

_ZERO = float(np.float32(1e-35))  # LightGBM's kZeroThreshold
_INFINITE = 1e300  # what LightGBM writes for infinity
_CATEGORICAL, _DEFAULT_LEFT = 1, 2  # bits of decision_type; the kind of missing values is in the next two
_ZEROS_MISSING, _NAN_MISSING = 1, 2


def of_lightgbm(text: str, *, base: NDArray[np.float64] | float = 0.0, scale: float = 1.0) -> Forest:
    """Read the trees of a model.

    Args:
        text: What `Booster.model_to_string()` returns.
        base: What is added to each score, float64 [width] or one number.
        scale: What the trees' sum is multiplied by.

    Returns:
        Its trees; the cover of a node is the rows that training saw there. Trees without a split are part
        of the base.

    Raises:
        GateError: The model treats zeros as missing, which Interlock never trains and does not emit.

    Source:
        LightGBM, `Tree::ToString`, `Tree::NumericalDecision` and `Tree::CategoricalDecision`.
    """
    header, *trees = text.split("\nend of trees", 1)[0].split("\nTree=")
    head = _fields(header)
    width = int(head["num_tree_per_iteration"])
    fields = [_fields(tree) for tree in trees]
    targets = np.arange(len(trees)) % width
    single = np.array([each["num_leaves"] == "1" for each in fields], bool)
    if "average_output" in header.splitlines():
        scale *= width / max(1, len(trees))
    sums = np.zeros(width)
    for place in np.flatnonzero(single):
        sums[targets[place]] += float(fields[place]["leaf_value"])
    return _forest(
        [each for each in fields if each["num_leaves"] != "1"], targets[~single], sums, base, scale
    )


def _forest(
    trees: Sequence[dict[str, str]],
    targets: NDArray[np.int64],
    sums: NDArray[np.float64],
    base: NDArray[np.float64] | float,
    scale: float,
) -> Forest:
    leaves = np.array([int(each["num_leaves"]) for each in trees], np.int64)
    first_split, first_leaf = _starts(leaves - 1), _starts(leaves)
    decision = _integers(trees, "decision_type")
    categorical = (decision & _CATEGORICAL) > 0
    threshold = _numbers(trees, "threshold")
    members, bounds = _members(trees, categorical, threshold)
    sides = [
        _children(_integers(trees, side), leaves, first_split, first_leaf)
        for side in ("left_child", "right_child")
    ]
    return Forest(
        roots=first_split[:-1],
        feature=_integers(trees, "split_feature"),
        comparison=np.where(categorical, MEMBER, AT_MOST).astype(np.uint8),
        split=np.where(categorical, 0.0, _thresholds(threshold)),
        missing=~categorical & _missing_goes_left(decision, threshold),
        children=np.stack(sides, axis=1),
        members=members,
        bounds=bounds,
        values=_numbers(trees, "leaf_value").reshape(-1, 1),
        cover=np.concatenate([_numbers(trees, "internal_count"), _numbers(trees, "leaf_count")]),
        targets=targets,
        base=sums * scale + base,
        scale=scale,
    )


def _fields(text: str) -> dict[str, str]:
    return {name: value for name, _, value in (line.partition("=") for line in text.splitlines())}


def _numbers(trees: Sequence[dict[str, str]], name: str) -> NDArray[np.float64]:
    return np.array(" ".join(each.get(name, "") for each in trees).split(), np.float64)


def _integers(trees: Sequence[dict[str, str]], name: str) -> NDArray[np.int64]:
    return np.array(" ".join(each.get(name, "") for each in trees).split(), np.int64)


def _starts(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _children(
    side: NDArray[np.int64],
    leaves: NDArray[np.int64],
    first_split: NDArray[np.int64],
    first_leaf: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Number nodes over all trees; within a tree LightGBM writes the leaf i as -1 - i."""
    tree = np.repeat(np.arange(len(leaves)), leaves - 1)
    return np.where(side >= 0, first_split[tree] + side, first_split[-1] + first_leaf[tree] - 1 - side)


def _missing_goes_left(decision: NDArray[np.int64], threshold: NDArray[np.float64]) -> NDArray[np.bool_]:
    """LightGBM reads NaN as 0 in a feature that had none in training, and as told where it had some."""
    kind = (decision >> 2) & 3
    if np.any((kind == _ZEROS_MISSING) & (decision & _CATEGORICAL == 0)):
        raise GateError(
            "a model that treats zeros as missing cannot be compiled",
            where="LightGBM",
            next_step="train without zero_as_missing",
        )
    return np.where(kind == _NAN_MISSING, (decision & _DEFAULT_LEFT) > 0, threshold >= 0)


def _thresholds(value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what LightGBM compares with in truth.

    It reads every number within 1e-35 of 0 as 0, so a threshold there moves to the edge; and it writes the
    infinite threshold, which parts missing from known numbers, as 1e300.
    """
    value = np.where(np.abs(value) >= _INFINITE, np.copysign(np.inf, value), value)
    edge = np.where(value >= 0, _ZERO, np.nextafter(-_ZERO, -np.inf))
    return np.where(np.abs(value) <= _ZERO, edge, value)


def _members(
    trees: Sequence[dict[str, str]], categorical: NDArray[np.bool_], threshold: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Read the sets: a categorical threshold is the place of a set of bits among those of its tree."""
    words = _integers(trees, "cat_threshold").astype("<u4")
    boundaries = [np.array(each.get("cat_boundaries", "0").split(), np.int64) for each in trees]
    first_word = _starts(np.array([each[-1] for each in boundaries], np.int64))
    tree = np.repeat(np.arange(len(trees)), [int(each["num_leaves"]) - 1 for each in trees])
    sets, sizes = [np.empty(0)], np.zeros(len(categorical), np.int64)
    for at in np.flatnonzero(categorical):
        low, high = first_word[tree[at]] + boundaries[tree[at]][int(threshold[at]) :][:2]
        found = np.flatnonzero(np.unpackbits(words[low:high].view(np.uint8), bitorder="little"))
        sets.append(found.astype(np.float64))
        sizes[at] = len(found)
    return np.concatenate(sets), _starts(sizes)
