from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.strategies import dirty, json_values, steps, words

from interlock.contract import Checker, Column, Contract, Decoder, Flag, Policy
from interlock.contract.cleaning import Cleaner, clean, cleaner, example
from interlock.contract.step import KINDS, Step

hostile = st.one_of(
    json_values,
    dirty,
    words,
    st.text(),
    st.floats(),
    st.datetimes(),
    st.dates(),
    st.binary(),
    st.builds(np.float32, st.floats(width=32)),
    st.sampled_from([np.int64(999), np.bool_(True), object(), (), 10**400, -(10**400)]),
)
types = st.sampled_from(["category", "number", "integer", "timestamp"])


def _same(one: object, other: object) -> bool:
    return one == other or (one != one and other != other)  # noqa: PLR0124 - NaN


@given(types.flatmap(lambda kind: steps("c", kind)), hostile)
@settings(max_examples=300, deadline=None)
def test_every_step_and_all_together_are_idempotent_and_never_raise(made: list[Step], value: object) -> None:
    for step in made:
        once = clean(step, value)
        assert _same(clean(step, once), once)
    together = Cleaner(made)
    assert _same(together(together(value)), together(value))


@given(types.flatmap(lambda kind: steps("c", kind)), st.lists(st.floats(), max_size=5), st.booleans())
@settings(max_examples=300, deadline=None)
def test_arrays_of_numbers_lose_what_numbers_lose(made: list[Step], numbers: list[float], time: bool) -> None:
    numbers = [*numbers, 999.0, -1.0, -2208988800.0, 1e9, 3.0]
    if time:
        numbers = [number for number in numbers if abs(number) < 1e10]
    together = Cleaner(made)
    values: list[Any] = [datetime.fromtimestamp(n, UTC) for n in numbers] if time else numbers
    data = np.array([value.timestamp() for value in values] if time else numbers, dtype=np.float64)
    expected = [together(value) is None for value in values]
    assert together.gone(data, time=time).tolist() == expected


@pytest.mark.parametrize(
    ("step", "value", "expected"),
    [
        (Step("strip", "c"), "\u00a0New \t York\n", "New York"),
        (Step("strip", "c"), 5, 5),
        (Step("missing", "c", values=("?", 999)), "?", None),
        (Step("missing", "c", values=("?", 999)), 999, None),
        (Step("missing", "c", values=("?", 999)), "999", "999"),
        (Step("missing", "c", values=(1,)), True, True),
        (Step("missing", "c", values=("1900-01-01",)), "1900-01-01T00:00:00Z", None),
        (Step("missing", "c", values=("1900-01-01",)), date(1900, 1, 1), None),
        (Step("spelling", "c", spellings=(("NY", "New York"),)), "NY", "New York"),
        (Step("number", "c", format="1.234,5", symbols=("€",)), "1.234,50 €", 1234.5),
        (Step("number", "c", format="1,234.5"), "1.234,50", "1.234,50"),
        (Step("date", "c", formats=("31.1.2013",)), "1.2.2013", "2013-02-01"),
        (Step("range", "c", minimum=0, maximum=120), 121, None),
        (Step("range", "c", minimum=0, maximum=120), 120, 120),
        (Step("range", "c", maximum="2020-01-01"), "2020-01-02", None),
        (Step("drop", "c"), "x", "x"),
        (Step("duplicates"), "x", "x"),
    ],
)
def test_what_each_step_does(step: Step, value: object, expected: object) -> None:
    assert clean(step, value) == expected


def test_words_go_before_and_codes_after_the_conversion_whatever_the_order_they_were_given_in() -> None:
    made = [
        Step("range", "c", maximum=500),
        Step("number", "c", format="1,234.5"),
        Step("spelling", "c", spellings=(("ten", "10"),)),
        Step("missing", "c", values=("n/a", 99)),
        Step("strip", "c"),
    ]
    assert [Cleaner(made)(value) for value in (" n/a ", "99", "1,000", " ten ", 7)] == [
        None,
        None,
        None,
        10,
        7,
    ]


def test_a_column_without_steps_on_its_values_has_no_cleaner() -> None:
    made = (Step("drop", "a"), Step("duplicates"), Step("strip", "b"))
    assert cleaner(made, "a") is None
    assert cleaner(made, "b") is not None


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_on_values_has_an_example_that_it_changes(kind: str) -> None:
    made = {
        "missing": Step("missing", "c", values=("?",)),
        "spelling": Step("spelling", "c", spellings=(("NY", "New York"),)),
        "number": Step("number", "c", format="1 234,5", symbols=("%",)),
        "date": Step("date", "c", formats=("Jan 31, 2013",)),
        "range": Step("range", "c", maximum=5),
        "strip": Step("strip", "c"),
    }.get(kind, Step("duplicates"))
    value = example(made)
    assert (value is None) == (kind in ("drop", "duplicates"))
    assert value is None or clean(made, value) != value


PRICE = Contract(
    (Column("price", "number", on=Policy(null="flag")), Column("city", "category", levels=("Oslo", "Rome"))),
    clean=(
        Step("number", "price", format="1,234.5", symbols=("$",)),
        Step("missing", "price", values=("?", 999)),
        Step("strip", "city"),
        Step("spelling", "city", spellings=(("ROME", "Rome"),)),
    ),
)


@pytest.mark.parametrize(
    ("body", "numbers", "strings", "flags"),
    [
        (b'{"price": "$1,234.50", "city": " ROME "}', [1234.5], ["Rome"], []),
        (b'{"price": 1234.5, "city": "Rome"}', [1234.5], ["Rome"], []),
        (b'{"price": 1, "city": "OSLO"}', [1.0], ["OSLO"], [Flag("city", "category", "flag")]),
    ],
)
def test_the_service_cleans_before_it_judges(
    body: bytes, numbers: list[float], strings: list[str], flags: list[Flag]
) -> None:
    row = Decoder(PRICE).one(body)
    assert (row.numbers, row.strings, row.flags) == (numbers, strings, flags)


def test_what_becomes_null_is_judged_as_a_null_and_what_no_step_reads_as_another_type() -> None:
    decoder = Decoder(PRICE)
    for value in ('"?"', "999", '"$999"', "null"):
        assert decoder.one(b'{"price": %b, "city": "Rome"}' % value.encode()).flags == [
            Flag("price", "null", "flag")
        ]
    assert decoder.one(b'{"price": "about 5", "city": "Rome"}').flags == [Flag("price", "type", "reject")]


def test_a_column_of_text_is_cleaned_as_its_rows_are() -> None:
    checked = Checker(PRICE).columns({"price": ["$1,000", "?", 5], "city": ["Rome", " Oslo", "ROME"]})
    assert checked.numbers[:, 0].tolist()[::2] == [1000.0, 5.0]
    assert checked.string_matrix()[:, 0].tolist() == ["Rome", "Oslo", "Rome"]
    assert [(each.code, each.rows.tolist()) for each in checked.violations] == [("null", [1])]
