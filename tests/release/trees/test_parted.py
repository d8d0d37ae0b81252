from __future__ import annotations

import numpy as np
import pytest
from tests.fixtures_forest import TREES, booster
from tests.fixtures_release import contract, model

from interlock.develop.emit import Graph, of_lightgbm
from interlock.release import Release
from interlock.release.trees.parted import Parted, part


def parted(forest: Release) -> Parted:
    found = part(forest.model.data, ["prediction"])
    assert found is not None
    return found


def test_trees_are_those_of_the_booster(forest: Release) -> None:
    (ensemble,) = parted(forest).ensembles
    theirs = booster().trees_to_dataframe()
    leaves = theirs["split_feature"].isna()
    assert len(ensemble.trees.roots) == TREES
    assert len(ensemble.trees.feature) == int((~leaves).sum())
    assert np.sort(ensemble.trees.weight).tolist() == pytest.approx(np.sort(theirs["value"][leaves]))
    assert len(ensemble.trees.members) == int((theirs["decision_type"] == "==").sum()) > 0


def test_strings_are_told_from_the_rest(forest: Release) -> None:
    found = parted(forest)
    (ensemble,) = found.ensembles
    assert {*found.of_strings} | {*found.of_others} == {*ensemble.pieces}
    assert len(found.of_strings) == len(found.of_others) == 1


def test_a_model_without_trees_is_not_parted() -> None:
    assert part(model(contract("binary")), ["prediction"]) is None


def test_no_file_is_an_error() -> None:
    with pytest.raises(ValueError, match="field"):
        part(b"\x00 nonsense", ["prediction"])


def test_trees_that_do_something_else_than_add_up_are_not_parted() -> None:
    """As `onnx` writes it where it is told so: the largest leaf, or a probability, in the node itself."""
    import onnx

    graph = Graph(numbers=5, strings=0)
    score = of_lightgbm(booster().model_to_string()).emit(graph, graph.numbers)
    data = graph.build(score, width=1, metadata={})
    for name, value in (("aggregate_function", 3), ("post_transform", 2)):
        changed = onnx.load_from_string(data)
        (node,) = (each for each in changed.graph.node if each.op_type == "TreeEnsemble")
        for attribute in [each for each in node.attribute if each.name == name]:
            node.attribute.remove(attribute)
        node.attribute.append(onnx.helper.make_attribute(name, value))
        assert part(data, ["prediction"]) is not None
        assert part(changed.SerializeToString(), ["prediction"]) is None
