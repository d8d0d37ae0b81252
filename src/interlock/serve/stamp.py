"""What changes when a file is written or replaced, so that nobody has to read it to know."""

from __future__ import annotations

from pathlib import Path

__all__ = ["Stamp", "stamp"]

#: Of each file: when it was written, which one it is, how large.
Stamp = tuple[tuple[int, int, int], ...]


def stamp(*paths: str) -> Stamp | None:
    """Return what is another value once one of the files was written or replaced.

    Args:
        paths: The files; an empty path is left out.

    Returns:
        The stamp; None where a file is not there.

    Example:
        >>> stamp("/nowhere/keys.json"), stamp("")
        (None, ())
    """
    try:
        found = [Path(path).stat() for path in paths if path]
    except OSError:
        return None
    return tuple((each.st_mtime_ns, each.st_ino, each.st_size) for each in found)
