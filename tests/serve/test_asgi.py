from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import Answer, MakeApp, post

from interlock.errors import ReleaseError
from interlock.serve import account, read
from interlock.serve.asgi import Application
from interlock.serve.limits import Limits

BODY = json.dumps(GOOD).encode()
JSON = (b"content-type", b"application/json")


def ask(
    app: Application, parts: Iterable[bytes], *headers: tuple[bytes, bytes], path: str = "/v1/predict"
) -> Answer:
    """Run one HTTP scope through the application as an ASGI server would."""
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": part, "more_body": True} for part in parts
    ]
    messages.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "raw_path": path.encode(), "headers": list(headers)}
    asyncio.run(app(scope, receive, send))
    start, body = sent
    names = {name.decode(): value.decode() for name, value in start["headers"]}
    assert int(names["content-length"]) == len(body["body"])
    return Answer(start["status"], body["body"], names)


def test_bodies_in_parts_are_put_together(app: Application) -> None:
    whole = ask(app, [BODY], JSON)
    parts = ask(app, [BODY[i : i + 7] for i in range(0, len(BODY), 7)], JSON)
    assert whole.status == parts.status == 200
    assert whole.json["prediction"] == parts.json["prediction"]


def test_a_declared_length_over_the_limit_is_413_before_reading(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(limits=Limits(max_body=1000))
    answer = ask(app, [], JSON, (b"content-length", b"1001"))
    assert (answer.status, answer.json["error"]) == (413, "body")
    assert answer.headers["connection"] == "close"
    app.service.ledger.close()
    (record,) = read(tmp_path / "ledger")
    assert (record.status, record.error, record.rejected) == (413, "body", True)


def test_an_undeclared_body_over_the_limit_is_413(make_app: MakeApp) -> None:
    app = make_app(limits=Limits(max_body=1000))
    assert ask(app, [b" " * 400] * 50, JSON).status == 413
    assert ask(app, [BODY + b" " * (1000 - len(BODY))], JSON).status == 200


def test_over_the_limit_on_other_routes(make_app: MakeApp) -> None:
    app = make_app(limits=Limits(max_body=100))
    for path, status in (("/nowhere", 413), ("/v1/outcomes", 413), ("/invocations", 413)):
        assert ask(app, [b" " * 101], JSON, path=path).status == status


def test_a_client_that_goes_away_is_not_answered(app: Application) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "method": "POST", "raw_path": b"/v1/predict", "headers": []}
    asyncio.run(app(scope, receive, send))
    assert app.service.ledger.counts.received == 0


def test_internal_errors_leak_nothing_and_are_logged_by_id(
    app: Application, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> float:
        raise ZeroDivisionError("a secret of ours")

    app.service.scorer.one = fail
    with caplog.at_level(logging.ERROR):
        answer = post(app, "/v1/predict", GOOD)
    assert (answer.status, answer.json["error"]) == (500, "internal")
    assert "secret" not in answer.body.decode()
    assert answer.json["id"] in caplog.text
    assert "a secret of ours" in caplog.text
    app.service.ledger.close()
    (record,) = read(tmp_path / "ledger")
    assert (record.status, record.error, record.id) == (500, "internal", answer.json["id"])


def test_a_model_that_answers_nan_is_an_internal_error(app: Application) -> None:
    app.service.scorer.one = lambda *_: float("nan")
    assert post(app, "/v1/predict", GOOD).status == 500
    assert post(app, "/v1/predict", [GOOD]).status == 500


def test_unknown_paths_and_methods(app: Application) -> None:
    assert app.answer("GET", "/nowhere", b"", b"").status == 404
    answer = app.answer("GET", "/v1/predict", b"", b"")
    assert (answer.status, answer.headers) == (405, ((b"allow", b"POST"),))
    assert app.service.ledger.counts.received == 0


def test_not_ready_is_503_and_in_the_account(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app(prepared=False)
    for path, body in (
        ("/v1/predict", GOOD),
        ("/v1/predict", [GOOD]),
        ("/invocations", {"instances": [GOOD]}),
    ):
        assert post(app, path, body).status == 503
    assert json.loads(app.answer("GET", "/health/ready", b"", b"").body)["ready"] is False
    assert app.answer("GET", "/health/ready", b"", b"").status == 503
    assert app.answer("GET", "/health/live", b"", b"").status == 200
    app.service.ledger.close()
    assert account(tmp_path / "ledger").rejected == 3


def test_the_lifespan_closes_the_ledger(make_app: MakeApp, tmp_path: Path) -> None:
    app = make_app()

    async def live() -> None:
        inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        outbox: asyncio.Queue[Any] = asyncio.Queue()
        task = asyncio.create_task(app({"type": "lifespan"}, inbox.get, outbox.put))
        await inbox.put({"type": "lifespan.startup"})
        assert (await outbox.get())["type"] == "lifespan.startup.complete"
        assert post(app, "/v1/predict", GOOD).status == 200
        await inbox.put({"type": "lifespan.shutdown"})
        assert (await outbox.get())["type"] == "lifespan.shutdown.complete"
        await task

    asyncio.run(live())
    assert not app.service.ready
    summary = account(tmp_path / "ledger")
    assert (summary.logged, summary.unclosed, summary.waiting) == (1, 0, 0)


def test_a_release_that_does_not_replay_never_becomes_ready(make_app: MakeApp) -> None:
    app = make_app(prepared=False)
    one = app.service.release.model.one
    object.__setattr__(app.service.release.model, "one", lambda *row: one(*row) + 1e-3)
    with pytest.raises(ReleaseError, match="golden row 0 does not get the answer"):
        app.service.prepare()
    answer = app.answer("GET", "/health/ready", b"", b"")
    assert (answer.status, json.loads(answer.body)["ready"]) == (503, False)
    assert post(app, "/v1/predict", GOOD).status == 503
