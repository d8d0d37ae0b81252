"""Files: one, a list or a glob of them, here or far away, found and compared before any is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow.fs as pa_fs

from interlock.address import masked, scheme
from interlock.errors import InputError
from interlock.table.matching import fixed_part, is_glob, listed, matching
from interlock.table.retry import AWAY, CLOSED, NO_BUCKET, retried
from interlock.table.systems import LOCAL, locate

__all__ = ["FORMATS", "File", "Files", "expand", "file_format", "name_of", "refused", "same_columns", "seen"]

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

_LISTED_AT_ONCE = 8


@dataclass(frozen=True)
class File:
    """One file as it was when it was found; another process can open it, too.

    Args:
        path: In its file system, for objects with the bucket in front.
        size: Bytes.
        version: What changes when the file does: an object's entity tag, else the time of change.
        system: A `pyarrow.fs.FileSystem`.
        address: As people know it, without secrets.
    """

    path: str
    size: int = 0
    version: str = ""
    system: Any = field(default_factory=lambda: LOCAL, repr=False, compare=False)
    address: str = ""

    def __str__(self) -> str:
        return self.address or self.path

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.path).name

    @property
    def is_packed(self) -> bool:
        """Whether it is to be decompressed."""
        return self.path.lower().endswith(".gz")

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine."""
        return isinstance(self.system, pa_fs.LocalFileSystem)


Files = tuple[File, ...]


def name_of(files: Files) -> str:
    """Return what people call the table of some files: the first one, and how many more there are."""
    return files[0].name if len(files) == 1 else f"{files[0].name} and {len(files) - 1} more"


def expand(source: str | Path | Sequence[str | Path]) -> Files:
    """Return the files that a path, an address, a glob or a list of them names, sorted within each glob.

    Raises:
        InputError: If a file does not exist or is a folder, a glob matches nothing, or what holds them cannot
            be reached.

    Example:
        >>> expand([])
        Traceback (most recent call last):
        interlock.errors.InputError: there is no file to read
          next: name at least one
    """
    sources = [source] if isinstance(source, str | Path) else list(source)
    files = tuple(file for each in sources for file in _expand_one(str(each)))
    if not files:
        raise InputError("there is no file to read", next_step="name at least one")
    return files


def file_format(files: Files) -> str:
    """Return the format that all the files share: `delimited`, `json`, `parquet` or `arrow`.

    Raises:
        InputError: If an extension is unknown, or the files differ in format.

    Example:
        >>> file_format((File("a.csv.gz"), File("b.tsv")))
        'delimited'
    """
    formats = {_format(file): file for file in files}
    if len(formats) > 1:
        raise InputError(
            "the files differ in format",
            where=", ".join(file.name for file in formats.values()),
            next_step='unite them: open_table({"a": ..., "b": ...}, sql="select ... union all ...")',
        )
    return next(iter(formats))


def same_columns(files: Files, columns: Sequence[dict[str, str]]) -> None:
    """Refuse files whose columns differ.

    Args:
        files: The files.
        columns: For each file its columns: name to what is to be compared, such as the type.

    Raises:
        InputError: Naming the first file that differs, and in what.
    """
    for file, found in zip(files[1:], columns[1:], strict=True):
        if found != columns[0]:
            raise InputError(
                f"the files differ in their columns: {_difference(columns[0], found)}",
                where=f"{file} against {files[0]}",
                next_step="open the files that agree, or unite them with sql=...",
            )


def seen(system: Any, path: str) -> tuple[int, str]:
    """Return the size of a file, and what changes when it does, as they are now.

    Raises:
        OSError: If it is not there, or cannot be reached.
    """
    info = system.get_file_info(path)
    if info.type != pa_fs.FileType.File:
        raise FileNotFoundError(2, "No such file", path)
    if isinstance(system, _TELL_TAGS):
        with system.open_input_file(path) as handle:
            return handle.size(), handle.metadata()["ETag"].decode()
    return info.size, str(info.mtime_ns)


#: Systems whose time of change is in whole seconds; Google's is in microseconds.
_TELL_TAGS = tuple(
    getattr(pa_fs, name) for name in ("S3FileSystem", "AzureFileSystem") if hasattr(pa_fs, name)
)


def refused(error: BaseException, where: object) -> InputError:
    """Return what a file system says when it does not give a file, in words that help."""
    text = " ".join(str(error).split())
    what, step = next(
        ((what, step) for sign, what, step in _REFUSALS if sign.search(text)),
        ("the file cannot be read", "check the path, its permissions, and that it is complete"),
    )
    return InputError(what, where=where, got=getattr(error, "strerror", None) or text, next_step=step)


_REFUSALS = (
    (
        NO_BUCKET,
        "there is no such bucket",
        "check the bucket's name, and the endpoint in the environment",
    ),
    (
        CLOSED,
        "the credentials do not open this",
        "check the credentials in the environment; docs/table.md says which variables are read",
    ),
    (
        AWAY,
        "the server cannot be reached",
        "check the network and the endpoint in the environment, then try again",
    ),
)


def _expand_one(source: str) -> Iterator[File]:
    system, path = locate(source)
    prefix = "" if system is LOCAL else source[: len(scheme(source))] + "://"
    if system is LOCAL:
        path = str(Path(path).expanduser())
    where = masked(prefix + path)
    kind = _info(system, path, where).type
    if kind == pa_fs.FileType.File:
        yield _found(system, prefix, path)
    elif is_glob(path):
        names = _matches(system, path, where)
        with ThreadPoolExecutor(_LISTED_AT_ONCE) as threads:
            yield from threads.map(partial(_found, system, prefix), names)
    elif kind == pa_fs.FileType.Directory:
        raise InputError(
            "this is a folder, not a file", where=where, next_step=f'name its files: "{where}/*.parquet"'
        )
    else:
        raise _no_bucket(system, path, where) or InputError(
            "there is no such file", where=where, next_step=_nearby(system, path, prefix)
        )


def _found(system: Any, prefix: str, path: str) -> File:
    where = masked(prefix + path)
    try:
        size, version = retried(lambda: seen(system, path))
    except OSError as error:
        raise refused(error, where) from error
    return File(path, size, version, system, where if prefix else "")


def _info(system: Any, path: str, where: str) -> Any:
    try:
        return retried(lambda: system.get_file_info(path))
    except OSError as error:
        raise refused(error, where) from error


def _matches(system: Any, pattern: str, where: str) -> list[str]:
    base = fixed_part(pattern)
    try:
        found = matching(system, pattern)
    except OSError as error:
        raise refused(error, where) from error
    if not found:
        step = f"list {base or '.'} to see its names"
        raise _no_bucket(system, pattern, where) or InputError("no file matches", where=where, next_step=step)
    return found


def _no_bucket(system: Any, path: str, where: str) -> InputError | None:
    if system is LOCAL or _info(system, path.partition("/")[0], where).type != pa_fs.FileType.NotFound:
        return None
    return refused(FileNotFoundError(2, "NO_SUCH_BUCKET"), where)


def _nearby(system: Any, path: str, prefix: str) -> str:
    folder = path.rpartition("/")[0]
    try:
        names = [info.base_name for info in listed(system, folder)] if folder or system is LOCAL else []
    except FileNotFoundError:
        names = []
    except OSError as error:
        raise refused(error, prefix + path) from error
    close = get_close_matches(PurePosixPath(path).name, names, n=3)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"list {prefix}{_existing(folder) if system is LOCAL else folder} to see its names"


def _existing(folder: str) -> str:
    return str(next(each for each in (Path(folder), *Path(folder).parents, Path()) if each.is_dir()))


def _format(file: File) -> str:
    suffixes = [suffix.lower() for suffix in PurePosixPath(file.path).suffixes]
    packed = bool(suffixes) and suffixes[-1] == ".gz"
    kind = FORMATS.get((suffixes[:-1] if packed else suffixes or [""])[-1] if suffixes != [".gz"] else "")
    if kind is None or (packed and kind in ("parquet", "arrow")):
        raise InputError(
            "the file's extension is not one that can be read",
            where=file,
            next_step=f"name it by what it is: {', '.join(FORMATS)}; text also with .gz",
        )
    return kind


def _difference(first: dict[str, str], other: dict[str, str]) -> str:
    lost = [repr(name) for name in first if name not in other]
    added = [repr(name) for name in other if name not in first]
    changed = [f"{n!r} is {other[n]}, not {first[n]}" for n in first if n in other and first[n] != other[n]]
    told = (("lacks", lost), ("adds", added), ("", changed))
    return "; ".join(f"{verb} {', '.join(names[:5])}".strip() for verb, names in told if names)
