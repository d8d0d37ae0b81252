"""All open connections of a worker: how many there may be, and which take too long.

A timer for each request would cost every request. Instead each connection says what it waits for, as a number
and a word, and one look over all of them twice a second finds those that have not moved on.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal, Protocol

from interlock.serve.limits import Limits
from interlock.serve.refused import Reason

__all__ = ["Connection", "Connections", "Waits"]

#: What a connection waits for: its next request, the rest of the headers, of the body, or a reader.
Waits = Literal["idle", "head", "body", "answer"]
_REASONS: dict[Waits, Reason] = {"head": "slow_head", "body": "slow_body", "answer": "slow_answer"}


class Connection(Protocol):
    """What this module has to know of a connection."""

    address: str
    seen: tuple[int, Waits]
    since: float

    def waits(self) -> tuple[int, Waits]:
        """Return the number of the request, and what is waited for."""

    def unread(self) -> int:
        """Return how many bytes of answers nobody has taken yet."""

    def expire(self, what: Waits) -> None:
        """Close it, because it takes too long."""


class Connections:
    """The open connections of one worker.

    Args:
        limits: How many, and how long each may wait for what.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._seconds: dict[Waits, float] = {
            "idle": limits.idle_seconds,
            "head": limits.head_seconds,
            "body": limits.body_seconds,
            "answer": limits.answer_seconds,
        }
        self._open: set[Connection] = set()
        self._addresses: Counter[str] = Counter()
        #: Bytes of answers that nobody has taken yet, at the last look.
        self.unread = 0

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, connection: Connection) -> Reason | None:
        """Take a new connection in, or say why not."""
        if len(self._open) >= self._limits.max_connections:
            return "connections"
        if self._addresses[connection.address] >= self._limits.max_per_address:
            return "address"
        self._open.add(connection)
        self._addresses[connection.address] += 1
        return None

    def leave(self, connection: Connection) -> None:
        """Forget a connection that was closed; one that never entered is none."""
        if connection in self._open:
            self._open.remove(connection)
            self._addresses[connection.address] -= 1
            if not self._addresses[connection.address]:
                del self._addresses[connection.address]

    def look(self, now: float) -> list[Reason]:
        """Close the connections that have waited too long for one thing, and measure what is unread.

        Args:
            now: Any clock that does not jump, seconds.

        Returns:
            Why connections were closed; one that was only idle has done nothing wrong.
        """
        late: list[tuple[Connection, Waits]] = []
        unread = 0
        for connection in self._open:
            unread += connection.unread()
            state = connection.waits()
            if state != connection.seen:
                connection.seen, connection.since = state, now
            elif now - connection.since > self._seconds[state[1]]:
                late.append((connection, state[1]))
        self.unread = unread
        for connection, what in late:
            connection.expire(what)
        return [_REASONS[what] for _, what in late if what in _REASONS]
