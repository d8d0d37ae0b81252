"""What is read and written without `onnx`, against `onnx`."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from interlock.release import Release
from interlock.release.trees.graph import extract, integers, read
from interlock.release.wire import varint


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_integers_come_back(values: list[int]) -> None:
    data = b"".join(varint(value % (1 << 64)) for value in values)
    assert integers(data).tolist() == values


@given(
    integer=st.integers(-(2**63), 2**63 - 1),
    several=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=50),
    numbers=st.lists(st.floats(allow_nan=False), max_size=9),
)
def test_attributes_are_what_onnx_reads(integer: int, several: list[int], numbers: list[float]) -> None:
    tensor = numpy_helper.from_array(np.array(numbers, np.float64))
    written = helper.make_node(
        "Any", ["a", ""], ["c"], domain="d", one=integer, many=several, tensor=tensor, text="x", real=0.5
    )
    graph = helper.make_graph([written], "g", [], [])
    (node,) = read(helper.make_model(graph).SerializeToString()).nodes
    assert (node.operator, node.domain, node.inputs, node.outputs) == ("Any", "d", ("a", ""), ("c",))
    found = node.attributes()
    assert found["one"] == integer
    assert found["many"].tolist() == several
    assert found["tensor"].tolist() == numbers


def test_numbers_that_do_not_stand_there_as_bytes_are_none() -> None:
    tensor = helper.make_tensor("t", TensorProto.DOUBLE, [2], [0.5, 1.5])
    node = helper.make_node("Constant", [], ["c"], value=tensor)
    (read_node,) = read(helper.make_model(helper.make_graph([node], "g", [], [])).SerializeToString()).nodes
    assert read_node.attributes()["value"] is None


def test_every_node_of_a_forest_is_read_as_onnx_reads_it(forest: Release) -> None:
    data = forest.model.data
    graph, theirs = read(data), onnx.load_from_string(data).graph
    assert len(graph.nodes) == len(theirs.node) > 3
    for node, other in zip(graph.nodes, theirs.node, strict=True):
        assert (node.operator, node.inputs, node.outputs) == (
            other.op_type,
            tuple(other.input),
            tuple(other.output),
        )
        ours = node.attributes()
        for attribute in other.attribute:
            value = helper.get_attribute_value(attribute)
            if attribute.type == onnx.AttributeProto.TENSOR:
                np.testing.assert_array_equal(ours[attribute.name], numpy_helper.to_array(value))
            elif attribute.type in (onnx.AttributeProto.INT, onnx.AttributeProto.INTS):
                np.testing.assert_array_equal(ours[attribute.name], value)


def test_a_part_is_a_model_that_gives_what_the_whole_gives(forest: Release) -> None:
    data = forest.model.data
    graph = read(data)
    (trees,) = (node for node in graph.nodes if node.operator == "TreeEnsemble")
    before = extract(graph, [trees.inputs[0]])
    score = extract(graph, [trees.outputs[0]])
    after = extract(graph, ["prediction"], [trees.outputs[0]])
    feed = {"numbers": np.array([[1.0, np.nan, 3.0, 4.0]]), "strings": np.array([["UA"]], object)}
    (scores,) = onnxruntime.InferenceSession(score).run(None, feed)
    (end,) = onnxruntime.InferenceSession(after).run(None, {trees.outputs[0]: scores})
    np.testing.assert_array_equal(end, forest.model.predict(feed["numbers"], feed["strings"]))
    (matrix,) = onnxruntime.InferenceSession(before).run(None, feed)
    assert matrix.shape == (1, 5)
    assert [each.name for each in onnxruntime.InferenceSession(after).get_inputs()] == [trees.outputs[0]]
