from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import MakeApp, post

from interlock.serve.asgi import Application

ROWS: list[dict[str, Any]] = [GOOD, {**GOOD, "carrier": None, "distance": None}, {**GOOD, "carrier": "ZZ"}]


def split(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"columns": [*rows[0]], "index": [*range(len(rows))], "data": [[*row.values()] for row in rows]}


def columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return out.getvalue().encode()


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": split(ROWS)},
        {"dataframe_records": ROWS},
        {"instances": ROWS},
        {"inputs": columns(ROWS)},
        {"inputs": ROWS},
        {"dataframe_records": ROWS, "params": {"x": 1}},
    ],
)
def test_each_json_form_answers_as_v1_does(app: Application, body: dict[str, Any]) -> None:
    alone = [post(app, "/v1/predict", row).json for row in ROWS]
    answer = post(app, "/invocations", body)
    assert answer.status == 200
    assert answer.json["predictions"] == [row["prediction"] for row in alone]
    assert answer.json["labels"] == [row["label"] for row in alone]
    assert answer.json["flags"] == [row["flags"] for row in alone]
    assert len(set(answer.json["ids"])) == 3
    assert answer.json["release"] == app.service.release.digest


@pytest.mark.parametrize("kind", [b"text/csv", b"application/csv", b"text/csv; charset=utf-8"])
def test_csv_answers_as_json_does(app: Application, kind: bytes) -> None:
    expected = post(app, "/invocations", {"dataframe_records": ROWS}).json
    answer = post(app, "/invocations", as_csv(ROWS), kind)
    assert answer.status == 200
    assert answer.json["predictions"] == expected["predictions"]
    assert answer.json["flags"] == expected["flags"]


def test_csv_keeps_texts_and_missing_cells_apart(app: Application) -> None:
    header = b"\xef\xbb\xbfdistance,seats,fresh,at,carrier\r\n"
    lines = b"NaN,30.0,False,,\r\n\r\n1e2,NA,,2013-06-01T12:00:00Z,NA\r\n"
    answer = post(app, "/invocations", header + lines, b"text/csv").json
    first = {"distance": None, "seats": 30, "fresh": False, "at": None, "carrier": None}
    second = {"distance": 100, "seats": None, "fresh": None, "at": GOOD["at"], "carrier": "NA"}
    expected = [post(app, "/v1/predict", row).json for row in (first, second)]
    assert answer["predictions"] == [row["prediction"] for row in expected]
    assert answer["flags"] == [row["flags"] for row in expected]
    assert expected[1]["flags"][-1]["code"] == "category", "the text NA is a level, not a gap"


@pytest.mark.parametrize("cell", ["abc", "30.9", "0x1F", "1e999", "true"])
def test_csv_cells_of_the_wrong_type_are_rejected(app: Application, cell: str) -> None:
    answer = post(app, "/invocations", f"seats\n{cell}\n".encode(), b"text/csv")
    assert answer.status == 422
    assert answer.json["violations"][0]["column"] == "seats"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"instances": [{}], "inputs": [{}]}',
        b'{"inputs": 3}',
        b'{"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}',
        b'{"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}',
        b'{"inputs": {"seats": [1], "fresh": []}}',
        b'{"instances": []}',
        b'{"instances": [[1, 2]]}',
    ],
)
def test_other_bodies_are_refused_in_mlflows_form(app: Application, body: bytes) -> None:
    answer = post(app, "/invocations", body)
    assert (answer.status, answer.json["error_code"]) == (400, "BAD_REQUEST")
    assert answer.json["message"]


@pytest.mark.parametrize("body", [b"", b"seats\n1,2\n", b'seats\n"1\n', b"\xff\xfe"])
def test_other_csv_is_refused(app: Application, body: bytes) -> None:
    assert post(app, "/invocations", body, b"text/csv").status == 400


def test_rejected_rows_are_named_in_mlflows_form(app: Application) -> None:
    answer = post(app, "/invocations", {"instances": [GOOD, {**GOOD, "seats": "many"}]})
    assert (answer.status, answer.json["error_code"]) == (422, "INVALID_PARAMETER_VALUE")
    assert answer.json["violations"] == [{"row": 1, "column": "seats", "code": "type", "action": "reject"}]


def test_parquet_is_415(app: Application) -> None:
    assert post(app, "/invocations", b"PAR1", b"application/vnd.apache.parquet").status == 415


def test_ping_and_version(make_app: MakeApp) -> None:
    from interlock import __version__

    waiting, ready = make_app(prepared=False), make_app()
    assert waiting.answer("GET", "/ping", b"", b"").status == 503
    answer = ready.answer("GET", "/ping", b"", b"")
    assert (answer.status, answer.body) == (200, b"")
    assert ready.answer("GET", "/version", b"", b"").body == __version__.encode()
