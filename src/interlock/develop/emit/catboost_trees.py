"""A CatBoost model as a `Forest` over numbers, codes and statistics of categories, read from its JSON.

Its trees are oblivious: all nodes of one level ask the same. They are written out as binary trees, since the
operator walks a tree in less time than comparing all its levels would take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.develop.emit.category_tables import CategoryTables, category_hashes, of_catboost_tables
from interlock.develop.emit.forest import AT_MOST, MEMBER, Forest

__all__ = ["of_catboost"]

_WORD = (1 << 64) - 1
_Question = tuple[int, int, float, bool]  # column, comparison, threshold or code, whether NaN is at most it


def of_catboost(
    model: Mapping[str, Any], *, numbers: int, sizes: Sequence[int], base: float = 0.0, scale: float = 1.0
) -> tuple[Forest, CategoryTables | None]:
    """Read the trees of a model.

    Args:
        model: CatBoost's JSON; its numbers come first, as float32, then its categories: codes, written as
            decimal numbers.
        numbers: How many numbers there are.
        sizes: How many codes each column of categories has.
        base: What is added to each score.
        scale: What the trees' sum is multiplied by.

    Returns:
        The trees, over the columns [numbers, codes, figures], and the tables that give the figures; None
        where no tree asks for any. The cover of a node is the weight of the rows that training saw there.

    Raises:
        GateError: Too many combinations of categories are possible.

    Source:
        CatBoost, `TObliviousTrees`, `CalcIndexes`.
    """
    trees = model["oblivious_trees"]
    own_scale, bias = model["scale_and_bias"]
    width = len(bias)
    floats = model["features_info"].get("float_features") or []
    first = _first_ctr(model)
    used = sorted({place for tree in trees for place in _ctrs(tree, first)})
    tables, columns = of_catboost_tables(model, used, numbers, sizes) if used else (None, {})
    shift = numbers + len(sizes)

    def question(split: Mapping[str, Any]) -> _Question:
        if split["split_type"] == "FloatFeature":
            column = split["float_feature_index"]
            return column, AT_MOST, split["border"], floats[column]["nan_value_treatment"] != "AsTrue"
        if split["split_type"] == "OneHotFeature":
            value = np.uint64(split["value"] & _WORD)
            code = float(np.flatnonzero(category_hashes() == value)[0])
            return numbers + split["cat_feature_index"], MEMBER, code, False
        return shift + columns[first[split["split_index"]]], AT_MOST, split["border"], True

    asked = [[question(split) for split in tree["splits"] or ()] for tree in trees]
    constant = np.zeros(width)
    for tree, questions in zip(trees, asked, strict=True):
        if not questions:
            constant += np.array(tree["leaf_values"][:width])
    bias = (np.array(bias, np.float64) + own_scale * constant) * scale + base
    grown = [(tree, questions) for tree, questions in zip(trees, asked, strict=True) if questions]
    return _forest(grown, width, np.asarray(bias), own_scale * scale), tables


def _first_ctr(model: Mapping[str, Any]) -> dict[int, int]:
    """Tell for each number of a split which statistic it asks for: numbers, then hits, then statistics."""
    information = model["features_info"]
    at = sum(len(each.get("borders") or ()) for each in information.get("float_features") or ())
    at += sum(len(each.get("values") or ()) for each in information.get("categorical_features") or ())
    places: dict[int, int] = {}
    for place, ctr in enumerate(information.get("ctrs") or ()):
        places.update(dict.fromkeys(range(at, at + len(ctr["borders"])), place))
        at += len(ctr["borders"])
    return places


def _ctrs(tree: Mapping[str, Any], first: Mapping[int, int]) -> list[int]:
    return [
        first[split["split_index"]] for split in tree["splits"] or () if split["split_type"] == "OnlineCtr"
    ]


def _forest(
    grown: Sequence[tuple[Mapping[str, Any], list[_Question]]],
    width: int,
    base: NDArray[np.float64],
    scale: float,
) -> Forest:
    depths = [len(questions) for _, questions in grown]
    roots = np.concatenate([[0], np.cumsum([2**depth - 1 for depth in depths])]).astype(np.int64)
    leaves = np.concatenate([[0], np.cumsum([2**depth for depth in depths])]).astype(np.int64)
    blocks, children, cover = [], [], []
    for (tree, questions), root, leaf in zip(grown, roots, leaves, strict=False):
        # The last question is asked first: it decides the highest bit of the leaf's number.
        levels = np.repeat(np.arange(len(questions)), 2 ** np.arange(len(questions)))
        block = np.array(questions[::-1], np.float64)[levels]
        blocks.append(block)
        children.append(_children(block[:, 1] == MEMBER, root, roots[-1] + leaf))
        cover.append(_cover(np.array(tree["leaf_weights"], np.float64)))
    every = np.concatenate([np.empty((0, 4)), *blocks])
    member = every[:, 1] == MEMBER
    values = [np.array(tree["leaf_values"], np.float64).reshape(-1, width) for tree, _ in grown]
    weights = [np.array(tree["leaf_weights"], np.float64) for tree, _ in grown]
    return Forest(
        roots=roots[:-1],
        feature=every[:, 0].astype(np.int64),
        comparison=every[:, 1].astype(np.uint8),
        split=np.where(member, 0.0, every[:, 2]),
        missing=every[:, 3] > 0,
        children=np.concatenate([np.empty((0, 2), np.int64), *children]),
        members=every[member, 2],
        bounds=np.concatenate([[0], np.cumsum(member)]).astype(np.int64),
        values=np.concatenate([np.empty((0, width)), *values]),
        cover=np.concatenate([np.empty(0), *cover, *weights]),
        targets=np.zeros(len(grown), np.int64),
        base=base,
        scale=scale,
    )


def _children(member: NDArray[np.bool_], root: int, leaf: int) -> NDArray[np.int64]:
    """Number the children of a full tree, level by level; below the last level the leaves follow."""
    splits = len(member)
    low = 2 * np.arange(splits) + 1
    places = np.stack([low, low + 1], axis=1)
    nodes = np.where(places < splits, root + places, leaf + places - splits)
    return np.where(member[:, None], nodes[:, ::-1], nodes)


def _cover(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each split covers, level by level."""
    levels = [weights]
    while len(levels[-1]) > 1:
        levels.append(levels[-1].reshape(-1, 2).sum(axis=1))
    return np.concatenate(levels[:0:-1])
