"""Addresses: where a table lives, told from a path, shown without its secrets, and taken from a folder.

| scheme | is |
|---|---|
| none, `file://` | a path or a glob |
| `s3://`, `gs://`, `az://`, `abfs://`, `abfss://` | objects in a bucket or container |
| `postgresql://`, `sqlite://`, `duckdb://` | a database, with `?table=` or `?query=` |
"""

from __future__ import annotations

import re
from pathlib import Path

__all__ = [
    "DATABASES",
    "OBJECTS",
    "database_file",
    "has_secret",
    "masked",
    "rooted",
    "scheme",
    "title",
    "within",
]

#: Schemes of objects that Arrow's file systems read.
OBJECTS = ("s3", "gs", "gcs", "az", "abfs", "abfss")
#: Schemes of databases.
DATABASES = ("postgresql", "postgres", "sqlite", "duckdb")
#: Databases that are one file.
_FILES = ("sqlite", "duckdb")

_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]+)://")
_USER = re.compile(r"^([a-z][a-z0-9+.-]+://[^/?@:]*):([^/@]*)@")
_PARAMETER = re.compile(r"([?&](?:password|[a-z_]*(?:secret|key|token|sig)[a-z_]*)=)([^&]*)", re.IGNORECASE)


def scheme(source: str) -> str:
    """Return the scheme of an address, in lower case; empty for a path.

    Example:
        >>> scheme("s3://bucket/a.csv"), scheme("data/a.csv")
        ('s3', '')
    """
    found = _SCHEME.match(source.lower())
    return found[1] if found else ""


def has_secret(source: str) -> bool:
    """Tell whether an address holds a password, a key or a token.

    Example:
        >>> has_secret("postgresql://ada:secret@host/sales"), has_secret("postgresql://ada@host/sales")
        (True, False)
    """
    return masked(source) != source


def masked(source: str) -> str:
    """Return an address as it may be printed: its secrets replaced by `***`.

    Example:
        >>> masked("postgresql://ada:secret@host/sales?table=orders")
        'postgresql://ada:***@host/sales?table=orders'
    """
    if not scheme(source):
        return source
    head, query, sql = source.partition("query=")  # what a query says is no parameter
    return _PARAMETER.sub(r"\1***", _USER.sub(r"\1:***@", head)) + query + sql


def rooted(source: str, root: str | Path) -> str:
    """Return an address as seen from anywhere: a relative path is one from `root`.

    Args:
        source: An address; `sqlite:///sales.db` is relative, `sqlite:////var/sales.db` is not.
        root: A folder.

    Example:
        >>> rooted("a.csv", "/data"), rooted("s3://bucket/a.csv", "/data")
        ('/data/a.csv', 's3://bucket/a.csv')
        >>> rooted("sqlite:///sales.db?table=orders", "/data")
        'sqlite:////data/sales.db?table=orders'
    """
    if scheme(source) in _FILES:
        start, path, rest = _file_parts(source)
        return f"{start}{Path(root) / path}{rest}"
    return source if scheme(source) else str(Path(root) / Path(source).expanduser())


def within(source: str, folder: str) -> str:
    """Return the address of a folder in the folder that an address names; its parameters stay.

    Example:
        >>> within("s3://bucket/ledger/?scheme=http", "shadow"), within("/var/ledger", "shadow")
        ('s3://bucket/ledger/shadow?scheme=http', '/var/ledger/shadow')
    """
    path, mark, parameters = source.partition("?") if scheme(source) else (source, "", "")
    return f"{path.rstrip('/')}/{folder}{mark}{parameters}"


def database_file(source: str) -> str:
    """Return the path of a database that is one file; empty for every other address.

    Example:
        >>> database_file("duckdb:///sales.duckdb?table=orders")
        'sales.duckdb'
    """
    return _file_parts(source)[1] if scheme(source) in _FILES else ""


def title(source: str) -> str:
    """Return a short name for what an address holds.

    Example:
        >>> title("s3://bucket/flights/*.parquet"), title("postgresql://host/sales?table=orders")
        ('flights', 'orders')
    """
    if scheme(source) in DATABASES:
        table = re.search(r"[?&]table=([^&]+)", source.partition("query=")[0])
        return (table[1] if table else Path(source.partition("?")[0]).stem).rpartition(".")[2]
    parts = [part for part in re.split(r"/+", source.partition("://")[2] or source) if part]
    names = [part.partition(".")[0].strip("*?") for part in reversed(parts)]
    return next((name for name in names if name and "*" not in name), "")


def _file_parts(source: str) -> tuple[str, str, str]:
    start, _, rest = source.partition("://")
    path, mark, parameters = rest.removeprefix("/").partition("?")
    return f"{start}:///", path, mark + parameters
