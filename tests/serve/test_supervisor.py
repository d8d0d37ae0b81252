from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import RUN, Server, running

from interlock.release import Release
from interlock.serve import account, read


def children(process: int) -> set[int]:
    text = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True, check=False).stdout
    return {int(line) for line in text.split()}


def wait(until: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def total(server: Server, sample: str) -> float:
    text = server.ask("GET", "/metrics").body.decode()
    (line,) = [line for line in text.splitlines() if line.startswith(sample + " ")]
    return float(line.rsplit(" ", 1)[1])


def writers_after_asking(server: Server, times: int) -> set[str]:
    return {server.post("/v1/predict", GOOD).json["id"].split("-")[0] for _ in range(times)}


@pytest.mark.slow
def test_two_workers_share_a_port_and_one_account(releases: dict[str, Release], tmp_path: Path) -> None:
    with running(releases["binary"].path, tmp_path, workers=2) as server:
        wait(lambda: len(writers_after_asking(server, 4)) == 2)
        asked = total(server, 'interlock_requests_total{protocol="v1",code="200"}')
        for _ in range(40):
            assert server.post("/v1/predict", GOOD).status == 200
        sample = 'interlock_requests_total{protocol="v1",code="200"}'
        assert total(server, sample) == asked + 40, "whichever worker is asked, it knows of all"
        wait(lambda: total(server, 'interlock_ledger_requests_total{outcome="logged"}') == asked + 40)
        assert server.stop() == 0
    summary = account(server.ledger)
    assert (summary.received, summary.logged, summary.writers, summary.unclosed) == (
        asked + 40,
        asked + 40,
        2,
        0,
    )
    ids = [record.id for record in read(server.ledger)]
    assert len(set(ids)) == len(ids)


@pytest.mark.slow
def test_a_dead_worker_is_replaced_and_its_counts_stay(releases: dict[str, Release], tmp_path: Path) -> None:
    sample = 'interlock_requests_total{protocol="v1",code="200"}'
    with running(releases["binary"].path, tmp_path, workers=2) as server:
        wait(lambda: len({*server.ledger.glob("*.ledger")}) == 2)
        for _ in range(20):
            server.post("/v1/predict", GOOD)
        before = total(server, sample)
        workers = children(server.process.pid)
        assert len(workers) == 2
        os.kill(min(workers), signal.SIGKILL)
        wait(lambda: len(children(server.process.pid) - workers) == 1)
        for _ in range(20):
            assert server.post("/v1/predict", GOOD).status == 200
        assert total(server, sample) == before + 20
        wait(lambda: len({*server.ledger.glob("*.ledger")}) == 3)
        assert server.stop() == 0
    assert account(server.ledger).unclosed == 1
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection("127.0.0.1", server.port).connect()


@pytest.mark.slow
def test_workers_that_die_at_once_end_the_service(releases: dict[str, Release], tmp_path: Path) -> None:
    with running(releases["binary"].path, tmp_path, workers=2) as server:
        moved = releases["binary"].path.rename(tmp_path / "moved")
        try:
            for _ in range(6):
                for worker in children(server.process.pid):
                    os.kill(worker, signal.SIGKILL)
                time.sleep(0.5)
            assert server.process.wait(20) == 2
            said = server.process.stderr.read() if server.process.stderr else ""
            assert "the workers end as soon as they start" in said
        finally:
            moved.rename(releases["binary"].path)


@pytest.mark.slow
def test_workers_leave_when_their_supervisor_is_killed(releases: dict[str, Release], tmp_path: Path) -> None:
    with running(releases["binary"].path, tmp_path, workers=2) as server:
        wait(lambda: len({*server.ledger.glob("*.ledger")}) == 2)
        for _ in range(10):
            assert server.post("/v1/predict", GOOD).status == 200
        server.process.kill()
        wait(lambda: account(server.ledger).unclosed == 0)
    found = account(server.ledger)
    assert (found.received, found.logged, found.unclosed) == (10, 10, 0)


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3])
def test_a_service_that_is_stopped_while_its_workers_start_stops_in_order(
    releases: dict[str, Release], tmp_path: Path, seconds: float
) -> None:
    ready = tmp_path / "ready.json"
    options = {"release": str(releases["binary"].path), "ledger": str(tmp_path / "ledger"), "workers": 2}
    given = json.dumps({**options, "port": 0, "ready_file": str(ready)})
    with subprocess.Popen([sys.executable, "-c", RUN, given], stdout=subprocess.DEVNULL) as process:
        wait(ready.exists)
        time.sleep(seconds)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
