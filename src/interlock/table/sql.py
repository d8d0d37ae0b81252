"""Queries over tables with DuckDB; the result streams to a temporary file, so it is read again unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from interlock.errors import InputError, InterlockError
from interlock.table.memory import SpooledScan, spool

__all__ = ["query"]

_ROWS_A_BATCH = 65_536


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
    with duckdb.connect(config={"threads": 1}) as connection:
        for name, table in tables.items():
            connection.register(name, table)
        try:
            relation = connection.sql(sql)
            if relation is None:
                raise InputError("this is not a query", got=sql, next_step="write one select ... from ...")
            return spool(relation.to_arrow_reader(_ROWS_A_BATCH))
        except duckdb.Error as error:
            raise _complaint(sql, error) from error


def _complaint(sql: str, error: duckdb.Error) -> InputError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, InterlockError):
            return InputError(cause.what, where=cause.where, got=cause.got, next_step=cause.next_step)
        cause = cause.__cause__ or cause.__context__
    return InputError(
        "the query does not run", where=sql, got=error, next_step="correct the query, DuckDB's dialect"
    )
