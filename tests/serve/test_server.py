from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures_release import GOOD, write_release
from tests.fixtures_service import Server, running

from interlock.errors import InputError, ServeError, SignatureError, TamperedError
from interlock.release import Release
from interlock.serve import account, outcomes, read, serve

BODY = json.dumps(GOOD).encode()
CLIENTS = 4
HEAVY = (
    "pandas polars sklearn pyarrow scipy duckdb lightgbm onnx altair jinja2 rich pydantic fastapi starlette"
)


class Load:
    """Clients that ask one row after the other until the service is gone, and note every answer."""

    def __init__(self, port: int) -> None:
        self.answers: list[tuple[float, str]] = []
        self._port = port
        self._threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def _ask(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            while True:
                connection.request("POST", "/v1/predict", BODY, {"Content-Type": "application/json"})
                answer = json.loads(connection.getresponse().read())
                self.answers.append((time.time(), answer["id"]))
        except (OSError, http.client.HTTPException):
            connection.close()

    def wait(self) -> list[tuple[float, str]]:
        for thread in self._threads:
            thread.join(20)
        return self.answers


def test_the_whole_way_over_http(server: Server) -> None:
    answer = server.post("/v1/predict", GOOD)
    assert answer.status == 200
    assert server.post("/v1/outcomes", {"id": answer.json["id"], "outcome": "yes"}).json == {"recorded": 1}
    assert server.ask("GET", "/health/live").status == 200
    assert server.ask("GET", "/docs").headers["content-type"].startswith("text/html")
    assert server.ask("GET", "/openapi.json").json["openapi"] == "3.1.0"
    assert "server" not in answer.headers
    assert 'interlock_requests_total{protocol="v1",code="200"}' in server.ask("GET", "/metrics").body.decode()


def test_a_killed_service_loses_at_most_one_flush_interval_and_says_so(
    releases: dict[str, Release], tmp_path: Path
) -> None:
    flush = 0.3
    with running(releases["binary"].path, tmp_path, flush_seconds=flush) as server:
        load = Load(server.port)
        time.sleep(1.5)
        killed = time.time()
        server.process.kill()
        answers = load.wait()
    summary = account(server.ledger)
    logged = {record.id for record in read(server.ledger)}
    lost = [when for when, name in answers if name not in logged]
    slack = 0.25  # the writing thread shares two busy cores with this test
    assert len(answers) > 100
    assert all(when > killed - flush - slack for when in lost)
    assert summary.balanced
    assert (summary.logged, summary.unclosed, summary.flush_seconds) == (len(logged), 1, flush)
    assert len(answers) <= summary.logged + summary.waiting <= len(answers) + CLIENTS


def test_a_graceful_stop_loses_nothing(releases: dict[str, Release], tmp_path: Path) -> None:
    with running(releases["binary"].path, tmp_path, flush_seconds=30.0) as server:
        load = Load(server.port)
        time.sleep(1.0)
        assert server.stop() == 0
        answers = load.wait()
    summary = account(server.ledger)
    assert len(answers) > 50
    assert {record.id for record in read(server.ledger)} == {name for _, name in answers}
    assert (summary.received, summary.logged) == (len(answers), len(answers))
    assert (summary.unclosed, summary.waiting, summary.torn) == (0, 0, 0)
    assert not list((server.ledger / "run").iterdir())


@pytest.mark.slow
def test_late_outcomes_outlive_a_restart(releases: dict[str, Release], tmp_path: Path) -> None:
    with running(releases["binary"].path, tmp_path) as server:
        name = server.post("/v1/predict", GOOD).json["id"]
    (tmp_path / "ready.json").unlink()
    with running(releases["binary"].path, tmp_path) as server:
        assert server.post("/v1/outcomes", {"id": name, "outcome": "no"}).status == 200
    assert [(truth.id, truth.outcome) for truth in outcomes(server.ledger)] == [(name, "no")]
    assert account(server.ledger).writers == 2


def test_no_lab_library_is_in_the_process(releases: dict[str, Release], tmp_path: Path) -> None:
    code = f"""
import json, os, signal, sys, threading, time, urllib.request
from pathlib import Path
from interlock.serve import serve
ready = Path({str(tmp_path / "ready.json")!r})
found = []
def look():
    while not ready.is_file():
        time.sleep(0.02)
    url = json.loads(ready.read_bytes())["url"]
    for _ in range(500):
        try:
            if urllib.request.urlopen(url + "/health/ready").status == 200:
                break
        except OSError:
            time.sleep(0.02)
    request = urllib.request.Request(url + "/v1/predict", {BODY!r}, {{"content-type": "application/json"}})
    assert json.load(urllib.request.urlopen(request))["prediction"]
    for path in ("/docs", "/openapi.json", "/metrics"):
        urllib.request.urlopen(url + path).read()
    found.append([name for name in {HEAVY!r}.split() if name in sys.modules])
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=look).start()
release, ledger = {str(releases["binary"].path)!r}, {str(tmp_path / "ledger")!r}
serve(release, port=0, ledger=ledger, ready_file=ready, say=lambda _: None)
print(found)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[[]]"), done.stderr


def test_the_start_is_announced(releases: dict[str, Release], tmp_path: Path) -> None:
    with running(releases["binary"].path, tmp_path) as server:
        server.stop()
        said = server.process.stdout.read() if server.process.stdout else ""
    release = releases["binary"]
    assert f"http://127.0.0.1:{server.port}" in said
    for words in (release.digest, release.contract_digest, "unsigned, dev only", str(server.ledger)):
        assert words in said


def test_a_port_in_use_is_refused(releases: dict[str, Release], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            ServeError, match=rf"cannot be listened on\n  where: 127.0.0.1:{port}\n.*\n  next: stop what"
        ):
            serve(releases["binary"].path, port=port, ledger=tmp_path)


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70_000)])
def test_an_address_that_is_not_ours_is_refused(
    releases: dict[str, Release], tmp_path: Path, host: str, port: int
) -> None:
    with pytest.raises(ServeError, match="the address cannot be listened on"):
        serve(releases["binary"].path, host=host, port=port, ledger=tmp_path)


def test_an_unwritable_ledger_is_refused(releases: dict[str, Release], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        ServeError, match=r"the ledger folder cannot be written\n.*\n.*\n  next: give a folder"
    ):
        serve(releases["binary"].path, port=0, ledger=tmp_path / "file" / "ledger")


def test_unsigned_and_tampered_releases_are_refused(tmp_path: Path) -> None:
    release = write_release(tmp_path / "releases")
    with pytest.raises(SignatureError, match=r"a signature is missing[\s\S]*next: run `interlock sign"):
        serve(release.path, port=0, ledger=tmp_path / "ledger", environment="production")
    (release.path / "added.txt").write_text("")
    with pytest.raises(TamperedError, match=r"added\.txt"):
        serve(release.path, port=0, ledger=tmp_path / "ledger")
    assert not (tmp_path / "ledger").exists()


@pytest.mark.parametrize(
    "options",
    [
        {"workers": 0},
        {"sample": 1.5},
        {"sample": -0.1},
        {"flush_seconds": 0.0},
        {"flush_seconds": 100.0},
        {"busy_poll_microseconds": -1.0},
    ],
)
def test_arguments_out_of_range_are_refused(
    releases: dict[str, Release], tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match="next: "):
        serve(releases["binary"].path, port=0, ledger=tmp_path, **options)


def test_sampling_keeps_the_identity(releases: dict[str, Release], tmp_path: Path) -> None:
    with running(releases["binary"].path, tmp_path, sample=0.5) as server:
        for _ in range(60):
            server.post("/v1/predict", GOOD)
    summary = account(server.ledger)
    assert summary.received == summary.logged + summary.sampled_out == 60
    assert 5 < summary.logged < 55, "60 fair coins fall outside of this once in 1e11 times"
