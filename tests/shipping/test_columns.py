from __future__ import annotations

import math
import struct
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.contract import MISSING
from interlock.serve.ledger import Header, Record, Truth
from interlock.shipping.columns import header_of, outcome_table, record_table, records, truths
from interlock.shipping.parquet import packed, table_of

HEADER = Header(
    release="sha256:ab",
    writer="c0ffee00c0ffee00",
    numbers=("n", "whole", "yes", "at"),
    strings=("id", "time"),  # names that the ledger's own columns have, too
    types=("number", "integer", "boolean", "timestamp"),
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
finite = st.floats(allow_nan=False, allow_infinity=False)
numbers = (
    finite | st.just(math.nan) | st.integers(-(2**53), 2**53).map(float) | st.sampled_from([0.0, -0.0, 1.0])
)
instants = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
moments = instants.map(datetime.timestamp) | finite


@st.composite
def rows(draw: st.DrawFn) -> Record:
    readable = draw(st.booleans())
    values = tuple(draw(st.tuples(numbers, numbers, numbers, numbers | moments)))
    strings = draw(st.tuples(texts | st.just(MISSING), texts | st.just(MISSING)))
    several = st.lists(finite, min_size=2, max_size=3).map(tuple)
    return Record(
        f"c0ffee00c0ffee00-{draw(st.integers(0, 2**40)):x}",
        draw(moments),
        draw(st.sampled_from(["v1", "v2", "mlflow"])),
        draw(st.integers(100, 599)),
        values if readable else (),
        strings if readable else (),
        tuple(draw(st.lists(st.tuples(texts, texts, texts), max_size=2))),
        draw(st.none() | finite | st.just(math.nan) | several),
        draw(st.booleans()),
        draw(finite),
        "sha256:ab",
        draw(st.integers(0, 9)),
        draw(st.integers(1, 10)),
        draw(texts),
        draw(st.binary(max_size=20)),
        draw(texts),
        draw(texts),
        draw(texts),
        tuple(draw(st.lists(texts, max_size=2))),
    )


def bits(value: Any) -> Any:
    """Return a value in which NaN equals NaN, and -0.0 does not equal 0.0."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else struct.pack("<d", value)
    return tuple(bits(each) for each in value) if isinstance(value, tuple) else value


@given(st.lists(rows(), max_size=5))
@settings(max_examples=40, deadline=None)
def test_rows_come_back_to_the_bit(given_rows: list[Record]) -> None:
    table = record_table(HEADER, given_rows)
    back = list(records(table_of(packed(table), "")))
    assert [bits(tuple(row)) for row in back] == [bits(tuple(row)) for row in given_rows]
    assert header_of(table) == HEADER


outcome = texts | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False)


@given(st.lists(st.tuples(outcome, moments), max_size=5))
@settings(max_examples=40, deadline=None)
def test_outcomes_come_back_with_their_type(found: list[tuple[Any, float]]) -> None:
    given_truths = [Truth(f"a-{place}", value, time) for place, (value, time) in enumerate(found)]
    back = list(truths(table_of(packed(outcome_table(HEADER, given_truths)), "")))
    assert [(type(each.outcome), each.outcome, bits(each.time)) for each in back] == [
        (type(value), value, bits(time)) for value, time in found
    ]


def test_columns_have_the_types_of_the_contract() -> None:
    row = Record(
        "a-0", 1.7e9, "v1", 200, (1.5, 7.0, 1.0, 1.7e9), ("Oslo", MISSING), (), 0.25, False, 0.001, "r"
    )
    table = record_table(HEADER, [row])
    assert table.schema.field("input_n").type == pa.float64()
    assert table.schema.field("input_whole").type == pa.int64()
    assert table.schema.field("input_yes").type == pa.bool_()
    assert table.schema.field("input_at").type == pa.timestamp("us", "UTC")
    assert table.schema.field("time").type == pa.timestamp("us", "UTC")
    assert table["input_id"].to_pylist() == ["Oslo"]
    assert table["input_time"].null_count == 1
    assert table["beyond"].to_pylist() == [[]]


def test_nulls_are_apart_from_nan() -> None:
    def row(number: float, prediction: float | None) -> Record:
        values = (number, number, number, number)
        return Record("a-0", 0.0, "v1", 200, values, ("", ""), (), prediction, False, 0.0, "r")

    table = record_table(HEADER, [row(math.nan, math.nan), row(1.0, None)])
    assert [table[f"input_{name}"].null_count for name in HEADER.numbers] == [1, 1, 1, 1]
    assert table["prediction"].null_count == 1
    assert math.isnan(table["prediction"][0].as_py())


def test_what_a_type_cannot_hold_stands_beyond() -> None:
    row = Record("a-0", 0.0, "v1", 200, (1.0, 1e300, 0.5, 1e-9), ("", ""), (), None, False, 0.0, "r")
    table = record_table(HEADER, [row])
    assert dict(table["beyond"][0].as_py()) == {"input_whole": 1e300, "input_yes": 0.5, "input_at": 1e-9}
    assert list(records(table)) == [row]
