"""A small world in which drift is known: a release of a true model, and traffic through a real ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper
from scipy.special import expit

from interlock import contract as contracts
from interlock.contract import Checked, Checker, Column, Contract, Policy
from interlock.profile import Profile, Values
from interlock.release import Release, write
from interlock.serve.ledger import Entry, Header, Ledger
from interlock.validate.conformity import Caught, Verdict
from interlock.validate.evidence import Evidence, Rows
from interlock.validate.measure import measure_calibration, measure_metrics
from interlock.validate.partitions import by_level
from interlock.validate.scores import scores
from interlock.validate.slices import worst_slices

CITIES = ("Bergen", "Oslo", "Trondheim")
EFFECTS = (-0.5, 0.0, 1.5)
WEIGHTS = (0.04, 0.3, 0.8)
START = 1_700_000_000.0 // 604_800 * 604_800 + 345_600  # a Monday
DAY = 86_400.0


@dataclass
class World:
    """Rows from one law; change a field and the law has drifted."""

    temperature: float = 10.0
    spread: float = 8.0
    missing: float = 0.05
    cities: tuple[float, ...] = (0.3, 0.5, 0.2)
    names: tuple[str, ...] = CITIES
    flip: float = 0.0  # share of outcomes that are pure chance
    days: float = 60.0
    seed: int = 0

    def draw(self, rows: int) -> dict[str, NDArray[Any]]:
        random = np.random.default_rng(self.seed)
        temperature = random.normal(self.temperature, self.spread, rows)
        temperature[random.random(rows) < self.missing] = np.nan
        batch = {
            "temperature": temperature,
            "visits": random.poisson(2.0, rows).astype(np.float64),
            "member": (random.random(rows) < 0.4).astype(np.float64),
            "at": START + np.sort(random.random(rows)) * self.days * DAY,
            "city": np.array(self.names, object)[random.choice(len(self.names), rows, p=self.cities)],
        }
        chance = truth(batch)
        outcome = random.random(rows) < np.where(random.random(rows) < self.flip, 0.5, chance)
        return batch | {"bought": outcome.astype(np.float64)}


def truth(batch: dict[str, NDArray[Any]]) -> NDArray[np.float64]:
    """What the model computes, and what the world follows."""
    effects = dict(zip(CITIES, EFFECTS, strict=True))
    score = sum(
        w * np.nan_to_num(batch[c]) for w, c in zip(WEIGHTS, ("temperature", "visits", "member"), strict=True)
    )
    score = score + np.array([effects.get(city, 0.0) for city in batch["city"]]) - 1.5
    result: NDArray[np.float64] = expit(score)
    return result


CONTRACT = Contract(
    (
        Column(
            "temperature", "number", minimum=-60, maximum=60, unit="°C", on=Policy(null="impute"), fill=10.0
        ),
        Column("visits", "integer", minimum=0, maximum=40, on=Policy(range="reject")),
        Column("member", "boolean"),
        Column("at", "timestamp", role="time"),
        Column("city", "category", levels=CITIES),
        Column("bought", "boolean", role="target"),
    ),
    task="binary",
    classes=("false", "true"),
)


def columns(batch: dict[str, NDArray[Any]]) -> dict[str, Values]:
    levels, codes = np.unique(batch["city"].astype(str), return_inverse=True)
    temperature = batch["temperature"]
    return {
        "temperature": Values("number", temperature, ~np.isnan(temperature)),
        "visits": Values("integer", batch["visits"].astype(np.int64)),
        "member": Values("boolean", batch["member"].astype(bool)),
        "at": Values("timestamp", (batch["at"] * 1e6).astype(np.int64)),
        "city": Values("string", codes.astype(np.int32), dictionary=levels.astype(object)),
    }


def checked(batch: dict[str, NDArray[Any]]) -> Checked:
    return Checker(CONTRACT).columns(columns(batch))


def model(contract: Contract) -> bytes:
    """The true model in ONNX; the time weighs nothing."""
    double, text = TensorProto.DOUBLE, TensorProto.STRING
    nodes = [
        helper.make_node("IsNaN", ["numbers"], ["gaps"]),
        helper.make_node("Where", ["gaps", "nought", "numbers"], ["filled"]),
        helper.make_node("MatMul", ["filled", "weights"], ["weighed"]),
        helper.make_node(
            "LabelEncoder",
            ["strings"],
            ["effects"],
            domain="ai.onnx.ml",
            keys_strings=CITIES,
            values_tensor=helper.make_tensor("v", double, [3], EFFECTS),
            default_tensor=helper.make_tensor("d", double, [1], [0.0]),
        ),
        helper.make_node("Sum", ["weighed", "effects", "base"], ["score"]),
        helper.make_node("Squeeze", ["score", "columns"], ["flat"]),
        helper.make_node("Sigmoid", ["flat"], ["prediction"]),
    ]
    graph = helper.make_graph(
        nodes,
        "model",
        [
            helper.make_tensor_value_info("numbers", double, [None, 4]),
            helper.make_tensor_value_info("strings", text, [None, 1]),
        ],
        [helper.make_tensor_value_info("prediction", double, [None])],
        [
            helper.make_tensor("weights", double, [4, 1], [*WEIGHTS, 0.0]),
            helper.make_tensor("nought", double, [], [0.0]),
            helper.make_tensor("base", double, [1, 1], [-1.5]),
            helper.make_tensor("columns", TensorProto.INT64, [1], [1]),
        ],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("ai.onnx.ml", 5)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    helper.set_model_props(made, {"task": "binary", "contract": contracts.digest(contract)})
    return bytes(made.SerializeToString())


def evidence(holdout: dict[str, NDArray[Any]]) -> Evidence:
    """What validation would measure on a holdout, by the functions that it measures with."""
    outcome, tensors = holdout["bought"], checked(holdout)
    prediction = truth(
        holdout | {"temperature": np.where(np.isnan(holdout["temperature"]), 10.0, holdout["temperature"])}
    )
    prior = np.full(len(outcome), outcome.mean())
    clusters = np.unique(holdout["at"] // DAY, return_inverse=True)[1].astype(np.int64)
    calibration, in_bins = measure_calibration("binary", outcome, prediction, clusters=clusters)
    n = len(outcome)
    return Evidence(
        target="bought",
        task="binary",
        classes=("false", "true"),
        measured_at="2023-11-01T00:00:00Z",
        digests={},
        versions={},
        seed=0,
        rows=Rows(n, int(tensors.rejected.sum()), 0, n, int(clusters.max()) + 1, "days"),
        measurements=(*measure_metrics("binary", outcome, prediction, prior, clusters=clusters), *in_bins),
        gates=(),
        calibration=calibration,
        slices=worst_slices(
            "binary", outcome, prediction, prior, [by_level("city", tensors.strings[0])], clusters=clusters
        ),
        verdicts=tuple(Verdict(v.column, v.code, v.action, len(v.rows)) for v in tensors.violations),
        caught=Caught(0, 0, ()),
        leaderboard=(),
    )


@pytest.fixture(scope="session")
def holdout() -> dict[str, NDArray[Any]]:
    return World(seed=2, days=40).draw(20_000)


@pytest.fixture(scope="session")
def holdout_evidence(holdout: dict[str, NDArray[Any]]) -> Evidence:
    return evidence(holdout)


@pytest.fixture(scope="session")
def release(
    tmp_path_factory: pytest.TempPathFactory, holdout: dict[str, NDArray[Any]], holdout_evidence: Evidence
) -> Release:
    prediction = truth(holdout | {"temperature": np.nan_to_num(holdout["temperature"], nan=10.0)})
    return write(
        tmp_path_factory.mktemp("releases"),
        name="shop",
        contract=CONTRACT,
        profile=Profile.of(columns(World(seed=1).draw(100_000))),
        scores=scores("binary", holdout["bought"], prediction),
        model=model(CONTRACT),
        evidence=msgspec.to_builtins(holdout_evidence),
        card_markdown="# shop",
        card_html="<p>shop</p>",
        environment="interlock==0.1.0\n",
    )


def send(
    ledger: Path,
    release: Release,
    batch: dict[str, NDArray[Any]],
    *,
    outcomes: float = 1.0,
    a_request: int = 500,
) -> None:
    """Answer rows as the service does, log them, and let the first share of the outcomes arrive."""
    tensors = checked(batch)
    strings = tensors.string_matrix()
    predictions = release.model.predict(tensors.numbers, strings)
    flags: list[list[tuple[str, str, str]]] = [[] for _ in predictions]
    for violation in tensors.violations:
        for row in violation.rows:
            flags[row].append((violation.column, violation.code, violation.action))
    names = [column.name for column in CONTRACT.numbers]
    header = Header(release=release.digest, numbers=tuple(names), strings=("city",), classes=CONTRACT.classes)
    with Ledger(ledger, header) as book:
        for start in range(0, len(predictions), a_request):
            rows = slice(start, start + a_request)
            refused = np.flatnonzero(tensors.rejected[rows])
            given: list[float | list[float] | None] = [*predictions[rows].tolist()]
            for row in refused:
                given[row] = None
            first = book.reserve(len(given))
            book.record(
                Entry(
                    first,
                    "v1",
                    422 if refused.size else 200,
                    time=float(batch["at"][start]),
                    numbers=tensors.numbers[rows].tolist(),
                    strings=strings[rows].tolist(),
                    predictions=given,
                    flags=flags[rows],
                    rejected=refused.tolist(),
                )
            )
            for row in range(start, min(start + len(given), int(outcomes * len(predictions)))):
                if given[row - start] is not None:
                    book.truth(f"{book.writer}-{first + row - start:x}", bool(batch["bought"][row]))


Send = Callable[..., None]


@pytest.fixture(scope="session")
def traffic(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a ledger with rows of a world."""

    def traffic_(rows: int, *, outcomes: float = 1.0, **law: Any) -> Path:
        folder = tmp_path_factory.mktemp("ledger")
        send(folder, release, World(**{"seed": 3, **law}).draw(rows), outcomes=outcomes)
        return folder

    return traffic_
