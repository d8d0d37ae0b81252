import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from tests.fixtures_release import contract, model

from interlock.release.cut import cut, output_names

FULL = model(contract("multiclass"))


def names(data: bytes) -> set[str]:
    return {each.op_type for each in onnx.load_from_string(data).graph.node}


@pytest.mark.parametrize("kept", [("prediction",), ("features",), ("score", "features")])
def test_what_is_left_is_a_model_with_the_same_answers(kept: tuple[str, ...]) -> None:
    small = cut(FULL, kept)
    onnx.checker.check_model(onnx.load_from_string(small), full_check=True)
    assert set(output_names(small)) == {*kept}
    feed = {"numbers": np.array([[1.0, np.nan, 3.0, 4.0]]), "strings": np.array([["UA"]], object)}
    for name in kept:
        answers = [onnxruntime.InferenceSession(each).run([name], feed)[0] for each in (FULL, small)]
        np.testing.assert_array_equal(*answers)


def test_nodes_that_lead_to_no_output_are_gone() -> None:
    assert {"Concat", "Softmax", "MatMul"} <= names(FULL)
    assert "Concat" not in names(cut(FULL, ["prediction"]))
    assert not {"Softmax", "MatMul"} & names(cut(FULL, ["features"]))
    before, after = (onnx.load_from_string(each) for each in (FULL, cut(FULL, ["prediction"])))
    assert before.metadata_props == after.metadata_props
    assert before.graph.input == after.graph.input
    assert [*before.graph.initializer] == [*after.graph.initializer]


def test_a_model_without_other_outputs_stays_as_it_is() -> None:
    assert output_names(FULL) == ("prediction", "features", "score")
    assert cut(FULL, output_names(FULL)) is FULL


def test_graphs_inside_graphs_are_not_cut() -> None:
    body = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])], "then", [],
        [helper.make_tensor_value_info("y", TensorProto.DOUBLE, None)],
    )  # fmt: skip
    nodes = [
        helper.make_node("If", ["switch"], ["prediction"], then_branch=body, else_branch=body),
        helper.make_node("Identity", ["x"], ["score"]),
    ]
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, [1]),
         helper.make_tensor_value_info("switch", TensorProto.BOOL, [])],
        [helper.make_tensor_value_info(each, TensorProto.DOUBLE, [1]) for each in ("prediction", "score")],
    )  # fmt: skip
    data = helper.make_model(graph).SerializeToString()
    assert cut(data, ["prediction"]) is data


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff" * 20, FULL[:100], b"\x3a\x7f\x01", b"\x3b"])
def test_other_bytes_are_no_model(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"there is no graph|beyond the file|does not end|no number"):
        cut(data, ["prediction"])
