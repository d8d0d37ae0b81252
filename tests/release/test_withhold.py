from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests import fixtures_release

from interlock.contract import Column, Contract, Role, Type
from interlock.profile import Profile, Values
from interlock.release import write
from interlock.release.withhold import withheld

NOTES = [f"a note about Ada number {place}" for place in range(40)]


def noted() -> Profile:
    """A column of which each value is in one row, but the first in nine."""
    codes = np.r_[np.arange(40), np.zeros(8, int)].astype(np.int32)
    return Profile.of({"note": Values("string", codes, dictionary=np.array(NOTES, object))})


@pytest.mark.parametrize(
    ("kind", "role", "readable"),
    [
        ("text", "feature", 1),
        ("text", "ignore", 1),
        ("category", "id", 1),
        ("category", "ignore", 1),
        ("timestamp", "feature", 1),
        ("category", "feature", 40),
    ],
)
def test_rare_names_stay_only_where_they_are_levels(kind: Type, role: Role, readable: int) -> None:
    profile = noted()
    kept = withheld(profile, Contract((Column("note", kind, role),)))
    assert sum(note.encode() in kept.to_bytes() for note in NOTES) == readable
    assert (kept["note"].distinct, kept["note"].n, kept.rows) == (40, 48, 48)
    assert profile == noted()


def test_columns_that_the_contract_does_not_know_are_withheld_too() -> None:
    kept = withheld(noted(), Contract((Column("x", "number"),)))
    assert sum(note.encode() in kept.to_bytes() for note in NOTES) == 1


def test_no_file_of_a_release_holds_the_texts(tmp_path: Path) -> None:
    of = fixtures_release.contract()
    columns = tuple(each for each in of.columns if each.name != "tail.number ✈")
    contract = Contract((*columns, Column("note", "text", "ignore")), of.task, of.classes)
    profile = fixtures_release.profile()
    codes = (np.arange(500) % 40).astype(np.int32)
    profile.columns["note"] = Profile.of(
        {
            "note": Values(
                "string", np.where(np.arange(500) < 40, codes, 0), dictionary=np.array(NOTES, object)
            )
        }
    )["note"]
    fixed: dict[str, Any] = {"card_markdown": "", "card_html": "", "environment": "", "evidence": {}}
    scores = Profile.of({"prediction": Values("number", np.linspace(0, 1, 50))})
    made = write(
        tmp_path,
        name="noted",
        contract=contract,
        profile=profile,
        scores=scores,
        model=fixtures_release.model(contract),
        **fixed,
    )
    found = b"".join(each.read_bytes() for each in made.path.iterdir())
    assert [note for note in NOTES if note.encode() in found] == NOTES[:1]
