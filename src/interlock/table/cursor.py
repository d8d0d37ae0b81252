"""Rows of a DB-API cursor as a table: Python values, whose types are found by looking at every one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from interlock.errors import InputError
from interlock.table.inference import Text, arrow_type, convert, narrow
from interlock.table.memory import SpooledScan, spool_batches

__all__ = ["read_cursor"]

_ROWS = 16_384


def read_cursor(cursor: Any) -> SpooledScan:
    """Read a cursor to its end.

    A column is what all its values are; whole numbers and others together are numbers, and text is a time
    where every value is one in ISO 8601.

    Args:
        cursor: After `execute`.

    Returns:
        The rows, as a source that can be read again and again.

    Raises:
        InputError: If the statement gives no rows, or a column holds values of different types.

    Example:
        >>> import sqlite3
        >>> connection = sqlite3.connect(":memory:")
        >>> scan = read_cursor(connection.execute("select 1 as a union all select 2.5"))
        >>> next(scan.batches(["a"], 10))["a"].to_pylist()
        [1.0, 2.5]
        >>> connection.close()
    """
    if cursor.description is None:
        raise InputError("this is not one query", next_step="write one select ... from ...")
    names = [column[0] for column in cursor.description]
    _check_names(names)
    types, times = dict.fromkeys(names, pa.null()), dict.fromkeys(names, _TIMES)
    runs = list(_runs(cursor, types, times))
    texts: dict[str, Text] = {name: "timestamp" if times[name] else "string" for name in names}
    kinds = [arrow_type(texts[name]) if pt.is_string(types[name]) else types[name] for name in names]
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    return spool_batches(schema, _widened(runs, schema, texts))


def _check_names(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            f"column names are duplicated: {', '.join(map(repr, twice))}",
            where="the result of the query",
            next_step="give every column a name of its own, with as",
        )


_TIMES: tuple[Text, ...] = ("timestamp",)


class _Place(NamedTuple):
    column: str
    row: int


def _runs(cursor: Any, types: dict[str, Any], times: dict[str, tuple[Text, ...]]) -> Iterator[SpooledScan]:
    """Yield the rows in runs of one schema each, and narrow down what every column is."""
    batches = _batches(cursor, types, times)
    batch = next(batches, None)
    while batch is not None:
        rest: list[Any] = []
        yield spool_batches(batch.schema, _alike(batch, batches, rest))
        batch = rest[0] if rest else None


def _alike(first: Any, batches: Iterator[Any], rest: list[Any]) -> Iterator[Any]:
    yield first
    for batch in batches:
        if batch.schema != first.schema:
            rest.append(batch)
            return
        yield batch


def _batches(cursor: Any, types: dict[str, Any], times: dict[str, tuple[Text, ...]]) -> Iterator[Any]:
    done = 0
    while rows := cursor.fetchmany(_ROWS):
        columns = {}
        for name, values in zip(list(types), zip(*rows, strict=True), strict=True):
            column = columns[name] = _array(values, _Place(name, done))
            types[name] = _wider(types[name], column.type, values, _Place(name, done))
            if pt.is_string(column.type):
                times[name] = narrow(times[name], column)
        yield pa.record_batch(columns)
        done += len(rows)


def _array(values: Sequence[Any], place: _Place) -> Any:
    try:
        array = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        _refuse(values, place, error)
    return pc.cast(array, pa.float64()) if pt.is_decimal(array.type) else array


def _wider(one: Any, other: Any, values: Sequence[Any], place: _Place) -> Any:
    if one == other or pt.is_null(other):
        return one
    if pt.is_null(one):
        return other
    if {one, other} == {pa.int64(), pa.float64()}:
        return pa.float64()
    first = next(index for index, value in enumerate(values) if value is not None)
    raise _mixed(place, first, f"{values[first]!r} after values of type {one}")


def _refuse(values: Sequence[Any], place: _Place, error: Exception) -> Any:
    kinds: dict[type, int] = {}
    for index, value in enumerate(values):
        if value is not None:
            kinds.setdefault(float if type(value) is int else type(value), index)
    if len(kinds) < 2:
        raise InputError(
            f"column {place.column!r} holds values that cannot be read",
            where=f"rows {place.row + 1:,} to {place.row + len(values):,}",
            got=error,
            next_step="leave the column out, or cast it in the query",
        ) from error
    first, other = sorted(kinds.values())[:2]
    raise _mixed(place, other, f"{values[other]!r} after {values[first]!r}") from error


def _mixed(place: _Place, index: int, got: str) -> InputError:
    return InputError(
        f"column {place.column!r} holds values of different types",
        where=f"row {place.row + index + 1:,} of the result",
        got=got,
        next_step=f"cast it in the query, such as cast({place.column} as text)",
    )


def _widened(runs: list[SpooledScan], schema: Any, texts: dict[str, Text]) -> Iterator[Any]:
    for run in runs:
        for batch in run.batches(schema.names, _ROWS):
            columns = [_fitting(batch.column(field.name), field, texts[field.name]) for field in schema]
            yield pa.record_batch(columns, schema=schema)


def _fitting(column: Any, field: Any, text: Text) -> Any:
    if pt.is_string(column.type):
        return convert(column, text)
    return column if column.type == field.type else pc.cast(column, field.type, safe=False)
