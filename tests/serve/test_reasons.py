import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from tests import fixtures_develop, fixtures_release
from tests.fixtures_release import EFFECTS, GOOD, MEANS, NUMBERS, WEIGHTS
from tests.fixtures_service import Answer, MakeApp, Server

from interlock.contract import MISSING, CheckedRow
from interlock.develop.candidates import Blend, Boosting, Fitted, Limits, Linear
from interlock.develop.compiled import compile_model
from interlock.develop.explanation import explanation
from interlock.develop.target import Logged
from interlock.profile import Profile, Values
from interlock.release import Release, write
from interlock.serve.asgi import Application
from interlock.serve.ledger import account, read
from interlock.serve.message import Refusal
from interlock.serve.reasons import Reasons, asked, wanted
from interlock.serve.settings import Settings, application, checked


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


def learned(kind: str, task: Any) -> Fitted:
    """Learn from rows with two categories, whose target is positive where a logarithm is asked for."""
    drawn, of, limits = fixtures_develop.rows(task, n=600), fixtures_develop.contract(task), Limits.of(60)
    if kind == "logarithm":
        return Logged(Linear()).fit(*2 * (replace(drawn, target=np.exp(drawn.target / 4)),), of, limits)
    line = Linear().fit(drawn, drawn, of, limits)
    if kind == "linear":
        return line
    trees = Boosting().fit(drawn, drawn, of, replace(limits, rounds=10))
    return Blend((line, trees), (0.25, 0.75), ("linear", "lightgbm"), task)


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Any]:
    """Serve a model that was learned, not made by hand."""
    apps: list[Application] = []

    def serve(fitted: Fitted, task: Any) -> Application:
        of = fixtures_develop.contract(task)
        drawn = fixtures_develop.rows(task, n=600)
        told = explanation(fitted, drawn, of)
        assert told is not None
        fixed: dict[str, Any] = {"card_markdown": "", "card_html": "", "environment": "", "evidence": {}}
        values = Values("number", np.linspace(0, 1, 600))
        columns = {column.name: values for column in of.numbers}
        columns["when"] = Values("timestamp", (drawn.numbers[:, 2] * 1e6).astype(np.int64))
        for column, coded in zip(of.strings, drawn.strings, strict=True):
            columns[column.name] = Values("string", coded.codes, dictionary=coded.levels)
        made = write(
            tmp_path / "releases",
            name="learned",
            contract=of,
            profile=Profile.of(columns),
            scores=Profile.of({"prediction": values}),
            model=compile_model(fitted, of, candidate="learned"),
            explanation=told.to_bytes(),
            **fixed,
        )
        settings = Settings(release=str(made.path), ledger=str(tmp_path / "l"), run=str(tmp_path / "l/run"))
        apps.append(application(settings, checked(settings)[0]))
        apps[-1].service.prepare()
        return apps[-1]

    yield serve
    for each in apps:
        each.service.ledger.close()


#: From a score to the prediction, for the class that is explained.
LINKS: dict[str, Any] = {"binary": lambda score: 1 / (1 + np.exp(-score)), "regression": float}


@pytest.mark.parametrize("kind", ["linear", "blend"])
@pytest.mark.parametrize("task", LINKS)
def test_what_was_learned_from_categories_is_explained_and_adds_up(
    serving: Any, kind: str, task: str
) -> None:
    app = serving(learned(kind, task), task)
    for row in ({"x": 1.5, "gap": None, "colour": "red"}, {"x": -2, "gap": 0.5, "colour": None}):
        answer = ask(app, {**row, "when": "2013-06-01T15:00:00Z", "town": "town 7"})
        assert answer.status == 200, answer.body
        assert {"x", "colour"} & {each["column"] for each in answer.json["reasons"]}
        assert LINKS[task](_summed(answer.json)) == pytest.approx(answer.json["prediction"], rel=1e-9)


def test_a_linear_model_of_a_logarithm_is_explained_and_adds_up(serving: Any) -> None:
    fitted = learned("logarithm", "regression")
    app = serving(fitted, "regression")
    scales = []
    for colour in ("red", "blue", None):
        row = {"x": 0.5, "gap": 0.5, "when": "2013-06-01T15:00:00Z", "colour": colour, "town": "town 7"}
        answer = ask(app, row)
        assert answer.status == 200, answer.body
        assert answer.json["unit"].startswith("logarithm")
        scales.append(answer.json["prediction"] / np.exp(_summed(answer.json)))
    # The logarithm adds up; beside it there is one factor alone, that of the smearing.
    assert scales == pytest.approx([scales[0]] * 3, rel=1e-9)
    assert scales[0] == pytest.approx(1, abs=0.5)


def _summed(told: Any) -> float:
    return float(told["base"] + sum(each["contribution"] for each in told["reasons"]) + told["others"])
