from __future__ import annotations

import pyarrow as pa
import pytest
from tests.export.tables import hard

from interlock.export.plain import plain_batch, plain_schema, plain_type


@pytest.mark.parametrize(
    ("arrow", "expected"),
    [
        (pa.int8(), pa.int64()),
        (pa.uint32(), pa.int64()),
        (pa.uint64(), pa.decimal128(20, 0)),
        (pa.float16(), pa.float64()),
        (pa.decimal128(7, 2), pa.float64()),
        (pa.large_string(), pa.string()),
        (pa.dictionary(pa.int8(), pa.large_string()), pa.string()),
        (pa.timestamp("ns", "Europe/Zurich"), pa.timestamp("us", "UTC")),
        (pa.timestamp("s"), pa.timestamp("us")),
        (pa.date64(), pa.date32()),
        (pa.time32("s"), pa.time64("us")),
        (pa.null(), pa.string()),
    ],
)
def test_each_type_has_one_that_all_programs_know(arrow: pa.DataType, expected: pa.DataType) -> None:
    assert plain_type(arrow) == expected


def test_values_stay_what_they_are() -> None:
    table = hard()
    (batch,) = table.to_batches()
    found = plain_batch(batch, plain_schema(table.schema)).to_pydict()
    for name in set(table.column_names) - {"price"}:
        assert found[name] == table[name].to_pylist()
    assert found["price"] == [1.25, None, *([-3.5] * 6)]


def test_a_large_unsigned_integer_keeps_every_digit() -> None:
    batch = pa.record_batch({"x": pa.array([2**64 - 1], pa.uint64())})
    assert int(plain_batch(batch, plain_schema(batch.schema))["x"][0].as_py()) == 2**64 - 1
