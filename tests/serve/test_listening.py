from __future__ import annotations

import asyncio
import errno
import json
import socket
import ssl
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures_release import GOOD
from tests.fixtures_service import running

from interlock.release import Release
from interlock.serve.listening import Listening

BODY = json.dumps(GOOD).encode()


class Echo(asyncio.Protocol):
    transport: Any

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


class Full(socket.socket):
    """A listener of a process that has no file left, the first time that it is asked."""

    refused = 0

    def accept(self) -> tuple[socket.socket, Any]:
        if not self.refused:
            self.refused += 1
            raise OSError(errno.EMFILE, "Too many open files")
        return super().accept()


def listened(
    talk: Callable[[Listening, int], Awaitable[None]], listener: socket.socket | None = None, **options: Any
) -> None:
    """Listen on a free port while something is done."""

    async def run() -> None:
        with listener or socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            bound.listen()
            listening = Listening(bound, Echo, **options)
            await talk(listening, bound.getsockname()[1])
            listening.close()
            await listening.wait_closed()

    asyncio.run(run())


async def echo(port: int, word: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(word)
    said = await reader.readexactly(len(word))
    writer.close()
    return said


async def several(_: Listening, port: int) -> None:
    words = [b"word %d" % number for number in range(20)]
    assert await asyncio.gather(*[echo(port, word) for word in words]) == words


def test_all_that_come_are_taken() -> None:
    listened(several)


def test_who_gives_others_a_moment_takes_all_in_the_end() -> None:
    listened(several, opened=lambda: 1)


@pytest.mark.parametrize(("opened", "taken"), [(lambda: 1, 1), (lambda: 0, 10), (None, 10)])
def test_who_has_a_connection_leaves_the_next_to_others_for_a_moment(
    opened: Callable[[], int] | None, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.serve.listening._MOMENT", 60.0)

    async def run() -> None:
        with socket.socket() as bound, ExitStack() as clients:
            bound.bind(("127.0.0.1", 0))
            bound.listen()
            for _ in range(10):
                clients.enter_context(socket.create_connection(bound.getsockname()))
            made = list[Echo]()

            def protocol() -> Echo:
                made.append(Echo())
                return made[-1]

            listening = Listening(bound, protocol, opened=opened)
            for _ in range(100):
                await asyncio.sleep(0)
            listening.close()
            await listening.wait_closed()
            assert len(made) == taken
            for each in made:
                each.transport.abort()
            await asyncio.sleep(0)

    asyncio.run(run())


def test_without_a_free_file_it_is_tried_again() -> None:
    listener = Full()
    listened(several, listener)
    assert listener.refused == 1


def test_after_its_close_nobody_is_taken() -> None:
    async def talk(listening: Listening, port: int) -> None:
        assert await echo(port, b"before") == b"before"
        listening.close()
        loop = asyncio.get_running_loop()
        with socket.socket() as client:
            client.setblocking(False)
            await loop.sock_connect(client, ("127.0.0.1", port))  # it waits in the queue of the socket
            await loop.sock_sendall(client, b"after")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(loop.sock_recv(client, 1), 0.2)

    listened(talk)


def test_a_handshake_that_fails_harms_nobody() -> None:
    async def talk(_: Listening, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert await reader.read(1) == b""
        writer.close()

    listened(talk, tls=ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), handshake_seconds=1.0)


def writers(port: int, count: int = 12) -> Counter[str]:
    """Open connections, ask through each, and return how many each worker answered."""
    head = b"POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(BODY)
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    found = Counter[str]()
    for connection in connections:
        connection.sendall(head + BODY)
        answer = json.loads(connection.recv(4096).partition(b"\r\n\r\n")[2])
        found[answer["id"].partition("-")[0]] += 1
    for connection in connections:
        connection.close()
    return found


def test_workers_share_the_connections_of_one_client(releases: dict[str, Release], tmp_path: Path) -> None:
    with running(releases["binary"].path, tmp_path, workers=2) as server:
        end = time.monotonic() + 20
        while len(writers(server.port)) < 2 and time.monotonic() < end:  # the second is still starting
            time.sleep(0.1)
        shares = [writers(server.port) for _ in range(5)]
    assert sum(len(each) == 2 for each in shares) >= 3
