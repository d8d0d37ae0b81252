"""Tables in databases: the rows of one query, read in one snapshot into a temporary file.

| address | read by |
|---|---|
| `postgresql://user@host/db?table=t` or `?query=select ...` | ADBC, in a transaction that only reads |
| `sqlite:///file.db?...` | Python's own module, every value looked at |
| `duckdb:///file.duckdb?...` | DuckDB, which only reads, on one thread |

`query=` comes last and takes the rest of the address: as it is where it holds a blank, else percent-decoded.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.compute as pc

from interlock.address import DATABASES, database_file, masked, scheme
from interlock.errors import InputError
from interlock.table.cursor import read_cursor
from interlock.table.memory import SpooledScan, spool_batches
from interlock.table.retry import retried
from interlock.table.sql import run

__all__ = ["is_connection", "is_database", "read_connection", "read_database"]


def is_database(source: Any) -> bool:
    """Tell whether a source is the address of a database.

    Example:
        >>> is_database("sqlite:///sales.db?table=orders"), is_database("sales.csv")
        (True, False)
    """
    return isinstance(source, str) and scheme(source) in DATABASES


def is_connection(source: Any) -> bool:
    """Tell whether a source is an open connection: of DuckDB, ADBC, or any DB-API module."""
    return (
        hasattr(source, "cursor") and hasattr(source, "close") and not hasattr(source, "__arrow_c_stream__")
    )


def read_database(address: str) -> SpooledScan:
    """Read what an address names.

    Args:
        address: With `table=` or `query=`.

    Returns:
        The rows, as a source that can be read again and again.

    Raises:
        InputError: If the database cannot be reached, refuses, or the query does not run.
    """
    place, sql = _query(address)
    try:
        return retried(lambda: _READERS[scheme(address)](place, sql))
    except ConnectionError as error:
        raise InputError(
            "the database cannot be reached, or its answer broke off; nothing of it was used",
            where=masked(address),
            got=_told(error, place),
            next_step="check host, port and that it runs, then try again",
        ) from error


def read_connection(connection: Any, sql: str | None) -> SpooledScan:
    """Read the rows of a query over a connection that the caller holds and keeps.

    Args:
        connection: Of DuckDB, of an ADBC driver (`fetch_record_batch`), or of any DB-API module.
        sql: One query, in the database's own dialect.

    Returns:
        The rows, as a source that can be read again and again.

    Raises:
        InputError: If there is no query, or it does not run to its end.

    Example:
        >>> connection = sqlite3.connect(":memory:")
        >>> read_connection(connection, "select 1 as one union all select 2").rows()
        2
        >>> connection.close()
    """
    if sql is None:
        raise InputError(
            "a connection needs a query",
            got=type(connection).__name__,
            next_step='pass sql="select ... from ..."',
        )
    if type(connection).__module__.partition(".")[0] in ("duckdb", "_duckdb"):
        return run(connection.cursor(), sql)
    cursor = connection.cursor()
    try:
        cursor.execute(sql)
        if hasattr(cursor, "fetch_record_batch"):
            return _spooled(cursor.fetch_record_batch())
        return read_cursor(cursor)
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            "the query does not run to its end",
            where=sql,
            got=error,
            next_step="correct it, or connect again",
        ) from error
    finally:
        cursor.close()


def _query(address: str) -> tuple[str, str]:
    """Part an address into where the database is, and what to ask it."""
    head, has_query, sql = address.partition("query=")
    place, _, parameters = head.partition("?")
    given = [each for each in parameters.split("&") if each]
    table = next((each.removeprefix("table=") for each in given if each.startswith("table=")), "")
    if not has_query and not table:
        raise InputError(
            "the address names no table",
            where=masked(address),
            next_step="add ?table=NAME, or ?query=select ... from ...",
        )
    rest = "&".join(each for each in given if not each.startswith("table="))
    place = f"{place}?{rest}" if rest else place
    if has_query:
        return place, sql if re.search(r"\s", sql) else unquote(sql)
    parts = [part.replace('"', '""') for part in unquote(table).split(".")]
    return place, "select * from " + ".".join(f'"{part}"' for part in parts)  # noqa: S608  quoted


def _postgresql(place: str, sql: str) -> SpooledScan:
    import adbc_driver_manager
    from adbc_driver_postgresql import dbapi

    try:
        with dbapi.connect(place) as connection, connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
            cursor.execute(sql)
            return _spooled(cursor.fetch_record_batch())
    except (adbc_driver_manager.Error, pa.ArrowException, OSError) as error:
        _explain(error, place, sql)


def _explain(error: Exception, place: str, sql: str) -> NoReturn:
    """Raise what a driver said: a broken connection is tried again, a refusal is not."""
    text = _told(error, place)
    for sign, what, step in _REFUSALS:
        if re.search(sign, text):
            raise InputError(what, where=masked(place), got=text, next_step=step) from error
    if getattr(error, "sqlstate", None) or "ERROR:" in text:
        raise _wrong_query(text, sql) from error
    raise ConnectionError(text) from error


_REFUSALS = (
    (
        r"authentication failed|no password supplied|role \"[^\"]*\" (does not|is not)|no pg_hba",
        "the credentials do not open this database",
        "set PGPASSWORD, or write a line in ~/.pgpass; never write a password in the address",
    ),
    (
        r"database \"[^\"]*\" does not exist",
        "there is no such database",
        "check the name at the end of the address",
    ),
    (
        r"invalid (URI|connection|integer)",
        "the address cannot be read",
        "write postgresql://user@host:port/database",
    ),
)


def _told(error: BaseException, place: str) -> str:
    """Return what a driver said, without the password and on one line."""
    text = str(error).replace(place, masked(place))
    password = re.match(r"[a-z]+://[^/?@:]*:([^/@]+)@", place)
    if password:
        text = text.replace(password[1], "***").replace(unquote(password[1]), "***")
    return " ".join(text.split())


def _spooled(reader: Any) -> SpooledScan:
    """Keep what an Arrow driver yields; PostgreSQL's `numeric`, which comes as text, as numbers."""
    numeric = [getattr(field.type, "type_name", "") == "numeric" for field in reader.schema]
    if not any(numeric):
        return spool_batches(reader.schema, reader)
    fields = [
        pa.field(field.name, pa.float64()) if is_numeric else field
        for field, is_numeric in zip(reader.schema, numeric, strict=True)
    ]
    schema = pa.schema(fields)
    return spool_batches(schema, (_numbers(batch, schema, numeric) for batch in reader))


def _numbers(batch: Any, schema: Any, numeric: list[bool]) -> Any:
    columns = [
        pc.cast(column.storage, pa.float64()) if is_numeric else column
        for column, is_numeric in zip(batch.columns, numeric, strict=True)
    ]
    return pa.record_batch(columns, schema=schema)


def _sqlite(place: str, sql: str) -> SpooledScan:
    path = _existing(place)
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
    try:
        return read_cursor(connection.execute(sql))
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise ConnectionError(str(error)) from error
        raise _wrong_query(error, sql) from error
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise _wrong_query(error, sql) from error
    finally:
        connection.close()


def _duckdb(place: str, sql: str) -> SpooledScan:
    import duckdb

    try:
        connection = duckdb.connect(str(_existing(place)), read_only=True, config={"threads": 1})
    except duckdb.Error as error:
        raise InputError(
            "the database cannot be opened",
            where=place,
            got=error,
            next_step="close whoever writes to it, or check that it is DuckDB's",
        ) from error
    with connection:
        connection.execute("set TimeZone = 'UTC'")  # as for queries over files
        return run(connection, sql)


def _existing(place: str) -> Path:
    path = Path(database_file(place)).expanduser()
    if not path.is_file():
        raise InputError(
            "there is no such database",
            where=path,
            next_step="check the path: three slashes and a relative one, or four",
        )
    return path


def _wrong_query(error: object, sql: str) -> InputError:
    step = "correct the query; it is in the database's dialect"
    return InputError("the query does not run", where=sql, got=error, next_step=step)


_READERS: dict[str, Callable[[str, str], SpooledScan]] = {
    "postgresql": _postgresql,
    "postgres": _postgresql,
    "sqlite": _sqlite,
    "duckdb": _duckdb,
}
