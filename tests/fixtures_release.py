"""Small releases with models made by hand, whose answers NumPy can compute a second time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from interlock import contract as contracts
from interlock.contract import MISSING, Column, Contract, Policy
from interlock.profile import Profile
from interlock.profile.values import Values
from interlock.release import Release, write
from interlock.release.explanation import Explanation, Linear

Task = Literal["binary", "multiclass", "regression"]

LEVELS = ("AA", "DL", "UA")
EFFECTS = {"AA": 0.5, "DL": -0.25, "UA": 1.0, MISSING: 2.0}
WEIGHTS = np.array([0.001, -0.01, 0.7, 1e-10])
NUMBERS = ("distance", "seats", "fresh", "at")
#: Of the four numbers and the effect, as an explanation takes them from the training rows.
MEANS = np.array([800.0, 200.0, 0.25, 1.362e9, 0.5])
CLASSES: dict[Task, tuple[str, ...]] = {
    "binary": ("no", "yes"),
    "multiclass": ("early", "late", "on time"),
    "regression": (),
}
GOOD: dict[str, Any] = {
    "distance": 500.5,
    "seats": 180,
    "fresh": True,
    "at": "2013-06-01T12:00:00Z",
    "carrier": "UA",
}


def contract(task: Task = "binary") -> Contract:
    kind: Any = "number" if task == "regression" else "category"
    return Contract(
        (
            Column("distance", "number", minimum=0.0, maximum=5000.0, unit="miles", description="Way to go."),
            Column("seats", "integer", minimum=0.0, maximum=600.0, on=Policy(range="reject")),
            Column("fresh", "boolean"),
            Column("at", "timestamp", role="time"),
            Column("carrier", "category", levels=LEVELS),
            Column("tail.number ✈", "text", role="ignore"),
            Column("late", kind, role="target"),
        ),
        task=task,
        classes=CLASSES[task],
    )


def score(numbers: NDArray[np.float64], carriers: list[str]) -> NDArray[np.float64]:
    """Return the linear score of rows, computed without ONNX."""
    effects = np.array([EFFECTS.get(carrier, 0.0) for carrier in carriers])
    return np.asarray(np.nan_to_num(numbers) @ WEIGHTS + effects)


def model(of: Contract, extra: float = 0.0) -> bytes:
    """Return a graph: weighted numbers (NaN as nought) plus the carrier's effect, through the task's link.

    It also gives these five terms as `features`, and their sum, for each class, as `score`.
    """
    double = TensorProto.DOUBLE
    nodes = [
        helper.make_node("IsNaN", ["numbers"], ["gaps"]),
        helper.make_node("Where", ["gaps", "nought", "numbers"], ["filled"]),
        helper.make_node("MatMul", ["filled", "weights"], ["weighed"]),
        helper.make_node(
            "LabelEncoder",
            ["strings"],
            ["effects"],
            domain="ai.onnx.ml",
            keys_strings=[*EFFECTS],
            values_tensor=helper.make_tensor(
                "v", double, [len(EFFECTS)], [effect + extra for effect in EFFECTS.values()]
            ),
            default_tensor=helper.make_tensor("d", double, [1], [0.0]),
        ),
        helper.make_node("Concat", ["filled", "effects"], ["features"], axis=1),
        helper.make_node("Add", ["weighed", "effects"], ["sum"]),
    ]
    if of.task == "multiclass":
        nodes += [
            helper.make_node("MatMul", ["sum", "spread"], ["score"]),
            helper.make_node("Softmax", ["score"], ["prediction"], axis=1),
        ]
    else:
        nodes += [
            helper.make_node("Identity", ["sum"], ["score"]),
            helper.make_node("Squeeze", ["sum", "columns"], ["flat"]),
            helper.make_node("Sigmoid" if of.task == "binary" else "Identity", ["flat"], ["prediction"]),
        ]
    graph = helper.make_graph(
        nodes,
        "model",
        [
            helper.make_tensor_value_info("numbers", double, [None, 4]),
            helper.make_tensor_value_info("strings", TensorProto.STRING, [None, 1]),
        ],
        [
            helper.make_tensor_value_info(
                "prediction", double, [None, 3] if of.task == "multiclass" else [None]
            ),
            helper.make_tensor_value_info("features", double, [None, 5]),
            helper.make_tensor_value_info("score", double, [None, 3 if of.task == "multiclass" else 1]),
        ],
        [
            helper.make_tensor("nought", double, [], [0.0]),
            helper.make_tensor("weights", double, [4, 1], WEIGHTS),
            helper.make_tensor("columns", TensorProto.INT64, [1], [1]),
            helper.make_tensor("spread", double, [1, 3], [-1.0, 0.0, 1.0]),
        ],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    properties = {"task": str(of.task), "classes": json.dumps(of.classes), "threshold": "0.5"}
    helper.set_model_props(made, properties | {"contract": contracts.digest(of)})
    onnx.checker.check_model(made)
    data: bytes = made.SerializeToString()
    return data


def explanation(of: Contract) -> Explanation:
    """Return what explains that model: its weights, around these means."""
    spread = np.array([[-1.0, 0.0, 1.0]]) if of.task == "multiclass" else np.ones((1, 1))
    weights = np.array([[*WEIGHTS, 1.0]]).T @ spread
    line = Linear(np.arange(5), weights, MEANS)
    unit = "minutes" if of.task == "regression" else "log-odds"
    return Explanation(unit, (*NUMBERS, "carrier"), np.arange(5), np.zeros(spread.size), (line,))


def profile() -> Profile:
    """Return the profile of a table that was never there."""
    generator = np.random.default_rng(7)
    n = 500
    distance = generator.gamma(2.0, 400.0, n).clip(10, 4900)
    dictionary = np.array(LEVELS, dtype=object)
    return Profile.of(
        {
            "distance": Values("number", distance, generator.random(n) > 0.1),
            "seats": Values("integer", generator.integers(20, 400, n)),
            "fresh": Values("boolean", generator.random(n) < 0.25),
            "at": Values("timestamp", 1_357_000_000_000_000 + generator.integers(0, 10**13, n)),
            "carrier": Values(
                "string", generator.integers(0, 3, n, dtype=np.int32), generator.random(n) > 0.05, dictionary
            ),
        }
    )


def write_release(
    folder: Path,
    task: Task = "binary",
    name: str = "flights",
    *,
    explained: bool = True,
    card: str = "# Flights\n",
    gates: dict[str, bool] | None = None,
    extra: float = 0.0,
) -> Release:
    """Write a small release into `folder` and return it, loaded; another card makes another release.

    Its model adds `extra` to the score for each carrier.
    """
    of = contract(task)
    return write(
        folder,
        name=name,
        contract=of,
        profile=profile(),
        scores=Profile.of({"prediction": Values("number", np.linspace(0, 1, 50))}),
        model=model(of, extra),
        evidence={"auc": {"value": 0.75}}
        if gates is None
        else {"gates": [{"name": each, "passed": passed} for each, passed in gates.items()]},
        card_markdown=card,
        card_html="<h1>Flights</h1>",
        environment="numpy==2.4.6\n",
        explanation=explanation(of).to_bytes() if explained else b"",
    )
