"""Parquet and Arrow (Feather) files, batch by batch; Parquet's strings stay in their dictionaries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from interlock.errors import InputError
from interlock.table.files import Paths, digest_files, reading, same_columns

__all__ = ["ArrowScan", "ParquetScan", "scan_arrow", "scan_parquet"]


@dataclass(frozen=True)
class ParquetScan:
    """Parquet files of one schema, as a source of rows.

    Args:
        paths: The files, in order.
        schema: Their Arrow schema, strings as dictionaries.
        groups: The row groups to read of a single file; None reads all.
    """

    paths: Paths
    schema: Any
    groups: tuple[int, ...] | None = None

    def batches(self, names: Sequence[str], size: int) -> Iterator[Any]:
        """Yield record batches of at most `size` rows."""
        for path in self.paths:
            with _parsing(path), _open_parquet(path, self.schema) as file:
                groups = range(file.num_row_groups) if self.groups is None else self.groups
                for group in groups:  # one at a time: what is buffered of a group is then let go
                    yield from file.iter_batches(
                        size, row_groups=[group], columns=list(names), use_threads=False
                    )

    def rows(self) -> int:
        """Return the number of rows, from the files' footers."""
        return sum(self._rows(path) for path in self.paths)

    def _rows(self, path: Path) -> int:
        with _parsing(path), pq.ParquetFile(path) as file:
            groups = range(file.num_row_groups) if self.groups is None else self.groups
            return sum(file.metadata.row_group(group).num_rows for group in groups)

    def digest(self) -> str:
        """Return the digest of the files' bytes."""
        return digest_files(self.paths)

    def parts(self) -> tuple[ParquetScan, ...]:
        """Return one source a row group of each file."""
        return tuple(part for path in self.paths for part in self._groups(path))

    def _groups(self, path: Path) -> Iterator[ParquetScan]:
        with _parsing(path), pq.ParquetFile(path) as file:
            groups = range(file.num_row_groups) if self.groups is None else self.groups
            for group in groups:
                yield replace(self, paths=(path,), groups=(group,))


@dataclass(frozen=True)
class ArrowScan:
    """Arrow IPC files (Feather 2 or streams) of one schema, as a source of rows.

    Args:
        paths: The files, in order.
        schema: Their Arrow schema.
    """

    paths: Paths
    schema: Any

    def batches(self, names: Sequence[str], size: int) -> Iterator[Any]:  # noqa: ARG002  as the file has them
        """Yield the files' record batches."""
        for path in self.paths:
            with _parsing(path):
                for batch in _arrow_batches(path):
                    yield batch.select(list(names))

    def rows(self) -> int:
        """Return the number of rows."""
        return sum(batch.num_rows for path in self.paths for batch in _arrow_batches(path, pa.memory_map))

    def digest(self) -> str:
        """Return the digest of the files' bytes."""
        return digest_files(self.paths)

    def parts(self) -> tuple[ArrowScan, ...]:
        """Return one source a file."""
        return tuple(replace(self, paths=(path,)) for path in self.paths)


def scan_parquet(paths: Paths) -> ParquetScan:
    """Return Parquet files as a source of rows.

    Args:
        paths: The files.

    Returns:
        A source that reads the strings as dictionaries, as they are stored.

    Raises:
        InputError: If a file is not Parquet or the schemas differ.
    """
    schemas = [_parquet_schema(path) for path in paths]
    same_columns(paths, [_types(schema) for schema in schemas])
    return ParquetScan(paths, schemas[0])


def scan_arrow(paths: Paths) -> ArrowScan:
    """Return Arrow IPC files as a source of rows.

    Args:
        paths: The files, in the file or the stream format.

    Returns:
        A source that reads them batch by batch.

    Raises:
        InputError: If a file is not Arrow IPC or the schemas differ.
    """
    schemas = [_arrow_schema(path) for path in paths]
    same_columns(paths, [_types(schema) for schema in schemas])
    return ArrowScan(paths, schemas[0])


def _open_parquet(path: Path, schema: Any) -> Any:
    strings = [field.name for field in schema if pt.is_dictionary(field.type) or _is_text(field.type)]
    return pq.ParquetFile(path, read_dictionary=strings, pre_buffer=False)


def _parquet_schema(path: Path) -> Any:
    with _parsing(path):
        with pq.ParquetFile(path) as file:
            plain = file.schema_arrow
        with _open_parquet(path, plain) as file:
            return file.schema_arrow


def _is_text(arrow: Any) -> bool:
    return bool(pt.is_string(arrow) or pt.is_large_string(arrow))


def _arrow_schema(path: Path) -> Any:
    with _parsing(path), pa.OSFile(str(path)) as file:
        return _reader(file).schema


def _reader(file: Any) -> Any:
    try:
        return pa.ipc.open_file(file)
    except pa.ArrowInvalid:
        file.seek(0)
        return pa.ipc.open_stream(file)


def _arrow_batches(path: Path, opened: Any = pa.OSFile) -> Iterator[Any]:
    with opened(str(path)) as file:
        reader = _reader(file)
        if hasattr(reader, "get_batch"):
            yield from (reader.get_batch(index) for index in range(reader.num_record_batches))
        else:
            yield from reader


def _types(schema: Any) -> dict[str, str]:
    return {field.name: str(field.type) for field in schema}


@contextmanager
def _parsing(path: Path) -> Iterator[None]:
    try:
        with reading(path):
            yield
    except pa.ArrowException as error:
        raise InputError(
            "the file is not what its extension says, or is incomplete",
            where=path,
            got=error,
            next_step="check the export that wrote it",
        ) from error
