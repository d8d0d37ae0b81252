from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper
from scipy.special import expit

from interlock import contract as contracts
from interlock.contract import MISSING, Column, Contract, Policy
from interlock.profile import Profile
from interlock.profile.values import Values
from interlock.release import Release, write

LEVELS = ("AA", "DL", "UA", MISSING)
EFFECTS = (0.5, -0.25, 1.0, 2.0)
WEIGHTS = (0.001, -0.01, 0.7, 1e-10)

Compile = Callable[..., bytes]


def expected(numbers: NDArray[np.float64], strings: NDArray[np.object_]) -> NDArray[np.float64]:
    """What the binary model of `compile_model` computes, written down a second time in NumPy."""
    effects = dict(zip(LEVELS, EFFECTS, strict=True))
    known = np.vectorize(lambda level: effects.get(level, 0.0), otypes=[float])
    score = np.nan_to_num(numbers) @ np.array(WEIGHTS)[: numbers.shape[1]]
    if strings.shape[1]:
        score = score + known(strings).sum(axis=1)
    answer: NDArray[np.float64] = expit(score)
    return answer


def _nodes(numbers: int, strings: int) -> list[Any]:
    """Nodes that end in `score`, double [n, 1]: weighted numbers, NaN as nought, plus levels."""
    nodes = []
    if numbers:
        nodes += [
            helper.make_node("IsNaN", ["numbers"], ["gaps"]),
            helper.make_node("Where", ["gaps", "nought", "numbers"], ["filled"]),
            helper.make_node("MatMul", ["filled", "weights"], ["weighed"]),
        ]
    if strings:
        nodes += [
            helper.make_node(
                "LabelEncoder",
                ["strings"],
                ["effects"],
                domain="ai.onnx.ml",
                keys_strings=LEVELS,
                values_tensor=helper.make_tensor("v", TensorProto.DOUBLE, [len(EFFECTS)], EFFECTS),
                default_tensor=helper.make_tensor("d", TensorProto.DOUBLE, [1], [0.0]),
            ),
            helper.make_node("ReduceSum", ["effects", "columns"], ["levelled"], keepdims=1),
        ]
    parts = ["weighed"] * bool(numbers) + ["levelled"] * bool(strings)
    return [*nodes, helper.make_node("Sum", parts, ["score"])]


def _end(task: str, *, by_company: bool) -> list[Any]:
    """Nodes from `score` to `prediction`."""
    score, nodes = "score", []
    if by_company:
        nodes = [
            helper.make_node("ReduceMean", ["score", "rows"], ["mean"], keepdims=1),
            helper.make_node("Sub", ["score", "mean"], ["centred"]),
        ]
        score = "centred"
    if task == "multiclass":
        spread = helper.make_node("MatMul", [score, "spread"], ["scores"])
        return [*nodes, spread, helper.make_node("Softmax", ["scores"], ["prediction"], axis=1)]
    flat = [helper.make_node("Squeeze", [score, "columns"], ["flat"])]
    last = "Sigmoid" if task == "binary" else "Identity"
    return [*nodes, *flat, helper.make_node(last, ["flat"], ["prediction"])]


@pytest.fixture(scope="session")
def compile_model() -> Compile:
    def compile_(
        contract: Contract | None = None,
        *,
        numbers: int = 4,
        strings: int = 1,
        task: str = "binary",
        factor: float = 1.0,
        by_company: bool = False,
    ) -> bytes:
        double, text = TensorProto.DOUBLE, TensorProto.STRING
        inputs = [helper.make_tensor_value_info("numbers", double, [None, numbers])] if numbers else []
        inputs += [helper.make_tensor_value_info("strings", text, [None, strings])] if strings else []
        shape = [None, 3] if task == "multiclass" else [None]
        weights = [factor * weight for weight in WEIGHTS[:numbers]]
        graph = helper.make_graph(
            [*_nodes(numbers, strings), *_end(task, by_company=by_company)],
            "model",
            inputs,
            [helper.make_tensor_value_info("prediction", double, shape)],
            [
                helper.make_tensor("nought", double, [], [0.0]),
                helper.make_tensor("weights", double, [numbers, 1], weights),
                helper.make_tensor("columns", TensorProto.INT64, [1], [1]),
                helper.make_tensor("rows", TensorProto.INT64, [1], [0]),
                helper.make_tensor("spread", double, [1, 3], [-1.0, 0.0, 1.0]),
            ],
        )
        opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
        helper.set_model_props(
            model, {"task": task, "contract": contracts.digest(contract) if contract else ""}
        )
        onnx.checker.check_model(model)
        data: bytes = model.SerializeToString()
        return data

    return compile_


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract(
        (
            Column("distance", "number", minimum=0.0, maximum=5000.0),
            Column("seats", "integer", minimum=0.0, maximum=600.0, on=Policy(range="reject")),
            Column("fresh", "boolean"),
            Column("at", "timestamp", role="time"),
            Column("carrier", "category", levels=LEVELS[:3]),
            Column("late", "category", role="target"),
        ),
        task="binary",
        classes=("no", "yes"),
    )


@pytest.fixture(scope="session")
def table() -> dict[str, Values]:
    """The table whose profile is `profile`."""
    generator = np.random.default_rng(7)
    n = 2000
    return {
        "distance": Values(
            "number", generator.gamma(2.0, 400.0, n).clip(10, 4900), generator.random(n) > 0.1
        ),
        "seats": Values("integer", generator.integers(20, 400, n)),
        "fresh": Values("boolean", generator.random(n) < 0.25),
        "at": Values("timestamp", 1_357_000_000_000_000 + generator.integers(0, 10**13, n)),
        "carrier": Values(
            "string",
            generator.choice(3, n, p=(0.6, 0.3, 0.1)).astype(np.int32),
            generator.random(n) > 0.05,
            np.array(LEVELS[:3], dtype=object),
        ),
        "late": Values(
            "string", generator.integers(0, 2, n, dtype=np.int32), None, np.array(["no", "yes"], object)
        ),
    }


@pytest.fixture(scope="session")
def profile(table: dict[str, Values]) -> Profile:
    return Profile.of(table)


@pytest.fixture(scope="session")
def parts(contract: Contract, profile: Profile, compile_model: Compile) -> dict[str, Any]:
    """The arguments of `write`."""
    return {
        "name": "flights",
        "contract": contract,
        "profile": profile,
        "scores": Profile.of({"prediction": Values("number", np.linspace(0, 1, 50))}),
        "model": compile_model(contract),
        "evidence": {"auc": {"value": 0.75, "low": 0.7, "high": 0.8}},
        "card_markdown": "# Flights\n",
        "card_html": "<h1>Flights</h1>",
        "environment": "numpy==2.4.6\n",
    }


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory, parts: dict[str, Any]) -> Release:
    return write(tmp_path_factory.mktemp("written"), **parts)


@pytest.fixture
def release(tmp_path: Path, written: Release) -> Release:
    """A release that a test may damage."""
    place = tmp_path / "releases" / written.path.name
    shutil.copytree(written.path, place)
    return replace(written, path=place)
