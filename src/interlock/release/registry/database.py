"""The database behind a registry: SQLite or PostgreSQL by an address, its tables, its errors in words."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from interlock.address import masked, scheme
from interlock.errors import InputError, RegistryError

__all__ = ["Database", "Tables", "tables"]

#: Seconds for which a locked or silent database is waited for.
PATIENCE = 5
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")

#: Once written, a line of the log stays: what the database itself refuses.
_APPEND_ONLY = {
    "sqlite": (
        (
            "CREATE TRIGGER IF NOT EXISTS interlock_no_update BEFORE UPDATE ON interlock_events "
            "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        ),
        (
            "CREATE TRIGGER IF NOT EXISTS interlock_no_delete BEFORE DELETE ON interlock_events "
            "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        ),
    ),
    "postgresql": (
        (
            "CREATE OR REPLACE FUNCTION interlock_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$"
        ),
        "DROP TRIGGER IF EXISTS interlock_append_only ON interlock_events",
        (
            "CREATE TRIGGER interlock_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON interlock_events "
            "FOR EACH STATEMENT EXECUTE FUNCTION interlock_append_only()"
        ),
    ),
}

#: What a database says, and what to say instead.
_TROUBLES = (
    (
        r"database is locked|lock timeout",
        "the registry is locked by another process",
        "try again in a moment",
    ),
    (
        r"password authentication failed|no password supplied|authentication failed|role .* does not exist",
        "the credentials do not open the registry",
        "set PGPASSWORD, or put the password into ~/.pgpass",
    ),
    (r"database .* does not exist", "there is no such database", "create it, or mend `[registry] url`"),
    (
        r"no such table|relation .* does not exist|UndefinedTable|unable to open database file",
        "there is no registry at this address",
        "`interlock registry register RELEASE` begins one",
    ),
    (
        r"permission denied|readonly database|read-only",
        "the registry may not be written",
        "ask for the right to insert into interlock_events",
    ),
    (r"not a database|malformed", "the file is no registry, or a damaged one", "restore it from a copy"),
    (
        r"append-only",
        "a line of the registry's log can be neither changed nor removed",
        "append another event",
    ),
)


class Tables(NamedTuple):
    """The tables of a registry.

    Args:
        events: The log: one line an event, chained by `previous` and `digest`.
        cursors: How far each mirror has been told of each model.
        metadata: Both.
    """

    events: Any
    cursors: Any
    metadata: Any


@cache
def tables() -> Tables:
    """Return the tables of a registry."""
    sa = _sqlalchemy()
    metadata = sa.MetaData()
    text = [
        sa.Column(name, sa.Text, nullable=False)
        for name in ("kind", "release", "environment", "person", "time", "details", "previous", "digest")
    ]
    key = [sa.Column("model", sa.Text, primary_key=True), sa.Column("number", sa.Integer, primary_key=True)]
    events = sa.Table("interlock_events", metadata, *key, *text)
    cursors = sa.Table(
        "interlock_mirrors",
        metadata,
        sa.Column("mirror", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    return Tables(events, cursors, metadata)


class Database:
    """A database by its address; it connects when it is first asked, and again in another process.

    Args:
        url: `sqlite:///file`, `postgresql://user@host/name`, or the path of an SQLite file.

    Raises:
        InputError: If it is the address of something else.
    """

    def __init__(self, url: str) -> None:
        self.url = url if scheme(url) else f"sqlite:///{url}"
        if scheme(self.url) not in ("sqlite", *_POSTGRESQL):
            raise InputError(
                "a registry lives in SQLite or PostgreSQL",
                where=masked(url),
                next_step="give a path, sqlite:///registry.db or postgresql://user@host/database",
            )
        self._engine: Any = None
        self._process = 0

    @property
    def name(self) -> str:
        """The address as it may be printed."""
        return masked(self.url)

    def close(self) -> None:
        """Close what is open; the next question connects again."""
        if self._engine is not None and self._process == os.getpid():
            self._engine.dispose()
        self._engine = None

    def create(self) -> None:
        """Make the tables where they are not there yet, so that their lines cannot be changed.

        Raises:
            RegistryError: If the database does not allow that.
        """
        sa = _sqlalchemy()
        if path := self._file():
            _make(path)
        with self.connected() as connection:
            if sa.inspect(connection).has_table("interlock_events"):
                return
        try:
            self._create()
        except (RegistryError, sa.exc.IntegrityError):  # two who begin at once: one finds what the other made
            self._create()

    def _create(self) -> None:
        sa = _sqlalchemy()
        with self.connected() as connection:
            if (
                connection.dialect.name == "postgresql"
            ):  # its IF NOT EXISTS fails where two make a table at once
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('interlock_events'))"))
            for table in tables().metadata.sorted_tables:
                connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
            for statement in _APPEND_ONLY[connection.dialect.name]:
                connection.execute(sa.text(statement))

    @contextmanager
    def connected(self) -> Iterator[Any]:
        """Give a connection in a transaction that is committed at the end of the block.

        Yields:
            A `sqlalchemy.Connection`.

        Raises:
            RegistryError: If the database cannot be reached, or refuses. What breaks a unique key passes
                through as `sqlalchemy.exc.IntegrityError`.
        """
        exc = _sqlalchemy().exc
        try:
            with self._connect().begin() as connection:
                yield connection
        except exc.IntegrityError:
            raise
        except exc.SQLAlchemyError as error:
            raise self._told(error) from error

    def _connect(self) -> Any:
        if self._engine is None or self._process != os.getpid():
            self._engine, self._process = self._made(), os.getpid()
        return self._engine

    def _made(self) -> Any:
        sa = _sqlalchemy()
        if path := self._file():
            return sa.create_engine("sqlite://", creator=lambda: _open(path), poolclass=sa.pool.NullPool)
        url = sa.engine.make_url(self.url).set(drivername="postgresql+psycopg")
        waiting = {"connect_timeout": PATIENCE, "tcp_user_timeout": PATIENCE * 1000}
        try:
            engine = sa.create_engine(url, pool_pre_ping=True, pool_size=1, connect_args=waiting)
        except ModuleNotFoundError as error:
            raise _missing(error) from error
        sa.event.listen(engine, "connect", _limit)
        return engine

    def _file(self) -> Path | None:
        if scheme(self.url) != "sqlite":
            return None
        return Path(self.url.partition("://")[2].removeprefix("/").partition("?")[0])

    def _told(self, error: Exception) -> RegistryError:
        said = str(getattr(error, "orig", None) or error).strip()
        for pattern, what, step in _TROUBLES:
            if re.search(pattern, said):
                return RegistryError(what, where=self.name, got=self._clean(said), next_step=step)
        return RegistryError(
            "the registry does not answer",
            where=self.name,
            got=self._clean(said),
            next_step="check the address and the network; nothing was changed",
        )

    def _clean(self, said: str) -> str:
        """Return what a driver said in one line, without the password."""
        password = re.search(r"://[^/?@:]*:([^@/]+)@", self.url)
        secrets = [password[1]] if password else []
        secrets += [value for value in (os.environ.get("PGPASSWORD", ""),) if value]
        for secret in secrets:
            said = said.replace(secret, "***")
        return " ".join(said.split())


def _make(path: Path) -> None:
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sqlite3.connect(path).close()
        path.touch()
    except (OSError, sqlite3.Error) as error:
        raise RegistryError(
            "the registry cannot be made",
            where=path,
            got=getattr(error, "strerror", None) or error,
            next_step="give a path in a folder that you may write to",
        ) from error


def _open(path: Path) -> Any:
    """Connect to a file that is there: a registry that is away must not look like an empty one."""
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw", uri=True, timeout=PATIENCE, check_same_thread=False
    )


def _limit(connection: Any, _: Any) -> None:
    connection.execute(f"SET statement_timeout = {PATIENCE * 2000}")
    connection.execute(f"SET lock_timeout = {PATIENCE * 1000}")
    connection.commit()


def _sqlalchemy() -> Any:
    try:
        import sqlalchemy
        import sqlalchemy.exc
        import sqlalchemy.schema
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    return sqlalchemy


def _missing(error: ModuleNotFoundError) -> RegistryError:
    return RegistryError(
        "a registry needs an extra that is not installed",
        got=error.name,
        next_step="pip install 'interlock[registry]'",
    )
