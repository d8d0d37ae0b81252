"""Calls as bytes, without a socket; what is sent is written by Triton's own messages."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import MakeApp, post
from tests.serve.grpc.asking import grpc_request
from tritonclient.grpc import service_pb2
from tritonclient.utils import deserialize_bytes_tensor

from interlock.serve.asgi import Application

INFER = "/inference.GRPCInferenceService/ModelInfer"


@pytest.fixture
def app(make_app: MakeApp) -> Application:
    return make_app(grpc="127.0.0.1:1")  # which is listened on by a server alone


def call(app: Application, method: str, sent: Any) -> Any:
    return app.answer("POST", method, b"application/x-protobuf", sent.SerializeToString())


def asked(rows: list[dict[str, Any]], **more: Any) -> Any:
    return grpc_request("binary", rows, **more)


def read(body: bytes) -> dict[str, Any]:
    answer = service_pb2.ModelInferResponse.FromString(body)
    return {
        tensor.name: deserialize_bytes_tensor(data).tolist()
        if tensor.datatype == "BYTES"
        else np.frombuffer(data).tolist()
        for tensor, data in zip(answer.outputs, answer.raw_output_contents, strict=True)
    }


def test_contents_are_rows(app: Application) -> None:
    rows = [GOOD, {**GOOD, "seats": 3, "carrier": "ZZ"}]
    alone = [post(app, "/v1/predict", row).json for row in rows]
    response = call(app, INFER, asked(rows, id="mine"))
    answer = read(response.body)
    assert service_pb2.ModelInferResponse.FromString(response.body).id == "mine"
    assert answer["prediction"] == [row["prediction"] for row in alone]
    assert [label.decode() for label in answer["label"]] == [row["label"] for row in alone]
    assert [json.loads(text) for text in answer["flags"]] == [row["flags"] for row in alone]


def test_a_null_is_listed_or_nan(app: Application) -> None:
    request = asked([{**GOOD, "distance": float("nan")}])
    for tensor in request.inputs:
        if tensor.name in ("seats", "carrier"):
            tensor.parameters["nulls"].string_param = "0"
    expected = post(app, "/v1/predict", {**GOOD, "distance": None, "seats": None, "carrier": None}).json
    assert read(call(app, INFER, request).body)["prediction"] == [expected["prediction"]]


def test_only_the_outputs_asked_for_and_reasons(app: Application) -> None:
    request = asked([GOOD])
    request.outputs.add(name="label")
    request.outputs.add(name="reasons")
    request.parameters["explain"].int64_param = 2
    answer = read(call(app, INFER, request).body)
    assert [*answer] == ["label", "reasons"]
    assert len(json.loads(answer["reasons"][0])["reasons"]) == 2


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (lambda r: setattr(r, "model_name", "other"), 404, "model"),
        (lambda r: setattr(r, "model_version", "1"), 404, "model"),
        (lambda r: setattr(r.inputs[0], "datatype", "FP16"), 400, "datatype"),
        (lambda r: setattr(r.inputs[0], "datatype", "FP80"), 400, "datatype"),
        (lambda r: r.raw_input_contents.append(b""), 400, "shape"),
        (lambda r: r.inputs[0].shape.append(2), 400, "shape"),
        (lambda r: r.outputs.add(name="x"), 400, "outputs"),
        (lambda r: r.inputs[1].contents.int64_contents.__setitem__(0, 900), 422, "rejected"),
        (lambda r: r.inputs[4].contents.bytes_contents.__setitem__(0, b"\xff"), 400, "datatype"),
    ],
)
def test_errors(app: Application, change: Any, status: int, code: str) -> None:
    request = asked([GOOD])
    change(request)
    response = call(app, INFER, request)
    assert (response.status, json.loads(response.body)["code"]) == (status, code)


def test_bytes_that_are_no_message_are_400(app: Application) -> None:
    response = app.answer("POST", INFER, b"", b"\xff\xff\xff")
    assert (response.status, json.loads(response.body)["code"]) == (400, "malformed")


def test_without_a_grpc_port_there_are_no_such_paths(make_app: MakeApp) -> None:
    assert call(make_app(), INFER, asked([GOOD])).status == 404


def test_health(make_app: MakeApp) -> None:
    from interlock.serve.grpc.messages import message

    ask = message("HealthCheckRequest")
    for prepared, status in ((True, 1), (False, 2)):
        app = make_app(prepared=prepared, grpc="127.0.0.1:1")
        answer = call(app, "/grpc.health.v1.Health/Check", ask())
        assert message("HealthCheckResponse").FromString(answer.body).status == status
        assert call(app, "/grpc.health.v1.Health/Check", ask(service="other")).status == 404
