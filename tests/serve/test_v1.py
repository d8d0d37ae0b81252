from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.fixtures_release import CLASSES, GOOD, score
from tests.fixtures_service import TASKS, MakeApp, post

from interlock.contract import Column, Contract
from interlock.contract.step import Step
from interlock.serve import account, outcomes, read
from interlock.serve.asgi import Application
from interlock.serve.limits import Limits
from interlock.serve.message import Refusal
from interlock.serve.v1 import Truths

AT = 1370088000.0  # 2013-06-01T12:00:00Z, from `date -d ... +%s`
ROW = np.array([[500.5, 180.0, 1.0, AT]])


def test_one_row_gets_the_probability_that_numpy_computes(app: Application) -> None:
    answer = post(app, "/v1/predict", GOOD)
    expected = 1 / (1 + math.exp(-float(score(ROW, ["UA"])[0])))
    assert answer.status == 200
    assert answer.json["prediction"] == pytest.approx(expected, abs=1e-12)
    assert answer.json["label"] == "yes"
    assert answer.json["flags"] == []
    assert answer.json["release"] == app.service.release.digest
    assert answer.json["id"].startswith(app.service.ledger.writer)


def test_multiclass_names_each_class(make_app: MakeApp) -> None:
    answer = post(make_app("multiclass"), "/v1/predict", GOOD).json
    scores = np.exp(float(score(ROW, ["UA"])[0]) * np.array([-1.0, 0.0, 1.0]))
    expected = dict(zip(CLASSES["multiclass"], scores / scores.sum(), strict=True))
    assert answer["prediction"] == pytest.approx(expected, abs=1e-12)
    assert answer["label"] == max(expected, key=lambda name: expected[name])


def test_regression_answers_a_value_without_a_label(make_app: MakeApp) -> None:
    answer = post(make_app("regression"), "/v1/predict", GOOD).json
    assert answer["prediction"] == pytest.approx(float(score(ROW, ["UA"])[0]), abs=1e-12)
    assert "label" not in answer


def test_flags_are_said_and_the_row_is_answered(app: Application) -> None:
    answer = post(app, "/v1/predict", {**GOOD, "carrier": "ZZ", "distance": 9000}).json
    assert answer["flags"] == [
        {"column": "distance", "code": "range", "action": "flag"},
        {"column": "carrier", "code": "category", "action": "flag"},
    ]
    assert 0 < answer["prediction"] < 1


def test_a_rejected_row_names_its_violations_and_no_value(app: Application) -> None:
    answer = post(app, "/v1/predict", {**GOOD, "seats": 987654, "secret": "xyzzy"})
    assert answer.status == 422
    assert answer.json["violations"] == [
        {"column": "seats", "code": "range", "action": "reject"},
        {"column": "secret", "code": "unknown", "action": "reject"},
    ]
    assert answer.json["error"] == "rejected"
    assert "987654" not in answer.body.decode()
    assert "xyzzy" not in answer.body.decode()


def test_many_rows_answer_each_for_itself(app: Application) -> None:
    answer = post(app, "/v1/predict", [GOOD, {**GOOD, "seats": 900}, {}])
    assert answer.status == 200
    good, bad, empty = answer.json["predictions"]
    assert good["prediction"] == post(app, "/v1/predict", GOOD).json["prediction"]
    assert (bad["error"], bad["violations"][0]["column"]) == ("rejected", "seats")
    assert "prediction" not in bad
    assert empty["prediction"] == post(app, "/v1/predict", {}).json["prediction"]
    assert len({good["id"], bad["id"], empty["id"]}) == 3


def test_many_rows_all_rejected_are_422(app: Application) -> None:
    answer = post(app, "/v1/predict", [{"seats": 900}, {"seats": True}])
    assert answer.status == 422
    assert [row["violations"][0]["code"] for row in answer.json["predictions"]] == ["range", "type"]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 400, "malformed"),
        (b"{", 400, "malformed"),
        (b"nonsense", 400, "malformed"),
        (b"1", 400, "malformed"),
        (b"null", 400, "malformed"),
        (b"\xff\xfe{}", 400, "malformed"),
        (b"[{}, 1]", 400, "malformed"),
        (b"[", 400, "malformed"),
        (b"[]", 400, "empty"),
        (b"[" * 100_000, 400, "depth"),
        (b'{"distance":' + b"[" * 100_000, 400, "depth"),
    ],
)
def test_bad_bodies_are_refused(app: Application, body: bytes, status: int, error: str) -> None:
    answer = post(app, "/v1/predict", body)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert answer.json["id"]
    assert answer.json["release"]


def test_a_malformed_body_is_not_echoed(app: Application) -> None:
    assert b"xyzzy" not in post(app, "/v1/predict", b'{"distance": xyzzy').body


@pytest.mark.parametrize(
    "kind", [b"text/plain", b"application/x-www-form-urlencoded", b"application/json; charset=latin-1"]
)
def test_other_content_types_are_415(app: Application, kind: bytes) -> None:
    assert post(app, "/v1/predict", GOOD, kind).status == 415


@pytest.mark.parametrize("kind", [b"", b"Application/JSON; charset=UTF-8", b"application/vnd.api+json"])
def test_json_by_other_names_is_taken(app: Application, kind: bytes) -> None:
    assert post(app, "/v1/predict", GOOD, kind).status == 200


def test_too_many_rows_are_413(make_app: MakeApp) -> None:
    app = make_app(limits=Limits(max_rows=3))
    assert post(app, "/v1/predict", [GOOD] * 3).status == 200
    answer = post(app, "/v1/predict", [GOOD] * 4)
    assert (answer.status, answer.json["error"]) == (413, "rows")


def test_every_request_is_in_the_ledger(app: Application, tmp_path: Path) -> None:
    for body in (GOOD, [GOOD, GOOD], {"seats": 900}, b"{", [{"seats": 900}, GOOD]):
        post(app, "/v1/predict", body)
    app.service.ledger.close()
    records = list(read(tmp_path / "ledger"))
    assert [r.status for r in records] == [200, 200, 200, 422, 400, 200, 200]
    assert [r.rejected for r in records] == [False, False, False, True, True, True, False]
    assert records[0].numbers == (500.5, 180.0, 1.0, AT)
    assert records[0].strings == ("UA",)
    assert records[3].flags == (("seats", "range", "reject"),)
    assert json.loads(records[3].body) == {"seats": 900}
    assert records[0].body == b""
    assert records[4].body == b"{"
    summary = account(tmp_path / "ledger")
    assert (summary.received, summary.logged, summary.rejected, summary.rows) == (5, 5, 3, 6)


def test_the_kept_body_is_cut(app: Application, tmp_path: Path) -> None:
    post(app, "/v1/predict", b"x" * 100_000)
    app.service.ledger.close()
    (record,) = read(tmp_path / "ledger")
    assert len(record.body) == 2048


@pytest.mark.parametrize(
    ("task", "given", "kept"),
    [
        ("binary", "yes", "yes"),
        ("multiclass", "on time", "on time"),
        ("regression", 12, 12.0),
        ("regression", -0.5, -0.5),
    ],
)
def test_outcomes_are_recorded(make_app: MakeApp, tmp_path: Path, task: str, given: Any, kept: Any) -> None:
    app = make_app(task)
    name = post(app, "/v1/predict", GOOD).json["id"]
    answer = post(app, "/v1/outcomes", {"id": name, "outcome": given})
    assert (answer.status, answer.json) == (200, {"recorded": 1})
    app.service.ledger.close()
    (truth,) = outcomes(tmp_path / "ledger")
    assert (truth.id, truth.outcome) == (name, kept)


@pytest.mark.parametrize(
    ("task", "value", "status", "error"),
    [
        ("binary", {"id": "nobody", "outcome": "yes"}, 422, "id"),
        ("binary", {"id": "0" * 16 + "-1", "outcome": "maybe"}, 422, "outcome"),
        ("binary", {"id": "0" * 16 + "-1", "outcome": 1}, 422, "outcome"),
        ("binary", {"id": "0" * 16 + "-1", "outcome": None}, 422, "outcome"),
        ("binary", {"id": "0" * 16 + "-1"}, 422, "outcome"),
        ("binary", {"id": "0" * 16 + "-1", "outcome": "yes", "more": 1}, 422, "outcome"),
        ("regression", {"id": "0" * 16 + "-1", "outcome": "12"}, 422, "outcome"),
        ("regression", {"id": "0" * 16 + "-1", "outcome": True}, 422, "outcome"),
        ("regression", b'{"id": "0000000000000000-1", "outcome": 1e999}', 422, "outcome"),
        ("binary", b"{", 400, "malformed"),
    ],
)
def test_impossible_outcomes_are_refused(
    make_app: MakeApp, task: str, value: object, status: int, error: str
) -> None:
    app = make_app(task)
    answer = post(app, "/v1/outcomes", value)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert app.service.ledger.counts.outcomes == 0


def test_outcomes_are_recorded_all_or_none(app: Application) -> None:
    good, bad = {"id": "0" * 16 + "-1", "outcome": "yes"}, {"id": "x", "outcome": "yes"}
    assert post(app, "/v1/outcomes", [good, bad]).status == 422
    assert app.service.ledger.counts.outcomes == 0
    assert post(app, "/v1/outcomes", [good, good]).json == {"recorded": 2}
    assert app.service.ledger.counts.outcomes == 2


def test_outcomes_do_not_count_as_requests(app: Application) -> None:
    post(app, "/v1/outcomes", {"id": "0" * 16 + "-1", "outcome": "yes"})
    assert app.service.ledger.counts.received == 0


@pytest.mark.parametrize("task", TASKS)
def test_golden_rows_get_their_golden_answers(make_app: MakeApp, task: str) -> None:
    app = make_app(task)
    for golden in app.service.release.golden:
        answer = post(app, "/v1/predict", golden.row)
        assert answer.status == (422 if golden.rejected else 200)
        if golden.prediction is not None:
            got = answer.json["prediction"]
            got = tuple(got.values()) if isinstance(got, dict) else got
            assert got == golden.prediction


def test_an_outcome_is_cleaned_by_the_targets_steps() -> None:
    contract = Contract(
        (Column("back", "category", role="target"),),
        "binary",
        ("no", "yes"),
        clean=(Step("strip", "back"), Step("spelling", "back", spellings=(("Yes", "yes"),))),
    )
    truths = Truths(contract)
    body = b'{"id": "00c0ffee00c0ffee-1a", "outcome": " Yes "}'
    assert truths.decode(body) == [("00c0ffee00c0ffee-1a", "yes")]
    with pytest.raises(Refusal, match="no possible value of the target"):
        truths.decode(body.replace(b" Yes ", b"YES"))


def test_an_outcome_that_means_missing_is_none() -> None:
    target = Column("price", "number", role="target")
    truths = Truths(Contract((target,), "regression", clean=(Step("missing", "price", values=(-1,)),)))
    with pytest.raises(Refusal, match="no possible value of the target"):
        truths.decode(b'{"id": "00c0ffee00c0ffee-1a", "outcome": -1}')
