from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tests.fixtures_develop import COLUMNS, contract, rows, table
from tests.fixtures_project import begin_parcels

from interlock import stages
from interlock.contract import Contract
from interlock.develop import Development, develop
from interlock.develop.bring import bring
from interlock.develop.candidates import Limits
from interlock.develop.candidates.constant import Baseline
from interlock.errors import InputError
from interlock.project import Project
from interlock.release.model import Model

LIMITS = Limits.of(float("inf"))


def write(
    path: Path,
    *,
    inputs: dict[str, Any],
    nodes: list[Any],
    output: Any = TensorProto.DOUBLE,
    opset: int = 21,
    **constants: Any,
) -> Path:
    """Write a small ONNX file."""
    given = [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()]
    answer = [helper.make_tensor_value_info("answer", output, [None, 1])]
    known = [numpy_helper.from_array(np.array(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "mine", given, answer, known)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def a_sum(path: Path, names: tuple[str, ...] = ("x", "gap"), **more: Any) -> Path:
    kind = (TensorProto.DOUBLE, [None, 1])
    nodes = [helper.make_node("Sum", list(names), ["answer"])]
    return write(path, inputs=dict.fromkeys(names, kind), nodes=nodes, **more)


@pytest.mark.parametrize("opset", [13, 17, 21])
def test_an_onnx_file_of_any_age_is_compared_compiled_and_saved(tmp_path: Path, opset: int) -> None:
    path = a_sum(tmp_path / "mine.onnx", opset=opset)
    development = develop(table(), contract(), candidates=["baseline", path], seconds=20)
    assert {each.name for each in development.leaderboard} >= {"baseline", "mine"}
    development.save(tmp_path / "saved")
    again = Development.load(tmp_path / "saved")
    sample = rows(n=50)
    np.testing.assert_array_equal(again.fitted.score(sample), development.fitted.score(sample))


def test_each_input_takes_its_column_and_a_missing_number_its_median(tmp_path: Path) -> None:
    sample = rows()
    fitted = bring(a_sum(tmp_path / "mine.onnx"), contract()).fit(sample, sample, contract(), LIMITS)
    x, gap = sample.numbers[:, 0], sample.numbers[:, 1]
    expected = x + np.where(np.isnan(gap), np.nanmedian(gap), gap)
    np.testing.assert_allclose(fitted.score(sample)[:, 0], expected)


def test_an_input_that_is_no_column_is_named(tmp_path: Path) -> None:
    sample, path = rows(), a_sum(tmp_path / "mine.onnx", ("x", "gaps"))
    with pytest.raises(InputError) as caught:
        bring(path, contract()).fit(sample, sample, contract(), LIMITS)
    assert "input `gaps`" in str(caught.value)
    assert caught.value.next_step == "did you mean `gap`?"


def test_a_matrix_of_another_width_is_refused(tmp_path: Path) -> None:
    described: Contract = contract(columns=COLUMNS[:2])
    path = write(
        tmp_path / "mine.onnx",
        inputs={"all": (TensorProto.FLOAT, [None, 5])},
        nodes=[helper.make_node("ReduceSum", ["all", "one"], ["answer"])],
        output=TensorProto.FLOAT,
        one=np.array([1]),
    )
    sample = rows()
    with pytest.raises(
        InputError, match="the file takes a matrix of 5 columns, the contract has 2 of that kind"
    ):
        bring(path, described).fit(sample, sample, described, LIMITS)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("mine.onnx", b"no model", "this is no ONNX file that the checker accepts"),
        ("mine.txt", b"hello", "this is no model file of LightGBM"),
        ("mine.pkl", b"\x80", "this file is not known as a model"),
        ("mine.csv", b"a,b\n1,2\n", "this is no table of terms"),
    ],
)
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    (tmp_path / name).write_bytes(content)
    sample = rows()
    with pytest.raises(InputError, match=expected) as caught:
        bring(tmp_path / name, contract()).fit(sample, sample, contract(), LIMITS)
    assert caught.value.next_step


def test_weights_in_another_file_and_strange_operators_are_refused(tmp_path: Path) -> None:
    sample = rows()
    path = a_sum(tmp_path / "mine.onnx")
    model = onnx.load(path)
    model.graph.initializer.append(numpy_helper.from_array(np.zeros(3), "w"))
    model.graph.initializer[-1].data_location = TensorProto.EXTERNAL
    path.write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match="the weights are not all in the file"):
        bring(path, contract()).fit(sample, sample, contract(), LIMITS)
    model = onnx.load(a_sum(path))
    model.opset_import.append(helper.make_opsetid("own.domain", 1))
    path.write_bytes(model.SerializeToString())
    with pytest.raises(InputError, match="operators that ONNX Runtime does not bring along"):
        bring(path, contract()).fit(sample, sample, contract(), LIMITS)


def test_what_is_no_model_is_refused_and_a_candidate_stays_itself() -> None:
    baseline = Baseline()
    assert bring(baseline, contract()) is baseline
    with pytest.raises(InputError) as caught:
        bring(object(), contract())
    assert "this cannot be brought as a model" in str(caught.value)
    with pytest.raises(InputError, match="No such file"):
        bring("nothing.onnx", contract())


def test_a_project_takes_a_file_and_its_change_makes_it_stale(tmp_path: Path) -> None:
    project = begin_parcels(tmp_path)
    stages.explore(project)
    data = {"weight": np.arange(40.0), "distance": np.arange(40.0)}
    frame = np.stack(list(data.values()), 1)
    booster = lightgbm.train(
        {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 2},
        lightgbm.Dataset(frame, np.arange(40) > 20, feature_name=[*data]),
        3,
    )
    booster.save_model(tmp_path / "mine.txt")
    stages.develop(project, model="mine.txt")
    project = Project(tmp_path)
    assert project.config.develop.model == "mine.txt"
    found = Development.load(project.folder("develop"))
    assert [each.name for each in found.leaderboard] == ["mine"]
    assert Model(found.model).metadata["candidate"] == "mine"
    assert project.is_current("develop")
    booster.save_model(tmp_path / "mine.txt", num_iteration=1)
    assert not project.is_current("develop")
    settings = (tmp_path / "interlock.toml").read_text()
    with pytest.raises(InputError, match="the model cannot be read"):
        stages.develop(project, model="nothing.onnx")
    assert (tmp_path / "interlock.toml").read_text() == settings
    (tmp_path / "mine.txt").unlink()
    with pytest.raises(InputError, match="the model cannot be read"):
        stages.develop(project)


def test_a_brought_model_that_cannot_be_used_stops_the_search(tmp_path: Path) -> None:
    path = a_sum(tmp_path / "mine.onnx", ("x", "gaps"))
    with pytest.raises(InputError) as caught:
        develop(table(), contract(), candidates=["baseline", path], trials=3)
    assert "a model that was brought cannot be used" in str(caught.value)
    assert "input `gaps`" in str(caught.value)
