"""Parquet and Arrow (Feather) files, batch by batch; Parquet's strings stay in their dictionaries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from interlock.errors import InputError
from interlock.table.files import File, Files, same_columns
from interlock.table.reading import digest_files, open_file, reading

__all__ = ["ArrowScan", "ParquetScan", "scan_arrow", "scan_parquet"]


class RowGroup(NamedTuple):
    """A row group of a Parquet file.

    Args:
        file: The file.
        place: Its place in the file.
        rows: Its rows.
    """

    file: File
    place: int
    rows: int


@dataclass(frozen=True)
class ParquetScan:
    """Parquet files of one schema, as a source of rows.

    Args:
        files: The files, in order.
        schema: Their Arrow schema, strings as dictionaries.
        groups: The row groups to read, in order.
    """

    files: Files
    schema: Any
    groups: tuple[RowGroup, ...]

    def batches(self, names: Sequence[str], size: int) -> Iterator[Any]:
        """Yield record batches of at most `size` rows."""
        for file, groups in groupby(self.groups, lambda group: group.file):
            with _parsing(file), _open_parquet(file, self.schema) as parquet:
                for group in groups:  # one at a time: what is buffered of a group is then let go
                    yield from parquet.iter_batches(
                        size, row_groups=[group.place], columns=list(names), use_threads=False
                    )

    def rows(self) -> int:
        """Return the number of rows, from the files' footers."""
        return sum(group.rows for group in self.groups)

    def digest(self) -> str:
        """Return the digest of the files' bytes."""
        return digest_files(self.files)

    def parts(self) -> tuple[ParquetScan, ...]:
        """Return one source a row group of each file."""
        return tuple(replace(self, files=(group.file,), groups=(group,)) for group in self.groups)


@dataclass(frozen=True)
class ArrowScan:
    """Arrow IPC files (Feather 2 or streams) of one schema, as a source of rows.

    Args:
        files: The files, in order.
        schema: Their Arrow schema.
    """

    files: Files
    schema: Any

    def batches(self, names: Sequence[str], size: int) -> Iterator[Any]:  # noqa: ARG002  as the file has them
        """Yield the files' record batches."""
        for file in self.files:
            with _parsing(file), open_file(file) as handle:
                for batch in _arrow_batches(handle):
                    yield batch.select(list(names))

    def rows(self) -> int:
        """Return the number of rows."""
        return self._count

    @cached_property
    def _count(self) -> int:
        return sum(_arrow_rows(file) for file in self.files)

    def digest(self) -> str:
        """Return the digest of the files' bytes."""
        return digest_files(self.files)

    def parts(self) -> tuple[ArrowScan, ...]:
        """Return one source a file."""
        return tuple(replace(self, files=(file,)) for file in self.files)


def scan_parquet(files: Files) -> ParquetScan:
    """Return Parquet files as a source of rows.

    Args:
        files: The files.

    Returns:
        A source that reads the strings as dictionaries, as they are stored.

    Raises:
        InputError: If a file is not Parquet or the schemas differ.
    """
    footers = [_footer(file) for file in files]
    same_columns(files, [_types(schema) for schema, _ in footers])
    return ParquetScan(files, footers[0][0], tuple(group for _, groups in footers for group in groups))


def scan_arrow(files: Files) -> ArrowScan:
    """Return Arrow IPC files as a source of rows.

    Args:
        files: The files, in the file or the stream format.

    Returns:
        A source that reads them batch by batch.

    Raises:
        InputError: If a file is not Arrow IPC or the schemas differ.
    """
    schemas = [_arrow_schema(file) for file in files]
    same_columns(files, [_types(schema) for schema in schemas])
    return ArrowScan(files, schemas[0])


@contextmanager
def _open_parquet(file: File, schema: Any) -> Iterator[Any]:
    with open_file(file) as handle, _parquet(file, handle, schema) as parquet:
        yield parquet


def _parquet(file: File, handle: Any, schema: Any, metadata: Any = None) -> Any:
    """Open a Parquet file; from afar a row group's columns are fetched in few large ranges."""
    strings = [field.name for field in schema if pt.is_dictionary(field.type) or _is_text(field.type)]
    return pq.ParquetFile(handle, metadata=metadata, read_dictionary=strings, pre_buffer=not file.is_local)


def _footer(file: File) -> tuple[Any, list[RowGroup]]:
    with _parsing(file), open_file(file) as handle:
        plain = pq.ParquetFile(handle)
        metadata = plain.metadata
        schema = _parquet(file, handle, plain.schema_arrow, metadata).schema_arrow
    rows = [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]
    return schema, [RowGroup(file, index, each) for index, each in enumerate(rows)]


def _is_text(arrow: Any) -> bool:
    return bool(pt.is_string(arrow) or pt.is_large_string(arrow))


def _arrow_schema(file: File) -> Any:
    with _parsing(file), open_file(file) as handle:
        return _reader(handle).schema


def _reader(handle: Any) -> Any:
    try:
        return pa.ipc.open_file(handle)
    except pa.ArrowInvalid:
        handle.seek(0)
        return pa.ipc.open_stream(handle)


def _arrow_batches(handle: Any) -> Iterator[Any]:
    reader = _reader(handle)
    if hasattr(reader, "get_batch"):
        yield from (reader.get_batch(index) for index in range(reader.num_record_batches))
    else:
        yield from reader


def _arrow_rows(file: File) -> int:
    """Count; a local file is mapped, so that of its batches only the headers are read."""
    with _parsing(file), pa.memory_map(file.path) if file.is_local else open_file(file) as handle:
        return sum(batch.num_rows for batch in _arrow_batches(handle))


def _types(schema: Any) -> dict[str, str]:
    return {field.name: str(field.type) for field in schema}


@contextmanager
def _parsing(file: File) -> Iterator[None]:
    try:
        with reading(file):
            yield
    except pa.ArrowException as error:
        raise InputError(
            "the file is not what its extension says, or is incomplete",
            where=file,
            got=error,
            next_step="check the export that wrote it",
        ) from error
