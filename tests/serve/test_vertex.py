from __future__ import annotations

from typing import Any

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import TASKS, MakeApp, post

from interlock.serve.asgi import Application
from interlock.serve.platform import Platform

PATH = "/v1/endpoints/123/deployedModels/456:predict"
ROWS: list[dict[str, Any]] = [GOOD, {}, {"carrier": "ZZ"}]


@pytest.mark.parametrize("task", TASKS)
def test_each_prediction_is_an_object_of_its_row(make_app: MakeApp, task: str) -> None:
    app = make_app(task)
    alone = [post(app, "/v1/predict", row).json for row in ROWS]
    answer = post(app, PATH, {"instances": ROWS, "parameters": {"confidence": 0.5}, "other": []})
    assert answer.status == 200
    for own, given in zip(alone, answer.json["predictions"], strict=True):
        same = {name: own[name] for name in ("prediction", "flags", "label") if name in own}
        assert {name: value for name, value in given.items() if name != "id"} == same


def test_health_is_at_the_same_path_without_its_verb(make_app: MakeApp) -> None:
    health = PATH.removesuffix(":predict")
    assert make_app().answer("GET", health, b"", b"").status == 200
    assert make_app(prepared=False).answer("GET", health, b"", b"").status == 503


def test_routes_are_those_of_the_environment(make_app: MakeApp) -> None:
    app = make_app(platform=Platform(name="vertex", predict="/ask", health="/alive"))
    assert post(app, "/ask", {"instances": [GOOD]}).json["predictions"][0]["label"] == "yes"
    assert app.answer("GET", "/alive", b"", b"").status == 200
    assert app.answer("GET", "/ask", b"", b"").status == 405


def test_a_route_of_the_environment_comes_before_ours(make_app: MakeApp) -> None:
    app = make_app(platform=Platform(name="vertex", predict="/v1/predict", health="/"))
    assert post(app, "/v1/predict", {"instances": [GOOD]}).json["predictions"][0]["label"] == "yes"
    assert b"ready" in app.answer("GET", "/", b"", b"").body


def test_reasons_stand_beside_each_prediction(app: Application) -> None:
    given = post(app, PATH, {"instances": [GOOD], "parameters": {"explain": 2}}).json["predictions"]
    assert len(given[0]["explanation"]["reasons"]) == 2


def test_a_refusal_says_error(app: Application) -> None:
    answer = post(app, PATH, {"instances": [{"seats": 900}]})
    assert (answer.status, answer.json["violations"][0]["row"]) == (422, 0)
    assert isinstance(answer.json["error"], str)
