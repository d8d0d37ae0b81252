"""A graph in three: what stands before its trees, the trees, and what follows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.release.trees.graph import Graph, Node, extract, read
from interlock.release.trees.masks import MEMBER, Trees

__all__ = ["Ensemble", "Parted", "part"]

_LEARNING = "ai.onnx.ml"
_NO_SETS = np.empty(0)
_NESTED = {"If", "Loop", "Scan", "SequenceMap"}


class Ensemble(NamedTuple):
    """One TreeEnsemble of a graph.

    Args:
        trees: Its attributes.
        pieces: The tensors that stand side by side in what it looks at.
        output: The tensor of its scores.
    """

    trees: Trees
    pieces: tuple[str, ...]
    output: str


class Parted(NamedTuple):
    """A graph whose trees can be computed by somebody else.

    Args:
        ensembles: Its trees.
        of_strings: The pieces that depend on strings alone.
        of_others: All other pieces.
        before_strings: The file that computes `of_strings`; empty where there are none.
        before_others: The file that computes `of_others`; empty where there are none.
        after: The file that takes the ensembles' outputs, and perhaps inputs, and gives what was asked for.
    """

    ensembles: tuple[Ensemble, ...]
    of_strings: tuple[str, ...]
    of_others: tuple[str, ...]
    before_strings: bytes
    before_others: bytes
    after: bytes


def part(data: bytes, outputs: Collection[str]) -> Parted | None:
    """Part a model's graph around its trees.

    Args:
        data: The bytes of an ONNX file.
        outputs: The outputs that are wanted.

    Returns:
        The parts; None where there are no trees that add up their leaves, or a graph within the graph.

    Raises:
        ValueError: If it is no ONNX file.
    """
    graph = read(data)
    nodes = [node for node in graph.nodes if (node.operator, node.domain) == ("TreeEnsemble", _LEARNING)]
    if not nodes or any(node.operator in _NESTED for node in graph.nodes):
        return None
    made = {name: node for node in graph.nodes for name in node.outputs}
    ensembles = []
    for node in nodes:
        trees = _trees(node.attributes())
        if trees is None:
            return None
        ensembles.append(Ensemble(trees, _pieces(made, node.inputs[0]), node.outputs[0]))
    pieces = dict.fromkeys(piece for each in ensembles for piece in each.pieces)
    strings = tuple(each for each in pieces if _sources(graph, made, each) == {"strings"})
    others = tuple(each for each in pieces if each not in strings)
    return Parted(
        tuple(ensembles),
        strings,
        others,
        extract(graph, strings) if strings else b"",
        extract(graph, others) if others else b"",
        extract(graph, [*outputs], [each.output for each in ensembles]),
    )


def _pieces(made: Mapping[str, Node], tensor: str) -> tuple[str, ...]:
    node = made.get(tensor)
    if node is not None and node.operator == "Concat" and node.attributes()["axis"] in (1, -1):
        return node.inputs
    return (tensor,)


def _sources(graph: Graph, made: Mapping[str, Node], tensor: str) -> set[str]:
    """Return the inputs of the graph that a tensor depends on."""
    found, waiting, seen = set(), [tensor], set()
    while waiting:
        name = waiting.pop()
        if name in seen or name in graph.constants or not name:
            continue
        seen.add(name)
        if name in made:
            waiting += made[name].inputs
        else:
            found.add(name)
    return found


def _trees(told: Mapping[str, Any]) -> Trees | None:
    """Read a TreeEnsemble; None where it does anything but add up leaves in double precision."""
    tensors = [told.get(name) for name in ("nodes_splits", "nodes_modes", "leaf_weights")]
    plain = told.get("aggregate_function", 1) == 1 and told.get("post_transform", 0) == 0
    sets = told.get("membership_values", _NO_SETS)
    if not plain or "nodes_hitrates" in told or sets is None or any(each is None for each in tensors):
        return None
    split, mode, weight = (np.asarray(each) for each in tensors)
    if split.dtype != np.float64 or weight.dtype != np.float64:
        return None
    return Trees(
        told["tree_roots"],
        told["nodes_featureids"],
        mode,
        split,
        told.get("nodes_missing_value_tracks_true", np.zeros(len(split), np.int64)).astype(bool),
        np.stack([told["nodes_truenodeids"], told["nodes_falsenodeids"]], axis=1),
        np.stack([told["nodes_trueleafs"], told["nodes_falseleafs"]], axis=1).astype(bool),
        _members(mode, sets),
        told["leaf_targetids"],
        weight,
        told["n_targets"],
    )


def _members(mode: NDArray[np.uint8], values: NDArray[np.float64]) -> dict[int, NDArray[np.float64]]:
    """Part the sets, each of which ends with NaN, in the order of the splits that have one."""
    ends = np.flatnonzero(np.isnan(values))
    sets = np.split(values, ends + 1)
    return {int(split): each[:-1] for split, each in zip(np.flatnonzero(mode == MEMBER), sets, strict=False)}
