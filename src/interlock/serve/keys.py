"""API keys: 256 random bits, shown once; a file keeps their SHA-256, scopes and expiry.

A slow hash is for secrets that people choose. What is 256 random bits cannot be guessed, so one SHA-256 is
enough, and a request can afford it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from interlock.atomic import write_atomically
from interlock.errors import InputError, ServeError
from interlock.serve.access import SCOPES, Scope

__all__ = ["PREFIX", "Key", "Made", "create", "find", "read", "revoke", "rotate", "write"]

#: What every key begins with, so that a scanner for leaked secrets knows one.
PREFIX = "interlock_"
_BYTES = 32
_LARGEST = 1 << 20
_NAME = re.compile(r"\w[\w .@+-]{0,99}")


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One key, without its secret.

    Args:
        name: Whose it is.
        sha256: Of the key as it is sent, 64 hexadecimal digits; its first eight are the key's id.
        scopes: What it is good for.
        created: Unix time, seconds.
        expires: Unix time, seconds; None for never.
    """

    name: str
    sha256: str
    scopes: tuple[Scope, ...]
    created: float
    expires: float | None = None

    @property
    def id(self) -> str:
        """What people call it: the beginning of its SHA-256, which tells nothing of the key."""
        return self.sha256[:8]

    def is_valid(self, now: float) -> bool:
        """Whether it has not expired at a Unix time."""
        return self.expires is None or now < self.expires


class Made(NamedTuple):
    """A key that was just made.

    Args:
        secret: What its holder sends; nobody can show it again.
        key: What is kept of it.
    """

    secret: str
    key: Key


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: tuple[Key, ...] = ()
    format: int = 1


def create(name: str, scopes: Sequence[Scope], *, seconds: float | None = None, now: float = 0.0) -> Made:
    """Make a key.

    Args:
        name: Whose it is: letters, digits, blanks and `. @ + - _`.
        scopes: What it is good for, at least one.
        seconds: How long it is valid; None for ever.
        now: Unix time; by default the clock's.

    Raises:
        InputError: If the name or a scope cannot be.

    Example:
        >>> made = create("billing", ["predict"], seconds=3600)
        >>> find([made.key], made.secret.encode()) is made.key
        True
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            "the name of a key is made of letters, digits and . @ + - _",
            got=repr(name),
            next_step="such as billing or ada@shop",
        )
    if unknown := sorted(set(scopes) - set(SCOPES)) or not scopes:
        raise InputError(
            "a key has scopes", got=unknown if scopes else "none", next_step=f"known: {', '.join(SCOPES)}"
        )
    if seconds is not None and not 0 < seconds < 1e10:
        raise InputError("a key expires some time from now", got=seconds, next_step="such as 90d")
    begun = now or time.time()
    secret = PREFIX + secrets.token_urlsafe(_BYTES)
    expires = None if seconds is None else begun + seconds
    ordered = tuple(scope for scope in SCOPES if scope in scopes)
    return Made(secret, Key(name, _digest(secret.encode()), ordered, begun, expires))


def find(keys: Sequence[Key], secret: bytes) -> Key | None:
    """Return the key of a secret, expired or not; None where there is none.

    Digests are compared, and all of them to their end, so time tells neither how much of a guess was right
    nor which key it was.

    Args:
        keys: All there are.
        secret: As it was sent.
    """
    digest, found = _digest(secret), None
    for key in keys:
        if hmac.compare_digest(key.sha256, digest):
            found = key
    return found


def rotate(
    keys: Sequence[Key], name: str, *, overlap: float, now: float = 0.0
) -> tuple[tuple[Key, ...], Made]:
    """Make another key like the newest of a name; the former are valid for a while longer.

    Args:
        keys: All there are.
        name: Whose key.
        overlap: How long both are valid, seconds.
        now: Unix time; by default the clock's.

    Returns:
        All keys with the new one, and the new one.

    Raises:
        InputError: If nobody of this name has a valid key.
    """
    begun = now or time.time()
    mine = [key for key in keys if key.name == name and key.is_valid(begun)]
    if not mine:
        raise _unknown(name, keys)
    last = max(mine, key=lambda key: key.created)
    lasts = None if last.expires is None else last.expires - last.created
    made = create(name, last.scopes, seconds=lasts, now=begun)
    ends = begun + overlap
    older = [
        msgspec.structs.replace(key, expires=min(ends, key.expires or ends)) if key in mine else key
        for key in keys
    ]
    return (*older, made.key), made


def revoke(keys: Sequence[Key], name: str) -> tuple[Key, ...]:
    """Return the keys without those of a name, or without the one of an id.

    Raises:
        InputError: If there is none.
    """
    left = tuple(key for key in keys if name not in (key.name, key.id))
    if len(left) == len(keys):
        raise _unknown(name, keys)
    return left


def read(path: str | Path) -> tuple[Key, ...]:
    """Read the file of the keys.

    Raises:
        ServeError: If it cannot be read, is not of this form, or others than its owner may write it.
    """
    try:
        with Path(path).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_LARGEST + 1)
        if mode & stat.S_IWOTH:
            raise _broken(path, "anybody on this machine may write it", "chmod 600")
        kept = msgspec.json.decode(data, type=_File)
        if any(not re.fullmatch("[0-9a-f]{64}", key.sha256) for key in kept.keys) or kept.format != 1:
            raise _broken(path, "a digest that is none", "make the keys with `interlock keys`")
    except OSError as error:
        raise _broken(path, error.strerror, "make one with `interlock keys create`") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _broken(path, error, "make the keys with `interlock keys`") from error
    return kept.keys


def write(path: str | Path, keys: Sequence[Key]) -> None:
    """Write the file of the keys, readable by its owner alone, whole or not at all.

    Raises:
        InputError: If the disk refuses.
    """
    before = os.umask(0o077)
    try:
        write_atomically(path, msgspec.json.format(msgspec.json.encode(_File(tuple(keys))), indent=2) + b"\n")
    finally:
        os.umask(before)


def _digest(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()


def _unknown(name: str, keys: Sequence[Key]) -> InputError:
    known = ", ".join(sorted({key.name for key in keys})) or "no key at all"
    return InputError("there is no such key", got=repr(name), next_step=f"known: {known}")


def _broken(path: str | Path, got: object, step: str) -> ServeError:
    return ServeError("the file of the API keys cannot be used", where=path, got=got, next_step=step)
