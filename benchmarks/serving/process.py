"""A server's whole tree of processes: started, asked when it first answers, weighed, stopped."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from servers import DATA, Row, Server

_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 120.0


class Start(NamedTuple):
    """What it took from the start of the process to the first answer.

    Args:
        seconds: By the clock.
        cpu: Of the whole tree, seconds.
    """

    seconds: float
    cpu: float


class Running:
    """A server that answers."""

    def __init__(self, server: Server, port: int, process: subprocess.Popen[bytes], start: Start) -> None:
        self.server, self.port, self.process, self.start = server, port, process, start

    @property
    def cpu(self) -> float:
        """CPU seconds of the tree so far, finished children included."""
        return sum(cpu_of(pid) for pid in tree(self.process.pid))

    @property
    def memory(self) -> float:
        """Proportional set size of the tree, MiB: shared pages count once."""
        return sum(_memory(pid) for pid in tree(self.process.pid)) / 1024

    @property
    def resident(self) -> float:
        """Resident set size of the tree, MiB: shared pages count in each process."""
        return sum(_memory(pid, "Rss:") for pid in tree(self.process.pid)) / 1024

    def ask(self, rows: list[Row]) -> list[float]:
        """Return the probabilities that the server gives for rows in one request."""
        path, body = self.server.request(rows)
        status, answer = post(self.port, path, body)
        if status != 200:
            raise RuntimeError(f"{self.server.name}: HTTP {status} {answer[:300]!r}")
        return self.server.read(answer, len(rows))


@contextmanager
def running(server: Server, row: Row) -> Iterator[Running]:
    """Start a server in a session of its own, wait for its first right answer, and end all of it."""
    port = free_port()
    with (DATA / f"{server.key}.log").open("ab") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            server.command(port),
            env=server.environment(port),
            stdout=log,
            stderr=log,
            cwd=DATA,
            start_new_session=True,
        )
        try:
            _wait(server, port, process, row)
            cpu = sum(cpu_of(pid) for pid in tree(process.pid))
            yield Running(server, port, process, Start(time.perf_counter() - began, cpu))
        finally:
            _stop(process)


def post(port: int, path: str, body: bytes) -> tuple[int, bytes]:
    """Post JSON and return status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def free_port() -> int:
    """Return a port such that it and the next two are free."""
    for port in range(18080, 19080, 10):
        if all(_is_free(port + more) for more in range(3)):
            return port
    raise SystemExit("no free port between 18080 and 19080")


def tree(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = _stat(int(path.parent.name))
        if fields:
            children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on; nothing where the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a process, its finished children included."""
    return sum(int(ticks) for ticks in _stat(pid)[11:15]) / _TICKS


def _memory(pid: int, kind: str = "Pss:") -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(kind))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _wait(server: Server, port: int, process: subprocess.Popen[bytes], row: Row) -> None:
    path, body = server.request([row])
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            if post(port, path, body)[0] == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.02)
    raise SystemExit(f"{server.name} does not answer; see {DATA / server.key}.log")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask politely, wait, then end what is left of the tree that we started."""
    pids = tree(process.pid)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
