"""Hostile ONNX files, each made with `onnx` itself: refused with words before ONNX Runtime touches them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from interlock.errors import ReleaseError
from interlock.release.screen import screen
from interlock.release.wire import varint

X = helper.make_tensor_value_info("numbers", TensorProto.DOUBLE, [None, 2])
Y = helper.make_tensor_value_info("prediction", TensorProto.DOUBLE, [None])


def model(
    nodes: Sequence[onnx.NodeProto],
    weights: Sequence[onnx.TensorProto] = (),
    *,
    domains: Sequence[str] = ("",),
    **others: Any,
) -> onnx.ModelProto:
    graph = helper.make_graph(list(nodes), "g", [X], [Y], list(weights))
    sets = [helper.make_opsetid(domain, 21 if domain == "" else 1) for domain in domains]
    return helper.make_model(graph, opset_imports=sets, **others)


def fine() -> onnx.ModelProto:
    axes = numpy_helper.from_array(np.array([1]), "axes")
    return model([helper.make_node("ReduceSum", ["numbers", "axes"], ["prediction"], keepdims=0)], [axes])


def refused(proto: onnx.ModelProto | bytes, words: str) -> None:
    with pytest.raises(ReleaseError, match=words) as error:
        screen(proto if isinstance(proto, bytes) else proto.SerializeToString())
    assert error.value.where == "model.onnx"


def test_a_plain_model_passes() -> None:
    screen(fine().SerializeToString())


def external(weight: onnx.TensorProto) -> onnx.TensorProto:
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../../etc/passwd")
    weight.ClearField("raw_data")
    return weight


def weight(name: str = "w") -> onnx.TensorProto:
    return numpy_helper.from_array(np.ones(4), name)


def branch(nodes: Sequence[onnx.NodeProto], weights: Sequence[onnx.TensorProto] = ()) -> onnx.GraphProto:
    out = helper.make_tensor_value_info("out", TensorProto.DOUBLE, None)
    return helper.make_graph(list(nodes), "inner", [], [out], list(weights))


def inside_if(*nodes: onnx.NodeProto, weights: Sequence[onnx.TensorProto] = ()) -> onnx.NodeProto:
    return helper.make_node(
        "If", ["c"], ["y"], then_branch=branch(nodes, weights), else_branch=branch(nodes, weights)
    )


def test_weights_in_another_file_are_refused_wherever_they_stand() -> None:
    words = "keeps its weights in another file"
    refused(model([], [external(weight())]), words)
    refused(model([helper.make_node("Constant", [], ["c"], value=external(weight()))]), words)
    refused(
        model([inside_if(helper.make_node("Identity", ["w"], ["out"]), weights=[external(weight())])]), words
    )
    listed = helper.make_node("Constant", [], ["c"])
    listed.attribute.append(helper.make_attribute("values", [external(weight())]))
    refused(model([listed]), words)
    half = weight()
    half.external_data.add(key="location", value="/dev/zero")
    refused(model([], [half]), words)


@pytest.mark.parametrize(
    "domain", ["evil", "com.microsoft.nchwc", "ai.onnx.training", "ai.onnx.ml2", "\u00e9"]
)
def test_operators_of_strangers_are_refused(domain: str) -> None:
    words = "needs operators that ONNX Runtime does not bring along"
    refused(model([helper.make_node("Steal", ["numbers"], ["prediction"], domain=domain)]), words)
    refused(model([], domains=("", domain)), words)
    refused(model([inside_if(helper.make_node("Steal", [], ["out"], domain=domain))]), words)


def test_loops_chance_and_functions_are_refused() -> None:
    body = branch([helper.make_node("Identity", ["x"], ["out"])])
    loop = helper.make_node("Loop", ["m", ""], ["y"], body=body)
    refused(model([loop]), "holds a loop, which need not end\n.*\n  got: Loop")
    refused(model([inside_if(loop)]), "holds a loop")
    for name in ("RandomNormal", "RandomUniformLike", "Bernoulli", "Multinomial"):
        refused(model([helper.make_node(name, [], ["y"])]), "answers by chance")
    function = helper.make_function("own", "f", ["a"], ["b"], [helper.make_node("Neg", ["a"], ["b"])], [])
    refused(model([], functions=[function]), "brings functions of its own")
    trained = fine()
    trained.training_info.add()
    refused(trained, "brings functions of its own")


def test_tensors_that_the_file_cannot_hold_are_refused() -> None:
    bare = TensorProto(name="w", data_type=TensorProto.DOUBLE, dims=[1 << 40])
    refused(
        model([], [bare]), r"states weights that it does not hold\n.*\n  got: w of shape \[1099511627776\]"
    )
    refused(model([], [TensorProto(name="w", data_type=1, dims=[1 << 33, 1 << 33])]), "states weights")
    refused(model([], [TensorProto(name="w", data_type=1, dims=[-1])]), "states weights")
    sparse = fine()
    sparse.graph.sparse_initializer.add(dims=[1 << 40])
    refused(sparse, "holds sparse weights")
    constant = helper.make_node("Constant", [], ["c"])
    constant.attribute.add(
        name="sparse_value", type=onnx.AttributeProto.SPARSE_TENSOR
    ).sparse_tensor.dims.append(9)
    refused(model([constant]), "holds sparse weights")


@pytest.mark.parametrize(
    "operator", ["ConstantOfShape", "Expand", "Tile", "Range", "Resize", "Pad", "OneHot"]
)
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("as_node", [True, False])
def test_sizes_that_no_row_needs_are_refused(operator: str, packed: bool, as_node: bool) -> None:
    shape = np.array([1 << 20, 1 << 20], dtype=np.int64)
    made = numpy_helper.from_array(shape, "shape")
    if not packed:
        made = helper.make_tensor("shape", TensorProto.INT64, [2], shape)
    node = helper.make_node(operator, ["shape", "shape"], ["y"])
    if as_node:
        refused(
            model([helper.make_node("Constant", [], ["shape"], value=made), node]),
            "asks for a tensor that no row needs",
        )
    else:
        refused(model([node], [made]), f"got: {operator} of 1099511627776 elements")


def test_sizes_that_rows_need_pass() -> None:
    end = numpy_helper.from_array(np.array([np.iinfo(np.int64).max]), "end")
    shape = numpy_helper.from_array(np.array([-1, 1000]), "shape")
    nodes = [
        helper.make_node("Slice", ["numbers", "end", "end"], ["s"]),
        helper.make_node("Expand", ["s", "shape"], ["y"]),
    ]
    screen(model(nodes, [end, shape]).SerializeToString())


def test_two_graphs_which_a_parser_would_merge_are_refused() -> None:
    harmless, evil = (
        fine().SerializeToString(),
        model([helper.make_node("Loop", [], ["y"])]).graph.SerializeToString(),
    )
    merged = harmless + bytes([7 << 3 | 2]) + varint(len(evil)) + evil
    assert any(node.op_type == "Loop" for node in onnx.load_model_from_string(merged).graph.node)
    refused(merged, "does not hold one graph")


def test_a_number_that_a_parser_of_32_bits_reads_otherwise_is_refused() -> None:
    evil = model([helper.make_node("Loop", [], ["y"])]).graph.SerializeToString()
    tag = varint((1 << 32) | (7 << 3 | 2))
    refused(fine().SerializeToString() + tag + varint(len(evil)) + evil, "is no ONNX file")


def test_graphs_inside_of_graphs_end() -> None:
    node = helper.make_node("Identity", ["x"], ["out"])
    for _ in range(12):
        node = inside_if(node)
    refused(model([node]), "holds graphs inside of graphs")


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\x00" * 40, b"\xff" * 40, b"\x3a\xff\xff\xff\xff\x0f"])
def test_what_is_no_onnx_file(data: bytes) -> None:
    with pytest.raises(ReleaseError, match=r"is no ONNX file|does not hold one graph"):
        screen(data)


@given(st.binary(max_size=300), st.integers(0, 200))
def test_harmed_files_are_refused_or_pass_but_nothing_else_happens(harm: bytes, place: int) -> None:
    data = fine().SerializeToString()
    with suppress(ReleaseError):
        screen(data[:place] + harm + data[place + len(harm) :])


def test_a_large_forest_is_looked_over_fast() -> None:
    node = helper.make_node("TreeEnsembleRegressor", ["numbers"], ["y"], domain="ai.onnx.ml")
    node.attribute.append(helper.make_attribute("nodes_values", [float(i) for i in range(200_000)]))
    node.attribute.append(helper.make_attribute("nodes_nodeids", list(range(200_000))))
    data = model([node], domains=("", "ai.onnx.ml")).SerializeToString()
    start = time.process_time()
    screen(data)
    assert time.process_time() - start < 0.1, "its numbers are skipped, not walked over"
