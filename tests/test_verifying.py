from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.fixtures_release import write_release

from interlock.release.registry import Named, Policy, Registry, open_registry
from interlock.verifying import models, verify


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    open_to_all = {"production": Policy(signatures=())}
    made = open_registry(str(tmp_path / "registry.db"), tmp_path / "store", policies=open_to_all)
    release = write_release(tmp_path / "made", "binary")
    made.register(release.path, person="ada")
    made.deploy(Named("flights", release.digest), "production", person="ada")
    return made


def test_it_says_how_far_its_proof_reaches(registry: Registry, tmp_path: Path) -> None:
    first = "✓ flights: 2 events, each follows from the one before"
    last = "  1 of 1 releases with a part are whole"
    stranger = "  nothing was seen of it before: that events were cut off at the end would not show"
    assert verify(registry, None, "flights") == ([first, stranger, last], True)
    assert verify(registry, None, "flights", log_only=True) == ([first, stranger], True)
    known = replace(registry, memory=tmp_path / "heads.json")
    assert known.head("flights") == 2
    known.events("flights")
    seen = "  as far as event 2 it is what was seen by this machine"
    assert verify(known, None, "flights") == ([first, seen, last], True)


def test_a_model_that_was_removed_wholly_is_missed_by_whoever_has_seen_it(
    registry: Registry, tmp_path: Path
) -> None:
    known = replace(registry, memory=tmp_path / "heads.json")
    known.events("flights")
    with known.log.database.connected() as connection:
        connection.execute(sa.text("DROP TRIGGER interlock_no_delete"))
        connection.execute(sa.text("DELETE FROM interlock_events"))
    assert models(registry, None) == ()
    assert models(known, None) == ("flights",)
    lines, whole = verify(known, None, "flights")
    assert not whole
    assert lines[0] == ("! flights, event 2: the log ends with event 0, but event 2 was seen by this machine")


def test_a_changed_release_that_answers_is_named(registry: Registry) -> None:
    card = next(Path(registry.store.name).glob("*/card.md"))
    card.write_text("better")
    lines, whole = verify(registry, None, "flights")
    assert not whole
    assert lines[2] == f"! {card.parent.name}: a file of the release is changed, {card}"
    assert lines[3] == "  0 of 1 releases with a part are whole"
