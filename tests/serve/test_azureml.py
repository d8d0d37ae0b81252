from __future__ import annotations

import json
from typing import Any

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import post

from interlock.serve.asgi import Application

ROWS: list[dict[str, Any]] = [GOOD, {**GOOD, "carrier": None}]
TABLE = {"columns": [*GOOD], "index": [0, 1], "data": [[*row.values()] for row in ROWS]}


@pytest.mark.parametrize(
    "body",
    [
        {"input_data": TABLE},
        {"input_data": {name: TABLE[name] for name in ("columns", "data")}, "params": {}},
        {"input_data": ROWS},
        {"input_data": TABLE["data"]},
        {"data": ROWS},
        {"data": TABLE["data"], "method": "predict"},
        {"Inputs": {"data": ROWS}, "GlobalParameters": {"method": "predict"}},
        {"Inputs": {"data": ROWS}, "GlobalParameters": 0.0},
    ],
)
def test_each_form_answers_as_our_own_api_does(app: Application, body: dict[str, Any]) -> None:
    alone = [post(app, "/v1/predict", row).json for row in ROWS]
    answer = post(app, "/score", body)
    assert answer.status == 200
    assert answer.json["predictions"] == [row["prediction"] for row in alone]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"data": 1}', b'{"data": [], "input_data": []}', b'{"data": [NaN]}']
)
def test_other_bodies_are_400(app: Application, body: bytes) -> None:
    assert post(app, "/score", body).status == 400


def test_liveness_and_the_description_are_where_azure_asks(app: Application) -> None:
    assert app.answer("GET", "/", b"", b"").status == 200
    described = app.answer("GET", "/swagger.json", b"", b"")
    assert described.body == app.answer("GET", "/openapi.json", b"", b"").body
    assert "/score" in json.loads(described.body)["paths"]
