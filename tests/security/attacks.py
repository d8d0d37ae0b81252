"""What an attacker has: raw sockets, and a look at the process from outside."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.fixtures_release import GOOD
from tests.fixtures_service import Server

BODY = json.dumps(GOOD).encode()


@contextmanager
def opened(server: Server, *, seconds: float = 10.0) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        yield connection


def everything(connection: socket.socket) -> bytes:
    """Read until the server closes."""
    heard = b""
    try:
        while part := connection.recv(65536):
            heard += part
    except ConnectionResetError:
        pass
    return heard


def said(server: Server, data: bytes) -> bytes:
    """Send bytes and return all that is answered before the server closes."""
    with opened(server) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(data)
        return everything(connection)


def statuses(heard: bytes) -> list[int]:
    """Return the statuses of all answers; a body ends without a line."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", heard)]


def post(body: bytes = BODY, *headers: str, path: str = "/v1/predict", length: bool = True) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", *headers]
    lines += [f"Content-Length: {len(body)}"] if length else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def resident(server: Server) -> int:
    """Return the memory that the service holds, bytes."""
    return _memory(server, "VmRSS")


def peak(server: Server) -> int:
    """Return the most memory that the service has held since `forget_peak`, bytes."""
    return _memory(server, "VmHWM")


def forget_peak(server: Server) -> None:
    """Let the most memory be what the service holds now; 5 is for that (proc_pid_clear_refs(5))."""
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")


def _memory(server: Server, name: str) -> int:
    lines = Path(f"/proc/{server.process.pid}/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(name))
    return int(line.split()[1]) << 10


def refused(server: Server) -> dict[str, int]:
    """Return how many were refused, by reason."""
    lines = server.ask("GET", "/metrics").body.decode().splitlines()
    found = [
        line.removeprefix('interlock_refused_total{reason="').split('"} ')
        for line in lines
        if line.startswith("interlock_refused_total{")
    ]
    return {reason: int(count) for reason, count in found}


def lives(server: Server) -> bool:
    """Whether the service still answers as ever."""
    return server.process.poll() is None and server.post("/v1/predict", GOOD).status == 200
