"""What changes when a file is written or replaced, so that nobody has to read it to know."""

from __future__ import annotations

from pathlib import Path

__all__ = ["stamp"]


def stamp(*paths: str) -> tuple[tuple[int, int, int], ...] | None:
    """Return what is another value once one of the files was written or replaced.

    Args:
        paths: The files; an empty path is left out.

    Returns:
        Of each file when it was written, which one it is, how large; None where one is not there.

    Example:
        >>> stamp("/nowhere/keys.json"), stamp("")
        (None, ())
    """
    try:
        found = [Path(path).stat() for path in paths if path]
    except OSError:
        return None
    return tuple((each.st_mtime_ns, each.st_ino, each.st_size) for each in found)
