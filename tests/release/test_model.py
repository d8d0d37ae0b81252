from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from onnx import TensorProto, helper
from scipy.special import softmax

from interlock.contract import MISSING
from interlock.errors import InputError, ReleaseError
from interlock.release import Model

from .conftest import LEVELS, WEIGHTS, Compile, expected

reals = st.floats(-1e4, 1e4) | st.just(float("nan"))
rows = st.lists(
    st.tuples(st.tuples(reals, reals, reals, reals), st.sampled_from([*LEVELS, "??", ""])),
    min_size=1,
    max_size=9,
)


def tensors(drawn: list[Any]) -> tuple[Any, Any]:
    return np.array([row[0] for row in drawn]), np.array([[row[1]] for row in drawn], dtype=object)


@pytest.fixture(scope="module")
def model(compile_model: Compile) -> Model:
    return Model(compile_model())


def test_binary_is_the_formula(model: Model) -> None:
    @given(rows)
    def check(drawn: list[Any]) -> None:
        numbers, strings = tensors(drawn)
        assert_allclose(model.predict(numbers, strings), expected(numbers, strings), rtol=1e-12, atol=1e-15)

    check()


def test_a_row_gets_the_same_answer_alone_and_in_company(model: Model) -> None:
    @given(rows)
    def check(drawn: list[Any]) -> None:
        together = model.predict(*tensors(drawn))
        alone = [model.one(list(numbers), [string]) for numbers, string in drawn]
        assert_allclose(alone, together, rtol=1e-12, atol=1e-15)

    check()


def test_one_is_a_float_and_keeps_nothing_of_the_row_before(model: Model) -> None:
    first = model.one([1.0, 2.0, 3.0, 4.0], ["AA"])
    model.one([float("nan")] * 4, [MISSING])
    assert isinstance(first, float)
    assert model.one([1.0, 2.0, 3.0, 4.0], ["AA"]) == first


@pytest.mark.parametrize(("numbers", "strings"), [(3, 0), (0, 2)])
def test_either_tensor_may_be_absent(compile_model: Compile, numbers: int, strings: int) -> None:
    model = Model(compile_model(numbers=numbers, strings=strings))
    left, right = np.ones((5, numbers)), np.full((5, strings), "UA", dtype=object)
    assert model.shape == (numbers, strings)
    assert_allclose(model.predict(left, right), expected(left, right), rtol=1e-12)
    assert model.one([1.0] * numbers, ["UA"] * strings) == model.predict(left, right)[0]


def test_regression_gives_values(compile_model: Compile) -> None:
    model = Model(compile_model(task="regression"))
    assert model.one([1.0, 1.0, 1.0, 1.0], ["??"]) == pytest.approx(sum(WEIGHTS), rel=1e-12)


def test_multiclass_gives_a_probability_for_each_class(compile_model: Compile) -> None:
    model = Model(compile_model(task="multiclass"))
    alone = model.one([0.0] * 4, ["AA"])
    assert alone == pytest.approx(softmax([-0.5, 0.0, 0.5]).tolist(), rel=1e-12)
    together = model.predict(np.zeros((2, 4)), np.full((2, 1), "AA", dtype=object))
    assert_array_equal(together, [alone, alone])


def test_no_rows_give_no_predictions(model: Model) -> None:
    assert model.predict(np.empty((0, 4)), np.empty((0, 1), dtype=object)).shape == (0,)


def test_metadata_is_that_of_the_file(model: Model) -> None:
    assert model.metadata["task"] == "binary"


def test_runs_on_one_thread(model: Model) -> None:
    options = model._giving(["prediction"]).get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)


@pytest.mark.parametrize("shapes", [((2, 3), (2, 1)), ((2, 4), (3, 1)), ((2, 4), (2, 0)), ((4,), (4, 1))])
def test_other_shapes_are_refused(model: Model, shapes: Any) -> None:
    with pytest.raises(InputError, match="4 numbers and 1 strings a row") as caught:
        model.predict(np.ones(shapes[0]), np.full(shapes[1], "AA", dtype=object))
    assert str(shapes[0]) in caught.value.got


@pytest.mark.parametrize("numbers", [[], [1.0] * 3, [1.0] * 5])
def test_one_refuses_other_lengths(model: Model, numbers: list[float]) -> None:
    with pytest.raises(ValueError, match="could not broadcast"):
        model.one(numbers, ["AA"])


@pytest.mark.parametrize("data", [b"", b"no model", b"\x08\x0a"])
def test_what_is_no_model_is_refused(data: bytes) -> None:
    with pytest.raises(ReleaseError, match=r"does not load in ONNX Runtime\n  where: model\.onnx"):
        Model(data)


@pytest.mark.parametrize(
    ("name", "kind", "shape", "output"),
    [
        ("numbers", TensorProto.FLOAT, [None, 2], "prediction"),
        ("x", TensorProto.DOUBLE, [None, 2], "prediction"),
        ("numbers", TensorProto.DOUBLE, [None], "prediction"),
        ("numbers", TensorProto.DOUBLE, [None, None], "prediction"),
        ("numbers", TensorProto.DOUBLE, [None, 2], "probabilities"),
    ],
)
def test_other_tensors_are_refused(name: str, kind: int, shape: list[Any], output: str) -> None:
    graph = helper.make_graph(
        [helper.make_node("Identity", [name], [output])],
        "identity",
        [helper.make_tensor_value_info(name, kind, shape)],
        [helper.make_tensor_value_info(output, kind, shape)],
    )
    data = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    with pytest.raises(ReleaseError, match="tensors are not those of a release"):
        Model(data.SerializeToString())


def test_onnx_runtime_leaves_nothing_in_the_home_folder(tmp_path: Path) -> None:
    code = "import interlock.release"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.iterdir()) == []


def counting() -> bytes:
    """Return a graph that counts the words of the second of two strings which are `good`, however written."""
    nodes = [
        helper.make_node("Gather", ["strings", "second"], ["text"], axis=1),
        helper.make_node("StringSplit", ["text"], ["words", "counts"], delimiter=" "),
        helper.make_node(
            "LabelEncoder",
            ["words"],
            ["worth"],
            domain="ai.onnx.ml",
            keys_strings=["good", MISSING],
            values_tensor=helper.make_tensor("v", TensorProto.DOUBLE, [2], [1.0, -1.0]),
            default_tensor=helper.make_tensor("d", TensorProto.DOUBLE, [1], [0.0]),
        ),
        helper.make_node("ReduceSum", ["worth", "axes"], ["prediction"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "counting",
        [helper.make_tensor_value_info("strings", TensorProto.STRING, [None, 2])],
        [helper.make_tensor_value_info("prediction", TensorProto.DOUBLE, [None])],
        [
            helper.make_tensor("second", TensorProto.INT64, [1], [1]),
            helper.make_tensor("axes", TensorProto.INT64, [2], [1, 2]),
        ],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    helper.set_model_props(made, {"texts": "[1]"})
    data: bytes = made.SerializeToString()
    return data


def test_a_text_reaches_the_graph_as_its_words_and_other_strings_as_they_are() -> None:
    model = Model(counting())
    texts = ["Good, GOOD ｇｏｏｄ good!", MISSING, "", "goods", "x " * 300]
    strings = np.array([["good", text] for text in texts], dtype=object)
    before = strings.copy()
    assert model.predict(np.empty((5, 0)), strings).tolist() == [3.0, -1.0, 0.0, 0.0, 0.0]
    assert [model.one([], [*row]) for row in strings] == [3.0, -1.0, 0.0, 0.0, 0.0]
    assert model.ask(["prediction"], [], ["", "good"])[0] == 1.0
    assert_array_equal(strings, before)


def test_many_texts_are_answered_like_one_and_none_at_all_too() -> None:
    model = Model(counting())
    strings = np.array([["", f"good {place}" if place % 3 else "bad"] for place in range(600)], dtype=object)
    expected_counts = [float(place % 3 > 0) for place in range(600)]
    assert model.predict(np.empty((600, 0)), strings).tolist() == expected_counts
    assert model.predict(np.empty((0, 0)), np.empty((0, 2), dtype=object)).shape == (0,)
