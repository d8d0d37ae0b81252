"""The files of a project's table: which they are, and whether exploring read the same, told cheaply."""

from __future__ import annotations

import functools
import glob
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from interlock.address import OBJECTS, database_file, rooted, scheme

__all__ = ["Seen", "Version", "as_seen", "files_of", "look", "objects_of"]

#: Name, size in bytes, and time of the last change in nanoseconds: any change to a file shows in them.
Version = tuple[str, int, int]


class Seen(msgspec.Struct, frozen=True):
    """A file as it was when exploring read it.

    Args:
        size: Bytes.
        modified: Nanoseconds since 1970.
        content: The digest of what stood in it.
    """

    size: int
    modified: int
    content: str


def files_of(addresses: Sequence[str], root: Path) -> dict[str, Path]:
    """Return a table's files on this machine by name: from the project's folder, or as they are written.

    Args:
        addresses: All that the table's sources name.
        root: The project's folder.
    """
    paths = [
        database_file(each) or each for each in addresses if scheme(each) in ("", "file", "sqlite", "duckdb")
    ]
    return {_name(path, pattern, root): Path(path) for pattern in paths for path in _found(pattern, root)}


def objects_of(addresses: Sequence[str]) -> list[tuple[str, int, str]]:
    """Return address, size and version of each of a table's objects in buckets.

    Args:
        addresses: All that the table's sources name.
    """
    objects = [each for each in addresses if scheme(each) in OBJECTS]
    if not objects:
        return []
    from interlock.table.files import expand

    return [(str(file), file.size, file.version) for file in expand(objects)]


def as_seen(files: Mapping[str, Path], seen: Mapping[str, Seen]) -> list[Version]:
    """Return the version of each file; a copy of what was seen has the time of what was seen.

    What stands in a file is read only where its size is the same and its time another one.

    Args:
        files: The files by the name they are known under.
        seen: Those that exploring read, by the same names.
    """
    return sorted(_version(name, path, seen.get(name)) for name, path in files.items())


def look(files: Mapping[str, Path], seen: Mapping[str, Seen]) -> dict[str, Seen]:
    """Remember what stands in each file; this reads all of them.

    Args:
        files: The files by the name they are known under.
        seen: What was remembered before; a copy keeps its time.
    """
    return {
        name: Seen(size, time, _content_now(files[name]))
        for name, size, time in as_seen(files, seen)
        if files[name].is_file()
    }


def _name(path: str, pattern: str, root: Path) -> str:
    return path if Path(pattern.removeprefix("file://")).is_absolute() else os.path.relpath(path, root)


def _found(pattern: str, root: Path) -> list[str]:
    path = rooted(pattern.removeprefix("file://"), root)
    return [path] if Path(path).is_file() else glob.glob(path, recursive=True)  # noqa: PTH207 - absolute patterns too


def _version(name: str, path: Path, known: Seen | None) -> Version:
    stat = path.stat()
    touched = known is not None and known.size == stat.st_size and known.modified != stat.st_mtime_ns
    if known is not None and touched and _content_now(path) == known.content:
        return name, stat.st_size, known.modified
    return name, stat.st_size, stat.st_mtime_ns


def _content_now(path: Path) -> str:
    stat = path.stat()
    return _content(path, stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=10_000)
def _content(path: Path, size: int, modified: int) -> str:  # noqa: ARG001 - another size or time is another file
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
