"""Parquet and CSV: table, findings and associations, each a file, and a schema that says the types."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import pyarrow.types as pt

from interlock.atomic import replacing, write_atomically
from interlock.explore import Exploration
from interlock.export.plain import plain_batch, plain_schema
from interlock.export.results import associations_table, findings_table
from interlock.table import Table

__all__ = ["to_csv", "to_parquet"]

Write = Callable[[Path, Any, Iterator[Any]], None]

#: RFC 4180 ends lines with CRLF; nulls are empty, and an empty string is two quotes.
_CSV = pyarrow.csv.WriteOptions(quoting_style="needed", eol="\r\n", null_string="")


def to_parquet(table: Table, exploration: Exploration, folder: str | Path) -> Path:
    """Write `table.parquet`, `findings.parquet` and `associations.parquet`, in bounded memory.

    Args:
        table: What was explored.
        exploration: Of the table.
        folder: Where; it is made. Existing files are replaced one by one, each whole or not at all.

    Returns:
        The folder.

    Raises:
        InputError: If the table cannot be read to its end, or the disk refuses.
    """
    return _write(table, exploration, Path(folder), "parquet", _parquet)


def to_csv(table: Table, exploration: Exploration, folder: str | Path) -> Path:
    """Write `table.csv`, `findings.csv`, `associations.csv` and `schema.json`, in bounded memory.

    UTF-8 and RFC 4180; a null is empty, an empty string is two quotes; moments are ISO 8601, in UTC with a
    `Z` where the table knows its time zone. `schema.json` says the type of each column, which CSV cannot.

    Args:
        table: What was explored.
        exploration: Of the table.
        folder: Where; it is made. Existing files are replaced one by one, each whole or not at all.

    Returns:
        The folder.

    Raises:
        InputError: If the table cannot be read to its end, or the disk refuses.
    """
    return _write(table, exploration, Path(folder), "csv", _csv)


def _write(table: Table, exploration: Exploration, folder: Path, suffix: str, write: Write) -> Path:
    schema = plain_schema(table.schema)
    found = {"findings": findings_table(exploration), "associations": associations_table(exploration)}
    with replacing(folder / f"table.{suffix}") as path:
        write(path, schema, (plain_batch(batch, schema) for batch in table.batches()))
    for name, each in found.items():
        with replacing(folder / f"{name}.{suffix}") as path:
            write(path, each.schema, iter(each.to_batches()))
    schemas = {"table": schema, **{name: each.schema for name, each in found.items()}}
    types = {name: {field.name: str(field.type) for field in each} for name, each in schemas.items()}
    write_atomically(folder / "schema.json", json.dumps(types, indent=1, ensure_ascii=False) + "\n")
    return folder


def _parquet(path: Path, schema: Any, batches: Iterator[Any]) -> None:
    with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)


def _csv(path: Path, schema: Any, batches: Iterator[Any]) -> None:
    written = pa.schema([pa.field(each.name, _text_type(each.type)) for each in schema])
    with pyarrow.csv.CSVWriter(path, written, write_options=_CSV) as writer:
        for batch in batches:
            arrays = [_texts(array) for array in batch.columns]
            writer.write_batch(pa.record_batch(arrays, schema=written))


def _text_type(arrow: Any) -> Any:
    return pa.string() if pt.is_timestamp(arrow) else arrow


def _texts(array: Any) -> Any:
    """Return moments as ISO 8601; everything else as it is."""
    if not pt.is_timestamp(array.type):
        return array
    return pc.strftime(array, format=f"%Y-%m-%dT%H:%M:%S{'Z' if array.type.tz else ''}")
