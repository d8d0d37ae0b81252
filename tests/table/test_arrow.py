from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import InputError
from interlock.profile.values import Values
from interlock.table import batch_values, kind_of, values


def decoded(column: Values) -> list[object]:
    """The values as Python objects, None where null."""
    valid = np.ones(len(column.data), bool) if column.valid is None else column.valid
    data = column.data.tolist()
    texts = column.dictionary
    present = (
        data if texts is None else [texts[code] if ok else None for code, ok in zip(data, valid, strict=True)]
    )
    return [value if ok else None for value, ok in zip(present, valid, strict=True)]


INTEGERS = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32())


@pytest.mark.parametrize("arrow", INTEGERS, ids=str)
def test_integers(arrow: pa.DataType) -> None:
    column = values(pa.array([1, None, 127], arrow))
    assert (column.kind, decoded(column)) == ("integer", [1, None, 127])
    assert column.data.dtype == np.int64


def test_integers_without_nulls_are_not_copied() -> None:
    array = pa.array([1, 2, 3], pa.int64())
    column = values(array)
    assert column.valid is None
    assert column.data.__array_interface__["data"][0] == array.buffers()[1].address


def test_uint64_is_a_number_because_it_does_not_fit_int64() -> None:
    column = values(pa.array([2**64 - 1, None], pa.uint64()))
    assert (column.kind, decoded(column)) == ("number", [float(2**64 - 1), None])


@pytest.mark.parametrize("arrow", [pa.float16(), pa.float32(), pa.float64()], ids=str)
def test_null_and_nan_are_kept_apart(arrow: pa.DataType) -> None:
    column = values(pa.array([np.float16(1.5), None, np.float16("nan"), np.float16("-inf")], arrow))
    assert column.kind == "number"
    assert column.valid is not None
    assert column.valid.tolist() == [True, False, True, True]
    np.testing.assert_array_equal(column.data[[0, 2, 3]], [1.5, np.nan, -np.inf])


@pytest.mark.parametrize(
    ("array", "kind", "expected"),
    [
        (pa.array([Decimal("1.25"), None]), "number", [1.25, None]),
        (pa.array([Decimal(7), None], pa.decimal128(18, 0)), "integer", [7, None]),
        (pa.array([Decimal(7), None], pa.decimal128(38, 0)), "number", [7.0, None]),
        (pa.array([Decimal("1e30")], pa.decimal256(60, 2)), "number", [1e30]),
        (pa.array([timedelta(seconds=90), None]), "number", [90.0, None]),
        (pa.array([time(1, 0, 0, 500_000), None]), "number", [3600.5, None]),
        (pa.array([3600], pa.time32("s")), "number", [3600.0]),
        (pa.array([True, None, False]), "boolean", [True, None, False]),
        (pa.array([None, None]), "string", [None, None]),
        (pa.array([1, 2, 2]).dictionary_encode(), "integer", [1, 2, 2]),
        (pa.RunEndEncodedArray.from_arrays([2, 3], [5, None]), "integer", [5, 5, None]),
        (pa.chunked_array([[1], [None, 2]]), "integer", [1, None, 2]),
        (pa.chunked_array([[], []], pa.int64()), "integer", []),
        (pa.array(["{}"], pa.json_()), "string", ["{}"]),
    ],
    ids=lambda value: str(value.type) if hasattr(value, "type") else "",
)
def test_other_types(array: pa.Array, kind: str, expected: list[object]) -> None:
    column = values(array)
    assert (column.kind, decoded(column)) == (kind, expected)


STRINGS = (
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.dictionary(pa.int8(), pa.string()),
    pa.dictionary(pa.uint32(), pa.large_string()),
)


@pytest.mark.parametrize("arrow", STRINGS, ids=str)
def test_strings_of_every_layout(arrow: pa.DataType) -> None:
    texts = ["b", None, "", "naïve 🛩", "b"]
    array = pa.array(texts, pa.string())
    array = array.dictionary_encode().cast(arrow) if pa.types.is_dictionary(arrow) else array.cast(arrow)
    column = values(array.slice(1, 4))
    assert (column.kind, decoded(column)) == ("string", texts[1:])
    assert column.data.dtype == np.int32


def test_a_null_inside_a_dictionary_is_a_null() -> None:
    array = pa.DictionaryArray.from_arrays([0, 1, None, 0], pa.array([None, "x"]))
    assert decoded(values(array)) == [None, "x", None, None]


def test_dictionaries_that_differ_between_chunks_are_united() -> None:
    array = pa.chunked_array(
        [pa.array(["a", "b"]).dictionary_encode(), pa.array(["b", None]).dictionary_encode()]
    )
    column = values(array)
    assert decoded(column) == ["a", "b", "b", None]
    assert column.dictionary is not None
    assert column.dictionary.tolist() == ["a", "b"]


def test_categories_of_polars() -> None:
    frame = pl.DataFrame({"c": pl.Series(["x", None, "y"], dtype=pl.Categorical)})
    assert decoded(values(pa.table(frame)["c"])) == ["x", None, "y"]


MICROSECONDS = 1_371_093_330_123_456


@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamps_of_every_unit_and_zone_are_utc_microseconds(unit: str, zone: str | None) -> None:
    per_unit = {"s": 10**6, "ms": 10**3, "us": 1}
    stored = MICROSECONDS * 1000 + 999 if unit == "ns" else MICROSECONDS // per_unit[unit]
    expected = MICROSECONDS if unit == "ns" else stored * per_unit[unit]
    column = values(pa.array([stored, None], pa.int64()).cast(pa.timestamp(unit, zone)))
    assert (column.kind, decoded(column)) == ("timestamp", [expected, None])


def test_nanoseconds_before_1970_are_cut_downwards() -> None:
    assert decoded(values(pa.array([-1], pa.timestamp("ns")))) == [-1]


@pytest.mark.parametrize("arrow", [pa.date32(), pa.date64()], ids=str)
def test_dates_begin_at_midnight_utc(arrow: pa.DataType) -> None:
    moment = datetime(2013, 1, 1, tzinfo=UTC)
    assert decoded(values(pa.array([date(2013, 1, 1)], arrow))) == [int(moment.timestamp()) * 10**6]


def test_a_time_beyond_the_microseconds_is_refused() -> None:
    with pytest.raises(
        InputError, match="a time does not fit 64 bits of microseconds\n  got: 9223372036854775807 s"
    ):
        values(pa.array([2**63 - 1], pa.timestamp("s")))


UNREADABLE = (
    pa.list_(pa.int8()),
    pa.struct([("a", pa.int8())]),
    pa.binary(),
    pa.map_(pa.string(), pa.int8()),
    pa.uuid(),
)


@pytest.mark.parametrize("arrow", UNREADABLE, ids=str)
def test_nested_and_binary_columns_are_left_out(arrow: pa.DataType) -> None:
    assert kind_of(arrow) is None
    batch = pa.table({"a": [1], "b": pa.nulls(1, arrow)})
    assert list(batch_values(batch)) == ["a"]
    with pytest.raises(InputError, match="a column of this type cannot be read"):
        values(pa.nulls(1, arrow))


@given(
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))),
    st.lists(st.one_of(st.none(), st.text(max_size=3))),
    st.integers(0, 5),
)
def test_slices_are_like_the_lists_they_are_of(
    numbers: list[int | None], texts: list[str | None], start: int
) -> None:
    assert decoded(values(pa.array(numbers, pa.int64()).slice(start))) == numbers[start:]
    assert decoded(values(pa.array(texts, pa.string()).slice(start))) == texts[start:]
    booleans = [None if number is None else number % 2 == 0 for number in numbers]
    assert decoded(values(pa.array(booleans, pa.bool_()).slice(start))) == booleans[start:]
