"""Arrow types that every program knows: eight-byte numbers, strings, booleans, days and moments."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.types as pt

__all__ = ["plain_batch", "plain_schema", "plain_type"]


def plain_type(arrow: Any) -> Any:
    """Return the type in which values of this type are written, without a loss unless it is said.

    Args:
        arrow: A `pyarrow.DataType` that a table holds.

    Returns:
        int64, float64, string, bool, date32, time64 or timestamp in microseconds, or decimal128. Moments lose
        what is finer than a microsecond; `uint64` becomes a decimal of 20 digits.

    Example:
        >>> plain_type(pa.int8()), plain_type(pa.dictionary(pa.int8(), pa.string()))
        (DataType(int64), DataType(string))
    """
    if pt.is_dictionary(arrow) or pt.is_run_end_encoded(arrow):
        return plain_type(arrow.value_type)
    if isinstance(arrow, pa.BaseExtensionType):
        return plain_type(arrow.storage_type)
    if pt.is_timestamp(arrow):
        return pa.timestamp("us", tz="UTC" if arrow.tz else None)
    for wanted, tests in _PLAIN:
        if any(test(arrow) for test in tests):
            return wanted
    return pa.string()


_PLAIN: tuple[tuple[Any, tuple[Any, ...]], ...] = (
    (pa.decimal128(20, 0), (pt.is_uint64,)),
    (pa.int64(), (pt.is_integer,)),
    (pa.float64(), (pt.is_floating, pt.is_decimal)),
    (pa.bool_(), (pt.is_boolean,)),
    (pa.date32(), (pt.is_date,)),
    (pa.time64("us"), (pt.is_time,)),
    (pa.int64(), (pt.is_duration,)),
)


def plain_schema(schema: Any) -> Any:
    """Return a schema with the types of `plain_type`."""
    return pa.schema([pa.field(field.name, plain_type(field.type)) for field in schema])


def plain_batch(batch: Any, schema: Any) -> Any:
    """Return a record batch in the types of `plain_schema`."""
    arrays = [_cast(array, field.type) for array, field in zip(batch.columns, schema, strict=True)]
    return pa.record_batch(arrays, schema=schema)


def _cast(array: Any, wanted: Any) -> Any:
    if isinstance(array.type, pa.BaseExtensionType):
        return _cast(array.storage, wanted)
    if pt.is_dictionary(array.type):
        return _cast(array.dictionary_decode(), wanted)
    if pt.is_run_end_encoded(array.type):
        import pyarrow.compute as pc

        return _cast(pc.run_end_decode(array), wanted)
    # Moments finer than a microsecond are cut, as said; everything else must fit.
    return array.cast(wanted, safe=not pt.is_timestamp(wanted))
