"""Tables of other libraries through the Arrow C stream, and streams that can be read only once."""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from interlock.errors import InputError
from interlock.table.columnar import ArrowScan
from interlock.table.files import File
from interlock.table.fingerprint import digest_rows

__all__ = ["MemoryScan", "SpooledScan", "is_lazy", "scan_stream", "spool", "spool_batches"]

# What holds its rows, so that each stream from it yields the same. A DuckDB relation runs its query anew each
# time, and a query need not keep its order.
_ROWS_A_BATCH = 65_536
_HOLDS_ITS_ROWS = {"pandas": ("DataFrame",), "polars": ("DataFrame",), "pyarrow": ("Table", "RecordBatch")}


@dataclass(frozen=True)
class MemoryScan:
    """A table in memory, as a source of rows.

    Args:
        table: The `pyarrow.Table`; made without a copy where the other library holds Arrow memory.
    """

    table: Any

    @property
    def schema(self) -> Any:
        """The table's Arrow schema."""
        return self.table.schema

    def batches(self, names: Sequence[str], size: int) -> Iterator[Any]:
        """Yield record batches of at most `size` rows, without a copy."""
        yield from self.table.select(list(names)).to_batches(max_chunksize=size)

    def rows(self) -> int:
        """Return the number of rows."""
        return int(self.table.num_rows)

    def digest(self) -> str:
        """Return the digest of the rows."""
        return digest_rows(self.table.to_batches())

    def parts(self) -> tuple[MemoryScan, ...]:
        """Return the table itself: its rows are here already."""
        return (self,)


class SpooledScan(ArrowScan):
    """A stream written to a temporary file, which goes when the last reference to this source goes."""

    def digest(self) -> str:
        """Return the digest of the rows."""
        return digest_rows(self.batches(self.schema.names, 0))

    def parts(self) -> tuple[ArrowScan, ...]:
        """Return this source itself: the file lives no longer than it."""
        return (self,)


def scan_stream(source: Any) -> MemoryScan | SpooledScan:
    """Return anything with an Arrow C stream as a source that can be read again and again.

    Tables that hold their rows (pandas, Polars, pyarrow) are used where they are. Everything else, a
    `RecordBatchReader`, a DuckDB relation or a Polars query, is written to a temporary file as it streams by,
    once.

    Args:
        source: An object with `__arrow_c_stream__`, or a `polars.LazyFrame`.

    Returns:
        The source.

    Raises:
        InputError: If Arrow cannot hold the table, or the temporary file cannot be written.

    Example:
        >>> import pyarrow as pa
        >>> scan_stream(pa.table({"a": [1, 2]})).rows()
        2
    """
    if is_lazy(source):
        return _collected(source)
    try:
        if _holds_its_rows(source):
            return MemoryScan(source if isinstance(source, pa.Table) else pa.table(source))
        reader = pa.RecordBatchReader.from_stream(source)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise InputError(
            "the table cannot be read through Arrow",
            where=type(source).__name__,
            got=error,
            next_step="give every column values of one type and a name of its own",
        ) from error
    return spool(reader)


def spool(reader: Any, broken: str = "the stream broke off") -> SpooledScan:
    """Write a stream to a temporary file, batch by batch, and return it as a source.

    Args:
        reader: A `pyarrow.RecordBatchReader`; it is used up.
        broken: What to say if the stream itself fails.

    Returns:
        The source; the file goes when the last reference to it goes.

    Raises:
        InputError: If the stream fails, or the temporary file cannot be written.
    """
    return spool_batches(reader.schema, _each(reader, broken))


def spool_batches(schema: Any, batches: Iterable[Any]) -> SpooledScan:
    """Write record batches to a temporary file as they come, and return it as a source.

    Args:
        schema: Of all of them.
        batches: `pyarrow.RecordBatch`es; what they raise is passed on, and leaves no file behind.

    Returns:
        The source; the file goes when the last reference to it goes.

    Raises:
        InputError: If the temporary file cannot be written.
    """
    with _keeping():
        handle, name = tempfile.mkstemp(prefix="interlock-", suffix=".arrow")
        os.close(handle)
    scan = SpooledScan((File(name),), schema)
    weakref.finalize(scan, Path(name).unlink, missing_ok=True)
    # The stream format: its dictionaries may change from batch to batch, the file format's may not.
    with _keeping():
        file = pa.OSFile(name, "wb")
    with file, pa.ipc.new_stream(file, schema) as writer:
        for batch in batches:
            with _keeping():
                writer.write_batch(batch)
    return scan


@contextmanager
def _keeping() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            "the stream cannot be kept in a temporary file",
            where=tempfile.gettempdir(),
            got=error,
            next_step="free disk space, or point TMPDIR to a disk that has some",
        ) from error


def _each(reader: Any, broken: str) -> Iterator[Any]:
    """Yield the reader's batches; its own failure is not the temporary file's."""
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except (pa.ArrowException, OSError) as error:
            raise InputError(
                broken, got=error, next_step="read the source by itself to see what is wrong"
            ) from error
        yield batch


def is_lazy(source: Any) -> bool:
    """Tell whether a source is a query of Polars that has not run yet."""
    return _is(source, "polars", "LazyFrame")


def _collected(frame: Any) -> SpooledScan:
    """Run a query of Polars batch by batch, as its streaming engine gives them, in one order."""
    import polars as pl

    try:
        schema = pa.table(frame.collect_schema().to_frame()).schema
        frames = frame.collect_batches(chunk_size=_ROWS_A_BATCH, maintain_order=True)
        return spool_batches(
            schema, (batch for each in frames for batch in pa.table(each).cast(schema).to_batches())
        )
    except pl.exceptions.PolarsError as error:
        raise InputError(
            "the query does not run",
            where="LazyFrame",
            got=error,
            next_step="collect it to see what is wrong",
        ) from error


def _holds_its_rows(source: Any) -> bool:
    return any(_is(source, library, name) for library, names in _HOLDS_ITS_ROWS.items() for name in names)


def _is(source: Any, library: str, name: str) -> bool:
    kind = type(source)
    return kind.__name__ == name and kind.__module__.partition(".")[0] == library
