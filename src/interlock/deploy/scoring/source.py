"""A source to score: what it holds, and the parts that it is scored in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.types as pt

from interlock.address import DATABASES, masked, scheme
from interlock.contract import Contract
from interlock.errors import InputError
from interlock.table import Table, open_table
from interlock.table.delimited import scan_delimited
from interlock.table.files import File, Files, expand, file_format, name_of
from interlock.table.jsonlines import line_blocks
from interlock.table.reading import digest_files

__all__ = ["Lines", "Source", "Stretch", "Task", "open_source"]

_STRING = pa.string()


class Stretch(NamedTuple):
    """One part: a stretch of the rows of its task.

    Args:
        number: Its place among all parts.
        start: Its first row within the task.
        stop: The row after its last one.
        first: Its first row within the source.
    """

    number: int
    start: int
    stop: int
    first: int

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.stop - self.start


class Lines(NamedTuple):
    """Whole lines of a file of JSON objects.

    Args:
        file: The file.
        start: Their first byte.
        end: The byte after their last one; None to the end of a file that is decompressed.
        row: How many rows of the file stand before them.
    """

    file: File
    start: int
    end: int | None
    row: int


class Task(NamedTuple):
    """What one worker reads in one go: sources one after the other, and the parts that they make.

    Args:
        sources: Tables, or lines of JSON.
        parts: In order.
    """

    sources: tuple[Table | Lines, ...]
    parts: tuple[Stretch, ...]

    def without(self, done: Mapping[int, object]) -> Task:
        """Return the task with the parts that are still to be done."""
        return self._replace(parts=tuple(part for part in self.parts if part.number not in done))


@dataclass(frozen=True)
class Source:
    """A source that was looked at.

    Args:
        name: What people call it.
        columns: Its columns; None for JSON lines, where each row has its own.
        kept: The Arrow schema of the columns to keep.
        digest: Of its content: of files' bytes, of objects' versions, or of a query's rows.
        rows: How many there are.
        tasks: Together all rows, in order.
        is_text: Whether it says nothing of types, as CSV does.
        is_here: Whether only this machine can read the rows.
    """

    name: str
    columns: tuple[str, ...] | None
    kept: Any
    digest: str
    rows: int
    tasks: tuple[Task, ...]
    is_text: bool = False
    is_here: bool = False

    @property
    def parts(self) -> tuple[Stretch, ...]:
        """All parts, in order."""
        return tuple(part for task in self.tasks for part in task.parts)


def open_source(
    source: Any,
    contract: Contract,
    *,
    keep: Sequence[str] = (),
    sql: str | None = None,
    encoding: str = "utf-8",
    rows: int = 1_000_000,
) -> Source:
    """Look at a source; text is read once, to count its rows and to find types of columns to keep.

    Args:
        source: As `interlock.table.open_table` takes it.
        contract: Says which columns of a CSV are text.
        keep: Columns to take along.
        sql: A query over the source, which is called `data`.
        encoding: Of CSV files.
        rows: How many rows a part has about.

    Raises:
        InputError: If the source cannot be read, lacks a column to keep, or has no rows.
    """
    is_path = isinstance(source, str | Path | list | tuple) and scheme(str(source)) not in DATABASES
    files = expand(source) if is_path else ()
    kind = file_format(files) if files and sql is None else ""
    if kind == "json":
        found = _of_lines(files, keep, rows)
    else:
        table = (
            _of_text(files, contract, encoding)
            if kind == "delimited"
            else open_table(source, sql=sql, encoding=encoding)
        )
        found = _of_table(table, files if kind else (), keep, rows, is_text=kind == "delimited")
    if not found.rows:
        step = "check the export or the query; nothing was written"
        raise InputError("the table has no rows", where=found.name, next_step=step)
    return found


def _of_text(files: Files, contract: Contract, encoding: str) -> Table:
    """Open CSV files; what the contract has as text is text, also where every value looks like a number."""
    scan = scan_delimited(files, encoding)
    texts = {column.name for column in contract.inputs if column.is_string}
    columns = {name: "string" if name in texts else text for name, text in scan.columns.items()}
    return Table(name_of(files), replace(scan, columns=columns))


def _of_table(table: Table, files: Files, keep: Sequence[str], rows: int, *, is_text: bool) -> Source:
    next(table.batches(list(keep), size=1), None)  # refuses unknown columns
    kept = pa.schema([(name, _plain(table.schema.field(name).type)) for name in keep])
    counted = [(part, part.count()) for part in table.parts()]
    digest = _digest(files) if files else table.fingerprint()
    tasks = tuple(_grouped(counted, rows))
    return Source(
        table.name, table.names, kept, digest, table.count(), tasks, is_text=is_text, is_here=not files
    )


def _plain(arrow: Any) -> Any:
    return arrow.value_type if pt.is_dictionary(arrow) else arrow


def _grouped(counted: Sequence[tuple[Table | Lines, int]], rows: int) -> Iterator[Task]:
    """Put small sources together and part large ones, so that every part has about `rows` rows."""
    number = first = held = 0
    waiting: list[Table | Lines] = []
    for place, (source, count) in enumerate(counted):
        waiting.append(source)
        held += count
        if held < rows and place + 1 < len(counted):
            continue
        pieces = max(1, round(held / rows))
        edges = [held * piece // pieces for piece in range(pieces + 1)]
        parts = tuple(
            Stretch(number + piece, edges[piece], edges[piece + 1], first + edges[piece])
            for piece in range(pieces)
        )
        if held:
            yield Task(tuple(waiting), parts)
            number += pieces
        first, held, waiting = first + held, 0, []


def _digest(files: Files) -> str:
    """Return the digest of files here by their bytes, of objects far away by size and version."""
    if all(file.is_local for file in files):
        return digest_files(files)
    told = [(file.size, file.version) for file in files]
    return f"sha256:{hashlib.sha256(msgspec.json.encode(told)).hexdigest()}"


def _of_lines(files: Files, keep: Sequence[str], rows: int) -> Source:
    kinds: dict[str, set[str]] = {name: set() for name in keep}
    counted: list[tuple[Table | Lines, int]] = []
    for file in files:
        start = done = count = row = 0
        for block in line_blocks(file):
            lines = [line for line in block.split(b"\n") if line.strip()]
            for line in lines if keep else ():
                _look(kinds, line, file)
            done, count = done + len(block), count + len(lines)
            if count >= rows and not file.is_packed:
                counted.append((Lines(file, start, done, row), count))
                start, row, count = done, row + count, 0
        counted.append((Lines(file, start, None if file.is_packed else file.size, row), count))
    for name in (name for name, found in kinds.items() if not found):
        raise InputError(
            f"no line has the key {name!r}", where=masked(str(files[0])), next_step="mend --keep"
        )
    kept = pa.schema([(name, _type(found)) for name, found in kinds.items()])
    total = sum(count for _, count in counted)
    return Source(name_of(files), None, kept, _digest(files), total, tuple(_grouped(counted, rows)))


def _look(kinds: dict[str, set[str]], line: bytes, file: File) -> None:
    try:
        row = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        step = "write one object a line"
        raise InputError("a line is not a JSON object", where=file, got=error, next_step=step) from error
    for name, found in kinds.items():
        if name in row:
            found.add(type(row[name]).__name__ if not _is_long(row[name]) else "long")


def _is_long(value: Any) -> bool:
    return type(value) is int and not -(2**63) <= value < 2**63


def _type(kinds: set[str]) -> Any:
    """Return the Arrow type of a key by the types of its values; what is mixed is told as JSON text."""
    present = kinds - {"NoneType"}
    if present == {"int"}:
        return pa.int64()
    if present and present <= {"int", "float"}:
        return pa.float64()
    return pa.bool_() if present == {"bool"} else _STRING
