"""Globs in any file system: `*`, `?` and `[...]` within a name, `**` across folders.

A name with a dot in front is hidden from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pyarrow.fs as pa_fs

from interlock.table.retry import retried

__all__ = ["fixed_part", "is_glob", "listed", "matching"]

_MAGIC = "*?["


def is_glob(path: str) -> bool:
    """Tell whether a path holds a sign that stands for others.

    Example:
        >>> is_glob("a/*.csv"), is_glob("a/b.csv")
        (True, False)
    """
    return any(sign in path for sign in _MAGIC)


def fixed_part(pattern: str) -> str:
    """Return the folders of a glob before its first sign.

    Example:
        >>> fixed_part("bucket/year=*/a.csv")
        'bucket'
    """
    parts = pattern.split("/")
    return "/".join(parts[: next(index for index, part in enumerate(parts) if is_glob(part))])


def matching(system: Any, pattern: str) -> list[str]:
    """Return the files that a glob names, sorted.

    Args:
        system: A `pyarrow.fs.FileSystem`.
        pattern: A path in it with signs.

    Raises:
        OSError: If the file system cannot be reached, or refuses.
    """
    base = fixed_part(pattern)
    parts = tuple(pattern[len(base) :].lstrip("/").split("/"))
    if isinstance(system, pa_fs.LocalFileSystem):
        root = "/" if pattern.startswith("/") and not base else base
        return sorted(set(_below(system, root, parts)))
    # Objects have no folders, only names with strokes; one listing gives them all.
    found = listed(system, base, recursive=len(parts) > 1 or "**" in parts)
    names = [info.path for info in found if info.type == pa_fs.FileType.File]
    return sorted(name for name in names if _fits(tuple(name[len(base) :].lstrip("/").split("/")), parts))


def listed(system: Any, folder: str, *, recursive: bool = False) -> list[Any]:
    """Return what is in a folder, nothing where there is none.

    Raises:
        OSError: If the file system cannot be reached, or refuses.
    """
    selector = pa_fs.FileSelector(folder or ".", allow_not_found=True, recursive=recursive)
    found: list[Any] = retried(lambda: system.get_file_info(selector))
    return [info for info in found if info.base_name]


def _below(system: Any, folder: str, pattern: tuple[str, ...]) -> Iterator[str]:
    """Yield the files below a folder that match, level by level: what cannot match is not listed."""
    first, rest = pattern[0], pattern[1:]
    if first == "**":
        yield from _below(system, folder, rest or ("*",))
    for info in listed(system, folder):
        is_folder = info.type == pa_fs.FileType.Directory
        path = f"{folder.rstrip('/')}/{info.base_name}" if folder else info.base_name
        if first == "**":
            if is_folder and not info.base_name.startswith("."):
                yield from _below(system, path, pattern)
        elif _is_named(info.base_name, first):
            if rest and is_folder:
                yield from _below(system, path, rest)
            elif not rest and not is_folder:
                yield path


def _fits(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if not parts or not pattern:
        return not parts and not pattern
    if pattern[0] == "**":
        deeper = not parts[0].startswith(".") and _fits(parts[1:], pattern)
        return deeper or _fits(parts, pattern[1:] or ("*",))
    return _is_named(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])


def _is_named(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and (not name.startswith(".") or pattern.startswith("."))
