"""Requests that come in one turn, against the same requests one after the other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import TASKS, MakeApp

from interlock.contract import CheckedRow
from interlock.errors import ReleaseError
from interlock.release import Release
from interlock.release.plan import Plan
from interlock.serve import account, keys, read
from interlock.serve.access import Access
from interlock.serve.asgi import HOT, Application
from interlock.serve.ledger.segment import SHADOWS
from interlock.serve.loading import parts_of
from interlock.serve.message import Response
from interlock.serve.settings import Settings, application

JSON = {b"content-type": b"application/json"}
BODIES = [json.dumps({**GOOD, "distance": float(place)}).encode() for place in range(10)]


class Asker:
    """A connection that writes down what it is given."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop, self.given, self.sent = loop, list[Response](), list[Response]()

    def give(self, response: Response) -> None:
        self.given.append(response)

    def flush(self) -> None:
        self.sent = [*self.given]


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def end_turn(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_until_complete(asyncio.sleep(0))


def alone(app: Application, body: bytes) -> Any:
    return json.loads(app.answer("POST", HOT, b"application/json", body).body)


def without_id(answer: Any) -> Any:
    return {name: value for name, value in answer.items() if name != "id"}


@pytest.mark.parametrize("task", TASKS)
def test_company_changes_nothing(
    make_app: MakeApp, tmp_path: Path, loop: asyncio.AbstractEventLoop, task: str
) -> None:
    app, askers = make_app(task), [Asker(loop) for _ in BODIES]
    expected = [without_id(alone(app, body)) for body in BODIES]
    assert all(app.turn.take(asker, JSON, body) for asker, body in zip(askers, BODIES, strict=True))
    assert not any(asker.given for asker in askers), "nothing is answered before the turn ends"
    end_turn(loop)
    answers = [json.loads(asker.sent[0].body) for asker in askers]
    assert [without_id(answer) for answer in answers] == expected
    app.service.ledger.close()
    counts = account(tmp_path / "ledger")
    assert (counts.received, counts.logged, counts.missing) == (20, 20, 0)
    records = [*read(tmp_path / "ledger")]
    assert [record.id for record in records[10:]] == [answer["id"] for answer in answers]
    place = [column.name for column in app.service.contract.numbers].index("distance")
    assert [record.numbers[place] for record in records[10:]] == [float(number) for number in range(10)]
    assert [record.prediction for record in records[10:]] == [record.prediction for record in records[:10]]


def test_the_model_is_asked_once_a_turn(
    app: Application, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = list[int]()
    each = app.service.scorer.each

    def counted(rows: list[CheckedRow]) -> Any:
        calls.append(len(rows))
        return each(rows)

    monkeypatch.setattr(app.service.scorer, "each", counted)
    asker = Asker(loop)
    for body in BODIES[:7]:
        app.turn.take(asker, JSON, body)
    end_turn(loop)
    app.turn.take(asker, JSON, BODIES[0])
    end_turn(loop)
    assert calls == [7, 1]
    for _ in range(150):
        app.turn.take(asker, JSON, BODIES[0])
    end_turn(loop)
    assert calls[2:] == [64, 64, 22]
    assert len(asker.sent) == 158


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (JSON, b"{"),
        (JSON, b"[]"),
        (JSON, b" " + BODIES[0]),
        (JSON, b'{"distance": "far"}'),
        (JSON, b'{"a":' * 40 + b"1" + b"}" * 40),
        ({b"content-type": b"text/csv"}, BODIES[0]),
    ],
    ids=["no JSON", "many", "blank", "rejected", "depth", "CSV"],
)
def test_whatever_is_not_plain_is_left_alone(
    app: Application, loop: asyncio.AbstractEventLoop, headers: dict[bytes, bytes], body: bytes
) -> None:
    assert not app.turn.take(Asker(loop), headers, body)
    assert app.service.ledger.counts.received == 0


def test_who_has_no_key_is_not_answered(
    make_app: MakeApp, loop: asyncio.AbstractEventLoop, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    made = keys.create("caller", ["predict"])
    keys.write(path, [made.key])
    app, asker = make_app(access=Access(keys=str(path))), Asker(loop)
    assert not app.turn.take(asker, JSON, BODIES[0])
    assert app.turn.take(asker, {**JSON, b"x-api-key": made.secret.encode()}, BODIES[0])


def test_a_row_that_the_model_cannot_answer_harms_nobody_else(
    app: Application, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = [column.name for column in app.service.contract.numbers].index("distance")
    each = app.service.scorer.each

    def fragile(rows: list[CheckedRow]) -> Any:
        if any(row.numbers[place] == 3.0 for row in rows):
            raise ReleaseError("the model answered with a number that is not finite")
        return each(rows)

    monkeypatch.setattr(app.service.scorer, "each", fragile)
    askers = [Asker(loop) for _ in BODIES]
    for asker, body in zip(askers, BODIES, strict=True):
        app.turn.take(asker, JSON, body)
    end_turn(loop)
    assert [asker.sent[0].status for asker in askers] == [200] * 3 + [500] + [200] * 6
    assert app.service.ledger.counts.received == 10


def test_who_asks_gets_the_id_back_and_the_ledger_has_it(
    app: Application, loop: asyncio.AbstractEventLoop, tmp_path: Path
) -> None:
    headers, asker = {**JSON, b"x-request-id": b"order-7"}, Asker(loop)
    trace = {**JSON, b"traceparent": b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-01"}
    for given in (headers, JSON, trace):
        watch = app.observer.watch("POST", HOT, given) if given is not JSON else None
        assert app.turn.take(asker, given, BODIES[0], watch)
    end_turn(loop)
    names = [dict(response.headers)[b"x-request-id"].decode() for response in asker.sent]
    ids = [json.loads(response.body)["id"] for response in asker.sent]
    assert names == ["order-7", *ids[1:]]
    app.service.ledger.close()
    records = [*read(tmp_path / "ledger")]
    assert [record.request for record in records] == ["order-7", "", ""]
    assert [record.trace for record in records] == ["", "", "1" * 32]


Served = Callable[[Plan], Application]


@pytest.fixture
def served(three: tuple[Release, ...], tmp_path: Path) -> Iterator[Served]:
    """Serves the first of three releases; `execute` turns to a plan of them."""
    ledger = tmp_path / "ledger"
    settings = Settings(release=str(three[0].path), ledger=str(ledger), run=str(ledger / "run"))
    app = application(settings, three[0])
    app.service.prepare()
    folders = {release.digest: release.path for release in three}

    def execute(plan: Plan) -> Application:
        app.traffic.execute(parts_of(settings, plan, folders.__getitem__, app.traffic, lambda _: None))
        return app

    yield execute
    app.traffic.close()


def test_a_swap_in_between_is_obeyed(
    served: Served, three: tuple[Release, ...], loop: asyncio.AbstractEventLoop
) -> None:
    app, asker = served(Plan(champion=three[0].digest)), Asker(loop)
    app.turn.take(asker, JSON, BODIES[0])
    served(Plan(champion=three[1].digest))
    app.turn.take(asker, JSON, BODIES[0])
    end_turn(loop)
    assert [json.loads(each.body)["release"] for each in asker.sent] == [three[1].digest] * 2
    app.turn.take(asker, JSON, BODIES[0])
    app.traffic.halt("nobody may answer")
    end_turn(loop)
    assert asker.sent[-1].status == 503


def test_shadows_are_asked_the_same(
    served: Served, three: tuple[Release, ...], loop: asyncio.AbstractEventLoop, tmp_path: Path
) -> None:
    app, asker = served(Plan(champion=three[0].digest, shadows=(three[2].digest,))), Asker(loop)
    for body in BODIES[:3]:
        assert app.turn.take(asker, JSON, body)
    end_turn(loop)
    app.traffic.close()
    records = [*read(tmp_path / "ledger" / SHADOWS)]
    assert [record.shadow_of for record in records] == [json.loads(each.body)["id"] for each in asker.sent]


def test_nobody_looks_for_the_next_request_while_others_want_the_interpreter(
    served: Served, three: tuple[Release, ...], loop: asyncio.AbstractEventLoop
) -> None:
    alone, asker = Plan(champion=three[0].digest), Asker(loop)
    for plan, looks in ((alone, True), (Plan(champion=three[0].digest, shadows=(three[1].digest,)), False)):
        app = served(plan)
        app.busy_poll.is_idle = False
        assert app.turn.take(asker, JSON, BODIES[0])
        end_turn(loop)
        assert app.busy_poll.is_idle is looks
