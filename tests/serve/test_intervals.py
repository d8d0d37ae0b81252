"""A service whose model gives intervals: the score less 1, and more 2."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from tests import fixtures_release
from tests.fixtures_release import GOOD
from tests.fixtures_service import post

from interlock.contract import CheckedRow
from interlock.errors import ReleaseError
from interlock.profile import Profile
from interlock.profile.values import Values
from interlock.release import Model, write
from interlock.release.golden import Golden
from interlock.serve.asgi import Application
from interlock.serve.openapi import describe
from interlock.serve.scorer import Scorer
from interlock.serve.settings import Settings, application, checked

ROWS: list[dict[str, Any]] = [GOOD, {**GOOD, "carrier": None, "distance": None}, {**GOOD, "carrier": "ZZ"}]


def model(low: float = -1.0, high: float = 2.0) -> bytes:
    made = onnx.load_from_string(fixtures_release.model(fixtures_release.contract("regression")))
    made.graph.node.extend(
        [
            helper.make_node("Add", ["score", "reaches"], ["ends"]),
            helper.make_node("Identity", ["ends"], ["interval"]),
        ]
    )
    made.graph.initializer.append(helper.make_tensor("reaches", TensorProto.DOUBLE, [1, 2], [low, high]))
    made.graph.output.append(helper.make_tensor_value_info("interval", TensorProto.DOUBLE, [None, 2]))
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Application]:
    release = write(
        tmp_path,
        name="flights",
        contract=fixtures_release.contract("regression"),
        profile=fixtures_release.profile(),
        scores=Profile.of({"prediction": Values("number", np.linspace(0, 9, 50))}),
        model=model(),
        evidence={},
        card_markdown="# Flights\n",
        card_html="<h1>Flights</h1>",
        environment="numpy==2.4.6\n",
    )
    settings = Settings(release=str(release.path), ledger=str(tmp_path / "ledger"), run=str(tmp_path / "run"))
    made = application(settings, checked(settings)[0])
    made.service.prepare()
    yield made
    made.service.ledger.close()


def around(prediction: float) -> list[float]:
    return [prediction - 1, prediction + 2]


def test_one_row_is_answered_with_its_interval(app: Application) -> None:
    answer = post(app, "/v1/predict", GOOD)
    assert answer.status == 200
    assert answer.json["interval"] == pytest.approx(around(answer.json["prediction"]))
    assert list(answer.json) == ["id", "release", "prediction", "interval", "flags"]


def test_many_rows_have_one_each_and_a_refused_row_none(app: Application) -> None:
    refused = {**GOOD, "seats": 9999}
    answers = post(app, "/v1/predict", [*ROWS, refused]).json["predictions"]
    for answer, row in zip(answers[:3], ROWS, strict=True):
        alone = post(app, "/v1/predict", row).json
        assert (answer["prediction"], answer["interval"]) == (alone["prediction"], alone["interval"])
    assert "interval" not in answers[3]


def test_the_other_protocols_give_them_as_they_can(app: Application) -> None:
    alone = [post(app, "/v1/predict", row).json["interval"] for row in ROWS]
    mlflow = post(app, "/invocations", {"dataframe_records": ROWS}).json
    assert mlflow["intervals"] == alone
    inputs = [
        {"name": "distance", "shape": [1], "datatype": "FP64", "data": [GOOD["distance"]]},
        {"name": "seats", "shape": [1], "datatype": "INT64", "data": [GOOD["seats"]]},
        {"name": "fresh", "shape": [1], "datatype": "BOOL", "data": [GOOD["fresh"]]},
        {"name": "at", "shape": [1], "datatype": "BYTES", "data": [GOOD["at"]]},
        {"name": "carrier", "shape": [1], "datatype": "BYTES", "data": [GOOD["carrier"]]},
    ]
    outputs = [{"name": "interval"}]
    answer = post(app, "/v2/models/flights/infer", {"inputs": inputs, "outputs": outputs}).json
    assert answer["outputs"] == [{"name": "interval", "datatype": "FP64", "shape": [1, 2], "data": alone[0]}]
    metadata = json.loads(app.answer("GET", "/v2/models/flights", b"", b"").body)
    assert {"name": "interval", "datatype": "FP64", "shape": [-1, 2]} in metadata["outputs"]


def test_the_description_of_the_service_names_it(app: Application) -> None:
    schemas = describe(app.service.release)["components"]["schemas"]
    assert schemas["Prediction"]["properties"]["interval"]["minItems"] == 2


def test_golden_rows_stand_as_they_are(app: Application) -> None:
    assert app.service.ready
    assert all(isinstance(golden, Golden) for golden in app.service.release.golden)
    assert app.service.scorer.intervals


def test_an_end_that_is_no_number_is_no_answer() -> None:
    made = Scorer(Model(model(high=float("inf"))))
    with pytest.raises(ReleaseError, match="not finite"):
        made.many([CheckedRow([1.0, 2.0, 0.0, 0.0], ["UA"], [], False)])
