"""Floods and bodies that unfold: 429 and 413 before memory grows, and the account stays right."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import Server, running
from tests.security.attacks import (
    BODY,
    everything,
    forget_peak,
    lives,
    peak,
    post,
    refused,
    resident,
    said,
    statuses,
)

from interlock.release import Release
from interlock.serve import account

MEGABYTE = 1 << 20

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(
        release.path, tmp_path_factory.mktemp("server"), limits={"max_waiting": 4 * MEGABYTE}
    ) as started:
        for _ in range(50):
            started.post("/v1/predict", [GOOD] * 1000)
        yield started
        assert lives(started)


def test_bodies_that_together_are_too_much_are_429_and_memory_stays(server: Server) -> None:
    """Sixty-four clients hold back the last of eight hundred kilobytes each: fifty megabytes in flight."""
    before, memory = refused(server)["waiting"], resident(server)
    whole = post(b" " * (800 << 10) + BODY)
    clients = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(64)]
    try:
        for client in clients:
            client.setblocking(False)
        left = {client: memoryview(whole)[:-1] for client in clients}
        most, deadline = 0, time.monotonic() + 20
        while left and refused(server)["waiting"] < before + 50 and time.monotonic() < deadline:
            for client in list(left):
                try:
                    left[client] = left[client][client.send(left[client][:65536]) :]
                except BlockingIOError:
                    continue
                except (BrokenPipeError, ConnectionResetError):
                    del left[client]
                    continue
                if not left[client]:
                    del left[client]
            most = max(most, resident(server))
            assert server.ask("GET", "/health/live").status == 200
    finally:
        for client in clients:
            client.close()
    found = refused(server)["waiting"] - before
    assert found >= 50
    assert most - memory < 40 * MEGABYTE, "four megabytes of bodies, and what the connections read ahead"


def test_a_refusal_for_want_of_room_says_when_to_come_again(server: Server) -> None:
    large = post(b" " * (5 * MEGABYTE) + BODY)
    heard = said(server, large)
    assert statuses(heard) == [429]
    assert b"\r\nretry-after: 1\r\n" in heard
    assert b'"error":"waiting"' in heard
    assert lives(server)


BOMBS = {
    "deep lists": (b"[" * 4_000_000, 400),
    "deep objects": (b'{"a":' * 600_000, 400),
    "a million keys": (b"{" + b",".join(b'"%d":1' % i for i in range(300_000)) + b"}", 200),
    "more keys than are taken": (b"{" + b",".join(b'"%x":0' % i for i in range(1_000_001)) + b"}", 413),
    "one key again and again": (b"{" + b'"seats":1,' * 300_000 + BODY[1:], 200),
    "rows of nothing": (b"[" + b"{}," * 1_000_000 + b"{}]", 413),
    "more values than are taken": (b'{"distance":[' + b"0," * 1_100_000 + b"0]}", 413),
    "a number of a million digits": (b'{"distance":' + b"9" * 1_000_000 + b"}", 200),
    "a fraction of a million digits": (b'{"distance":0.' + b"9" * 1_000_000 + b"}", 200),
    "an exponent without end": (b'{"distance":1e' + b"9" * 1_000_000 + b"}", 200),
    "a text of three megabytes": (b'{"carrier":"' + b"x" * 3_000_000 + b'"}', 200),
    "escapes": (b'{"carrier":"' + b"\\u0041" * 500_000 + b'"}', 200),
}


@pytest.mark.parametrize(("bomb", "status"), BOMBS.values(), ids=BOMBS)
def test_bodies_that_unfold_are_refused_or_harmless(server: Server, bomb: bytes, status: int) -> None:
    memory = resident(server)
    forget_peak(server)
    begun = time.monotonic()
    heard = said(server, post(bomb, "Connection: close"))
    (found,) = statuses(heard)
    assert found in (status, 422), "the contract may reject what the limits let pass"
    assert time.monotonic() - begun < 5
    assert peak(server) - memory < 120 * MEGABYTE
    assert bomb[:200] not in heard


SPLIT = b'{"dataframe_split":{"columns":["a"],"data":[' + b"[]," * 1_000_000 + b"[]]}}"
TENSOR = b'{"inputs":[{"name":"a","shape":[1],"datatype":"FP64","data":[' + b"0," * 1_100_000 + b"0]}]}"


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/invocations", "application/json", b'{"instances":[' + b"{}," * 1_000_000 + b"{}]}"),
        ("/invocations", "application/json", SPLIT),
        ("/invocations", "text/csv", b"distance\n" + b"\n" * 3_000_000),
        ("/invocations", "text/csv", b"distance" + b"," * 3_000_000),
        ("/v2/models/binary/infer", "application/json", TENSOR),
        ("/v1/outcomes", "application/json", b"[" + b"{}," * 1_000_000 + b"{}]"),
    ],
)  # fmt: skip
def test_bombs_in_the_other_protocols(server: Server, path: str, kind: str, body: bytes) -> None:
    memory = resident(server)
    forget_peak(server)
    answer = server.ask("POST", path, body, content_type=kind)
    assert answer.status == 413
    assert peak(server) - memory < 60 * MEGABYTE


def test_pipelined_requests_without_a_reader_do_not_pile_up(server: Server) -> None:
    memory = resident(server)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.setblocking(False)
        requests = memoryview(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n" * 20_000)
        deadline = time.monotonic() + 2
        while requests and time.monotonic() < deadline:
            try:
                requests = requests[connection.send(requests) :]
            except BlockingIOError:
                time.sleep(0.02)
        assert resident(server) - memory < 40 * MEGABYTE
    assert lives(server)


def test_the_account_is_right_after_a_flood(release: Release, tmp_path: Path) -> None:
    """A request that is refused for want of room is received and rejected, and nothing is lost."""
    with running(release.path, tmp_path, limits={"max_waiting": MEGABYTE}) as server:
        before = [server.post("/v1/predict", GOOD).status for _ in range(20)]
        large = [said(server, post(b" " * (2 * MEGABYTE) + BODY)) for _ in range(7)]
        broken = server.ask("POST", "/v1/predict", b"{").status
        assert server.stop() == 0
    assert (before, broken) == ([200] * 20, 400)
    assert [statuses(heard) for heard in large] == [[429]] * 7
    found = account(tmp_path / "ledger")
    assert found.balanced
    assert (found.received, found.logged, found.rejected, found.rows) == (28, 28, 8, 20)


def test_who_sends_more_connections_than_there_are_places_is_told(release: Release, tmp_path: Path) -> None:
    limits = {"max_connections": 30, "max_per_address": 20}
    with running(release.path, tmp_path, limits=limits) as server:
        held = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(19)]
        held.append(socket.create_connection(("127.0.0.1", server.port), timeout=10))
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as one_more:
            heard = everything(one_more)
        assert statuses(heard) == [503]
        assert b"retry-after: 1" in heard
        assert json.loads(heard.rpartition(b"\r\n\r\n")[2])["error"] == "address"
        for connection in held:
            connection.close()
        time.sleep(0.2)
        assert refused(server)["address"] == 1
        assert lives(server)
