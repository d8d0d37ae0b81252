from __future__ import annotations

import pytest

from interlock.serve.connections import Connections, Waits
from interlock.serve.limits import Limits

LIMITS = Limits(
    max_connections=3, max_per_address=2, head_seconds=1, body_seconds=2, answer_seconds=4, idle_seconds=8
)


class Open:
    """A connection without a socket."""

    def __init__(self, address: str = "a", waits: tuple[int, Waits] = (0, "head"), unread: int = 0) -> None:
        self.address, self.state, self.size = address, waits, unread
        self.seen: tuple[int, Waits] = (-1, "idle")
        self.since = 0.0
        self.expired: list[Waits] = []

    def waits(self) -> tuple[int, Waits]:
        return self.state

    def unread(self) -> int:
        return self.size

    def expire(self, what: Waits) -> None:
        self.expired.append(what)


def test_places_are_given_and_given_back() -> None:
    connections = Connections(LIMITS)
    first, second, third, other = Open(), Open(), Open(), Open("b")
    assert connections.enter(first) is None
    assert connections.enter(second) is None
    assert connections.enter(third) == "address"
    assert connections.enter(other) is None
    assert connections.enter(Open("c")) == "connections"
    connections.leave(third)  # never entered
    connections.leave(first)
    assert connections.enter(third) is None
    assert len(connections) == 3


@pytest.mark.parametrize(
    ("what", "seconds", "reasons"),
    [("head", 1, ["slow_head"]), ("body", 2, ["slow_body"]), ("answer", 4, ["slow_answer"]), ("idle", 8, [])],
)
def test_each_wait_has_its_time(what: Waits, seconds: float, reasons: list[str]) -> None:
    connections, waiting = Connections(LIMITS), Open(waits=(1, what))
    connections.enter(waiting)
    connections.look(100.0)
    assert connections.look(100.0 + seconds) == []
    assert waiting.expired == []
    assert connections.look(100.1 + seconds) == reasons
    assert waiting.expired == [what]


def test_who_moves_on_is_not_late() -> None:
    connections, busy = Connections(LIMITS), Open(waits=(1, "head"))
    connections.enter(busy)
    for number in range(20):
        busy.state = (number, "head")
        assert connections.look(100.0 + number) == []
    assert busy.expired == []


def test_what_nobody_reads_is_measured() -> None:
    connections = Connections(LIMITS)
    for address, size in (("a", 10), ("b", 32)):
        connections.enter(Open(address, unread=size))
    connections.look(1.0)
    assert connections.unread == 42
