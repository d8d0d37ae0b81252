from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, ks_2samp

from interlock.contract import Column, Contract, Decoder, Type
from interlock.contract.cleaning import clean
from interlock.contract.step import Step
from interlock.errors import InputError
from interlock.profile import Profile
from interlock.profile.values import KINDS, Kind, Values
from interlock.release import golden_rows


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first half, which is drawn and not spoilt."""
    return rows[: (len(rows) + 1) // 2]


@pytest.fixture(scope="module")
def many(contract: Contract, profile: Profile) -> list[dict[str, Any]]:
    return golden_rows(contract, profile, n=4000)


def test_the_same_seed_gives_the_same_rows(contract: Contract, profile: Profile) -> None:
    assert golden_rows(contract, profile) == golden_rows(contract, profile, seed=0)
    assert golden_rows(contract, profile) != golden_rows(contract, profile, seed=1)
    assert len(golden_rows(contract, profile)) == 64
    assert len(golden_rows(contract, profile, n=7)) == 7


def test_rows_are_json_of_the_types_of_the_contract(contract: Contract, many: list[dict[str, Any]]) -> None:
    assert msgspec.json.decode(msgspec.json.encode(many)) == many
    assert json.loads(json.dumps(many, allow_nan=False)) == many
    for row in plain(many):
        assert set(row) == {"distance", "seats", "fresh", "at", "carrier"}
        assert isinstance(row["seats"], int)
        assert isinstance(row["fresh"], bool)
        assert datetime.fromisoformat(row["at"]).year == 2013
    decoder = Decoder(contract)
    checked = [decoder.one(msgspec.json.encode(row)) for row in plain(many)]
    assert not any(row.flags for row in checked)


def test_numbers_follow_the_profiles_distribution(
    table: dict[str, Values], many: list[dict[str, Any]]
) -> None:
    drawn = [row["distance"] for row in plain(many) if row["distance"] is not None]
    distance = table["distance"]
    assert ks_2samp(drawn, distance.data[distance.valid]).pvalue > 1e-4


def test_levels_truths_and_nulls_come_at_their_rates(profile: Profile, many: list[dict[str, Any]]) -> None:
    rows = plain(many)
    shares = {level: count / profile.rows for level, count in profile["carrier"].top(3)}
    expected: dict[Any, float] = {**shares, None: profile["carrier"].nulls / profile.rows}
    for level, share in expected.items():
        assert binomtest(sum(row["carrier"] == level for row in rows), len(rows), share).pvalue > 1e-4
    fresh = sum(row["fresh"] for row in rows)
    assert binomtest(fresh, len(rows), profile["fresh"].mean).pvalue > 1e-4


def test_columns_are_drawn_apart_so_that_no_row_is_a_copy() -> None:
    n = 2000
    same = np.random.default_rng(3).permutation(n)
    pairs = Profile.of({"left": Values("integer", same), "right": Values("integer", same)})
    columns = Contract((Column("left", "integer"), Column("right", "integer")))
    rows = plain(golden_rows(columns, pairs, n=4000))
    assert sum(row["left"] == row["right"] for row in rows) < 20  # one is expected, of 2,000


def test_what_spoils_rows_is_all_there(contract: Contract, profile: Profile) -> None:
    rows = golden_rows(contract, profile)[32:]
    decoder = Decoder(contract)
    checked = [decoder.one(msgspec.json.encode(row)) for row in rows]
    codes = {(flag.column, flag.code) for row in checked for flag in row.flags}
    assert codes >= {
        ("distance", "range"),
        ("distance", "type"),
        ("seats", "range"),
        ("carrier", "type"),
        ("carrier", "category"),
        ("interlock: not seen before", "unknown"),
    }
    assert {row["distance"] for row in rows} >= {0.0, 5000.0, 1e308}
    assert all(any(row[column.name] is None for row in rows) for column in contract.inputs)
    assert any(set(row.values()) == {None} for row in rows)
    assert {len(row["carrier"]) for row in rows if isinstance(row["carrier"], str)} >= {0, 1000}
    accepted = [row for row, verdict in zip(rows, checked, strict=True) if not verdict.rejected]
    ordinary = [row["distance"] for row in accepted[1:] if row["distance"] and row["distance"] < 1e30]
    assert any(float(np.float32(value)) != value for value in ordinary)
    assert 0 < len(accepted) < len(rows)


def test_integers_that_float32_cannot_hold_are_there() -> None:
    counts = Profile.of({"count": Values("integer", np.arange(0, 10**8, 10**5))})
    rows = golden_rows(Contract((Column("count", "integer"),)), counts)[32:]
    assert any(int(np.float32(row["count"])) != row["count"] for row in rows if isinstance(row["count"], int))


def test_of_a_text_only_its_length_is_drawn() -> None:
    names = np.array(["Ada Lovelace", "Charles Babbage"], dtype=object)
    texts = Profile.of({"who": Values("string", np.array([0, 1, 1], dtype=np.int32), None, names)})
    rows = golden_rows(Contract((Column("who", "text"),)), texts)
    assert all(row["who"].strip("x") == "" and 12 <= len(row["who"]) <= 15 for row in plain(rows))
    assert not any(name in str(row) for row in rows for name in names)


def test_a_text_is_drawn_from_words_that_many_texts_share() -> None:
    reviews = np.array([f"guest{place} found the room lovely" for place in range(40)], dtype=object)
    said = Values("string", np.arange(40, dtype=np.int32), None, reviews)
    kind = Values("string", np.zeros(40, np.int32), None, np.array(["a"], object))
    contract = Contract((Column("said", "text"), Column("kind", "category")))
    rows = golden_rows(contract, Profile.of({"said": said, "kind": kind}))
    drawn = [row["said"] for row in plain(rows)]
    assert len({*drawn}) > 1
    assert {word for text in drawn for word in text.split()[:-1]} == {"found", "the", "room", "lovely"}
    assert not any("guest" in str(row) for row in rows)
    scripts = [row for row in rows if "東京都" in str(row["said"])]
    assert scripts
    assert all("東京都" not in str(row["kind"]) for row in rows)


def test_a_column_without_values_is_null() -> None:
    nulls = Values("string", np.zeros(3, np.int32), np.zeros(3, bool), np.array(["a"], object))
    empty = Profile.of({"x": Values("number", np.full(3, np.nan)), "s": nulls})
    rows = plain(golden_rows(Contract((Column("x", "number"), Column("s", "category"))), empty))
    assert all(row == {"x": None, "s": None} for row in rows)


def test_a_column_that_the_profile_lacks_is_named(contract: Contract) -> None:
    other = Profile.of({"distance": Values("number", np.ones(2))})
    with pytest.raises(InputError, match="lacks a column of the contract\n  where: column 'seats'"):
        golden_rows(contract, other)


DATA: dict[Kind, tuple[st.SearchStrategy[Any], str]] = {
    "number": (st.floats(), "float64"),
    "integer": (st.integers(-(2**63), 2**63 - 1), "int64"),
    "boolean": (st.booleans(), "bool"),
    "timestamp": (st.integers(-(2**63), 2**63 - 1), "int64"),
    "string": (st.integers(0, 1), "int32"),
}


def columns(kind: Kind, n: int) -> st.SearchStrategy[Values]:
    drawn, stored = DATA[kind]
    levels = np.array(["", "Oslo"], dtype=object) if kind == "string" else None
    return st.builds(
        lambda data, valid: Values(kind, np.array(data, stored), np.array(valid, bool), levels),
        st.lists(drawn, min_size=n, max_size=n),
        st.lists(st.booleans(), min_size=n, max_size=n),
    )


tables = st.integers(0, 5).flatmap(
    lambda n: st.dictionaries(
        st.text(min_size=1, max_size=9),
        st.sampled_from(KINDS).flatmap(lambda kind: columns(kind, n)),
        min_size=1,
    )
)


@settings(max_examples=60)
@given(tables)
def test_any_table_gives_rows_that_its_contract_can_read(table: dict[str, Values]) -> None:
    profile = Profile.of(table)
    types: dict[Kind, Type] = {
        "number": "number",
        "integer": "integer",
        "boolean": "boolean",
        "timestamp": "timestamp",
    }
    columns = (Column(name, types.get(values.kind, "category")) for name, values in table.items())
    contract = Contract(tuple(columns))
    decoder = Decoder(contract)
    rows = golden_rows(contract, profile, n=40)
    checked = [decoder.one(msgspec.json.encode(row)) for row in rows]
    assert not any(flag.code == "type" for row in checked[:20] for flag in row.flags)


STEPS = (
    Step("strip", "carrier"),
    Step("spelling", "carrier", spellings=(("ua", "UA"),)),
    Step("number", "distance", format="1,234.5"),
    Step("missing", "seats", values=("?", 999)),
    Step("range", "at", minimum="2013-01-01"),
    Step("drop", "gone"),
    Step("duplicates"),
)


def test_each_cleaning_step_has_a_row_that_needs_it(contract: Contract, profile: Profile) -> None:
    gone = Column("gone", "number", "ignore")
    cleaned = replace(contract, columns=(*contract.columns, gone), clean=STEPS)
    rows = golden_rows(cleaned, profile)
    for step in STEPS[:5]:
        changed = [row for row in rows[32:] if clean(step, row.get(step.column)) != row.get(step.column)]
        assert changed, step
    assert not any("gone" in row for row in rows)
    assert golden_rows(replace(cleaned, clean=()), profile) == golden_rows(contract, profile)
