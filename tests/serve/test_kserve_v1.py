from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import MakeApp, post

from interlock.serve.asgi import Application

ROWS: list[dict[str, Any]] = [GOOD, {**GOOD, "carrier": None, "distance": None}, {"carrier": "ZZ"}]
NAMES = ("distance", "seats", "fresh", "at", "carrier")
PREDICT, EXPLAIN = "/v1/models/binary:predict", "/v1/models/binary:explain"


def positional(rows: list[dict[str, Any]]) -> list[list[Any]]:
    return [[row.get(name) for name in NAMES] for row in rows]


@pytest.mark.parametrize(
    "body",
    [
        {"instances": ROWS},
        {"inputs": ROWS},
        {"instances": positional(ROWS)},
        {"instances": [{"features": row} for row in positional(ROWS)]},
        {"inputs": {name: [row.get(name) for row in ROWS] for name in NAMES}},
        {"instances": ROWS, "signature_name": "serving_default", "parameters": {"anything": 1}},
    ],
)
def test_each_form_answers_as_our_own_api_does(app: Application, body: dict[str, Any]) -> None:
    alone = [post(app, "/v1/predict", row).json for row in ROWS]
    answer = post(app, PREDICT, body)
    assert answer.status == 200
    assert answer.json["predictions"] == [row["prediction"] for row in alone]
    assert answer.json["labels"] == [row["label"] for row in alone]
    assert "explanations" not in answer.json


def test_explain_gives_all_reasons_of_each_row(app: Application) -> None:
    answer = post(app, EXPLAIN, {"instances": ROWS}).json
    for row, prediction, explanation in zip(ROWS, answer["predictions"], answer["explanations"], strict=True):
        own = post(app, "/v1/predict", row)
        told = json.loads(
            app.answer(
                "POST", "/v1/predict", b"application/json", json.dumps(row).encode(), b"explain=100"
            ).body
        )
        assert prediction == own.json["prediction"]
        assert explanation == {name: told[name] for name in ("reasons", "others", "base", "unit", "of")}
    few = post(app, EXPLAIN, {"instances": [GOOD], "parameters": {"explain": 1}}).json
    assert len(few["explanations"][0]["reasons"]) == 1


def test_predict_explains_where_its_parameters_ask(app: Application) -> None:
    answer = post(app, PREDICT, {"instances": [GOOD], "parameters": {"explain": 2}}).json
    assert len(answer["explanations"][0]["reasons"]) == 2
    assert post(app, PREDICT, {"instances": [GOOD], "parameters": {"explain": 0}}).status == 400


def test_models_are_listed_and_say_whether_they_are_ready(make_app: MakeApp) -> None:
    waiting, ready = make_app(prepared=False), make_app()
    assert json.loads(ready.answer("GET", "/v1/models", b"", b"").body) == {"models": ["binary"]}
    answer = ready.answer("GET", "/v1/models/binary", b"", b"")
    assert (answer.status, json.loads(answer.body)) == (200, {"name": "binary", "ready": True})
    assert waiting.answer("GET", "/v1/models/binary", b"", b"").status == 503
    assert ready.answer("GET", "/v1/models/other", b"", b"").status == 404
    assert ready.answer("GET", PREDICT, b"", b"").status == 405


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed"),
        (b"[]", 400, "malformed"),
        (b"{}", 400, "malformed"),
        (b'{"instances": 3}', 400, "malformed"),
        (b'{"instances": [{}], "inputs": [{}]}', 400, "malformed"),
        (b'{"instances": [{"distance": NaN}]}', 400, "malformed"),
        (b'{"instances": []}', 400, "empty"),
        (b'{"instances": [[1, 2]]}', 400, "shape"),
        (b'{"instances": [{"seats": 900}]}', 422, "rejected"),
    ],
)
def test_errors_are_kserves(app: Application, body: bytes, status: int, code: str) -> None:
    answer = post(app, PREDICT, body)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert isinstance(answer.json["error"], str)


def test_a_bare_nan_is_told_what_to_send(app: Application) -> None:
    assert "send null" in post(app, PREDICT, b'{"instances": [{"distance": NaN}]}').json["error"]


def test_other_models_are_404(app: Application) -> None:
    assert post(app, "/v1/models/other:predict", {"instances": [GOOD]}).status == 404


def test_metrics_and_ledger_know_the_protocol(app: Application, tmp_path: Path) -> None:
    from interlock.serve import read

    post(app, PREDICT, {"instances": [GOOD, GOOD]})
    assert 'interlock_requests_total{protocol="kserve_v1",code="200"} 1' in app.service.exposition()
    app.service.ledger.close()
    assert {record.protocol for record in read(tmp_path / "ledger")} == {"kserve_v1"}
