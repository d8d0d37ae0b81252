"""A table from anything that holds rows, read in bounded memory as often as needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow as pa

from interlock.address import title
from interlock.errors import InputError
from interlock.table.arrow import kind_of
from interlock.table.columnar import scan_arrow, scan_parquet
from interlock.table.database import is_connection, is_database, read_connection, read_database
from interlock.table.delimited import scan_delimited
from interlock.table.files import expand, file_format, name_of
from interlock.table.jsonlines import scan_json
from interlock.table.memory import is_lazy, scan_stream
from interlock.table.scan import Scan
from interlock.table.sql import query

__all__ = ["Table", "open_table"]


class Table:
    """Rows and columns from one source, read batch by batch, as often as needed, always in the same order.

    Args:
        name: What people call it, such as `flights.csv`.
        scan: Where the rows come from.

    Raises:
        InputError: If column names are duplicated or empty.

    Example:
        >>> import pyarrow as pa
        >>> table = open_table(pa.table({"a": [1, 2], "b": ["x", "y"]}), name="small")
        >>> table
        Table(name='small', columns=2, rows=2)
    """

    def __init__(self, name: str, scan: Scan) -> None:
        self.name = name
        self._scan = scan
        _check_names(name, scan.schema.names)
        fields = list(scan.schema)
        usable = [field for field in fields if kind_of(field.type) is not None]
        self.schema: Any = pa.schema(usable)
        self.names: tuple[str, ...] = tuple(self.schema.names)
        #: Columns that Interlock does not read, such as lists: name to Arrow type.
        self.skipped: dict[str, str] = {f.name: str(f.type) for f in fields if kind_of(f.type) is None}

    def __repr__(self) -> str:
        return f"Table(name={self.name!r}, columns={len(self.names)}, rows={self.count()})"

    def _repr_html_(self) -> str:
        from interlock.table.preview import preview

        return preview(self)

    def batches(self, columns: Sequence[str] | None = None, size: int = 65_536) -> Iterator[Any]:
        """Yield the rows as `pyarrow.RecordBatch`es, from the first row on, in bounded memory.

        Args:
            columns: Which columns, in the order wanted; None for all.
            size: Rows a batch, at most.

        Yields:
            Batches that are not empty.

        Raises:
            InputError: If there is no such column, or the source cannot be read to its end.
        """
        names = self._known(columns)
        for batch in self._scan.batches(names, size):
            wanted = batch.select(names)
            for start in range(0, batch.num_rows, size):
                yield wanted.slice(start, size)
            del batch, wanted
            # Arrow's allocator would keep what one batch took and take as much again for the next ones.
            pa.default_memory_pool().release_unused()

    def count(self) -> int:
        """Return the number of rows."""
        return self._scan.rows()

    def read(self, columns: Sequence[str] | None = None) -> Any:
        """Return the rows as one `pyarrow.Table`, all of it in memory.

        Args:
            columns: Which columns, in the order wanted; None for all.

        Returns:
            A `pyarrow.Table` of as many rows as `count` says.

        Raises:
            InputError: If there is no such column.
        """
        names = self._known(columns)
        schema = pa.schema([self.schema.field(name) for name in names])
        return pa.Table.from_batches(list(self.batches(names)), schema)

    def fingerprint(self) -> str:
        """Return `sha256:` and the digest of the source: of its files' bytes, or of its rows in memory."""
        return self._scan.digest()

    def parts(self) -> tuple[Table, ...]:
        """Return tables that together hold the same rows and that other processes can read."""
        return tuple(Table(self.name, part) for part in self._scan.parts())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Offer the rows to any library that reads the Arrow C stream, anew each time."""
        reader = pa.RecordBatchReader.from_batches(self.schema, self.batches())
        return reader.__arrow_c_stream__(requested_schema)

    def _known(self, columns: Sequence[str] | None) -> list[str]:
        known = set(self.names)
        for column in columns or ():
            if column not in known:
                raise _no_such_column(column, self)
        return list(self.names if columns is None else columns)


def open_table(
    source: Any, *, sql: str | None = None, encoding: str = "utf-8", name: str | None = None
) -> Table:
    """Open a file, several, or another library's table.

    Args:
        source: A path, an address such as `s3://bucket/*.parquet`, a glob, a list of them (CSV, TSV, JSON
            lines, Parquet, Feather; text also `.gz`); the address of a database with `?table=` or `?query=`;
            an open connection; any object with an Arrow C stream (pandas, Polars, DuckDB, pyarrow); a
            `Table`; or a mapping of names to these, for `sql`.
        sql: A DuckDB query over the source, which it calls `data`, or over the names of the mapping; over a
            connection, in its database's own dialect.
        encoding: Of CSV and TSV, as Python names it.
        name: What people call the table; by default the file's name.

    Returns:
        The table. Text files are read once to find their types.

    Raises:
        InputError: If the source cannot be read, is empty, or the query does not run.

    Example:
        >>> import pyarrow as pa
        >>> open_table(pa.table({"a": [1, 2]}), sql="select a * 2 as b from data").read()["b"].to_pylist()
        [2, 4]
    """
    if isinstance(source, Mapping):
        if sql is None:
            raise InputError(
                "several named tables need a query",
                got=", ".join(source),
                next_step='pass sql="select ... from ..."',
            )
        tables = {str(key): open_table(value, encoding=encoding) for key, value in source.items()}
        return Table(name or " and ".join(tables), query(tables, sql))
    if is_connection(source):
        return Table(name or "query", read_connection(source, sql))
    table = source if isinstance(source, Table) else _open_one(source, encoding)
    if sql is not None:
        return Table(name or table.name, query({"data": table}, sql))
    return table if name is None else Table(name, table._scan)  # noqa: SLF001  its own class


def _open_one(source: Any, encoding: str) -> Table:
    if is_database(source):
        return Table(title(source), read_database(source))
    if isinstance(source, str | Path | Sequence) and not hasattr(source, "__arrow_c_stream__"):
        return _open_files(source, encoding)
    if hasattr(source, "__arrow_c_stream__") or is_lazy(source):
        return Table(type(source).__name__, scan_stream(source))
    raise InputError(
        "this is not a table",
        got=f"{type(source).__module__}.{type(source).__qualname__}",
        next_step="pass a path, or an object with __arrow_c_stream__ (pandas, Polars, DuckDB, pyarrow)",
    )


def _open_files(source: str | Path | Sequence[str | Path], encoding: str) -> Table:
    files = expand(source)
    name = name_of(files)
    match file_format(files):
        case "delimited":
            return Table(name, scan_delimited(files, encoding))
        case "json":
            return Table(name, scan_json(files))
        case "parquet":
            return Table(name, scan_parquet(files))
        case _:
            return Table(name, scan_arrow(files))


def _check_names(table: str, names: Sequence[str]) -> None:
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice or "" in names:
        what = (
            f"column names are duplicated: {', '.join(map(repr, twice))}" if twice else "a column has no name"
        )
        raise InputError(what, where=table, next_step="give every column a name of its own")
    if not names:
        raise InputError("the table has no columns", where=table, next_step="check the export that wrote it")


def _no_such_column(column: str, table: Table) -> InputError:
    close = get_close_matches(column, table.names, n=3, cutoff=0.5)
    if column in table.skipped:
        return InputError(
            f"column {column!r} is of a type that cannot be read",
            where=table.name,
            got=table.skipped[column],
            next_step="turn it into numbers or strings with sql=...",
        )
    return InputError(
        f"there is no column {column!r}",
        where=table.name,
        next_step=f"did you mean {' or '.join(map(repr, close))}?"
        if close
        else f"it has {_list(table.names)}",
    )


def _list(names: Sequence[str], limit: int = 20) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(map(repr, names[:limit])) + more
