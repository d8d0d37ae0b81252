"""A follower against a real registry; the event loop runs beside the test, as in a worker."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import post
from tests.serve.follow.conftest import WHO, deploy, named
from tests.serve.follow.test_begin import settings

from interlock.release import Release
from interlock.release.plan import Plan
from interlock.release.registry import Registry
from interlock.serve.asgi import Application
from interlock.serve.follow.begin import begin
from interlock.serve.follow.follower import Follower
from interlock.serve.settings import application

Look = Callable[[], None]


class Worker:
    """What a worker has: an application, a loop that runs, and a follower that looks when it is told."""

    def __init__(self, tmp_path: Path) -> None:
        begun = begin(settings(tmp_path))
        self.app: Application = application(begun.settings, begun.release)
        self.app.service.prepare()
        self.app.traffic.standing.source = begun.source
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.follower = Follower(begun.settings, self.app.traffic, self.loop)
        self.follower.look()

    def release(self) -> str:
        answer: Any = post(self.app, "/v1/predict", GOOD).json
        digest: str = answer["release"]
        return digest

    def ready(self) -> tuple[int, str]:
        answer = self.app.answer("GET", "/health/ready", b"", b"")
        return answer.status, json.loads(answer.body)["reason"]

    def gauge(self, name: str) -> float:
        (line,) = [line for line in self.app.service.exposition().splitlines() if line.startswith(f"{name} ")]
        return float(line.split()[1])

    def end(self) -> None:
        self.app.traffic.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


@pytest.fixture
def worker(registry: Registry, tmp_path: Path) -> Iterator[Worker]:
    del registry
    made = Worker(tmp_path)
    yield made
    made.end()


def test_a_deployment_and_a_rollback(three: tuple[Release, ...], registry: Registry, worker: Worker) -> None:
    first = worker.app.service
    assert worker.release() == three[0].digest
    deploy(registry, three[1])
    worker.follower.look()
    assert worker.release() == three[1].digest
    version = worker.gauge("interlock_plan_version")
    registry.rollback("flights", "dev", person=WHO)
    worker.follower.look()
    assert worker.release() == three[0].digest
    assert worker.app.service is first, "it was kept warm"
    assert worker.gauge("interlock_plan_version") > version


def test_challengers_and_shadows_come_and_go(
    three: tuple[Release, ...], registry: Registry, worker: Worker
) -> None:
    registry.deploy(named(three[1]), "dev", person=WHO, alias="challenger", share=0.5)
    registry.shadow(named(three[2]), "dev", person=WHO)
    worker.follower.look()
    traffic = worker.app.traffic
    assert ({*traffic.challengers}, len(traffic.shadows)) == ({three[1].digest}, 1)
    registry.withdraw(named(three[1]), "dev", person=WHO)
    worker.follower.look()
    assert (traffic.challengers, len(traffic.shadows)) == ({}, 1)


def test_a_registry_that_goes_away_and_comes_back(
    three: tuple[Release, ...],
    registry: Registry,
    worker: Worker,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file, away = tmp_path / "registry.db", tmp_path / "away.db"
    worker.follower._source._registry.close()  # type: ignore[union-attr]
    registry.close()
    file.rename(away)
    file.mkdir()
    for _ in range(3):
        worker.follower.look()
    assert worker.release() == three[0].digest
    assert worker.ready() == (
        200,
        "the source of plans cannot be reached; what was verified last is served",
    )
    assert caplog.text.count("what is served goes on") == 1, "said once"
    file.rmdir()
    away.rename(file)
    deploy(registry, three[1])
    worker.follower.look()
    assert (worker.release(), worker.ready()) == (three[1].digest, (200, ""))
    assert "is reached again" in caplog.text


def test_a_plan_that_cannot_be_executed_is_refused_loudly_until_it_can(
    three: tuple[Release, ...],
    registry: Registry,
    worker: Worker,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    deploy(registry, three[1])
    (model,) = (tmp_path / "store").glob(f"*{three[1].digest[7:19]}*/model.onnx")
    whole = model.read_bytes()
    model.chmod(0o644)
    model.write_bytes(whole[:-1])
    for _ in range(3):
        worker.follower.look()
    assert worker.release() == three[0].digest
    assert worker.gauge("interlock_plan_refused") == 1
    assert worker.ready() == (200, "the newest plan is refused; the one before is served")
    assert caplog.text.count("the newest plan is refused, the one before goes on") == 1, "said once"
    model.write_bytes(whole)
    worker.follower.wake()
    worker.follower.look()
    assert (worker.release(), worker.gauge("interlock_plan_refused")) == (three[1].digest, 0)


def test_a_suspended_champion_gives_way_to_the_one_before_and_then_nobody_answers(
    three: tuple[Release, ...], registry: Registry, worker: Worker
) -> None:
    deploy(registry, three[1])
    worker.follower.look()
    registry.suspend(named(three[1]), person=WHO, reason="it drifted")
    worker.follower.look()
    assert worker.release() == three[0].digest
    registry.suspend(named(three[0]), person=WHO, reason="this one too")
    worker.follower.look()
    answer = post(worker.app, "/v1/predict", GOOD)
    assert (answer.status, answer.json["error"]) == (503, "not_ready")
    assert worker.ready()[0] == 503
    assert "the registry has no champion" in worker.ready()[1]
    deploy(registry, three[2])
    worker.follower.look()
    assert (worker.release(), worker.ready()) == (three[2].digest, (200, ""))


def test_what_runs_is_told(three: tuple[Release, ...], registry: Registry, worker: Worker) -> None:
    deploy(registry, three[2])
    worker.follower.look()
    told = json.loads(worker.app.answer("GET", "/v1/running", b"", b"").body)
    assert msgspec.convert(told["plan"], Plan) == worker.app.traffic.plan
    assert (told["model"], told["environment"], told["away"], told["refused"]) == ("flights", "dev", "", "")
    assert told["plan"]["champion"] == three[2].digest


def test_the_next_start_knows_the_last_plan(
    three: tuple[Release, ...], registry: Registry, worker: Worker, tmp_path: Path
) -> None:
    deploy(registry, three[2])
    worker.follower.look()
    registry.close()
    (tmp_path / "registry.db").unlink()
    (tmp_path / "registry.db").mkdir()
    begun = begin(settings(tmp_path))
    assert begun.release.digest == three[2].digest
    assert "verified last" in begun.trouble
