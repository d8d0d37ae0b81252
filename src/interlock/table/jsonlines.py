"""JSON lines in two streaming passes: the first finds every column and its type, the second reads them so.

Numbers stay numbers and strings stay strings: "00501" and "30" are strings. Only a column whose every string
is an ISO 8601 time is read as timestamps. A key that a line lacks is null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.json as pa_json
import pyarrow.types as pt

from interlock.errors import InputError
from interlock.table.files import File, Files
from interlock.table.inference import Text, arrow_type, convert, narrow
from interlock.table.reading import digest_files, open_file, open_stream, reading
from interlock.table.scan import BLOCK_BYTES

__all__ = ["JsonScan", "line_blocks", "scan_json"]


#: Of text a part, about; a file that can be read from anywhere is several of them.
PART_BYTES = 32 << 20


class Lines(NamedTuple):
    """Whole lines of a file: JSON has no line break inside a line, so any of them may begin a part.

    Args:
        file: The file.
        start: Their first byte.
        end: The byte after their last one; None to the end of a file that is decompressed.
        rows: How many rows they are.
    """

    file: File
    start: int
    end: int | None
    rows: int


@dataclass(frozen=True)
class JsonScan:
    """JSON lines files, as a source of rows.

    Args:
        files: The files, in order.
        lines: Where in them the rows are, in order.
        stored: What each key holds in the files, an Arrow schema; times are strings in it.
        times: The keys whose strings are all times.
    """

    files: Files
    lines: tuple[Lines, ...]
    stored: Any
    times: frozenset[str]

    @property
    def schema(self) -> Any:
        """The Arrow schema found by the full scan."""
        return pa.schema([(field.name, self._type(field)) for field in self.stored])

    def _type(self, field: Any) -> Any:
        return arrow_type(self._text(field.name)) if pt.is_string(field.type) else field.type

    def _text(self, name: str) -> Text:
        return "timestamp" if name in self.times else "string"

    def batches(self, names: Sequence[str], size: int) -> Iterator[Any]:  # noqa: ARG002  blocks are bytes
        """Yield record batches of about 2 MiB of text."""
        stored = pa.schema([self.stored.field(name) for name in names])
        schema = pa.schema([self.schema.field(name) for name in names])
        for lines in self.lines:
            for block in line_blocks(lines.file, lines.start, lines.end):
                table = _parse(lines.file, block, stored)
                yield pa.record_batch([self._column(table, name) for name in names], schema=schema)

    def _column(self, table: Any, name: str) -> Any:
        array = table.column(name).combine_chunks()
        return convert(array, self._text(name)) if pt.is_string(array.type) else array

    def rows(self) -> int:
        """Return the number of rows, known from the first pass."""
        return sum(lines.rows for lines in self.lines)

    def digest(self) -> str:
        """Return the digest of the files' bytes."""
        return digest_files(self.files)

    def parts(self) -> tuple[JsonScan, ...]:
        """Return one source for about 32 MiB of lines, one for a file that is decompressed."""
        return tuple(replace(self, files=(lines.file,), lines=(lines,)) for lines in self.lines)


def scan_json(files: Files) -> JsonScan:
    """Read JSON lines files once, wholly, to find their columns and types.

    Args:
        files: The files, one object a line; `.gz` is decompressed.

    Returns:
        A source that reads them again with the types found.

    Raises:
        InputError: If a file is empty or not JSON lines, or a key holds values of different types.
    """
    stored: dict[str, Any] = {}
    texts: dict[str, tuple[Text, ...]] = {}
    found: list[Lines] = []
    for file in files:
        start, done, rows = 0, 0, 0
        for block in line_blocks(file):
            table = _parse(file, block)
            _widen(file, stored, table.schema)
            _look_at_times(texts, table)
            done, rows = done + len(block), rows + table.num_rows
            if done - start >= PART_BYTES and not file.is_packed:
                found.append(Lines(file, start, done, rows))
                start, rows = done, 0
        found.append(Lines(file, start, None if file.is_packed else file.size, rows))
    if not stored:
        raise InputError("the file is empty", where=files[0], next_step="check the export that wrote it")
    times = frozenset(name for name, left in texts.items() if left and pt.is_string(stored[name]))
    return JsonScan(files, tuple(found), pa.schema(list(stored.items())), times)


def line_blocks(file: File, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Yield the file, or some of its lines, in blocks of whole lines."""
    with reading(file), _opened(file, start, end) as stream:
        rest, done = b"", start
        while block := stream.read(BLOCK_BYTES):
            lines, newline, after = (rest + block).rpartition(b"\n")
            if newline:
                yield _checked(file, lines + newline, done)
                done += len(lines) + 1
            rest = after
        if rest.strip():
            yield _checked(file, rest, done)


@contextmanager
def _opened(file: File, start: int, end: int | None) -> Iterator[Any]:
    if end is None:
        with open_stream(file) as stream:
            yield stream
    else:
        with open_file(file) as handle:
            yield handle.get_stream(start, end - start)


def _checked(file: File, block: bytes, start: int) -> bytes:
    """Refuse what is not UTF-8, which Arrow would pass on."""
    try:
        block.decode()
    except UnicodeDecodeError as error:
        raise InputError(
            "the file is not utf-8",
            where=f"{file}, byte {start + error.start}",
            next_step="write it again as UTF-8, as JSON has to be",
        ) from error
    return block


def _parse(file: File, block: bytes, stored: Any = None) -> Any:
    options = pa_json.ParseOptions(
        explicit_schema=stored, unexpected_field_behavior="infer" if stored is None else "ignore"
    )
    read = pa_json.ReadOptions(use_threads=False, block_size=len(block) + 1)
    with _parsing(file):
        table = pa_json.read_json(pa.BufferReader(block), read_options=read, parse_options=options)
    return table if stored is not None else _times_as_text(file, block, table)


def _times_as_text(file: File, block: bytes, table: Any) -> Any:
    """Undo Arrow's own guess of times, which sees one block: read such columns as strings."""
    if not any(pt.is_timestamp(field.type) for field in table.schema):
        return table
    fields = [(f.name, pa.string() if pt.is_timestamp(f.type) else f.type) for f in table.schema]
    return _parse(file, block, pa.schema(fields))


def _widen(file: File, stored: dict[str, Any], schema: Any) -> None:
    for field in schema:
        before = stored.get(field.name, pa.null())
        stored[field.name] = _wider(file, field.name, before, field.type)


def _wider(file: File, name: str, one: Any, other: Any) -> Any:
    if one == other or pt.is_null(other):
        return one
    if pt.is_null(one):
        return other
    if {one, other} == {pa.int64(), pa.float64()}:
        return pa.float64()
    if pt.is_nested(one) and pt.is_nested(other):
        return one
    raise _mixed(file, name, f"{one} and {other}", f"where the files before hold {one}")


def _mixed(file: File, name: str, types: str, before: str = "") -> InputError:
    found = _change(file, name, before)
    return InputError(
        f"{name!r} holds values of different types",
        where=f"{file}, row {found[0]:,}" if found else file,
        got=found[1] if found else types,
        next_step="write the values of a key in one type, with null where there is none",
    )


def _change(file: File, name: str, before: str) -> tuple[int, str] | None:
    """Return the first row in which a key is of another type than before, and its value there."""
    first: tuple[int, Any] | None = None
    lines = (line for block in line_blocks(file) for line in block.split(b"\n") if line.strip())
    for row, line in enumerate(lines, 1):
        try:
            value = json.loads(line).get(name)
        except (ValueError, AttributeError):
            return None
        if value is not None:
            first = first or (row, value)
            if _kind(value) != _kind(first[1]):
                return row, f"{_shown(value)} after {_shown(first[1])}"
    return (first[0], f"{_shown(first[1])} {before}") if first and before else None


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _look_at_times(texts: dict[str, tuple[Text, ...]], table: Any) -> None:
    for field in table.schema:
        if pt.is_string(field.type):
            column = table.column(field.name).combine_chunks()
            texts[field.name] = narrow(texts.get(field.name, ("timestamp",)), column)


@contextmanager
def _parsing(file: File) -> Iterator[None]:
    try:
        yield
    except pa.ArrowException as error:
        changed = re.search(r"Column\(/(.*)\) changed from (\w+) to (\w+)", str(error))
        if changed:
            raise _mixed(file, changed[1], f"{changed[2]} and {changed[3]}") from error
        raise InputError(
            "the file is not JSON lines",
            where=file,
            got=error,
            next_step="write one object a line, and the values of a key in one type",
        ) from error
