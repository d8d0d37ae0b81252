"""A text column from a raw table to an answer over HTTP: the same words, the same probability, to the bit."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.fixtures_service import running

import interlock as il
from interlock.contract import Checker
from interlock.monitor import monitor
from interlock.release import Model

GOOD = ("lovely", "délicieux", "素晴らしい", "schön", "отлично", "शानदार")
BAD = ("awful", "dégoûtant", "最悪です", "häßlich", "ужасно", "खराब")
PLAIN = ("the", "room", "was", "food", "staff", "we", "found", "it", "and", "very", "too", "hotel")

ASKED: tuple[dict[str, Any], ...] = (
    {"price": 10.0, "review": "Staff was lovely, lovely and DÉLICIEUX!"},
    {"price": 10.0, "review": "De\u0301gou\u0302tant 最悪です; ｔｏｏ awful…"},
    {"price": None, "review": None},
    {"price": 3.5, "review": ""},
    {"price": 3.5, "review": "👩\u200d💻 ?!"},
    {"price": 3.5, "review": "words nobody wrote before"},
    {"price": 3.5, "review": "lovely food " * 20_000},
    {"price": 3.5, "review": "ﬁne\u0000 शानदार खराब \ufb03 " + "x" * 5000},
)


def table(n: int = 1500, seed: int = 0) -> pa.Table:
    random = np.random.default_rng(seed)
    liked = random.random(n) < 0.5
    reviews: list[str | None] = []
    for each in liked:
        words = [*random.choice(PLAIN, random.integers(3, 15))]
        words += [*random.choice(GOOD if each else BAD, random.integers(0, 3))]
        reviews.append(" ".join(random.permutation(words)))
    reviews = [None if random.random() < 0.05 else review for review in reviews]
    price = random.gamma(2, 10, n).round(2)
    return pa.table({"price": price, "review": reviews, "liked": liked})


def bits(value: float) -> bytes:
    return struct.pack(">d", value)


@pytest.mark.slow
@pytest.mark.parametrize("candidate", ["linear", "lightgbm"])
def test_a_text_is_learned_released_served_and_monitored(tmp_path: Path, candidate: str) -> None:
    rows = table()
    learn, holdout, _ = il.table.part(rows, tmp_path / "parts", kind="random", fraction=0.2)
    exploration = il.explore(learn, target="liked")
    contract = exploration.contract
    assert (contract["review"].type, contract["review"].role) == ("text", "feature")
    development = il.develop(learn, contract, candidates=["baseline", candidate], seconds=20)
    assert development.best.scores[1].value > 0.8  # a third of the rows have no telling word, or no text
    validation = il.validate(development, holdout, contract, profile=exploration.profile)
    assert next(each.value for each in validation.measurements if each.name == "parity") < 1e-9
    release = il.release(
        tmp_path / "releases",
        name="reviews",
        exploration=exploration,
        development=development,
        validation=validation,
    )
    checker = Checker(contract)
    model, reference = Model(development.model), development.predictor(checker.columns(_columns(ASKED)))
    with running(release.path, tmp_path) as server:
        for row, expected in zip(ASKED, reference, strict=True):
            checked = checker.row(row)
            ours = model.one(checked.numbers, checked.strings)
            assert ours == pytest.approx(expected, rel=0, abs=1e-12)
            answer = server.post("/v1/predict", row).json
            assert bits(answer["prediction"]) == bits(ours)
            assert all(flag["column"] == "price" for flag in answer["flags"])
        together = server.post("/v1/predict", [*ASKED]).json["predictions"]
        mlflow = server.post("/invocations", {"dataframe_records": [*ASKED]}).json["predictions"]
        v2 = server.post("/v2/models/reviews/infer", {"inputs": _v2(ASKED)}).json["outputs"][0]["data"]
        alone = [server.post("/v1/predict", row).json["prediction"] for row in ASKED]
        assert [bits(each["prediction"]) for each in together] == [bits(each) for each in alone]
        assert (
            [bits(each) for each in mlflow] == [bits(each) for each in v2] == [bits(each) for each in alone]
        )
        later = table(seed=1).drop_columns(["liked"]).to_pylist()
        server.post("/v1/predict", later[:1000])
        assert server.stop() == 0
    found = monitor(release.path, server.ledger)
    assert not [alarm for alarm in found.alarms if alarm.subject == "review"]


def _columns(rows: tuple[dict[str, Any], ...]) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def _v2(rows: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    kinds = {"price": "FP64", "review": "BYTES"}
    return [
        {"name": name, "shape": [len(rows)], "datatype": kinds[name], "data": data}
        for name, data in _columns(rows).items()
    ]
