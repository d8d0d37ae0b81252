"""A graph in three: what stands before its trees, the trees, and what follows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from interlock.deploy.scoring.masks import MEMBER, Trees

__all__ = ["Ensemble", "Parted", "extract", "part"]

_LEARNING = "ai.onnx.ml"
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
    """
    model = onnx.load_from_string(data)
    nodes = [node for node in model.graph.node if node.op_type == "TreeEnsemble" and node.domain == _LEARNING]
    nested = any(node.op_type in _NESTED for node in model.graph.node)
    trees = [_trees(node) for node in nodes]
    if nested or not nodes or any(each is None for each in trees):
        return None
    made = {name: node for node in model.graph.node for name in node.output}
    constants = {each.name for each in model.graph.initializer}
    ensembles = tuple(
        Ensemble(each, _pieces(made, node.input[0]), node.output[0])
        for node, each in zip(nodes, trees, strict=True)
        if each is not None
    )
    pieces = dict.fromkeys(piece for each in ensembles for piece in each.pieces)
    strings = tuple(each for each in pieces if _sources(made, constants, each) == {"strings"})
    others = tuple(each for each in pieces if each not in strings)
    after = [each.output for each in ensembles]
    return Parted(
        ensembles,
        strings,
        others,
        extract(model, strings) if strings else b"",
        extract(model, others) if others else b"",
        extract(model, outputs, after),
    )


def extract(model: Any, outputs: Iterable[str], given: Collection[str] = ()) -> bytes:
    """Return a file with the nodes that lead to some tensors, which it gives as `out_0`, `out_1`, ...

    Args:
        model: An ONNX model.
        outputs: Tensors of doubles.
        given: Tensors of doubles that become inputs: what leads to them is left out.
    """
    graph = model.graph
    inputs = {each.name: each for each in graph.input}
    nodes, needed = [], set(outputs)
    for node in reversed(graph.node):
        if needed.intersection(node.output) - set(given):
            nodes.append(node)
            needed.update(node.input)
    ends = [helper.make_node("Identity", [name], [f"out_{place}"]) for place, name in enumerate(outputs)]
    takes = [each for name, each in inputs.items() if name in needed]
    takes += [helper.make_tensor_value_info(name, TensorProto.DOUBLE, None) for name in given]
    gives = [helper.make_tensor_value_info(end.output[0], TensorProto.DOUBLE, None) for end in ends]
    kept = [each for each in graph.initializer if each.name in needed]
    made = helper.make_graph([*reversed(nodes), *ends], "part", takes, gives, kept)
    part_of = helper.make_model(made, opset_imports=model.opset_import, ir_version=model.ir_version)
    return bytes(part_of.SerializeToString())


def _pieces(made: dict[str, Any], tensor: str) -> tuple[str, ...]:
    node = made.get(tensor)
    if node is not None and node.op_type == "Concat" and _attributes(node)["axis"] in (1, -1):
        return tuple(node.input)
    return (tensor,)


def _sources(made: dict[str, Any], constants: set[str], tensor: str) -> set[str]:
    """Return the inputs of the graph that a tensor depends on."""
    found, waiting, seen = set(), [tensor], set()
    while waiting:
        name = waiting.pop()
        if name in seen or name in constants or not name:
            continue
        seen.add(name)
        if name in made:
            waiting += made[name].input
        else:
            found.add(name)
    return found


def _attributes(node: Any) -> dict[str, Any]:
    return {each.name: helper.get_attribute_value(each) for each in node.attribute}


def _trees(node: Any) -> Trees | None:
    """Read a TreeEnsemble; None where it does anything but add up leaves in double precision."""
    told = _attributes(node)
    tensors = {name: numpy_helper.to_array(each) for name, each in told.items() if hasattr(each, "data_type")}
    splits = len(told["nodes_featureids"])
    plain = told.get("aggregate_function", 1) == 1 and told.get("post_transform", 0) == 0
    if not plain or tensors["nodes_splits"].dtype != np.float64 or "nodes_hitrates" in told:
        return None
    mode = tensors["nodes_modes"]
    return Trees(
        np.array(told["tree_roots"], np.int64),
        np.array(told["nodes_featureids"], np.int64),
        mode,
        tensors["nodes_splits"],
        np.array(told.get("nodes_missing_value_tracks_true") or [0] * splits, bool),
        np.stack([told["nodes_truenodeids"], told["nodes_falsenodeids"]], axis=1).astype(np.int64),
        np.stack([told["nodes_trueleafs"], told["nodes_falseleafs"]], axis=1).astype(bool),
        _members(mode, tensors.get("membership_values")),
        np.array(told["leaf_targetids"], np.int64),
        tensors["leaf_weights"],
        int(told["n_targets"]),
    )


def _members(mode: NDArray[np.uint8], values: NDArray[np.float64] | None) -> dict[int, NDArray[np.float64]]:
    """Part the sets, each of which ends with NaN, in the order of the splits that have one."""
    if values is None:
        return {}
    ends = np.flatnonzero(np.isnan(values))
    sets = np.split(values, ends + 1)
    return {int(split): each[:-1] for split, each in zip(np.flatnonzero(mode == MEMBER), sets, strict=False)}
