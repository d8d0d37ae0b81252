from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fixtures_release import GOOD, write_release
from tests.fixtures_service import Server, running

from interlock.demo.traffic import Day, replay
from interlock.errors import ServeError
from interlock.serve import account, outcomes

FLAGGED = {**GOOD, "carrier": "ZZ"}
REJECTED = {**GOOD, "seats": 10_000}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    release = write_release(tmp_path, "binary", name="binary")
    with running(release.path, tmp_path) as started:
        yield started


def _days(count: int) -> list[Day]:
    rows = [GOOD, FLAGGED, REJECTED, GOOD]
    return [Day(f"day {number}", rows, ["yes", "no", "yes", None]) for number in range(count)]


def test_every_row_is_sent_and_what_came_back_is_counted(server: Server) -> None:
    lines: list[str] = []
    found = replay("127.0.0.1", server.port, _days(5), outcomes_after=2, progress=lines.append)
    assert (found.sent, found.answered, found.rejected, found.flagged) == (20, 15, 5, 5)
    assert found.unknown == 5
    assert lines[-1].startswith("day 4: 20 requests")
    server.stop()
    assert account(server.ledger).received == 20
    assert account(server.ledger).rejected == 5


def test_outcomes_follow_days_later_and_the_last_never_arrive(server: Server) -> None:
    found = replay("127.0.0.1", server.port, _days(5), outcomes_after=2)
    assert found.outcomes == 3 * 2
    server.stop()
    assert sum(1 for _ in outcomes(server.ledger)) == 6


def test_a_service_that_is_not_there_is_named() -> None:
    with pytest.raises(ServeError, match="the service stopped answering") as caught:
        replay("127.0.0.1", 1, _days(1))
    assert caught.value.where == "http://127.0.0.1:1"


def test_a_refused_request_stops_the_replay_with_its_answer(server: Server) -> None:
    with pytest.raises(ServeError, match="refused a request of the replay") as caught:
        replay("127.0.0.1", server.port, [Day("day", [GOOD], ["maybe"])], outcomes_after=0)
    assert caught.value.where == "status 422"
