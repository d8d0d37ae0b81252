import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from tests import fixtures_release
from tests.fixtures_release import EFFECTS, GOOD, MEANS, NUMBERS, WEIGHTS
from tests.fixtures_service import Answer, MakeApp, Server

from interlock.contract import MISSING, CheckedRow
from interlock.release import Release
from interlock.serve.asgi import Application
from interlock.serve.ledger import account, read
from interlock.serve.message import Refusal
from interlock.serve.reasons import Reasons, asked, wanted


def ask(app: Application, value: object, query: bytes = b"explain=3") -> Answer:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    response = app.answer("POST", "/v1/predict", b"application/json", body, query)
    return Answer(response.status, response.body, {})


def contributions(row: dict[str, Any]) -> dict[str, float]:
    """Compute weight times the distance from the mean, without the explanation."""
    numbers = {"distance": 500.5, "seats": 180, "fresh": 1, "at": 1370088000.0, **row}
    terms = {name: numbers[name] for name in NUMBERS}
    weights = dict(zip(NUMBERS, WEIGHTS, strict=True))
    means = dict(zip((*NUMBERS, "carrier"), MEANS, strict=True))
    found = {name: float(weights[name] * (value - means[name])) for name, value in terms.items()}
    return found | {"carrier": EFFECTS[row.get("carrier", "UA")] - means["carrier"]}


def test_the_largest_contributions_come_first_with_the_rows_values(app: Application) -> None:
    plain, told = ask(app, GOOD, b"").json, ask(app, GOOD).json
    expected = sorted(contributions({}).items(), key=lambda each: -abs(each[1]))
    assert [each["column"] for each in told["reasons"]] == [name for name, _ in expected[:3]]
    for reason, (_, value) in zip(told["reasons"], expected[:3], strict=True):
        assert reason["contribution"] == pytest.approx(value)
    values = {each["column"]: each["value"] for each in ask(app, GOOD, b"explain=5").json["reasons"]}
    assert values == {**GOOD}
    assert (told["unit"], told["of"]) == ("log-odds", "yes")
    assert {name: told[name] for name in plain if name != "id"} == {n: plain[n] for n in plain if n != "id"}


def test_base_reasons_and_others_are_the_score(app: Application) -> None:
    for count in (1, 2, 5, 100):
        told = ask(app, GOOD, b"explain=%d" % count).json
        score = told["base"] + sum(each["contribution"] for each in told["reasons"]) + told["others"]
        assert 1 / (1 + np.exp(-score)) == pytest.approx(told["prediction"], abs=1e-12)
        assert len(told["reasons"]) == min(count, 5)


def test_of_several_classes_the_predicted_one_is_explained(make_app: MakeApp) -> None:
    told = ask(make_app("multiclass"), GOOD, b"explain=5").json
    assert told["of"] == told["label"]
    sign = {"early": -1, "late": 0, "on time": 1}[told["label"]]
    found = {each["column"]: each["contribution"] for each in told["reasons"]}
    assert found == pytest.approx({name: sign * value for name, value in contributions({}).items()})


def test_a_regression_has_no_class(make_app: MakeApp) -> None:
    told = ask(make_app("regression"), GOOD).json
    assert "of" not in told
    assert told["unit"] == "minutes"
    score = told["base"] + sum(each["contribution"] for each in told["reasons"]) + told["others"]
    assert score == pytest.approx(told["prediction"])


def test_missing_values_are_null_and_columns_that_add_nothing_are_no_reasons(app: Application) -> None:
    at_the_mean = {"distance": MEANS[0], "seats": MEANS[1]}
    told = ask(app, {**GOOD, **at_the_mean, "carrier": None}, b"explain=9").json
    values = {each["column"]: each["value"] for each in told["reasons"]}
    assert "distance" not in values
    assert "seats" not in values
    assert values["carrier"] is None


def test_in_an_array_accepted_rows_have_reasons_and_rejected_ones_are_not_repeated(app: Application) -> None:
    answer = ask(app, [GOOD, {**GOOD, "seats": 987654}, {**GOOD, "carrier": "AA"}])
    first, rejected, last = answer.json["predictions"]
    assert answer.status == 200
    assert first["reasons"][0]["column"]
    assert "reasons" not in rejected
    assert last["reasons"] != first["reasons"]
    assert b"987654" not in answer.body
    refused = ask(app, {**GOOD, "seats": 987654})
    assert (refused.status, refused.json["error"]) == (422, "rejected")
    assert b"987654" not in refused.body
    assert ask(app, [{**GOOD, "seats": 987654}]).status == 422


@pytest.mark.parametrize("value", ["0", "-1", "abc", "1000", "101", "", "3.0", "03", "%C2%B3", "1&explain=2"])
def test_another_number_of_reasons_is_refused(app: Application, value: str) -> None:
    answer = ask(app, GOOD, f"explain={value}".encode())
    assert answer.status == 400
    assert answer.json["error"] == "explain"
    assert answer.json["message"] == ("explain takes how many reasons to give: a whole number from 1 to 100")


@pytest.mark.parametrize("query", [b"", b"other=1", b"explained=3", b"&&", b"\xff=%ff"])
def test_other_queries_ask_for_nothing(app: Application, query: bytes) -> None:
    assert asked(query) == 0
    assert "reasons" not in ask(app, GOOD, query).json


@pytest.mark.parametrize("value", [True, 1.5, None, [3], "x"])
def test_other_values_than_whole_numbers_are_refused(value: Any) -> None:
    with pytest.raises(Refusal, match="a whole number from 1 to 100"):
        wanted(value)
    assert (wanted(7), wanted("7")) == (7, 7)


def test_more_rows_than_a_hundred_are_refused(app: Application) -> None:
    answer = ask(app, [GOOD] * 101)
    assert answer.status == 413
    assert answer.json["message"] == "the request holds 101 rows; at most 100 are explained at a time"
    assert len(ask(app, [GOOD] * 100).json["predictions"]) == 100


def test_the_ledger_accounts_for_explained_requests_as_for_plain_ones(
    app: Application, tmp_path: Path
) -> None:
    bodies = [GOOD, {**GOOD, "seats": 900}, [GOOD, {"seats": 900}], [GOOD] * 101, b"{"]
    for body in bodies:
        ask(app, body)
    ask(app, GOOD, b"explain=0")
    for body in bodies[:3]:
        ask(app, body, b"")
    app.service.ledger.close()
    counts = account(tmp_path / "ledger")
    assert counts.balanced
    assert (counts.received, counts.dropped) == (9, 0)
    kept = [(row.status, row.numbers, row.prediction, row.protocol) for row in read(tmp_path / "ledger")]
    assert repr(kept[:4]) == repr(kept[-4:])  # NaN among them


def test_a_release_without_an_explanation_says_so(tmp_path: Path) -> None:
    plain = fixtures_release.write_release(tmp_path, explained=False)
    assert plain.explanation is None
    with pytest.raises(Refusal, match="this release holds no explanation; ask without explain") as refusal:
        Reasons(plain).require()
    assert refusal.value.status == 400


def test_long_texts_are_cut_and_declared_features_have_their_own_value(releases: dict[str, Release]) -> None:
    from dataclasses import replace

    release = releases["binary"]
    assert release.explanation is not None
    declared = replace(release.explanation, columns=("pace", "seats", "fresh", "at", "carrier"))
    reasons = Reasons(replace(release, explanation=declared))
    row = CheckedRow(
        [
            500.5,
            180.0,
            float("nan"),
            1e300,
        ],
        ["x" * 200],
        [],
        rejected=False,
    )
    told = reasons.of(row, 0.5, 9)
    values = {each.column: each.value for each in told.reasons}
    assert values["pace"] == 500.5
    assert values["at"] == 1e300
    assert values["fresh"] is None
    assert values["carrier"] == "x" * 100 + "…"
    missing = reasons.of(CheckedRow([1.0, 1.0, 1.0, 1.0], [MISSING], [], rejected=False), 0.5, 9)
    assert {each.column: each.value for each in missing.reasons}["carrier"] is None


def infer(app: Application, parameters: Any, outputs: Any = None) -> Answer:
    body: dict[str, Any] = {
        "inputs": [
            {"name": name, "shape": [2], "datatype": kind, "data": [value, value]}
            for (name, value), kind in zip(
                GOOD.items(), ("FP64", "INT64", "BOOL", "BYTES", "BYTES"), strict=True
            )
        ],
        "parameters": parameters,
    }
    body |= {"outputs": outputs} if outputs else {}
    name = quote(app.service.release.name)
    response = app.answer("POST", f"/v2/models/{name}/infer", b"application/json", json.dumps(body).encode())
    return Answer(response.status, response.body, {})


def test_kserve_takes_it_as_a_parameter(app: Application) -> None:
    answer = infer(app, {"explain": 2})
    tensors = {each["name"]: each for each in answer.json["outputs"]}
    assert tensors["reasons"]["datatype"] == "BYTES"
    told = json.loads(tensors["reasons"]["data"][1])
    assert told == {name: ask(app, GOOD, b"explain=2").json[name] for name in told}
    only = infer(app, {"explain": 2}, [{"name": "reasons"}])
    assert [each["name"] for each in only.json["outputs"]] == ["reasons"]
    assert "reasons" not in {each["name"] for each in infer(app, {"other": 2}).json["outputs"]}
    assert "reasons" not in {each["name"] for each in infer(app, None).json["outputs"]}
    refused = infer(app, {"explain": 0})
    assert (refused.status, refused.json["code"]) == (400, "explain")


def test_over_http_beside_the_plain_way(server: Server) -> None:
    told = server.post("/v1/predict?explain=2", GOOD)
    assert told.status == 200
    assert len(told.json["reasons"]) == 2
    plain = server.post("/v1/predict", GOOD)
    assert plain.json["prediction"] == told.json["prediction"]
    assert "reasons" not in plain.json
    assert server.post("/v1/predict?explain=abc", GOOD).status == 400
