"""The hot way against the ordinary way, over real sockets: a client must not be able to tell them apart."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fixtures_release import GOOD
from tests.fixtures_service import MakeApp, Server, running

from interlock.contract import CheckedRow
from interlock.release import Release
from interlock.serve import account, keys
from interlock.serve.access import Access
from interlock.serve.asgi import Application
from interlock.serve.heads import Heads
from interlock.serve.http_server import http_server
from interlock.serve.protocol import HotProtocol
from interlock.serve.settings import Settings

BODY = json.dumps(GOOD).encode()


@pytest.fixture
def connection(server: Server) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as opened:
        yield opened


def request(body: bytes = BODY, *headers: str, version: str = "1.1", path: str = "/v1/predict") -> bytes:
    lines = [f"POST {path} HTTP/{version}", "Host: x", "Content-Type: application/json", *headers]
    if not any(header.startswith("Transfer-Encoding") for header in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answers(connection: socket.socket, count: int) -> list[tuple[int, dict[str, str], bytes]]:
    """Read `count` responses, and nothing beyond."""
    stream, found = connection.makefile("rb"), []
    for _ in range(count):
        status = int(stream.readline().split()[1])
        headers = {}
        while line := stream.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        found.append((status, headers, stream.read(int(headers["content-length"]))))
    return found


def prediction(body: bytes) -> float:
    value: float = json.loads(body)["prediction"]
    return value


def test_both_ways_answer_alike(connection: socket.socket) -> None:
    connection.sendall(request() + request(BODY, "Connection: close"))
    hot, ordinary = answers(connection, 2)
    assert hot[0] == ordinary[0] == 200
    assert prediction(hot[2]) == prediction(ordinary[2])
    assert set(hot[1]) == {
        "date",
        "content-type",
        "content-length",
        "x-content-type-options",
        "cache-control",
        "x-request-id",
    }
    assert set(ordinary[1]) == {*hot[1], "connection"}
    assert connection.recv(1) == b"", "the ordinary way closed, as it was asked to"


def test_both_ways_give_the_callers_id_back_and_else_the_predictions(connection: socket.socket) -> None:
    connection.sendall(
        request() + request(BODY, "X-Request-Id: order-7") + request(BODY, "X-Request-Id: a b")
    )
    named, sent, replaced = answers(connection, 3)
    assert named[1]["x-request-id"] == json.loads(named[2])["id"]
    assert sent[1]["x-request-id"] == "order-7"
    assert replaced[1]["x-request-id"] == json.loads(replaced[2])["id"]
    connection.sendall(request(BODY, "X-Request-Id: order-8", "Connection: close"))
    ((_, ordinary, _),) = answers(connection, 1)
    assert ordinary["x-request-id"] == "order-8"


def test_keep_alive_serves_many(connection: socket.socket) -> None:
    seen = set()
    for _ in range(5):
        connection.sendall(request())
        ((status, _, body),) = answers(connection, 1)
        assert status == 200
        seen.add(json.loads(body)["id"])
    assert len(seen) == 5


def test_pipelined_requests_are_answered_in_order(connection: socket.socket) -> None:
    bodies = [json.dumps({**GOOD, "distance": float(i)}).encode() for i in range(40)]
    requests = [
        request(
            body, *(["Expect: 200-maybe"] if i % 7 == 3 else []), path="/v1/predict" if i % 5 else "/nowhere"
        )
        for i, body in enumerate(bodies)
    ]
    connection.sendall(b"".join(requests))
    got = answers(connection, 40)
    assert [status for status, _, _ in got] == [200 if i % 5 else 404 for i in range(40)]
    probabilities = [prediction(body) for status, _, body in got if status == 200]
    assert probabilities == sorted(probabilities), "the probability rises with the distance"
    assert len(set(probabilities)) == 32


def test_bytes_may_come_one_by_one(connection: socket.socket) -> None:
    for byte in request():
        connection.sendall(bytes([byte]))
    assert answers(connection, 1)[0][0] == 200


def test_chunked_bodies_are_read(connection: socket.socket) -> None:
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(BODY[i : i + 9]), BODY[i : i + 9]) for i in range(0, len(BODY), 9)
    )
    connection.sendall(request(chunks + b"0\r\n\r\n", "Transfer-Encoding: chunked") + request())
    chunked, plain = answers(connection, 2)
    assert chunked[0] == plain[0] == 200
    assert prediction(chunked[2]) == prediction(plain[2])


def test_expect_100_continue_is_obeyed(connection: socket.socket) -> None:
    head, _, body = request(BODY, "Expect: 100-continue").partition(b"\r\n\r\n")
    connection.sendall(head + b"\r\n\r\n")
    assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.sendall(body)
    assert answers(connection, 1)[0][0] == 200


def test_http_1_0_closes(connection: socket.socket) -> None:
    connection.sendall(request(version="1.0"))
    assert answers(connection, 1)[0][0] == 200
    assert connection.recv(1) == b""


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"{", 400), (b'{"seats":900}', 422), (b"[" + BODY + b"]", 200)]
)
def test_refusals_keep_the_connection(connection: socket.socket, body: bytes, status: int) -> None:
    connection.sendall(request(body) + request())
    assert [answer[0] for answer in answers(connection, 2)] == [status, 200]


def test_large_bodies_go_the_ordinary_way(connection: socket.socket) -> None:
    rows = b"[" + b",".join([BODY] * 2000) + b"]"
    assert len(rows) > 1 << 16
    connection.sendall(request(rows) + request())
    many, one = answers(connection, 2)
    assert (many[0], one[0]) == (200, 200)
    assert {row["prediction"] for row in json.loads(many[2])["predictions"]} == {prediction(one[2])}


def test_bodies_over_the_limit_are_413(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request(b"").replace(b"Content-Length: 0", b"Content-Length: 8388609"))
        ((status, headers, _),) = answers(connection, 1)
        assert (status, headers["connection"]) == (413, "close")


def test_garbage_is_400(connection: socket.socket) -> None:
    connection.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
    assert re.match(rb"HTTP/1.1 400 ", connection.recv(1000))


def test_a_client_that_does_not_read_is_waited_for(server: Server) -> None:
    """Back-pressure: of a flood of pipelined requests nothing is lost, and all is answered in order."""
    count = 4000
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", server.port))
        sender = threading.Thread(target=connection.sendall, args=(request() * count,))
        sender.start()
        time.sleep(0.5)
        got = answers(connection, count)
        sender.join()
    numbers = [int(json.loads(body)["id"].rsplit("-", 1)[1], 16) for _, _, body in got]
    assert numbers == [*range(numbers[0], numbers[0] + count)]


def test_a_request_begun_before_sigterm_is_answered(releases: dict[str, Release], tmp_path: Path) -> None:
    with running(releases["binary"].path, tmp_path) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            whole = request()
            connection.sendall(whole[:-10])
            time.sleep(0.3)
            server.process.terminate()
            time.sleep(0.5)
            connection.sendall(whole[-10:])
            ((status, headers, _),) = answers(connection, 1)
            assert (status, headers["connection"]) == (200, "close")
            assert connection.recv(1) == b""
        assert server.process.wait(20) == 0
        summary = account(server.ledger)
        assert (summary.logged, summary.unclosed) == (1, 0)


class Wire(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written, self.closed = b"", False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def connected(app: Application, wire: Wire) -> HotProtocol:
    server = http_server(app, Settings(release="", ledger="", run=""))
    server.config.load()
    connection = HotProtocol(config=server.config, server_state=server.server_state, app_state={})
    connection.connection_made(wire)
    return connection


async def turns_pass(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def talk(app: Application, parts: list[bytes], turns_between: int = 8) -> list[tuple[bytes, bytes]]:
    """Let a connection receive some parts; return the answers without what is new in each."""

    async def receive() -> None:
        connection = connected(app, wire)
        for part in parts:
            connection.data_received(part)
            await turns_pass(turns_between)
        await turns_pass(50)
        connection.connection_lost(None)

    wire = Wire()
    asyncio.run(receive())
    heads = re.split(rb"(?=HTTP/1.1 )", wire.written)[1:]
    known = rb'(?m)^(date|x-request-id|content-length): .*\r\n|"id":"[^"]*",'
    return [(head.partition(b"\r\n")[0], re.sub(known, b"", head)) for head in heads]


BAD = b'{"distance": "far"}'
REQUESTS = (
    request(),
    request(json.dumps({**GOOD, "distance": 7.0}).encode()),
    request(BAD + b" " * (len(BODY) - len(BAD))),
    request(BODY, "X-Request-Id: order-7"),
    request(BODY, path="/nowhere"),
    request(b"[" + BODY + b"]"),
    request(BODY, "Transfer-Encoding: chunked").replace(BODY, b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(st.sampled_from(range(len(REQUESTS))), min_size=1, max_size=6),
    cuts=st.lists(st.floats(0, 1), max_size=6),
    turns=st.integers(0, 4),
)
def test_it_does_not_matter_where_the_bytes_are_cut_nor_what_came_before(
    app: Application, asked: list[int], cuts: list[float], turns: int
) -> None:
    """Heads that an earlier example taught are known; compared is with one request a connection."""
    whole = b"".join(REQUESTS[each] for each in asked)
    places = sorted({0, len(whole), *(int(cut * len(whole)) for cut in cuts)})
    parts = [whole[start:end] for start, end in pairwise(places)]
    app.heads, known = Heads(), app.heads
    expected = [answer for each in asked for answer in talk(app, [REQUESTS[each]])]
    app.heads = known
    assert talk(app, parts, turns) == expected
    assert talk(app, [REQUESTS[each] for each in asked], turns) == expected


def test_a_body_that_is_a_known_request_is_a_body(app: Application) -> None:
    assert len(talk(app, [request(), request()])) == 2
    head, _, body = request(request()).partition(b"\r\n\r\n")
    ((status, _),) = talk(app, [head + b"\r\n\r\n", body])
    assert status == b"HTTP/1.1 400 Bad Request"


@pytest.mark.parametrize(
    "other", [request(BODY, path="/v1/outcomes"), request(BODY, "X-Request-Id: order-7")], ids=["path", "id"]
)
def test_what_was_read_before_is_not_taken_for_the_head_of_a_later_request(
    server: Server, connection: socket.socket, other: bytes
) -> None:
    """A head that means another request would be everybody's: nobody may teach the server one."""

    def without_id(answer: tuple[int, dict[str, str], bytes]) -> object:
        value = json.loads(answer[2])
        return answer[0], answer[1]["x-request-id"] == value.pop("id", ""), value

    connection.sendall(other)
    (before,) = answers(connection, 1)
    many = 60  # more than is parsed at once
    connection.sendall(request(BODY, "X-Other: 1") * many)
    assert [status for status, _, _ in answers(connection, many)] == [200] * many
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as another:
        another.sendall(other)
        (after,) = answers(another, 1)
    assert without_id(after) == without_id(before)


def test_who_may_not_ask_teaches_no_heads(make_app: MakeApp, tmp_path: Path) -> None:
    path, made = tmp_path / "keys.json", keys.create("caller", ["predict"])
    keys.write(path, [made.key])
    app = make_app(access=Access(keys=str(path)))
    stranger, caller = (request(BODY, f"X-Api-Key: {key}") for key in ("wrong", made.secret))
    ((refused, _), (answered, _)) = talk(app, [stranger, caller])
    assert (refused, answered) == (b"HTTP/1.1 401 Unauthorized", b"HTTP/1.1 200 OK")
    assert app.heads.read(stranger) is None
    assert app.heads.read(caller) is not None


def test_what_nobody_foresaw_while_a_row_is_read_is_an_internal_error(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_body: bytes) -> CheckedRow:
        raise RuntimeError

    monkeypatch.setattr(app.service.decoder, "one", broken)
    found = talk(app, [request(), request(), request(BODY, "Connection: close")])
    assert [status for status, _ in found] == [b"HTTP/1.1 500 Internal Server Error"] * 3
    assert app.service.ledger.counts.received == 3


def test_nothing_is_answered_to_who_does_not_read(app: Application) -> None:
    async def receive() -> list[int]:
        wire, lengths = Wire(), list[int]()
        connection = connected(app, wire)
        connection.data_received(request())
        for change in (connection.pause_writing, connection.resume_writing):
            await turns_pass(8)
            lengths.append(len(wire.written))
            change()
            connection.data_received(request())
        await turns_pass(50)
        return [*lengths, len(wire.written)]

    one, paused, three = asyncio.run(receive())
    assert 0 < one == paused
    assert three == 3 * one


def test_who_pipelines_much_does_not_hold_up_others(app: Application) -> None:
    count = 1000

    async def receive() -> tuple[int, int, int]:
        mass, single = Wire(), Wire()
        many, one = connected(app, mass), connected(app, single)
        many.data_received(request() * count)
        one.data_received(request())
        await turns_pass(4)
        before = mass.written.count(b"HTTP/1.1 200 OK")
        await turns_pass(200)
        return single.written.count(b"HTTP/1.1 200 OK"), before, mass.written.count(b"HTTP/1.1 200 OK")

    answered, before, after = asyncio.run(receive())
    assert answered == 1
    assert before < count / 2
    assert after == count


def test_whose_connection_is_lost_is_written_nothing(
    app: Application, caplog: pytest.LogCaptureFixture
) -> None:
    async def receive() -> bytes:
        wire = Wire()
        connection = connected(app, wire)
        connection.pause_writing()
        for _ in range(3):
            connection.data_received(request())
        await turns_pass(8)
        wire.close()
        connection.connection_lost(None)
        await turns_pass(50)
        return wire.written

    assert asyncio.run(receive()) == b""
    assert not caplog.records
