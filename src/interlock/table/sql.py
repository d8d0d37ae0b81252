"""Queries over tables with DuckDB; the result streams to a temporary file, so it is read again unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from interlock.errors import InputError
from interlock.table.memory import SpooledScan, spool

__all__ = ["query", "run"]

_ROWS_A_BATCH = 65_536
_BROKEN = "the query does not run"


def query(tables: Mapping[str, Any], sql: str) -> SpooledScan:
    """Run one query over named tables.

    DuckDB works on one thread: with several, a query without `order by` may give its rows in another order
    the next time, and a split by row number would then move rows from training to holdout.

    Args:
        tables: Objects with an Arrow C stream that starts anew each time, by the name the query calls them.
        sql: One `select`, as DuckDB understands it.

    Returns:
        The result, as a source that can be read again and again.

    Raises:
        InputError: If the query does not run or is no query.

    Example:
        >>> import pyarrow as pa
        >>> query({"data": pa.table({"a": [3, 4]})}, "select max(a) as top from data").rows()
        1
    """
    import duckdb

    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")  # else this machine's zone decides what an hour is
        for name, table in tables.items():
            connection.register(name, table)
        return run(connection, sql)


def run(connection: Any, sql: str) -> SpooledScan:
    """Run one query on a connection of DuckDB.

    Args:
        connection: A `duckdb.DuckDBPyConnection`.
        sql: One `select`, as DuckDB understands it.

    Returns:
        The result, as a source that can be read again and again.

    Raises:
        InputError: If the query does not run or is no query.

    Example:
        >>> import duckdb
        >>> with duckdb.connect() as connection:
        ...     run(connection, "select 1 as one").rows()
        1
    """
    import duckdb

    try:
        _check_is_query(connection, sql)
        return spool(connection.sql(sql).to_arrow_reader(_ROWS_A_BATCH), broken=_BROKEN)
    except duckdb.Error as error:
        raise InputError(
            _BROKEN, where=sql, got=error, next_step="correct the query; it is in DuckDB's dialect"
        ) from error


def _check_is_query(connection: Any, sql: str) -> None:
    import duckdb

    statements = connection.extract_statements(sql)
    queries = (duckdb.StatementType.SELECT, duckdb.StatementType.MULTI)  # a pivot is several in one
    if len(statements) != 1 or statements[0].type not in queries:
        raise InputError("this is not one query", got=sql, next_step="write one select ... from ...")
