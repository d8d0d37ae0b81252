import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.fixtures_develop import contract, rows, table

from interlock.develop import Development, develop
from interlock.errors import InputError

PROGRAM = """
import sys, numpy
from interlock.develop import Development
from tests.fixtures_develop import rows
print(Development.load(sys.argv[1]).predictor(rows(seed=3)).astype("<f8").tobytes().hex())
"""


@pytest.fixture(scope="module")
def development() -> Development:
    return develop(table(), contract(), candidates=["baseline", "lightgbm"], trials=3)


@pytest.mark.parametrize("candidate", ["baseline", "linear", "lightgbm"])
@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_every_kind_of_model_comes_back(candidate: str, task: Any, tmp_path: Path) -> None:
    first = develop(table(task, n=300), contract(task), candidates=[candidate], trials=1)
    assert Development.load(first.save(tmp_path)) == first


@pytest.mark.slow
def test_another_process_gives_the_same_answers(development: Development, tmp_path: Path) -> None:
    development.save(tmp_path)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    np.testing.assert_array_equal(
        np.frombuffer(bytes.fromhex(answer.strip()), "<f8"), development.predictor(rows(seed=3))
    )


def test_files_are_onnx_and_json_and_nothing_else(development: Development, tmp_path: Path) -> None:
    development.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "model.onnx",
        "predictor.json",
        "development.json",
        "explanation.bin",
    }
    record = json.loads((tmp_path / "development.json").read_text())
    assert record["digest"] == development.digest
    assert record["leaderboard"][0]["name"] == development.winner


def test_saving_again_replaces(development: Development, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"old")
    development.save(tmp_path)
    assert Development.load(development.save(tmp_path)) == development


@pytest.mark.parametrize("name", ["model.onnx", "predictor.json", "development.json"])
def test_a_missing_file(name: str, development: Development, tmp_path: Path) -> None:
    development.save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match="a development cannot be read") as caught:
        Development.load(tmp_path)
    assert name in caught.value.where
    assert caught.value.next_step == "run develop first"


@pytest.mark.parametrize("text", [b"{", b"[]", b"{}", b'{"kind": "pickle", "fitted": {}}', b"\xff\xfe"])
def test_a_predictor_that_is_not_one(text: bytes, development: Development, tmp_path: Path) -> None:
    development.save(tmp_path)
    (tmp_path / "predictor.json").write_bytes(text)
    with pytest.raises(InputError, match="a development cannot be read") as caught:
        Development.load(tmp_path)
    assert "run develop again" in caught.value.next_step


def test_another_model(development: Development, tmp_path: Path) -> None:
    development.save(tmp_path)
    (tmp_path / "model.onnx").write_bytes(development.model + b"\x00")
    with pytest.raises(InputError, match="the model is not the one that was developed") as caught:
        Development.load(tmp_path)
    assert caught.value.where.endswith("model.onnx")
