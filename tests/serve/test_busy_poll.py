from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.serve.busy_poll import BusyPoll


class Loop:
    """Keeps what is to be called in the next turn, and the time."""

    def __init__(self) -> None:
        self.time, self.next = 0.0, list[Callable[[], Any]]()

    def call_soon(self, callback: Callable[..., Any], *arguments: Any) -> None:
        self.next.append(lambda: callback(*arguments))

    def turn(self, seconds: float) -> None:
        """Let time pass, and call what is due."""
        self.time += seconds
        due, self.next = self.next, []
        for each in due:
            each()


@pytest.fixture
def loop() -> Loop:
    return Loop()


def ask(poll: BusyPoll, loop: Loop, gap: float) -> int:
    """Let a request come so long after the last answer; return how often it was looked meanwhile."""
    looks, left = 0, gap
    while loop.next and left > 1e-5:
        loop.turn(1e-5)
        looks, left = looks + 1, left - 1e-5
    loop.time += left
    poll.came()
    poll.answered(loop.call_soon)
    return looks


def poll_of(loop: Loop, seconds: float = 2e-4) -> BusyPoll:
    poll = BusyPoll(seconds, clock=lambda: loop.time)
    poll.answered(loop.call_soon)
    return poll


def test_it_sleeps_until_requests_have_come_at_short_notice_for_a_while(loop: Loop) -> None:
    poll = poll_of(loop)
    looks = [ask(poll, loop, 5e-5) for _ in range(40)]
    assert looks[0] == 0
    assert looks[-1] > 0
    assert looks == sorted(looks), "once it looks, it goes on looking"


def test_a_single_long_gap_ends_the_looking(loop: Loop) -> None:
    poll = poll_of(loop)
    for _ in range(40):
        ask(poll, loop, 5e-5)
    assert ask(poll, loop, 1.0) <= 20, "it looks for 200 of 10 microseconds each"
    assert not loop.next, "it sleeps"
    assert ask(poll, loop, 5e-5) == 0
    assert any(ask(poll, loop, 5e-5) for _ in range(5)), "and soon looks again where they come as before"


def test_nought_is_never(loop: Loop) -> None:
    poll = poll_of(loop, 0.0)
    assert not any(ask(poll, loop, 0.0) for _ in range(100))


def test_what_comes_meanwhile_ends_the_look(loop: Loop) -> None:
    poll = poll_of(loop)
    for _ in range(40):
        ask(poll, loop, 5e-5)
    assert len(loop.next) == 1
    poll.came()
    loop.turn(1e-5)
    assert not loop.next
    assert not poll.is_idle


@given(st.lists(st.floats(0, 0.01), min_size=1, max_size=300))
def test_looking_in_vain_costs_little_of_the_time_whatever_comes(gaps: list[float]) -> None:
    loop = Loop()
    poll = poll_of(loop)
    in_vain = sum(looks for gap in gaps if (looks := ask(poll, loop, gap)) and gap > 2e-4)
    # each look is 10 microseconds, of 200 at most; a look in vain is paid for by short gaps before it
    short = sum(gap <= 2e-4 for gap in gaps)
    assert in_vain <= 20 * short
