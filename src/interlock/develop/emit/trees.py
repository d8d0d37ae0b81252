"""A LightGBM model as one TreeEnsemble node (ai.onnx.ml opset 5) in double precision.

Thresholds stay the doubles that LightGBM compares with; a float32 graph would send rows near a threshold to
the other side. Category splits become set membership.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from onnx import numpy_helper

from interlock.develop.emit.graph import Graph
from interlock.errors import GateError

__all__ = ["emit_trees"]

_AT_MOST = 0  # BRANCH_LEQ: to the true branch where x <= split
_ZERO = float(np.float32(1e-35))  # LightGBM's kZeroThreshold
_INFINITE = 1e300  # what LightGBM's JSON says for infinity
_MEMBER = 6  # BRANCH_MEMBER: to the true branch where x is in the node's set


@dataclass
class _Ensemble:
    """The parallel lists of the operator, filled tree by tree."""

    roots: list[int] = field(default_factory=list)
    features: list[int] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)
    splits: list[float] = field(default_factory=list)
    members: list[float] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    children: dict[bool, list[int]] = field(default_factory=lambda: {True: [], False: []})
    leaf_children: dict[bool, list[int]] = field(default_factory=lambda: {True: [], False: []})
    targets: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def leaf(self, value: float, target: int) -> int:
        self.weights.append(value)
        self.targets.append(target)
        return len(self.weights) - 1

    def split(self, node: Mapping[str, Any]) -> int:
        at = len(self.features)
        self.features.append(node["split_feature"])
        categorical = node["decision_type"] == "=="
        self.modes.append(_MEMBER if categorical else _AT_MOST)
        self.splits.append(0.0 if categorical else _threshold(node["threshold"]))
        self.missing.append(0 if categorical else _missing_goes_left(node))
        if categorical:
            self.members += [*map(float, node["threshold"].split("||")), np.nan]
        for side in (True, False):
            self.children[side].append(-1)
            self.leaf_children[side].append(-1)
        return at

    def connect(self, parent: int, side: bool, child: int, is_leaf: bool) -> None:
        self.children[side][parent] = child
        self.leaf_children[side][parent] = int(is_leaf)


def emit_trees(graph: Graph, features: str, model: Mapping[str, Any]) -> str:
    """Add a boosted ensemble's raw score.

    Args:
        graph: The graph to add to.
        features: Tensor double [n, p]: the matrix that LightGBM was given, in its order.
        model: What `Booster.dump_model()` returns.

    Returns:
        The tensor of raw scores, double [n, trees per iteration].

    Raises:
        GateError: The model treats zeros as missing, which Interlock never trains and does not emit.

    Source:
        ONNX, ai.onnx.ml TreeEnsemble version 5; LightGBM, `Tree::NumericalDecision`, `CategoricalDecision`.
    """
    ensemble = _Ensemble()
    width = model["num_tree_per_iteration"]
    for index, tree in enumerate(model["tree_info"]):
        _add_tree(ensemble, tree["tree_structure"], index % width)
    return graph.node("TreeEnsemble", features, domain="ai.onnx.ml", **_attributes(ensemble, width))


def _add_tree(ensemble: _Ensemble, root: Mapping[str, Any], target: int) -> None:
    ensemble.roots.append(len(ensemble.features))
    if "split_feature" not in root:
        _add_single_leaf(ensemble, root["leaf_value"], target)
        return
    waiting = [(ensemble.split(root), root)]
    while waiting:
        parent, node = waiting.pop()
        for side, child in _sides(node):
            if "split_feature" in child:
                at = ensemble.split(child)
                waiting.append((at, child))
                ensemble.connect(parent, side, at, is_leaf=False)
            else:
                ensemble.connect(parent, side, ensemble.leaf(child["leaf_value"], target), is_leaf=True)


def _add_single_leaf(ensemble: _Ensemble, value: float, target: int) -> None:
    """The operator has no tree without a split, so both ways lead to the same value."""
    at = ensemble.split(
        {
            "split_feature": 0,
            "decision_type": "<=",
            "threshold": 0.0,
            "missing_type": "NaN",
            "default_left": True,
        }
    )
    leaf = ensemble.leaf(value, target)
    for side in (True, False):
        ensemble.connect(at, side, leaf, is_leaf=True)


def _sides(node: Mapping[str, Any]) -> Iterator[tuple[bool, Mapping[str, Any]]]:
    yield True, node["left_child"]
    yield False, node["right_child"]


def _missing_goes_left(node: Mapping[str, Any]) -> int:
    """LightGBM reads NaN as 0 in a feature that had none in training, and as told where it had some."""
    kind = node["missing_type"]
    if kind == "Zero":
        raise GateError(
            "a model that treats zeros as missing cannot be compiled",
            where=f"feature {node['split_feature']}",
            next_step="train without zero_as_missing",
        )
    return int(node["default_left"] if kind == "NaN" else node["threshold"] >= 0)


def _threshold(value: float) -> float:
    """Return what LightGBM compares with in truth.

    It reads every number within 1e-35 of 0 as 0, so a threshold there moves to the edge; and it prints the
    infinite threshold, which parts missing from known numbers, as 1e300.
    """
    if abs(value) >= _INFINITE:
        return float(np.copysign(np.inf, value))
    if abs(value) > _ZERO:
        return value
    return _ZERO if value >= 0 else float(np.nextafter(-_ZERO, -np.inf))


def _attributes(ensemble: _Ensemble, width: int) -> dict[str, object]:
    members = {"membership_values": _doubles(ensemble.members)} if ensemble.members else {}
    return {
        "n_targets": width,
        "aggregate_function": 1,  # SUM
        "post_transform": 0,  # NONE
        "tree_roots": ensemble.roots,
        "nodes_featureids": ensemble.features,
        "nodes_modes": numpy_helper.from_array(np.array(ensemble.modes, np.uint8)),
        "nodes_splits": _doubles(ensemble.splits),
        "nodes_missing_value_tracks_true": ensemble.missing,
        "nodes_truenodeids": ensemble.children[True],
        "nodes_trueleafs": ensemble.leaf_children[True],
        "nodes_falsenodeids": ensemble.children[False],
        "nodes_falseleafs": ensemble.leaf_children[False],
        "leaf_targetids": ensemble.targets,
        "leaf_weights": _doubles(ensemble.weights),
        **members,
    }


def _doubles(values: list[float]) -> Any:
    return numpy_helper.from_array(np.array(values, np.float64))
