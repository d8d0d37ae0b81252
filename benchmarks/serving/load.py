"""Load by wrk: the same rows to every server, over and over, through 1 or many open connections."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from process import Running
from servers import DATA, Row, run

_SCRIPT = Path(__file__).parent / "requests.lua"


class Load(NamedTuple):
    """What one run of wrk saw.

    Args:
        connections: Open at the same time, one request in flight on each.
        requests: Answered, all with HTTP 200.
        seconds: By the clock.
        cpu: CPU seconds of the server's tree.
        p50: Median latency, ms.
        p99: 99th percentile of the latency, ms.
    """

    connections: int
    requests: int
    seconds: float
    cpu: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    @property
    def cost(self) -> float:
        """CPU of the server per request, microseconds."""
        return 1e6 * self.cpu / self.requests


def write_bodies(running: Running, rows: list[Row]) -> Path:
    """Write one request body a line, as the server takes them."""
    path = DATA / f"{running.server.key}.bodies"
    path.write_bytes(b"\n".join(running.server.request([row])[1] for row in rows))
    return path


def drive(running: Running, bodies: Path, *, connections: int, seconds: int) -> Load:
    """Run wrk against a server; an error or another status than 200 ends the benchmark."""
    url = f"http://127.0.0.1:{running.port}{running.server.path}"
    before = running.cpu
    options = ("-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s")
    said = run("wrk", *options, "-s", str(_SCRIPT), url, str(bodies))
    cpu = running.cpu - before
    seen = json.loads(said.splitlines()[-1])
    if seen["errors"] or not seen["requests"]:
        raise SystemExit(f"{running.server.name}: {said}")
    return Load(connections, seen["requests"], seen["seconds"], cpu, seen["p50"], seen["p99"])
