"""Rows of the ledger as an Arrow table and back, without loss.

A column has the type of the contract: integers are integers, moments are moments, and a null is a null and
never NaN. The few values that a type cannot hold (an integer beyond 64 bits, a moment finer than its unit)
stand in `beyond`, by column, and are null in their own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from interlock.contract import MISSING
from interlock.serve.ledger import Header, Record, Truth

__all__ = ["INPUT", "header_of", "outcome_table", "record_table", "records", "truths"]

#: What the name of an input's column begins with, so that none is taken for one of the ledger's own.
INPUT = "input_"
_HEADER = b"interlock.header"
_FLAG = pa.struct([("column", pa.string()), ("code", pa.string()), ("action", pa.string())])
_BEYOND = pa.map_(pa.string(), pa.float64())
_LARGEST = 2.0**62
_PLAIN = (
    *("id", "seconds", "protocol", "status", "flags", "prediction", "probabilities", "rejected"),
    *(
        "latency",
        "release",
        "row",
        "rows",
        "error",
        "body",
        "request",
        "trace",
        "shadow_of",
        "fallback",
        "readable",
    ),
)
_MICRO = 1_000_000

Floats = NDArray[np.float64]


class _Typed(NamedTuple):
    """A column in its type, and where the type cannot hold a value."""

    array: Any
    beyond: NDArray[np.bool_]


def record_table(header: Header, rows: Sequence[Record]) -> Any:
    """Return rows of one header as an Arrow table.

    Args:
        header: It names the inputs and their types.
        rows: In the order of the table.

    Returns:
        A `pyarrow.Table`: `id`, `time` (UTC) and the same in exact `seconds` since 1970, `release`,
        `protocol`, `status`, `latency` (seconds), `prediction` or `probabilities`, `rejected`, `flags`,
        `error`, `body`, `row`, `rows`, `request`, `trace`, `shadow_of`, `fallback`, `readable`, the inputs as
        `input_...`, and `beyond`.

    Example:
        >>> row = Record("a-0", 5.0, "v1", 200, (41.0,), (), (), 0.5, False, 0.001, "r")
        >>> table = record_table(Header(release="r", numbers=("age",), types=("integer",)), [row])
        >>> table["input_age"].to_pylist(), table["prediction"].to_pylist()
        ([41], [0.5])
        >>> list(records(table)) == [row]
        True
    """
    readable = np.array([bool(row.numbers or row.strings) for row in rows], bool)
    times = np.array([row.time for row in rows], float)
    typed = _numbers(header, rows)
    columns: dict[str, Any] = {
        "id": pa.array([row.id for row in rows], pa.string()),
        "time": _moments(times, nearest=True).array,
        "seconds": pa.array(times, pa.float64()),
        "release": pa.array([row.release for row in rows], pa.string()),
        "protocol": pa.array([row.protocol for row in rows], pa.string()),
        "status": pa.array([row.status for row in rows], pa.int32()),
        "latency": pa.array([row.latency for row in rows], pa.float64()),
        "prediction": pa.array([_single(row.prediction) for row in rows], pa.float64()),
        "probabilities": pa.array([_several(row.prediction) for row in rows], pa.list_(pa.float64())),
        "rejected": pa.array([row.rejected for row in rows], pa.bool_()),
        "flags": pa.array([[_flag(each) for each in row.flags] for row in rows], pa.list_(_FLAG)),
        "error": pa.array([row.error for row in rows], pa.string()),
        "body": pa.array([row.body for row in rows], pa.binary()),
        "row": pa.array([row.row for row in rows], pa.int32()),
        "rows": pa.array([row.rows for row in rows], pa.int32()),
        "request": pa.array([row.request for row in rows], pa.string()),
        "trace": pa.array([row.trace for row in rows], pa.string()),
        "shadow_of": pa.array([row.shadow_of for row in rows], pa.string()),
        "fallback": pa.array([list(row.fallback) for row in rows], pa.list_(pa.string())),
        "readable": pa.array(readable, pa.bool_()),
    }
    columns |= {f"{INPUT}{name}": typed[f"{INPUT}{name}"].array for name in header.numbers}
    for place, name in enumerate(header.strings):
        columns[f"{INPUT}{name}"] = pa.array([_text(row, place) for row in rows], pa.string())
    columns["beyond"] = pa.array(_beyond(rows, header, typed), _BEYOND)
    return pa.table(columns).replace_schema_metadata({_HEADER: msgspec.json.encode(header)})


def header_of(table: Any) -> Header:
    """Return the header that a table was written under; `table` may be a schema."""
    return msgspec.json.decode((getattr(table, "schema", table)).metadata[_HEADER], type=Header)


def records(table: Any) -> Iterator[Record]:
    """Yield the rows of a table as they were in the segment.

    Args:
        table: As `record_table` made it.
    """
    header = header_of(table)
    beyond = [dict(each or ()) for each in table["beyond"].to_pylist()]
    numbers = [_floats(table[f"{INPUT}{name}"], f"{INPUT}{name}", beyond) for name in header.numbers]
    strings = [
        [MISSING if text is None else text for text in table[f"{INPUT}{name}"].to_pylist()]
        for name in header.strings
    ]
    columns = {name: table[name].to_pylist() for name in _PLAIN}
    for place in range(table.num_rows):
        value = {name: column[place] for name, column in columns.items()}
        several = value["probabilities"]
        yield Record(
            value["id"],
            value["seconds"],
            value["protocol"],
            value["status"],
            tuple(column[place] for column in numbers) if value["readable"] else (),
            tuple(column[place] for column in strings) if value["readable"] else (),
            tuple((flag["column"], flag["code"], flag["action"]) for flag in value["flags"]),
            value["prediction"] if several is None else tuple(several),
            value["rejected"],
            value["latency"],
            value["release"],
            value["row"],
            value["rows"],
            value["error"],
            value["body"],
            value["request"],
            value["trace"],
            value["shadow_of"],
            tuple(value["fallback"]),
        )


def outcome_table(header: Header, found: Sequence[Truth]) -> Any:
    """Return outcomes as an Arrow table: `id`, `time`, `seconds`, `outcome` (JSON), `number` (null for text).

    Args:
        header: Of the writer that took them.
        found: In the order of the table.
    """
    times = np.array([truth.time for truth in found], float)
    columns = {
        "id": pa.array([truth.id for truth in found], pa.string()),
        "time": _moments(times, nearest=True).array,
        "seconds": pa.array(times, pa.float64()),
        "outcome": pa.array([json.dumps(truth.outcome) for truth in found], pa.string()),
        "number": pa.array([_value(truth.outcome) for truth in found], pa.float64()),
    }
    return pa.table(columns).replace_schema_metadata({_HEADER: msgspec.json.encode(header)})


def truths(table: Any) -> Iterator[Truth]:
    """Yield the outcomes of a table.

    Args:
        table: As `outcome_table` made it.
    """
    columns = (table[name].to_pylist() for name in ("id", "outcome", "seconds"))
    for prediction, outcome, time in zip(*columns, strict=True):
        yield Truth(prediction, json.loads(outcome), time)


def _numbers(header: Header, rows: Sequence[Record]) -> dict[str, _Typed]:
    blank = (np.nan,) * len(header.numbers)
    matrix = np.array([row.numbers or blank for row in rows], float).reshape(len(rows), len(header.numbers))
    types = header.types or ("number",) * len(header.numbers)
    return {
        f"{INPUT}{name}": _TYPES[kind](matrix[:, place])
        for place, (name, kind) in enumerate(zip(header.numbers, types, strict=True))
    }


def _plain(values: Floats) -> _Typed:
    return _Typed(pa.array(values, pa.float64(), mask=np.isnan(values)), np.zeros(len(values), bool))


def _integers(values: Floats) -> _Typed:
    known = np.isfinite(values) & (np.abs(values) <= _LARGEST) & (np.trunc(values) == values)
    known &= ~((values == 0) & np.signbit(values))
    return _typed(values, known, np.where(known, values, 0).astype(np.int64), pa.int64())


def _booleans(values: Floats) -> _Typed:
    known = (values == 1) | ((values == 0) & ~np.signbit(values))
    return _typed(values, known, values == 1, pa.bool_())


def _moments(values: Floats, *, nearest: bool = False) -> _Typed:
    """Return seconds since 1970 in microseconds; those that would come back otherwise are beyond.

    Args:
        values: Seconds.
        nearest: Take the nearest microsecond, and leave nothing beyond but what is too far away.
    """
    near = np.isfinite(values) & (np.abs(values) < _LARGEST / _MICRO)
    known = np.where(near, values, 0)
    whole = np.floor(known)
    count = whole.astype(np.int64) * _MICRO + np.rint((known - whole) * _MICRO).astype(np.int64)
    same = (_seconds(count) == values) & ~((values == 0) & np.signbit(values))
    return _typed(values, near if nearest else near & same, count, pa.timestamp("us", "UTC"))


def _seconds(count: NDArray[np.int64]) -> Floats:
    return np.asarray(count // _MICRO + (count % _MICRO) / _MICRO, float)


def _typed(values: Floats, known: NDArray[np.bool_], data: NDArray[Any], kind: Any) -> _Typed:
    return _Typed(pa.array(data, mask=~known).cast(kind), ~known & ~np.isnan(values))


_TYPES: dict[str, Callable[[Floats], _Typed]] = {
    "number": _plain,
    "integer": _integers,
    "boolean": _booleans,
    "timestamp": _moments,
}


def _beyond(
    rows: Sequence[Record], header: Header, typed: dict[str, _Typed]
) -> list[list[tuple[str, float]]]:
    found: list[list[tuple[str, float]]] = [[] for _ in rows]
    for place, name in enumerate(header.numbers):
        for row in np.flatnonzero(typed[f"{INPUT}{name}"].beyond).tolist():
            found[row].append((f"{INPUT}{name}", rows[row].numbers[place]))
    return found


def _floats(column: Any, name: str, beyond: Sequence[dict[str, float]]) -> list[float]:
    """Return a column of numbers as the ledger holds it: NaN for null."""
    array = column.combine_chunks()
    known = np.asarray(array.is_valid().to_numpy(zero_copy_only=False), bool)
    moment = pa.types.is_timestamp(array.type)
    whole = array.cast(pa.int64()) if moment else array
    data = whole.fill_null(pa.scalar(0).cast(whole.type)).to_numpy(zero_copy_only=False)
    data = _seconds(data) if moment else data.astype(float)
    values = np.where(known, data, np.nan).tolist()
    for place, odd in enumerate(beyond):
        if name in odd:
            values[place] = odd[name]
    return list(values)


def _flag(flag: tuple[str, str, str]) -> dict[str, str]:
    return dict(zip(("column", "code", "action"), flag, strict=True))


def _single(prediction: float | tuple[float, ...] | None) -> float | None:
    return None if isinstance(prediction, tuple) else prediction


def _several(prediction: float | tuple[float, ...] | None) -> list[float] | None:
    return list(prediction) if isinstance(prediction, tuple) else None


def _text(row: Record, place: int) -> str | None:
    return row.strings[place] if row.strings and row.strings[place] != MISSING else None


def _value(outcome: object) -> float | None:
    return float(outcome) if isinstance(outcome, int | float) and abs(outcome) < _LARGEST else None
