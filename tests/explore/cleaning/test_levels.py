from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from interlock.explore.cleaning import levels
from interlock.explore.cleaning.levels import column_levels, read_levels
from interlock.explore.survey import survey
from interlock.table import open_table

TABLE = pa.table(
    {
        "text": ["b", "a", None, "b"],
        "number": [1.5, np.nan, 1.5, None],
        "whole": [1, 2, 2, 2],
        "at": pa.array([datetime(2013, 1, 31, tzinfo=UTC), None, None, None]),
    }
)
EXPECTED = {
    "text": {"b": 2, "a": 1},
    "number": {1.5: 2},
    "whole": {1.0: 1, 2.0: 3},
    "at": {"2013-01-31T00:00:00+00:00": 1},
}


def test_a_table_is_read_for_its_values_and_nulls_are_none_of_them() -> None:
    found = read_levels(open_table(TABLE), [*EXPECTED])
    assert {name: dict(each.counts) for name, each in found.items()} == EXPECTED
    assert all((each.rows, each.basis) == (4, "all rows") for each in found.values())


@pytest.mark.parametrize("name", [*EXPECTED])
def test_the_profile_and_the_sample_know_the_same_values(name: str) -> None:
    profile, sample, _ = survey(open_table(TABLE))
    assert dict(column_levels(name, profile[name], sample).counts) == EXPECTED[name]


def test_of_very_many_values_those_that_come_first_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(levels, "_MOST", 3)
    found = read_levels(open_table(pa.table({"a": ["x", "y", "z", "w", "x", "v"]})), ["a"])["a"]
    assert dict(found.counts) == {"x": 2, "y": 1, "z": 1}
    assert (found.rows, found.basis) == (4, "the first 3 different values, 4 rows")


def test_a_column_of_too_many_texts_is_told_from_the_sample() -> None:
    table = open_table(pa.table({"a": [f"text {number}" for number in range(5000)]}))
    profile, sample, _ = survey(table, rows=100)
    found = column_levels("a", profile["a"], sample)
    assert (len(found.counts), found.rows) == (100, 100)
    assert found.basis == "a random sample of 100 of 5,000 rows"
