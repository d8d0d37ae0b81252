from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.release.registry.conftest import named
from tests.release.registry.events import PRODUCTION

from interlock.errors import ConflictError, TamperedError
from interlock.release import Release
from interlock.release.registry.registry import Registry, open_registry


def test_a_decision_on_what_was_seen_is_not_carried_out_on_something_else(
    known: Registry, made: tuple[Release, ...]
) -> None:
    seen = known.head("flights")
    known.deploy(named(made[0]), PRODUCTION, person="bo", follows=seen)
    with pytest.raises(ConflictError, match="who answers has changed since, and nothing was done") as caught:
        known.deploy(named(made[1]), PRODUCTION, person="ada", follows=seen)
    assert caught.value.got.startswith("event 7: bo deployed ")
    assert known.plan("flights", PRODUCTION).champion == made[0].digest


def test_a_clock_that_goes_back_breaks_nothing(known: Registry, made: tuple[Release, ...]) -> None:
    known.deploy(named(made[0]), PRODUCTION, person="ada")
    late = replace(known, clock=lambda: datetime(1999, 1, 1, tzinfo=UTC))
    event = late.deploy(named(made[1]), PRODUCTION, person="ada")
    assert event.time == "1999-01-01T00:00:00+00:00"
    assert known.plan("flights", PRODUCTION).champion == made[1].digest
    assert known.verify("flights").faults == ()


def test_a_shortened_log_is_noticed_by_whoever_has_seen_it(
    known: Registry, made: tuple[Release, ...], tmp_path: Path
) -> None:
    known.deploy(named(made[0]), PRODUCTION, person="ada")
    with known.log.database.connected() as connection:
        for trigger in ("interlock_no_update", "interlock_no_delete"):
            connection.execute(sa.text(f"DROP TRIGGER {trigger}"))
        connection.execute(sa.text("DELETE FROM interlock_events WHERE number = 7"))
    found = known.verify("flights")
    assert [tuple(fault) for fault in found.faults] == [
        (7, "the log ends with event 6, but event 7 was seen by this machine")
    ]
    with pytest.raises(TamperedError, match="the log of the registry was changed"):
        known.deploy(named(made[1]), PRODUCTION, person="ada")
    stranger = open_registry(str(tmp_path / "registry.db"), tmp_path / "store")
    assert stranger.verify("flights").faults == ()  # who has seen nothing knows nothing
