"""Clients that take their time: in their headers, in their body, in reading, in doing nothing."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import Server, running
from tests.security.attacks import BODY, everything, lives, opened, post, refused, statuses

from interlock.release import Release

SECONDS = {"head_seconds": 1.0, "body_seconds": 1.0, "answer_seconds": 1.5, "idle_seconds": 2.0}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {**SECONDS, "max_connections": 40, "max_per_address": 40}
    with running(release.path, tmp_path_factory.mktemp("server"), limits=limits) as started:
        yield started
        assert lives(started)


def drip(connection: socket.socket, data: bytes, every: float = 0.1, most: float = 8.0) -> float:
    """Send byte by byte until the server has had enough; return how long that took."""
    begun = time.monotonic()
    try:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(every)
            if time.monotonic() - begun > most:
                break
    except (BrokenPipeError, ConnectionResetError):
        pass
    return time.monotonic() - begun


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GET /health/live HTTP/1.1\r\n" + b"X: a\r\n" * 100, "slow_head"),
        (post(b" " * 200 + BODY), "slow_body"),
        (post(b" " * 200 + BODY, path="/invocations"), "slow_body"),
        (post(b"1\r\n \r\n" * 100, "Transfer-Encoding: chunked", length=False), "slow_body"),
    ],
)
def test_who_drips_is_let_go_in_time(server: Server, data: bytes, reason: str) -> None:
    before = refused(server)[reason]
    head, _, rest = data.partition(b"\r\n\r\n")
    with opened(server) as connection:
        if reason == "slow_body":
            connection.sendall(head + b"\r\n\r\n")
            data = rest
        took = drip(connection, data)
        heard = everything(connection)
    assert took < 4, "one second is allowed, and a look comes twice a second"
    assert statuses(heard) in ([408], []), "a reset may take the last words away"
    assert refused(server)[reason] == before + 1


def test_who_says_nothing_at_all_is_let_go(server: Server) -> None:
    with opened(server) as silent, opened(server) as idle:
        idle.sendall(post())
        assert idle.recv(4096).startswith(b"HTTP/1.1 200")
        begun = time.monotonic()
        everything(silent)
        assert time.monotonic() - begun < 3, "a connection is opened to ask something"
        everything(idle)
        assert 1 < time.monotonic() - begun < 5, "idle between two requests is allowed for longer"


@pytest.mark.parametrize("taken", [0, 10], ids=["nothing", "a little at a time"])
def test_who_does_not_read_is_let_go(server: Server, taken: int) -> None:
    before = refused(server)["slow_answer"]
    many = json.dumps([GOOD] * 9000).encode()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(post(many) * 4)
        deadline = time.monotonic() + 10
        while refused(server)["slow_answer"] == before:
            assert time.monotonic() < deadline, "nobody let it go"
            if taken:
                connection.recv(taken)
            time.sleep(0.05)


def test_forty_slow_clients_leave_room_for_an_honest_one_soon(server: Server) -> None:
    """A slowloris takes all places; the places are free again after the time that headers may take."""
    slow = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(45)]
    try:
        for connection in slow:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(b"POST /v1/predict HTTP/1.1\r\nX: ")
        deadline = time.monotonic() + 6
        while True:
            try:
                if server.post("/v1/predict", GOOD).status == 200:
                    break
            except OSError:
                pass
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        for connection in slow:
            connection.close()
    found = refused(server)
    assert found["slow_head"] >= 20
    assert found["connections"] + found["address"] >= 3


def test_a_slow_body_that_ends_in_time_is_answered(server: Server) -> None:
    with opened(server) as connection:
        whole = post()
        for start in range(0, len(whole), 60):
            connection.sendall(whole[start : start + 60])
            time.sleep(0.05)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
