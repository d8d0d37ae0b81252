from typing import Any

import numpy as np
import onnx
import pytest
from onnx.checker import ValidationError

from interlock.develop.emit.graph import Graph
from interlock.release.model import Model


def test_inputs_output_and_metadata_are_those_of_a_release() -> None:
    graph = Graph(numbers=2, strings=1)
    total = graph.node("ReduceSum", graph.numbers, graph.constant(np.array([1])), keepdims=0)
    data = graph.build(total, width=1, metadata={"task": "regression", "classes": "[]"})
    model = onnx.load_from_string(data)
    inputs = {each.name: each.type.tensor_type.elem_type for each in model.graph.input}
    assert inputs == {"numbers": onnx.TensorProto.DOUBLE, "strings": onnx.TensorProto.STRING}
    assert {each.domain: each.version for each in model.opset_import} == {"": 21, "ai.onnx.ml": 5}
    compiled = Model(data)
    assert compiled.metadata == {"task": "regression", "classes": "[]"}
    assert compiled.shape == (2, 1)
    answer = compiled.predict(np.array([[0.1, 0.2], [1, 2]]), np.array([["a"], ["b"]], object))
    assert answer.tolist() == [0.1 + 0.2, 3]


@pytest.mark.parametrize(("numbers", "strings", "present"), [(1, 0, "numbers"), (0, 1, "strings")])
def test_an_input_without_columns_is_absent(numbers: int, strings: int, present: str) -> None:
    graph = Graph(numbers=numbers, strings=strings)
    assert graph.any_input == present
    rows = graph.node("Cast", graph.node("Shape", present, end=1), to=graph.DOUBLE)
    model = onnx.load_from_string(graph.build(rows, width=1, metadata={}))
    assert [each.name for each in model.graph.input] == [present]


def test_columns_are_picked_in_the_order_given() -> None:
    graph = Graph(numbers=3, strings=0)
    data = graph.build(graph.columns(graph.numbers, (2, 0)), width=2, metadata={})
    assert Model(data).predict(np.array([[1.0, 2.0, 3.0]]), np.empty((1, 0), object)).tolist() == [[3, 1]]


def test_a_graph_that_does_not_fit_together_is_refused() -> None:
    graph = Graph(numbers=1, strings=0)
    with pytest.raises(ValidationError, match="No Op registered for NoSuchOperator"):
        graph.build(graph.node("NoSuchOperator", graph.numbers), width=1, metadata={})


def test_what_is_added_twice_is_computed_once() -> None:
    graph = Graph(numbers=2, strings=0)
    first = graph.node("Add", graph.numbers, graph.constant(np.array([1.0])))
    assert graph.node("Add", graph.numbers, graph.constant(np.array([1.0]))) == first
    others = [
        graph.node("Add", graph.numbers, graph.constant(np.array([1]))),  # another type
        graph.node("Add", graph.numbers, graph.constant(np.array([[1.0]]))),  # another shape
        graph.node("Sub", graph.numbers, graph.constant(np.array([1.0]))),
    ]
    assert len({first, *others}) == 4
    texts = [graph.constant(np.array(["a"], object)), graph.constant(np.array(["b"], object))]
    assert len({*texts}) == 2


def test_further_outputs_are_there_where_they_are_asked_for() -> None:
    graph = Graph(numbers=2, strings=0)
    total = graph.node("ReduceSum", graph.numbers, graph.constant(np.array([1])), keepdims=0)
    doubled = graph.node("Mul", graph.numbers, graph.constant(np.array(2.0)))
    graph.output("features", doubled, 2)
    model = Model(graph.build(total, width=1, metadata={}))
    assert model.outputs == ("prediction", "features")
    prediction, features = model.ask(("prediction", "features"), [1.0, 2.0], [])
    assert (float(prediction), features.tolist()) == (3.0, [2.0, 4.0])
    assert model.one([1.0, 2.0], []) == 3.0


@pytest.mark.parametrize("operator", ["Cos", "Exp", "Log", "LogSoftmax", "Sigmoid", "Sin", "Softmax", "Tanh"])
@pytest.mark.parametrize("width", [1, 2, 3, 5, 8])
def test_a_row_gets_the_same_bits_alone_and_in_any_company(operator: str, width: int) -> None:
    graph = Graph(numbers=width, strings=0)
    attributes: dict[str, Any] = {"axis": 1} if "Softmax" in operator else {}
    positive = graph.node("Abs", graph.numbers)
    answer = graph.node(operator, positive, **attributes)
    model = Model(graph.build(answer, width=width, metadata={}))
    rows = np.random.default_rng(7).normal(size=(600, width)) * 3
    none = np.empty((600, 0), object)
    alone = np.stack([np.asarray(model.one(row, [])) for row in rows])
    for size in (2, 3, 5, 8, 33, 600):
        parts = [model.predict(rows[at : at + size], none[at : at + size]) for at in range(0, 600, size)]
        np.testing.assert_array_equal(np.concatenate(parts), alone)


def test_the_rows_of_zeros_are_gone_from_the_answer() -> None:
    graph = Graph(numbers=1, strings=0)
    model = Model(graph.build(graph.node("Log", graph.numbers), width=1, metadata={}))
    rows = np.array([[1.0], [2.0], [0.5]])
    np.testing.assert_allclose(model.predict(rows, np.empty((3, 0), object)), np.log(rows[:, 0]), rtol=1e-15)
