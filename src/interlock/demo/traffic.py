"""Replays rows as HTTP traffic on keep-alive connections, and lets the truth arrive later."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from interlock.errors import ServeError

__all__ = ["Day", "Replay", "replay"]

CONNECTIONS = 8
OUTCOMES_A_REQUEST = 500


class Day(NamedTuple):
    """One day of traffic.

    Args:
        name: Such as 2013-10-01.
        rows: What is known before the outcome, ready for JSON.
        outcomes: The truth of each row, None where it never becomes known.
    """

    name: str
    rows: list[dict[str, Any]]
    outcomes: list[Any]


class Replay(NamedTuple):
    """What was sent and what came back.

    Args:
        sent: Requests, one row each.
        answered: Requests answered with a prediction.
        rejected: Requests refused by the contract.
        flagged: Answers with at least one flag.
        outcomes: Outcomes taken by the service.
        unknown: Rows whose outcome never becomes known.
        seconds: Wall time.
    """

    sent: int = 0
    answered: int = 0
    rejected: int = 0
    flagged: int = 0
    outcomes: int = 0
    unknown: int = 0
    seconds: float = 0.0


class _Answer(msgspec.Struct):
    id: str
    flags: list[dict[str, str]] = []


class _Connection(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        self.writer.write(
            b"POST %b HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (path.encode(), len(body), body)
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        length = int(head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        return status, await self.reader.readexactly(length)


def replay(
    host: str,
    port: int,
    days: Sequence[Day],
    *,
    outcomes_after: int = 2,
    progress: Callable[[str], None] = lambda _: None,
) -> Replay:
    """Send each row of each day as one request; its outcome follows some days later.

    Args:
        host: The service's address.
        port: The service's port.
        days: In order.
        outcomes_after: Days between a row and its outcome; the outcomes of the last days never arrive.
        progress: Called with one line as it goes.

    Returns:
        The counts of what was sent and answered.

    Raises:
        ServeError: if the service goes away or answers with something else than 200 or 422.
    """
    return asyncio.run(_replay(host, port, days, outcomes_after, progress))


async def _replay(
    host: str, port: int, days: Sequence[Day], outcomes_after: int, progress: Callable[[str], None]
) -> Replay:
    start = time.monotonic()
    counts: Counter[str] = Counter()
    connections: list[_Connection] = []
    try:
        for _ in range(CONNECTIONS):
            connections.append(_Connection(*await asyncio.open_connection(host, port)))  # noqa: PERF401 - closed one by one
        await _send_days(connections, days, outcomes_after, counts, progress)
    except (OSError, asyncio.IncompleteReadError) as error:
        raise ServeError(
            "the service stopped answering",
            where=f"http://{host}:{port}",
            got=error,
            next_step="read the server's log",
        ) from error
    finally:
        for connection in connections:
            connection.writer.close()
        await asyncio.gather(*(each.writer.wait_closed() for each in connections), return_exceptions=True)
    return Replay(**counts, seconds=time.monotonic() - start)


async def _send_days(
    connections: Sequence[_Connection],
    days: Sequence[Day],
    outcomes_after: int,
    counts: Counter[str],
    progress: Callable[[str], None],
) -> None:
    waiting: deque[list[dict[str, Any]]] = deque()
    for day in days:
        waiting.append(await _send_day(connections, day, counts))
        if len(waiting) > outcomes_after:
            counts["outcomes"] += await _send_outcomes(connections[0], waiting.popleft())
        progress(f"{day.name}: {counts['sent']:,} requests, {counts['outcomes']:,} outcomes")


async def _send_day(
    connections: Sequence[_Connection], day: Day, counts: Counter[str]
) -> list[dict[str, Any]]:
    work = iter(list(zip(day.rows, day.outcomes, strict=True)))
    parts = await asyncio.gather(*(_send_rows(connection, work, counts) for connection in connections))
    return [outcome for part in parts for outcome in part]


async def _send_rows(
    connection: _Connection, work: Iterator[tuple[dict[str, Any], Any]], counts: Counter[str]
) -> list[dict[str, Any]]:
    outcomes = []
    for row, outcome in work:
        status, body = await connection.post("/v1/predict", msgspec.json.encode(row))
        if status not in (200, 422):
            raise _refused(status, body)
        answer = msgspec.json.decode(body, type=_Answer)
        counts["sent"] += 1
        counts["answered" if status == 200 else "rejected"] += 1
        counts["flagged"] += bool(answer.flags)
        counts["unknown"] += outcome is None
        if outcome is not None and status == 200:
            outcomes.append({"id": answer.id, "outcome": outcome})
    return outcomes


async def _send_outcomes(connection: _Connection, outcomes: list[dict[str, Any]]) -> int:
    for start in range(0, len(outcomes), OUTCOMES_A_REQUEST):
        body = msgspec.json.encode(outcomes[start : start + OUTCOMES_A_REQUEST])
        status, answer = await connection.post("/v1/outcomes", body)
        if status != 200:
            raise _refused(status, answer)
    return len(outcomes)


def _refused(status: int, body: bytes) -> ServeError:
    return ServeError(
        "the service refused a request of the replay",
        where=f"status {status}",
        got=body.decode(errors="replace"),
        next_step="read the server's log",
    )
