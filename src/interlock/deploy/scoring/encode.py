"""A part as the bytes of a file: the same rows give the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import msgspec
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pyarrow.types as pt

from interlock.deploy.scoring.columns import JSON_COLUMNS

__all__ = ["FORMATS", "Format", "encode", "plain"]

Format = Literal["parquet", "csv", "jsonl"]
FORMATS: tuple[Format, ...] = get_args(Format)


def encode(table: Any, kind: Format) -> bytes:
    r"""Return a table as a file.

    Args:
        table: A `pyarrow.Table`.
        kind: `parquet`; `csv`, with numbers as the shortest decimals that read back as the same bits;
            `jsonl`, one object a line, without the keys that are null.

    Example:
        >>> encode(pa.table({"row": [0], "prediction": [0.1]}), "jsonl")
        b'{"row":0,"prediction":0.1}\n'
    """
    return _ENCODERS[kind](table)


def plain(table: Any) -> Any:
    """Return a table without dictionaries."""
    columns = [
        column.cast(column.type.value_type) if pt.is_dictionary(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def _parquet(table: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, use_dictionary=_repeated(table))
    return bytes(sink.getvalue())


def _repeated(table: Any) -> list[str]:
    """Name the columns whose values repeat; looking for repetitions among predictions is lost time."""
    return [field.name for field in table.schema if pt.is_dictionary(field.type) or pt.is_string(field.type)]


def _csv(table: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pa_csv.write_csv(plain(table), sink)
    return bytes(sink.getvalue())


def _lines(table: Any) -> bytes:
    raw = [name for name in JSON_COLUMNS if name in table.column_names]
    encoder = msgspec.json.Encoder()
    lines = []
    for row in plain(table).to_pylist():
        for name in raw:
            row[name] = None if row[name] is None else msgspec.Raw(row[name].encode())
        lines.append(encoder.encode({name: value for name, value in row.items() if value is not None}))
    return b"\n".join([*lines, b""])


_ENCODERS: dict[str, Callable[[Any], bytes]] = {"parquet": _parquet, "csv": _csv, "jsonl": _lines}
