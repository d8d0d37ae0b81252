from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.contract.learn import learn
from interlock.explore.findings.finding import Finding
from interlock.explore.findings.mixed import mixed, shape
from interlock.explore.survey import survey
from interlock.table import open_table


def _found(values: list[Any], **declared: Any) -> list[Finding]:
    table = open_table(pa.table({"x": pa.array(values, pa.string())}))
    found = survey(table)
    return list(mixed(found.sample, learn(found.profile, **declared)))


@given(st.integers(1000, 10**15))
def test_thousands_separators_are_seen(value: int) -> None:
    assert shape(f"{value:,}") == "a number with thousands separators"
    assert shape(f"-{value:,}.25") == "a number with thousands separators"


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_what_python_writes_for_a_number_is_a_number(value: float) -> None:
    assert shape(str(value)) == "a number"


@given(st.dates())
def test_dates_are_seen_in_five_formats(value: Any) -> None:
    year = f"{value.year:04}"
    month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][
        value.month - 1
    ]
    assert shape(f"{year}-{value.month:02}-{value.day:02}") == "a date such as 2013-01-31"
    assert shape(f"{year}/{value.month}/{value.day} 10:30") == "a date such as 2013/01/31"
    assert shape(f"{value.month}/{value.day}/{year}") == "a date such as 5/6/2013"
    assert shape(f"{value.day}.{value.month}.{year}") == "a date such as 31.1.2013"
    assert shape(f"{value.day} {month} {year}") == "a date such as 31 Jan 2013"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12%", "a percentage"),
        ("3,5 %", "a percentage"),
        ("$1,200.50", "an amount of money"),
        ("12 EUR", "an amount of money"),
        ("1.234,5", "a number with a decimal comma"),
        ("N/A", "a word for “unknown”"),
        (" ? ", "a word for “unknown”"),
        ("00501", "text"),
        ("1,23,4", "text"),
        ("JFK", "text"),
        ("", "text"),
    ],
)
def test_shapes(text: str, expected: str) -> None:
    assert shape(text) == expected


def test_numbers_written_as_text_are_reported_with_their_shares() -> None:
    (found,) = _found(["1,234", "5,678", "12%", "about nine"] * 50)
    assert found.kind == "mixed types"
    assert "50 % a number with thousands separators, 25 % a percentage" in found.sentence
    assert found.effect == 0.75
    assert found.low < 0.75 < found.high


def test_a_type_that_changes_half_way_is_seen_among_very_many_strings() -> None:
    half = 20_000
    words = [str(row) for row in range(half)] + [f"x{row}" for row in range(half)]
    (found,) = _found(words, declared={"x": {"role": "feature", "type": "text"}})
    assert found.effect == pytest.approx(0.5, abs=0.02)
    assert found.n == 10_000


def test_several_formats_of_dates_are_named() -> None:
    (found,) = _found(["2013-01-31", "31.1.2013", "1/31/2013"] * 30)
    assert found.sentence.count("a date such as") == 3


def test_words_for_unknown_are_a_finding_of_their_own() -> None:
    found = _found(["JFK", "EWR", "N/A", None] * 20)
    assert [(each.kind, each.n) for each in found] == [("placeholder", 60)]
    assert found[0].effect == pytest.approx(1 / 3)


def test_text_and_ids_and_nothing_are_left_alone() -> None:
    assert _found(["JFK", "EWR"] * 20) == []
    assert _found(["1", "2"] * 20, ids=["x"]) == []
    assert _found([None] * 20) == []
    assert _found(["", " "] * 20) == []
