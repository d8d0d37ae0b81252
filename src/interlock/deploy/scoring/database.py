"""A result in a table of a database: each part is written with its receipt in one transaction, so once.

| address | written by |
|---|---|
| `sqlite:///file.db?table=t` | Python's own module |
| `duckdb:///file.duckdb?table=t` | DuckDB |
| `postgresql://user@host/db?table=t` | ADBC |

Beside table `t` stands `t__interlock`: the plan, a receipt for each part, and in the end the manifest.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar
from urllib.parse import unquote

import msgspec
import pyarrow as pa
import pyarrow.types as pt

from interlock.address import database_file, masked, scheme
from interlock.deploy.scoring.columns import Counts
from interlock.deploy.scoring.encode import plain
from interlock.deploy.scoring.folder import another
from interlock.deploy.scoring.plan import Manifest, Plan, Receipt
from interlock.errors import InputError, InterlockError
from interlock.table.fingerprint import digest_rows

__all__ = ["DatabaseTable", "open_database_table"]

_Kind = TypeVar("_Kind")
_PLAN, _MANIFEST = -2, -1
_BESIDE = "__interlock"


class _Connection(Protocol):
    """One connection, in a transaction until it is closed or committed."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...

    def run(self, sql: str) -> None: ...

    def has(self, name: str) -> bool: ...

    def create(self, name: str, table: Any) -> None: ...

    def insert(self, name: str, table: Any) -> None: ...

    def commit(self) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class DatabaseTable:
    """A table for results.

    Args:
        place: The address without the table.
        name: Of the table.
    """

    place: str
    name: str

    @property
    def address(self) -> str:
        """As people know it, without secrets."""
        return f"{masked(self.place)}?table={self.name}"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep nobody out: a part that is there refuses whoever brings it a second time."""
        yield

    def finished(self) -> Manifest | None:
        """Return the manifest, if there is one."""
        with self._open() as connection:
            return self._told(connection, _MANIFEST, Manifest)

    def begin(self, plan: Plan, *, anew: bool) -> dict[int, Receipt]:
        """Make ready for a plan; as `Folder.begin`."""
        with self._open() as connection:
            there = connection.has(self.name + _BESIDE)
            if connection.has(self.name) and not there:
                raise InputError(
                    "the table is there, and is not a scorer's",
                    where=self.address,
                    next_step="name a table that does not exist yet; nothing was written",
                )
            before = self._told(connection, _PLAN, Plan)
            if before is not None and (before != plan or anew):
                if not anew:
                    raise another(self.address, before, plan)
                for name in (self.name, self.name + _BESIDE):
                    if connection.has(name):
                        connection.run(f"drop table {_quoted(name)}")
                before = None
            if before is None:
                connection.run(
                    f"create table {_quoted(self.name + _BESIDE)} (part integer primary key, told text)"
                )
                self._tell(connection, _PLAN, plan)
            connection.commit()
            told = connection.rows(f"select told from {_quoted(self.name + _BESIDE)} where part >= 0")  # noqa: S608
            receipts = [msgspec.json.decode(text, type=Receipt) for (text,) in told]
            return {receipt.number: receipt for receipt in receipts}

    def put(self, plan: Plan, number: int, table: Any, counts: Counts) -> Receipt:
        """Write a part with its receipt: both or none.

        Raises:
            InputError: If it cannot be written, or is there already.
        """
        del plan  # the table of receipts knows whose it is
        rows = plain(table)
        receipt = Receipt(number, "", digest_rows([rows]), rows.nbytes, *counts)
        with self._open() as connection:
            self._tell(connection, number, receipt)
            if not connection.has(self.name):
                connection.create(self.name, rows)
            connection.insert(self.name, rows)
            connection.commit()
        return receipt

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, once the table has all rows.

        Raises:
            InputError: If it has fewer or more.
        """
        with self._open() as connection:
            ((count,),) = connection.rows(f"select count(*) from {_quoted(self.name)}")  # noqa: S608  quoted
            if count != manifest.read:
                raise InputError(
                    "the table was changed while it was written",
                    where=self.address,
                    got=f"{count:,} rows, expected {manifest.read:,}",
                    next_step="let nobody else write there, and add --anew to begin again",
                )
            self._tell(connection, _MANIFEST, manifest)
            connection.commit()

    def tidy(self) -> None:
        """Do nothing: the receipts stay."""

    def is_whole(self, manifest: Manifest) -> bool:
        """Whether the table still has all rows of a manifest."""
        with self._open() as connection:
            there = connection.has(self.name)
            sql = f"select count(*) from {_quoted(self.name)}"  # noqa: S608  quoted
            return there and connection.rows(sql) == [(manifest.read,)]

    @contextmanager
    def _open(self) -> Iterator[_Connection]:
        try:
            with closing(_CONNECTIONS[scheme(self.place)](self.place)) as connection:
                yield connection
        except InterlockError:
            raise
        except Exception as error:  # each driver has a root of its own
            module = type(error).__module__.partition(".")[0]
            if module not in ("sqlite3", "duckdb", "_duckdb", "adbc_driver_manager") and not isinstance(
                error, OSError
            ):
                raise
            raise self._refused(error) from error

    def _refused(self, error: Exception) -> InputError:
        text = " ".join(str(error).split()).replace(self.place, masked(self.place))
        if re.search(r"unique|duplicate|primary key", text, re.IGNORECASE):
            what = "another scorer wrote the same part"
            step = "let one scorer at a time write there, then run the same command again"
        else:
            what = "the destination cannot be written; the part is not there"
            step = "mend that, then run the same command again"
        return InputError(what, where=self.address, got=text, next_step=step)

    def _told(self, connection: _Connection, part: int, kind: type[_Kind]) -> _Kind | None:
        name = self.name + _BESIDE
        if not connection.has(name):
            return None
        told = connection.rows(f"select told from {_quoted(name)} where part = {part}")  # noqa: S608  quoted
        return msgspec.json.decode(told[0][0], type=kind) if told else None

    def _tell(self, connection: _Connection, part: int, what: Any) -> None:
        text = msgspec.json.encode(what).decode().replace("'", "''")
        connection.run(f"insert into {_quoted(self.name + _BESIDE)} values ({part}, '{text}')")  # noqa: S608


def open_database_table(address: str) -> DatabaseTable:
    """Return the table of an address, which need not exist yet.

    Raises:
        InputError: If the address names no table.
    """
    place, _, query = address.partition("?")
    given = [each for each in query.split("&") if each]
    names = [unquote(each.removeprefix("table=")) for each in given if each.startswith("table=")]
    if len(names) != 1 or "query=" in query:
        raise InputError(
            "the destination names no table",
            where=masked(address),
            next_step="add ?table=NAME to the address",
        )
    rest = "&".join(each for each in given if not each.startswith("table="))
    return DatabaseTable(f"{place}?{rest}" if rest else place, names[0])


def _quoted(name: str) -> str:
    return ".".join('"{}"'.format(part.replace('"', '""')) for part in name.split("."))


class _Sqlite:
    def __init__(self, place: str) -> None:
        self._connection = sqlite3.connect(Path(database_file(place)).expanduser(), isolation_level=None)
        self._connection.execute("begin immediate")

    def close(self) -> None:
        self._connection.close()

    def commit(self) -> None:
        self._connection.execute("commit")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()

    def run(self, sql: str) -> None:
        self._connection.execute(sql)

    def has(self, name: str) -> bool:
        found = self._connection.execute("select 1 from sqlite_master where name = ?", (name,))
        return found.fetchone() is not None

    def create(self, name: str, table: Any) -> None:
        columns = ", ".join(f"{_quoted(field.name)} {_sqlite_type(field.type)}" for field in table.schema)
        self.run(f"create table {_quoted(name)} ({columns})")

    def insert(self, name: str, table: Any) -> None:
        columns = [_for_sqlite(column) for column in table.columns]
        places = ", ".join("?" * len(columns))
        sql = f"insert into {_quoted(name)} values ({places})"  # noqa: S608  quoted
        self._connection.executemany(sql, zip(*columns, strict=True))


def _sqlite_type(arrow: Any) -> str:
    if pt.is_integer(arrow) or pt.is_boolean(arrow):
        return "integer"
    return "real" if pt.is_floating(arrow) else "text"


def _for_sqlite(column: Any) -> list[Any]:
    if pt.is_integer(column.type) or pt.is_boolean(column.type) or pt.is_floating(column.type):
        return list(column.to_pylist())
    return list(column.cast(pa.string()).to_pylist())


class _Duckdb:
    def __init__(self, place: str) -> None:
        import duckdb

        self._connection = duckdb.connect(str(Path(database_file(place)).expanduser()), config={"threads": 1})
        self._connection.begin()

    def close(self) -> None:
        self._connection.close()

    def commit(self) -> None:
        self._connection.commit()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return list(self._connection.execute(sql).fetchall())

    def run(self, sql: str) -> None:
        self._connection.execute(sql).fetchall()

    def has(self, name: str) -> bool:
        sql = "select 1 from information_schema.tables where table_name = ? and table_schema = 'main'"
        return bool(self._connection.execute(sql, [name]).fetchall())

    def create(self, name: str, table: Any) -> None:
        self._connection.register("given", table)
        self.run(f"create table {_quoted(name)} as select * from given limit 0")  # noqa: S608  quoted

    def insert(self, name: str, table: Any) -> None:
        self._connection.register("given", table)
        self.run(f"insert into {_quoted(name)} select * from given")  # noqa: S608  quoted


class _Postgresql:
    def __init__(self, place: str) -> None:
        from adbc_driver_postgresql import dbapi

        self._connection = dbapi.connect(place)
        self._cursor = self._connection.cursor()
        self.commit = self._connection.commit

    def close(self) -> None:
        self._cursor.close()
        self._connection.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        self._cursor.execute(sql)
        return [tuple(row) for row in self._cursor.fetchall()]

    def run(self, sql: str) -> None:
        self._cursor.execute(sql)

    def has(self, name: str) -> bool:
        text = _quoted(name).replace("'", "''")
        return self.rows(f"select to_regclass('{text}')::text is not null") == [(True,)]

    def create(self, name: str, table: Any) -> None:
        self._ingest(name, table.slice(0, 0), "create")

    def insert(self, name: str, table: Any) -> None:
        self._ingest(name, table, "append")

    def _ingest(self, name: str, table: Any, mode: Literal["create", "append"]) -> None:
        schema, _, own = name.rpartition(".")
        self._cursor.adbc_ingest(own, table, mode=mode, db_schema_name=schema or None)


_CONNECTIONS: dict[str, Callable[[str], _Connection]] = {
    "sqlite": _Sqlite,
    "duckdb": _Duckdb,
    "postgresql": _Postgresql,
    "postgres": _Postgresql,
}
