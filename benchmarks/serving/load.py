"""Load by wrk: the same rows to every server, over and over, through some open connections."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from process import Running
from servers import DATA, Row, Server, run

_SCRIPT = Path(__file__).parent / "requests.lua"
_JSON = "application/json"

#: A request: path, content type, body.
Put = tuple[str, str, bytes]


class Load(NamedTuple):
    """What one run of wrk saw.

    Args:
        connections: Open at the same time, one request in flight on each.
        requests: Answered, all with HTTP 200.
        seconds: By the clock.
        cpu: CPU seconds of the server's tree.
        p50: Median latency, ms.
        p99: 99th percentile of the latency, ms.
        p999: 99.9th percentile, ms.
        most: The longest, ms.
    """

    connections: int
    requests: int
    seconds: float
    cpu: float
    p50: float
    p99: float
    p999: float
    most: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    @property
    def cost(self) -> float:
        """CPU of the server per request, microseconds."""
        return 1e6 * self.cpu / self.requests


def puts(server: Server, rows: list[Row], at_once: int = 1) -> list[Put]:
    """Return requests of `at_once` rows each, as the server takes them."""
    together = [rows[at : at + at_once] for at in range(0, len(rows), at_once)]
    asked = [server.request(each) for each in together]
    return [(path, _JSON, body) for path, body in asked]


def write_puts(name: str, asked: Sequence[Put]) -> Path:
    """Write requests for wrk, one a line."""
    path = DATA / f"{name}.requests"
    path.write_bytes(b"\n".join(f"{where}\t{kind}\t".encode() + body for where, kind, body in asked))
    return path


def drive(
    running: Running,
    asked: Path,
    *,
    connections: int,
    seconds: int,
    meanwhile: Callable[[], Any] | None = None,
) -> Load:
    """Run wrk against a server; an error or another status than 200 ends the benchmark."""
    url = f"http://127.0.0.1:{running.port}/"
    before = running.cpu
    options = ("-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s")
    said = run("wrk", *options, "-s", str(_SCRIPT), url, str(asked), meanwhile=meanwhile)
    cpu = running.cpu - before
    seen = json.loads(said.splitlines()[-1])
    if seen.pop("errors") or not seen["requests"]:
        raise SystemExit(f"{running.server.name}: {said}")
    return Load(connections=connections, cpu=cpu, **seen)
