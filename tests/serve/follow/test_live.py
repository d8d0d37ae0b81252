"""Real servers under load: releases are exchanged, rolled back and taken away, and no request notices."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import Server, running
from tests.serve.follow.conftest import WHO, deploy, named

from interlock.release import Release
from interlock.release.registry import Registry
from interlock.serve import account, read
from interlock.serve.ledger.segment import SHADOWS

BODY = json.dumps(GOOD).encode()
CLIENTS = 6


class Load:
    """Clients on connections that stay open, or new ones each time; answers and failures are noted."""

    def __init__(self, port: int, clients: int = CLIENTS, *, anew: bool = False) -> None:
        self.releases: Counter[str] = Counter()
        self.ids: list[str] = []
        self.failures: list[str] = []
        self.last: dict[str, float] = {}
        self._ending, self._port, self._anew = False, port, anew
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        while not self._ending:
            try:
                connection.request("POST", "/v1/predict", BODY, {"Content-Type": "application/json"})
                response = connection.getresponse()
                answer = json.loads(response.read())
                if response.status != 200:
                    self.failures.append(f"{response.status} {answer}")
                self.releases[answer["release"]] += 1
                self.last[answer["release"]] = time.monotonic()
                self.ids.append(answer["id"])
                if self._anew:
                    connection.close()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                return
        connection.close()

    def wait_for(self, release: Release, seconds: float = 20.0) -> float:
        """Return how long it took until this release answered."""
        begun, before = time.monotonic(), self.releases[release.digest]
        while self.releases[release.digest] <= before:
            assert time.monotonic() - begun < seconds, self.failures
            time.sleep(0.005)
        return time.monotonic() - begun

    def end(self) -> None:
        self._ending = True
        for thread in self._threads:
            thread.join(30)


def followed(tmp_path: Path) -> dict[str, Any]:
    return {
        "type": "registry",
        "url": f"sqlite:///{tmp_path / 'registry.db'}",
        "releases": str(tmp_path / "store"),
        "model": "flights",
    }


def running_release(server: Server) -> str:
    answer: Any = server.post("/v1/predict", GOOD).json
    digest: str = answer["release"]
    return digest


def wait_until(server: Server, release: Release, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while running_release(server) != release.digest:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
def test_ten_swaps_under_load_lose_no_request(
    three: tuple[Release, ...], registry: Registry, tmp_path: Path
) -> None:
    with running(None, tmp_path, follow=followed(tmp_path)) as server:
        load = Load(server.port)
        for swap in range(10):
            deploy(registry, three[(swap + 1) % 3])
            load.wait_for(three[(swap + 1) % 3])
        load.end()
        assert load.failures == []
        assert server.stop() == 0
    assert sum(load.releases.values()) > 200
    assert min(load.releases.values()) > 0
    found = account(server.ledger)
    assert (found.received, found.logged) == (len(load.ids), len(load.ids))
    assert (found.unclosed, found.torn, found.dropped, found.balanced) == (0, 0, 0, True)
    rows = {row.id: row.release for row in read(server.ledger)}
    assert {*rows} == {*load.ids}, "each answer is in the ledger of the release that made it"
    assert Counter(rows.values()) == load.releases


@pytest.mark.slow
def test_a_rollback_by_one_command_is_in_force_within_a_second_in_both_workers(
    three: tuple[Release, ...], registry: Registry, tmp_path: Path
) -> None:
    deploy(registry, three[1])
    with running(None, tmp_path, follow=followed(tmp_path), workers=2) as server:
        load = Load(server.port, 4, anew=True)
        deploy(registry, three[2])
        load.wait_for(three[2])
        while len({name.split("-")[0] for name in load.ids[-20:]}) < 2:
            time.sleep(0.1)  # until both workers answer
        command = [sys.executable, "-m", "interlock", "rollback", "--environment", "dev", "--as", WHO]
        command += ["--registry", f"sqlite:///{tmp_path / 'registry.db'}"]
        command += ["--releases", str(tmp_path / "store")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        ended = time.monotonic()
        assert done.returncode == 0, done.stderr
        time.sleep(2.0)
        load.end()
        assert load.failures == []
        assert load.last[three[2].digest] - ended < 1.0, "a second later nobody gets the newer one"
        assert load.last[three[1].digest] > ended + 1.0
        assert len({name.split("-")[0] for name in load.ids[-100:]}) == 2, "both workers went back"
        assert server.stop() == 0
    assert account(server.ledger).received == len(load.ids)


@pytest.mark.slow
def test_memory_does_not_grow_by_swaps(
    three: tuple[Release, ...], registry: Registry, tmp_path: Path
) -> None:
    """After a first round everything has its size; 50 further swaps may add 10 % at most."""
    with running(None, tmp_path, follow=followed(tmp_path)) as server:
        for swap in range(65):
            release = three[(swap + 1) % 3]
            deploy(registry, release)
            wait_until(server, release)
            if swap == 14:
                before = memory(server)
        after = memory(server)
        assert server.stop() == 0
    assert after < before * 1.1, f"{before / 1e6:.1f} MB, then {after / 1e6:.1f} MB"


def memory(server: Server) -> int:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1024


@pytest.mark.slow
def test_challenger_and_shadow_over_real_sockets(
    three: tuple[Release, ...], registry: Registry, tmp_path: Path
) -> None:
    registry.deploy(named(three[1]), "dev", person=WHO, alias="challenger", share=0.5)
    registry.shadow(named(three[2]), "dev", person=WHO)
    with running(None, tmp_path, follow=followed(tmp_path), challenger_ms=5000) as server:
        load = Load(server.port)
        time.sleep(2.0)
        load.end()
        assert load.failures == []
        text = server.ask("GET", "/metrics").body.decode()
        assert f'interlock_release_requests_total{{release="{three[1].digest}",role="challenger"' in text
        assert server.stop() == 0
    asked = sum(load.releases.values())
    share = load.releases[three[1].digest] / asked
    assert abs(share - 0.5) < 5 * (0.25 / asked) ** 0.5
    assert {*load.releases} == {three[0].digest, three[1].digest}
    assert account(server.ledger).received == asked
    shadowed = [row.shadow_of for row in read(server.ledger / SHADOWS)]
    assert {*shadowed} <= {*load.ids}
    assert len(shadowed) > 0


@pytest.mark.slow
def test_a_plan_file_is_followed_and_a_signal_makes_it_look(
    three: tuple[Release, ...], tmp_path: Path
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(f'champion = "{three[0].path}"\n')
    follow = {"type": "file", "path": str(plan), "poll_seconds": 0.1}
    with running(None, tmp_path, follow=follow, workers=2) as server:
        assert running_release(server) == three[0].digest
        plan.write_text(f'champion = "{three[1].path}"\n')
        for _ in range(10):
            wait_until(server, three[1])
        plan.write_text("champion = ")
        time.sleep(0.5)
        assert running_release(server) == three[1].digest, "a plan that is none changes nothing"
        plan.write_text(f'champion = "{three[2].path}"\n')
        server.process.send_signal(signal.SIGHUP)
        for _ in range(10):
            wait_until(server, three[2])
        assert server.stop() == 0


@pytest.mark.slow
def test_a_start_without_the_registry_serves_what_was_verified_last_and_says_so(
    three: tuple[Release, ...], registry: Registry, tmp_path: Path
) -> None:
    with running(None, tmp_path, follow=followed(tmp_path)) as server:
        assert server.stop() == 0
    registry.close()
    away = tmp_path / "away.db"
    (tmp_path / "registry.db").rename(away)
    (tmp_path / "registry.db").mkdir()
    (tmp_path / "ready.json").unlink()
    with running(None, tmp_path, follow=followed(tmp_path)) as server:
        assert running_release(server) == three[0].digest
        ready = server.ask("GET", "/health/ready")
        assert (ready.status, ready.json["reason"]) == (
            200,
            "the source of plans cannot be reached; what was verified last is served",
        )
        (tmp_path / "registry.db").rmdir()
        away.rename(tmp_path / "registry.db")
        deploy(registry, three[1])
        wait_until(server, three[1])
        assert server.stop() == 0
        said = server.process.stdout.read() if server.process.stdout else ""
    assert "this is what was verified last: plan " in said


@pytest.mark.slow
def test_leaving_takes_its_time_and_answers_to_the_end(three: tuple[Release, ...], tmp_path: Path) -> None:
    with running(three[0].path, tmp_path, drain_seconds=1.5) as server:
        load = Load(server.port, 2)
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        stopped = time.monotonic()
        time.sleep(0.5)
        assert server.ask("GET", "/health/ready").status == 503
        assert server.ask("GET", "/health/live").status == 200
        assert server.post("/v1/predict", GOOD).status == 200, "a new connection is still taken"
        load.end()
        assert load.failures == []
        assert server.process.wait(20) == 0
        assert time.monotonic() - stopped > 1.4
    found = account(server.ledger)
    assert (found.received, found.unclosed) == (len(load.ids) + 1, 0)


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(512))


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="a full disk is made by mounting a small one")
def test_a_ledger_that_is_lost_at_the_end_is_a_failure(three: tuple[Release, ...], tmp_path: Path) -> None:
    disk = tmp_path / "ledger"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        with running(three[0].path, tmp_path, flush_seconds=30.0) as server:
            for _ in range(200):
                assert server.post("/v1/predict", GOOD).status == 200
            fill(disk / "filler")
            assert server.stop() == 2
            said = server.process.stderr.read() if server.process.stderr else ""
        assert "the ledger could not be written at the end" in said
        assert "200 requests are lost" in said
    finally:
        subprocess.run(["umount", disk], check=True)
