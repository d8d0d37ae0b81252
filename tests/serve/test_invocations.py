"""`/invocations`: which form is read, which is written, and whose request it counts as."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures_release import CLASSES, GOOD
from tests.fixtures_service import Answer, MakeApp, post

from interlock.serve.asgi import Application
from interlock.serve.limits import Limits
from interlock.serve.platform import Platform

ROWS: list[dict[str, Any]] = [GOOD, {**GOOD, "distance": None}, {**GOOD, "carrier": "ZZ"}]


def cells(rows: list[dict[str, Any]], *, header: bool) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    if header:
        writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return out.getvalue().encode()


def ask(app: Application, body: bytes, kind: bytes, accept: bytes = b"", **more: bytes) -> Answer:
    headers = {b"accept": accept} if accept else {}
    headers |= {name.replace("_", "-").encode(): value for name, value in more.items()}
    response = app.answer("POST", "/invocations", kind, body, b"", headers)
    sent = {name.decode(): value.decode() for name, value in response.headers}
    return Answer(response.status, response.body, {**sent, "content-type": response.content_type.decode()})


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"text/csv", cells(ROWS, header=True)),
        (b"text/csv", cells(ROWS, header=False)),
        (b"application/csv; header=present", cells(ROWS, header=True)),
        (b'text/csv; charset=utf-8; header="absent"', cells(ROWS, header=False)),
        (b"application/json", json.dumps({"instances": ROWS}).encode()),
        (b"application/json", json.dumps({"instances": [[*row.values()] for row in ROWS]}).encode()),
        (
            b"application/json",
            json.dumps({"instances": [{"features": [*r.values()]} for r in ROWS]}).encode(),
        ),
        (b"application/jsonlines", b"\n".join(json.dumps(row).encode() for row in ROWS)),
        (b"application/x-ndjson", b"\n".join(json.dumps([*row.values()]).encode() for row in ROWS)),
    ],
)
def test_each_form_gives_the_same_numbers_in_each_form(app: Application, kind: bytes, body: bytes) -> None:
    expected = [post(app, "/v1/predict", row).json["prediction"] for row in ROWS]
    told = ask(app, body, kind, b"application/json")
    assert told.json["predictions"] == expected
    lines = ask(app, body, kind, b"application/jsonlines")
    assert [json.loads(line)["prediction"] for line in lines.body.splitlines()] == expected
    table = ask(app, body, kind, b"text/csv")
    assert [float(line) for line in table.body.splitlines()] == expected
    assert [each.headers["content-type"] for each in (told, lines, table)] == [
        "application/json",
        "application/jsonlines",
        "text/csv",
    ]


def test_without_accept_lines_answer_lines_and_all_else_json(app: Application) -> None:
    line = json.dumps(GOOD).encode()
    assert ask(app, line, b"application/jsonlines").headers["content-type"] == "application/jsonlines"
    for kind in (b"text/csv", b"text/csv;header=present"):
        assert ask(app, cells(ROWS, header=True), kind).headers["content-type"] == "application/json"


def test_several_classes_are_several_cells(make_app: MakeApp) -> None:
    app = make_app("multiclass")
    line = ask(app, cells([GOOD], header=False), b"text/csv", b"text/csv").body
    expected = post(app, "/v1/predict", GOOD).json["prediction"]
    assert [float(cell) for cell in line.split(b",")] == [expected[name] for name in CLASSES["multiclass"]]


def test_an_answer_that_nobody_accepts_is_406(app: Application) -> None:
    answer = ask(app, cells(ROWS, header=True), b"text/csv", b"application/x-recordio-protobuf")
    assert (answer.status, answer.json["code"]) == (406, "accept")


@pytest.mark.parametrize("kind", [b"application/vnd.apache.parquet", b"application/x-parquet"])
def test_parquet_is_415_and_told_what_to_send(app: Application, kind: bytes) -> None:
    answer = ask(app, b"PAR1", kind)
    assert answer.status == 415
    assert "application/json (dataframe_split)" in answer.json["message"]
    assert ask(app, b"x", b"application/x-recordio-protobuf").status == 415


def test_params_ask_for_reasons(app: Application) -> None:
    body = json.dumps({"dataframe_records": [GOOD], "params": {"explain": 2, "temperature": 1}}).encode()
    assert len(ask(app, body, b"application/json").json["explanations"][0]["reasons"]) == 2


def test_sagemakers_attributes_come_back(app: Application) -> None:
    sent = {
        "x_amzn_sagemaker_custom_attributes": b"trace=1; team=a",
        "x_amzn_sagemaker_inference_id": b"mine-7",
        "x_amzn_sagemaker_target_variant": b"ignored",
    }
    answer = ask(app, cells([GOOD], header=True), b"text/csv", **sent)
    assert answer.headers == {
        "content-type": "application/json",
        "x-amzn-sagemaker-custom-attributes": "trace=1; team=a",
        "x-amzn-sagemaker-inference-id": "mine-7",
    }
    for bad in (b"x" * 1025, b"a\r\nset-cookie: b", b"\xff"):
        answer = ask(app, cells([GOOD], header=True), b"text/csv", x_amzn_sagemaker_custom_attributes=bad)
        assert list(answer.headers) == ["content-type"]


def test_on_sagemaker_a_request_counts_as_sagemakers(make_app: MakeApp, tmp_path: Path) -> None:
    from interlock.serve import read

    app = make_app(
        platform=Platform(name="sagemaker", concurrent=3), limits=Limits(max_body=6 << 20), workers=2
    )
    ask(app, cells([GOOD], header=False), b"text/csv")
    parameters = json.loads(app.answer("GET", "/execution-parameters", b"", b"").body)
    assert parameters == {"MaxConcurrentTransforms": 3, "BatchStrategy": "MULTI_RECORD", "MaxPayloadInMB": 6}
    app.service.ledger.close()
    assert {record.protocol for record in read(tmp_path / "ledger")} == {"sagemaker"}


def test_ping_has_no_body(app: Application) -> None:
    answer = app.answer("GET", "/ping", b"", b"")
    assert (answer.status, answer.body) == (200, b"")
