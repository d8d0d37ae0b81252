"""Deployment files on disk: what people edited is never overwritten, all else follows the release."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from interlock.atomic import write_atomically
from interlock.errors import InputError
from interlock.release.manifest import sha256

__all__ = ["SUMS", "Written", "write"]

#: What was written, in the form that `sha256sum --check` reads: that is how an edited file is known.
SUMS = "SHA256SUMS"


class Written(NamedTuple):
    """What became of the files; paths from the folder.

    Args:
        folder: Where.
        written: New, or changed and not edited before.
        unchanged: They were there like this.
        kept: Edited by people and left alone; what would have been written stands beside, with `.new`.
        removed: Written by an earlier run, not edited, and no longer needed.
    """

    folder: Path
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]


def write(folder: str | Path, files: Mapping[str, str | bytes]) -> Written:
    """Write files into a folder of their own.

    Args:
        folder: Made if absent.
        files: Content by path from the folder.

    Returns:
        What became of each.

    Raises:
        InputError: if the disk refuses; each file is then whole, as before or as now.

    Example:
        >>> import tempfile
        >>> place = Path(tempfile.mkdtemp())
        >>> write(place, {"a.txt": "one"}).written
        ('a.txt',)
        >>> _ = (place / "a.txt").write_text("edited")
        >>> write(place, {"a.txt": "two"}).kept, (place / "a.txt").read_text()
        (('a.txt',), 'edited')
    """
    root = Path(folder)
    before = _recorded(root)
    wanted = {path: _bytes(content) for path, content in sorted(files.items())}
    fates = {path: _fate(root / path, data, before.get(path)) for path, data in wanted.items()}
    for path, fate in fates.items():
        if fate == "written":
            _make(root / path, wanted[path])
        elif fate == "kept":
            write_atomically(root / f"{path}.new", wanted[path])
        if fate != "kept":
            _unlink(root / f"{path}.new")
    removed = _remove(root, {path: sum_ for path, sum_ in before.items() if path not in wanted})
    lines = [f"{sha256(data)}  {path}\n" for path, data in wanted.items()]
    write_atomically(root / SUMS, "".join(lines))
    groups = {
        fate: tuple(p for p, f in fates.items() if f == fate) for fate in ("written", "unchanged", "kept")
    }
    return Written(root, **groups, removed=removed)


def _make(path: Path, data: bytes) -> None:
    """Write a file; a script can be run."""
    write_atomically(path, data)
    if data.startswith(b"#!"):
        path.chmod(path.stat().st_mode | 0o111)


def _fate(path: Path, data: bytes, before: str | None) -> str:
    there = _read(path)
    if there is None:
        return "written"
    if there == data:
        return "unchanged"
    return "written" if sha256(there) == before else "kept"


def _remove(root: Path, gone: Mapping[str, str]) -> tuple[str, ...]:
    """Remove what an earlier run wrote, and folders that are empty without it."""
    removed = []
    for path, digest in gone.items():
        there = _read(root / path)
        if there is not None and sha256(there) == digest:
            _unlink(root / path)
            removed.append(path)
            folder = (root / path).parent
            while folder != root and not any(folder.iterdir()):
                folder.rmdir()
                folder = folder.parent
    return tuple(removed)


def _recorded(root: Path) -> dict[str, str]:
    text = (_read(root / SUMS) or b"").decode(errors="replace")
    lines = [line.split("  ", 1) for line in text.splitlines() if "  " in line]
    return {path: digest for digest, path in lines if _inside(path)}


def _inside(path: str) -> bool:
    """Tell whether a line of the list names a file of the folder: nothing else is ever removed."""
    return not Path(path).is_absolute() and ".." not in Path(path).parts


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(
            "a file that is to be written cannot be read",
            where=path,
            got=error.strerror,
            next_step="give another folder with --into, or check its permissions",
        ) from error


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)


def _bytes(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
