"""The files of a project's table: whether they are those that exploring read, told cheaply."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

__all__ = ["Seen", "Version", "as_seen", "look"]

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
