"""The account under faults, with real processes: what was answered is logged, or its loss is counted."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import running
from tests.serve.ledger.folders import entry, header_of

from interlock.release import Release
from interlock.serve.ledger import Ledger, account, outcomes, read, verify
from interlock.serve.ledger.segment import segments

pytestmark = pytest.mark.slow

BODY = json.dumps(GOOD).encode()


class Load:
    """A client that asks whoever is told, until it is stopped; a refused connection is tried elsewhere."""

    def __init__(self, *ports: int) -> None:
        self.ports, self.answers, self.stopped = list(ports), [], threading.Event()  # type: ignore[var-annotated]
        self.thread = threading.Thread(target=self._ask)
        self.thread.start()

    def _ask(self) -> None:
        turn = 0
        while not self.stopped.is_set():
            turn += 1
            port = self.ports[turn % len(self.ports)]
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            try:
                connection.request("POST", "/v1/predict", BODY, {"Content-Type": "application/json"})
                self.answers.append(json.loads(connection.getresponse().read())["id"])
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)
            finally:
                connection.close()

    def stop(self) -> list[str]:
        self.stopped.set()
        self.thread.join(20)
        return self.answers


def wrong(ledger: Path) -> list[str]:
    return [words for each in verify(ledger) for words in each.wrong]


def test_two_servers_on_one_folder_and_a_rolling_restart(
    releases: dict[str, Release], tmp_path: Path
) -> None:
    """The old server stops gracefully while the new one already takes requests."""
    ledger, path = str(tmp_path / "ledger"), releases["binary"].path
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    with running(path, tmp_path / "old", ledger=ledger) as old:
        load = Load(old.port)
        time.sleep(0.5)
        with running(path, tmp_path / "new", ledger=ledger) as new:
            load.ports = [old.port, new.port]
            time.sleep(0.5)
            assert {each.state for each in verify(ledger)} == {"running"}
            load.ports = [new.port]
            time.sleep(0.1)
            assert old.stop() == 0
            time.sleep(0.5)
            answers = load.stop()
            assert new.stop() == 0
    found = account(ledger)
    assert len(answers) > 100
    assert {record.id for record in read(ledger)} == set(answers)
    assert (found.received, found.logged, found.found, found.waiting) == (len(answers),) * 3 + (0,)
    assert (found.writers, found.unclosed, wrong(Path(ledger))) == (2, 0, [])


def test_killed_under_load_the_loss_is_told_and_the_next_server_goes_on(
    releases: dict[str, Release], tmp_path: Path
) -> None:
    ledger, path = str(tmp_path / "ledger"), releases["binary"].path
    answers: list[str] = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        with running(path, tmp_path / name, ledger=ledger, flush_seconds=0.2) as server:
            load = Load(server.port)
            time.sleep(0.8)
            server.process.kill()
            server.process.wait()
            answers += load.stop()
    found = account(ledger)
    assert [each.state for each in verify(ledger)] == ["killed", "killed"]
    assert wrong(Path(ledger)) == []
    assert found.balanced
    assert found.missing == 0
    assert found.logged == len(list(read(ledger)))
    assert len(answers) <= found.logged + found.waiting <= len(answers) + 2  # one in flight at each kill


def test_a_clock_that_jumps_back_changes_no_order(tmp_path: Path) -> None:
    code = f"""
import time
from tests.serve.ledger.folders import entry, header_of
from interlock.serve.ledger import Ledger
real, shift = time.time, [0.0]
time.time = lambda: real() + shift[0]
gmtime = time.gmtime
time.gmtime = lambda *seconds: gmtime(*(seconds or (time.time(),)))
with Ledger({str(tmp_path)!r}, header_of(), segment_bytes=1500) as ledger:
    for person in range(60):
        if person % 10 == 0:
            shift[0] -= 3600.0
        ledger.record(entry(ledger, person))
        ledger.truth(f"{{ledger.writer}}-0", person)
        ledger.flush()
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path.cwd())
    names = [segment.path.name for segment in segments(tmp_path)]
    assert names != sorted(names)
    assert [int(record.id.split("-")[1], 16) for record in read(tmp_path)] == list(range(60))
    found = account(tmp_path)
    assert (found.received, found.logged, found.found, found.missing) == (60, 60, 60, 0)
    assert wrong(tmp_path) == []
    *_, last = sorted(outcomes(tmp_path), key=lambda truth: truth.time)  # as the monitor does
    assert last.outcome == 59


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """A file system of one megabyte, filled by somebody else, and emptied again."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("only root may mount a small disk; test_writer.py has a limit of the size of files")
    try:
        with Ledger(disk / "ledger", header_of(), capacity=100_000) as ledger:
            for person in range(100):
                ledger.record(entry(ledger, person))
            ledger.flush()
            _fill(disk / "other")
            for person in range(5000):
                ledger.record(entry(ledger, person))
            ledger.flush()
            assert ledger.counts.logged < 5100
            assert ledger.counts.dropped > 0
            (disk / "other").unlink()
            ledger.flush()
            for person in range(100):
                ledger.record(entry(ledger, person))
        found = account(disk / "ledger")
        assert found.received == 5200
        assert found.balanced
        assert found.dropped > 0
        assert found.missing == 0
        assert (found.torn, wrong(disk / "ledger")) == (0, [])
        assert len(list(read(disk / "ledger"))) == found.logged
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return
