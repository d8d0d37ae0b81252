from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures_release import CLASSES, GOOD
from tests.fixtures_service import MakeApp, post

from interlock.serve import read
from interlock.serve.asgi import Application

TYPES = {"distance": "FP64", "seats": "INT64", "fresh": "BOOL", "at": "BYTES", "carrier": "BYTES"}


def asked(rows: list[dict[str, Any]], *, matrix: bool = False, **more: Any) -> dict[str, Any]:
    inputs = []
    for name, datatype in TYPES.items():
        data: list[Any] = [row.get(name) for row in rows]
        shape = [len(rows), 1] if matrix else [len(rows)]
        nested = [[value] for value in data] if matrix else data
        inputs.append({"name": name, "shape": shape, "datatype": datatype, "data": nested})
    return {"inputs": inputs, **more}


def output(answer: Any, name: str) -> Any:
    return next(tensor for tensor in answer["outputs"] if tensor["name"] == name)


def test_columns_become_rows(app: Application) -> None:
    rows = [GOOD, {**GOOD, "carrier": None}, {**GOOD, "carrier": "ZZ"}]
    answer = post(app, "/v2/models/binary/infer", asked(rows, id="mine"))
    assert answer.status == 200
    assert answer.json["id"] == "mine"
    assert answer.json["model_name"] == "binary"
    assert answer.json["parameters"]["release"] == app.service.release.digest
    alone = [post(app, "/v1/predict", row).json for row in rows]
    assert output(answer.json, "prediction")["data"] == [row["prediction"] for row in alone]
    assert output(answer.json, "prediction")["shape"] == [3]
    assert output(answer.json, "label")["data"] == [row["label"] for row in alone]
    assert [json.loads(text) for text in output(answer.json, "flags")["data"]] == [
        row["flags"] for row in alone
    ]
    assert len(set(output(answer.json, "prediction_id")["data"])) == 3


def test_matrices_of_one_column_are_the_same(app: Application) -> None:
    rows = [GOOD, {}]
    vectors = post(app, "/v2/models/binary/infer", asked(rows)).json
    matrices = post(app, "/v2/models/binary/infer", asked(rows, matrix=True)).json
    flat = asked(rows)
    for tensor in flat["inputs"]:
        tensor["shape"] = [2, 1]
    assert output(vectors, "prediction") == output(matrices, "prediction")
    assert output(post(app, "/v2/models/binary/infer", flat).json, "prediction") == output(
        vectors, "prediction"
    )


def test_multiclass_answers_a_matrix(make_app: MakeApp) -> None:
    app = make_app("multiclass")
    tensor = output(post(app, "/v2/models/multiclass/infer", asked([GOOD, {}])).json, "prediction")
    assert tensor["shape"] == [2, 3]
    alone = post(app, "/v1/predict", GOOD).json["prediction"]
    assert tensor["data"][:3] == [alone[name] for name in CLASSES["multiclass"]]


def test_only_the_outputs_asked_for_are_sent(app: Application) -> None:
    answer = post(app, "/v2/models/binary/infer", asked([GOOD], outputs=[{"name": "label"}])).json
    assert [tensor["name"] for tensor in answer["outputs"]] == ["label"]
    assert post(app, "/v2/models/binary/infer", asked([GOOD], outputs=[{"name": "x"}])).status == 400


def test_parameters_are_tolerated(app: Application) -> None:
    request = asked([GOOD], parameters={"content_type": "pd"})
    request["inputs"][0]["parameters"] = {"content_type": "np"}
    assert post(app, "/v2/models/binary/infer", request).status == 200


def test_without_an_id_the_first_prediction_id_stands_in(app: Application) -> None:
    answer = post(app, "/v2/models/binary/infer", asked([GOOD])).json
    assert answer["id"] == output(answer, "prediction_id")["data"][0]


def test_one_rejected_row_rejects_the_request_and_is_named(app: Application, tmp_path: Path) -> None:
    answer = post(app, "/v2/models/binary/infer", asked([GOOD, {**GOOD, "seats": 900}]))
    assert answer.status == 422
    assert answer.json["violations"] == [{"row": 1, "column": "seats", "code": "range", "action": "reject"}]
    assert isinstance(answer.json["error"], str)
    app.service.ledger.close()
    good, bad = read(tmp_path / "ledger")
    assert (good.status, good.prediction, good.rejected, bad.rejected) == (422, None, False, True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"shape": [3]}, "shape"),
        ({"shape": [1, 2]}, "shape"),
        ({"shape": []}, "shape"),
        ({"datatype": "FP80"}, "datatype"),
        ({"name": "seats"}, "shape"),
        ({"shape": [1, 1], "data": [[1.0, 2.0]]}, "shape"),
        ({"shape": [2, 1], "data": [[1.0], 2.0]}, "shape"),
        ({"data": "x"}, "malformed"),
    ],
)
def test_inputs_that_do_not_fit_are_400(app: Application, change: dict[str, Any], code: str) -> None:
    request = asked([GOOD])
    request["inputs"][0] |= change
    answer = post(app, "/v2/models/binary/infer", request)
    assert (answer.status, answer.json["code"]) == (400, code)


def test_inputs_of_different_lengths_are_400(app: Application) -> None:
    request = asked([GOOD])
    request["inputs"][0] |= {"shape": [2], "data": [1.0, 2.0]}
    assert post(app, "/v2/models/binary/infer", request).json["code"] == "shape"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"inputs": 3}', b"\xff"])
def test_bodies_that_are_no_inference_request_are_400(app: Application, body: bytes) -> None:
    answer = post(app, "/v2/models/binary/infer", body)
    assert answer.status == 400
    assert set(answer.json) >= {"error", "id", "release"}


def test_other_models_and_versions_are_404(app: Application) -> None:
    digest = app.service.release.digest
    for path, status in (
        ("/v2/models/other/infer", 404),
        ("/v2/models/binary/versions/1/infer", 404),
        (f"/v2/models/binary/versions/{digest}/infer", 200),
        (f"/v2/models/binary/versions/{digest.replace(':', '%3A')}/infer", 200),
    ):
        assert post(app, path, asked([GOOD])).status == status, path


def test_metadata_describes_the_contract(app: Application) -> None:
    answer = app.answer("GET", "/v2/models/binary", b"", b"")
    described = json.loads(answer.body)
    assert {tensor["name"]: tensor["datatype"] for tensor in described["inputs"]} == TYPES
    assert described["versions"] == [app.service.release.digest]
    assert described["inputs"][0]["parameters"]["unit"] == "miles"
    names = [tensor["name"] for tensor in described["outputs"]]
    assert names == ["prediction", "label", "prediction_id", "flags"]
    for path in ("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/binary/ready"):
        assert app.answer("GET", path, b"", b"").status == 200


def test_not_ready_is_503(make_app: MakeApp) -> None:
    app = make_app(prepared=False)
    assert app.answer("GET", "/v2/health/ready", b"", b"").status == 503
    assert app.answer("GET", "/v2/models/binary/ready", b"", b"").status == 503
    assert app.answer("GET", "/v2/health/live", b"", b"").status == 200
    assert post(app, "/v2/models/binary/infer", asked([GOOD])).status == 503
