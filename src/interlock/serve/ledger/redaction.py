"""What the ledger keeps of personal columns: nothing, a keyed hash, or a coarse part; and the key.

The contract marks the columns, so the marks are in its digest. Redaction runs before an entry is encoded:
what it takes away is never in a buffer that is written. A null stays a null, so that missing values can be
counted.
"""

from __future__ import annotations

import hmac
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from interlock.contract import MISSING, Contract
from interlock.errors import InputError, ServeError
from interlock.serve.ledger.format import Entry, Header, Redacted

__all__ = [
    "KEY_VARIABLE",
    "UNKNOWN",
    "fingerprint",
    "hashed",
    "read_key",
    "redacted_columns",
    "redaction",
    "stored",
]

#: The environment variable that holds the key of hashes, where no file is named.
KEY_VARIABLE = "INTERLOCK_LEDGER_KEY"
#: Stands for the name of a column that the contract does not know, where a name could tell of a person.
UNKNOWN = "(unknown)"
_SHORTEST_KEY = 16
_NUMBER_BITS = 53

Value = float | str


class _Places(NamedTuple):
    """What is done to which places of a row."""

    numbers: tuple[tuple[int, Callable[[Any], Any]], ...]
    strings: tuple[tuple[int, Callable[[Any], Any]], ...]


def redacted_columns(contract: Contract) -> tuple[Redacted, ...]:
    """Return the inputs that a contract marks as personal; a column that is no input is never logged.

    Example:
        >>> from interlock.contract import Column
        >>> redacted_columns(Contract((Column("email", "text", personal="hash"),)))[0].kind
        'hash'
    """
    return tuple(
        Redacted(column.name, column.personal, column.type, column.truncate or 0.0)
        for column in contract.inputs
        if column.personal
    )


def read_key(path: str | Path | None = None, environment: Mapping[str, str] = os.environ) -> bytes:
    """Return the key of hashes: from a file, else from the environment, else none.

    Args:
        path: A file that holds it as text.
        environment: Where `INTERLOCK_LEDGER_KEY` is looked for.

    Raises:
        ServeError: If the file cannot be read, or the key is shorter than 16 bytes.
    """
    try:
        key = Path(path).read_bytes().strip() if path else environment.get(KEY_VARIABLE, "").strip().encode()
    except OSError as error:
        raise ServeError(
            "the key of the ledger's hashes cannot be read",
            where=path,
            got=error.strerror,
            next_step="make it with `openssl rand -hex 32`, readable for the service alone",
        ) from error
    if (path or key) and len(key) < _SHORTEST_KEY:
        raise ServeError(
            "the key of the ledger's hashes is too short",
            where=path or KEY_VARIABLE,
            got=f"{len(key)} bytes",
            next_step="make one with `openssl rand -hex 32`",
        )
    return key


def fingerprint(key: bytes) -> str:
    """Return what tells keys apart and does not tell the key; empty for none.

    Example:
        >>> len(fingerprint(b"0123456789abcdef")), fingerprint(b"")
        (16, '')
    """
    return hmac.digest(key, b"interlock ledger", "sha256").hex()[:16] if key else ""


def hashed(key: bytes, value: Value) -> Value:
    """Return the keyed hash of a value: the same value and the same key give the same hash, anywhere.

    Args:
        key: Secret.
        value: A string, or a number; whole numbers are hashed as they are written without a point.

    Returns:
        For a string 64 hexadecimal digits of HMAC-SHA256; for a number the first 53 of its bits, which a
        float64 holds exactly.

    Source:
        RFC 2104, HMAC; FIPS 180-4, SHA-256.

    Example:
        >>> hashed(b"0123456789abcdef", "ada@example.org")[:8]
        '48eef528'
    """
    if isinstance(value, str):
        return hmac.digest(key, value.encode(), "sha256").hex()
    text = str(int(value)) if value.is_integer() else repr(value)
    digest = hmac.digest(key, text.encode(), "sha256")
    return float(int.from_bytes(digest[:8]) >> (64 - _NUMBER_BITS))


def stored(column: Redacted, key: bytes) -> Callable[[Any], Any]:
    """Return the function from a checked value to what the ledger keeps of it.

    Example:
        >>> stored(Redacted("zip", "truncate", "text", 2.0), b"")("10115")
        '10'
        >>> stored(Redacted("age", "truncate", "integer", 10.0), b"")(47.0)
        40.0
    """
    null: Value = MISSING if column.type in ("category", "text") else math.nan
    if column.kind == "drop":
        return lambda _: null
    if isinstance(null, str):
        length = int(column.step)
        cut = (lambda text: hashed(key, text)) if column.kind == "hash" else (lambda text: text[:length])
        return lambda text: text if text == MISSING else cut(text)
    step = column.step
    if column.kind == "hash":
        return lambda number: hashed(key, number) if math.isfinite(number) else math.nan
    return lambda number: math.floor(number / step) * step if math.isfinite(number) else math.nan


def redaction(header: Header, key: bytes) -> Callable[[Entry], Entry] | None:
    """Return the function that redacts an entry; None where no input is personal.

    Beside the values it takes away the kept bodies of refused requests, and the names of columns that the
    contract does not know: either may hold anything.

    Args:
        header: It names the inputs, and which are personal.
        key: Of the hashes.

    Raises:
        ServeError: If a column is hashed and there is no key.

    Example:
        >>> header = Header(release="r", strings=("name",), redacted=(Redacted("name", "drop", "text"),))
        >>> redaction(header, b"")(Entry(0, "v1", 200, strings=[["Ada"]])).strings == [[MISSING]]
        True
    """
    if not header.redacted:
        return None
    secret = [column.column for column in header.redacted if column.kind == "hash"]
    if secret and not key:
        raise ServeError(
            "personal columns are hashed in the ledger, and there is no key",
            where=", ".join(secret),
            next_step=f"`openssl rand -hex 32` makes one; name its file in [ledger], or set {KEY_VARIABLE}",
        )
    what = {column.column: stored(column, key) for column in header.redacted}
    places = _Places(
        tuple((place, what[name]) for place, name in enumerate(header.numbers) if name in what),
        tuple((place, what[name]) for place, name in enumerate(header.strings) if name in what),
    )

    def redact(entry: Entry) -> Entry:
        return msgspec.structs.replace(
            entry,
            numbers=_rows(entry.numbers, places.numbers),
            strings=_rows(entry.strings, places.strings),
            flags=[[_unnamed(flag) for flag in row] for row in entry.flags],
            body=b"",
        )

    return redact


def check_key(header: Header, key: bytes) -> None:
    """Refuse a key that is not the one of a ledger's hashes.

    Raises:
        InputError: If there is none, or its fingerprint is another.
    """
    if fingerprint(key) != header.key:
        raise InputError(
            "this is not the key that the ledger's hashes were made with",
            got=f"fingerprint {fingerprint(key) or 'of none'}; the ledger's is {header.key}",
            next_step=f"give the service's key by --key-file or {KEY_VARIABLE}",
        )


def _rows(rows: list[list[Any]], places: Sequence[tuple[int, Callable[[Any], Any]]]) -> list[list[Any]]:
    """Redact copies: the service still works with the rows."""
    if not places or not rows:
        return rows
    copies = [row.copy() for row in rows]
    for row in copies:
        for place, function in places:
            row[place] = function(row[place])
    return copies


def _unnamed(flag: tuple[str, str, str]) -> tuple[str, str, str]:
    return (UNKNOWN, flag[1], flag[2]) if flag[1] == "unknown" else flag
