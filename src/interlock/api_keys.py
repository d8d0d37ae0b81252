"""The API keys of a project: made, listed, rotated and revoked in the file that `[serve] keys` names."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from interlock.config import FILE, write_setting
from interlock.errors import InputError
from interlock.project import Project
from interlock.serve import keys
from interlock.serve.access import Scope

__all__ = ["create", "listing", "revoke", "rotate", "seconds"]

_FILE = "keys.json"
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0, "y": 31_557_600.0}


def create(
    where: Project | Path, name: str, *, scopes: Sequence[str], expires: str | None = None
) -> tuple[Path, keys.Made]:
    """Make a key; the first time, make the file and name it in `interlock.toml`.

    Args:
        where: The project, or the file of the keys.
        name: Whose key.
        scopes: What it is good for.
        expires: How long it is valid, such as `90d`; for ever where None.

    Returns:
        The file, and the key.

    Raises:
        InputError: If the name, a scope or the time cannot be.
    """
    path = _path(where)
    made = keys.create(
        name, cast("Sequence[Scope]", scopes), seconds=None if expires is None else seconds(expires)
    )
    keys.write(path, [*_read(path), made.key])
    if isinstance(where, Project) and not where.config.serve.keys:
        write_setting(where.root / FILE, "serve", "keys", _FILE)
    return path, made


def rotate(where: Project | Path, name: str, *, overlap: str) -> tuple[Path, keys.Made]:
    """Make another key like the newest of a name; the former are valid for `overlap` longer.

    Raises:
        InputError: If nobody of this name has a valid key.
    """
    path = _path(where)
    all_keys, made = keys.rotate(_read(path), name, overlap=seconds(overlap))
    keys.write(path, all_keys)
    return path, made


def revoke(where: Project | Path, name: str) -> str:
    """End the keys of a name, or the one with an id; return their ids.

    Raises:
        InputError: If there is none.
    """
    path = _path(where)
    before = _read(path)
    left = keys.revoke(before, name)
    keys.write(path, left)
    return ", ".join(f"{key.id} ({key.name})" for key in before if key not in left)


def listing(where: Project | Path) -> str:
    """Return the keys as a table for people."""
    now, found = time.time(), _read(_path(where))
    if not found:
        return "no keys; `interlock keys create NAME` makes one"
    width = max(len(key.name) for key in found)
    lines = [
        f"{key.id}  {key.name:{width}}  {' '.join(key.scopes):22}  made {_day(key.created)}  {_end(key, now)}"
        for key in sorted(found, key=lambda key: (key.name, key.created))
    ]
    return "\n".join(lines)


def seconds(text: str) -> float:
    """Return a time such as `90d` in seconds.

    Raises:
        InputError: If it is none.

    Example:
        >>> seconds("12h")
        43200.0
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhdwy])", text.strip())
    if found is None:
        raise InputError("this is no time", got=repr(text), next_step="such as 12h, 90d or 1y")
    return float(found[1]) * _UNITS[found[2]]


def _path(where: Project | Path) -> Path:
    return where.root / (where.config.serve.keys or _FILE) if isinstance(where, Project) else where


def _read(path: Path) -> tuple[keys.Key, ...]:
    return keys.read(path) if path.exists() else ()


def _end(key: keys.Key, now: float) -> str:
    if key.expires is None:
        return "never ends"
    return f"{'ends' if key.is_valid(now) else 'ENDED'} {_day(key.expires)}"


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")
