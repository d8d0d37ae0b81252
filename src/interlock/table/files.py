"""Paths: one, a list or a glob, found, checked, opened and digested."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from interlock.errors import InputError

__all__ = [
    "FORMATS",
    "Paths",
    "digest_files",
    "expand",
    "file_format",
    "open_stream",
    "reading",
    "same_columns",
]

Paths = tuple[Path, ...]

#: What a file is, by the end of its name; text formats may be compressed (`.csv.gz`).
FORMATS = {
    ".csv": "delimited",
    ".tsv": "delimited",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".feather": "arrow",
    ".arrow": "arrow",
    ".ipc": "arrow",
}


def expand(source: str | Path | Sequence[str | Path]) -> Paths:
    """Return the files that a path, a glob or a list of them names, sorted within each glob.

    Raises:
        InputError: If a file does not exist, is a folder, or a glob matches nothing.

    Example:
        >>> expand([])
        Traceback (most recent call last):
        interlock.errors.InputError: there is no file to read
          next: name at least one
    """
    sources = [source] if isinstance(source, str | Path) else list(source)
    paths = tuple(path for each in sources for path in _expand_one(str(each)))
    if not paths:
        raise InputError("there is no file to read", next_step="name at least one")
    return paths


def file_format(paths: Paths) -> str:
    """Return the format that all the files share: `delimited`, `json`, `parquet` or `arrow`.

    Raises:
        InputError: If an extension is unknown, or the files differ in format.

    Example:
        >>> file_format((Path("a.csv.gz"), Path("b.tsv")))
        'delimited'
    """
    formats = {_format(path): path for path in paths}
    if len(formats) > 1:
        raise InputError(
            "the files differ in format",
            where=", ".join(path.name for path in formats.values()),
            next_step='unite them: open_table({"a": ..., "b": ...}, sql="select ... union all ...")',
        )
    return next(iter(formats))


def open_stream(path: Path) -> Any:
    """Return a binary Arrow stream of the file's content, decompressed if its name ends in `.gz`."""
    with reading(path):
        return pa.input_stream(str(path), compression="gzip" if path.suffix == ".gz" else None)


def digest_files(paths: Paths) -> str:
    """Return `sha256:` and the digest of the files' bytes, in order.

    Example:
        >>> digest_files(())
        'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    """
    total = hashlib.sha256()
    for path in paths:
        with reading(path), path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return f"sha256:{total.hexdigest()}"


def same_columns(paths: Paths, columns: Sequence[dict[str, str]]) -> None:
    """Refuse files whose columns differ.

    Args:
        paths: The files.
        columns: For each file its columns: name to what is to be compared, such as the type.

    Raises:
        InputError: Naming the first file that differs, and in what.
    """
    for path, found in zip(paths[1:], columns[1:], strict=True):
        if found != columns[0]:
            raise InputError(
                f"the files differ in their columns: {_difference(columns[0], found)}",
                where=f"{path} against {paths[0]}",
                next_step="open the files that agree, or unite them with sql=...",
            )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the system says about a file that cannot be read into an `InputError`."""
    try:
        yield
    except (OSError, EOFError) as error:
        raise InputError(
            "the file cannot be read",
            where=path,
            got=getattr(error, "strerror", None) or error,
            next_step="check the path, its permissions, and that it is complete",
        ) from error


def _expand_one(source: str) -> Iterator[Path]:
    path = Path(source).expanduser()
    if path.is_file():
        yield path
    elif path.is_dir():
        raise InputError(
            "this is a folder, not a file", where=path, next_step=f'name its files: "{path}/*.parquet"'
        )
    elif glob.has_magic(source):
        yield from _matches(path)
    else:
        raise InputError("there is no such file", where=path, next_step=_nearby(path))


def _matches(pattern: Path) -> list[Path]:
    # Path.glob refuses absolute patterns.
    names = sorted(glob.glob(str(pattern), recursive=True))  # noqa: PTH207
    found = [Path(name) for name in names if Path(name).is_file()]
    if not found:
        raise InputError(
            "no file matches", where=pattern, next_step=f"list {_existing(pattern)} to see its names"
        )
    return found


def _existing(path: Path) -> Path:
    return next(parent for parent in (*path.parents, Path()) if parent.is_dir())


def _nearby(path: Path) -> str:
    from difflib import get_close_matches

    names = [each.name for each in _existing(path).iterdir()] if path.parent.is_dir() else []
    close = get_close_matches(path.name, names, n=3)
    return f"did you mean {' or '.join(close)}?" if close else f"list {_existing(path)} to see its names"


def _format(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = bool(suffixes) and suffixes[-1] == ".gz"
    kind = FORMATS.get((suffixes[:-1] if packed else suffixes or [""])[-1] if suffixes != [".gz"] else "")
    if kind is None or (packed and kind in ("parquet", "arrow")):
        raise InputError(
            "the file's extension is not one that can be read",
            where=path,
            next_step=f"name it by what it is: {', '.join(FORMATS)}; text also with .gz",
        )
    return kind


def _difference(first: dict[str, str], other: dict[str, str]) -> str:
    lost = [repr(name) for name in first if name not in other]
    added = [repr(name) for name in other if name not in first]
    changed = [f"{n!r} is {other[n]}, not {first[n]}" for n in first if n in other and first[n] != other[n]]
    told = (("lacks", lost), ("adds", added), ("", changed))
    return "; ".join(f"{verb} {', '.join(names[:5])}".strip() for verb, names in told if names)
