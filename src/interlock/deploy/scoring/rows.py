"""The checked rows of a part: lines of JSON by the service's own decoder, columns by the same rules.

A CSV knows no types, so a cell is read as what the contract says of its column; a cell that is not of that
type stays text, which the contract refuses for its row alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, get_args

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.types as pt
from numpy.typing import NDArray

from interlock.contract import Checked, CheckedRow, Checker, Coded, Contract, Decoder, Flag
from interlock.contract.model import Code
from interlock.deploy.scoring.source import Lines, Stretch, Task
from interlock.errors import InputError
from interlock.profile.values import Values
from interlock.table import Table
from interlock.table.arrow import values
from interlock.table.jsonlines import line_blocks

__all__ = ["Block", "coded", "parts_of"]

#: Values that are checked and predicted at a time, and the fewest and most rows.
_VALUES, _FEWEST, _MOST = 4_000_000, 16_384, 262_144
#: In the order in which a value is examined.
_ORDER = {code: place for place, code in enumerate(get_args(Code))} | {
    "length": -3,
    "pattern": -2,
    "category": -1,
}


class Block(NamedTuple):
    """Some rows of a part, checked.

    Args:
        numbers: float64 [n, k]: the numeric tensor.
        strings: The m columns of the string tensor, coded.
        rejected: bool [n].
        flags: What was wrong, by row of the block; rows without a flag are left out.
        kept: A `pyarrow.Table` of the columns to keep, n rows.
    """

    numbers: NDArray[np.float64]
    strings: tuple[Coded, ...]
    rejected: NDArray[np.bool_]
    flags: dict[int, list[Flag]]
    kept: Any


def parts_of(
    task: Task, contract: Contract, kept: Any, *, is_text: bool
) -> Iterator[tuple[Stretch, Iterator[Block]]]:
    """Yield each part with its checked rows; one part has to be used up before the next.

    Args:
        task: What to read.
        contract: What to check against.
        kept: The Arrow schema of the columns to keep.
        is_text: Whether the source says nothing of types.

    Raises:
        InputError: If a source cannot be read to its end, or is no longer what it was.
    """
    rows = _Rows(task.sources, contract, kept, is_text=is_text)
    for part in task.parts:
        yield part, rows.between(part.start, part.stop)


class _Rows:
    """The rows of some sources, of which stretches are taken in order."""

    def __init__(
        self, sources: Sequence[Table | Lines], contract: Contract, kept: Any, *, is_text: bool
    ) -> None:
        self._contract, self._kept, self._is_text = contract, kept, is_text
        self._checker, self._decoder = Checker(contract), Decoder(contract)
        self._known = {column.name: column for column in contract.columns}
        self._raw = (each for source in sources for each in self._read(source))
        self._left: Any = None
        self._at = 0

    def between(self, start: int, stop: int) -> Iterator[Block]:
        """Yield the rows from `start` to `stop`; those before are passed over."""
        while self._at < stop:
            raw = self._left if self._left is not None else next(self._raw, None)
            if raw is None:
                return
            size = len(raw[1]) if isinstance(raw, tuple) else raw.num_rows
            skipped, taken = min(max(start - self._at, 0), size), min(stop - self._at, size)
            self._left = _cut(raw, taken, size) if taken < size else None
            self._at += taken
            if taken > skipped:
                some = _cut(raw, skipped, taken)
                yield self._of_lines(*some) if isinstance(some, tuple) else self._of_batch(some)

    def _read(self, source: Table | Lines) -> Iterator[Any]:
        if isinstance(source, Table):
            rows = min(max(_VALUES // len(source.names), _FEWEST), _MOST)
            yield from source.batches(size=rows)
            return
        row = source.row
        for block in line_blocks(source.file, source.start, source.end):
            lines = [line for line in block.split(b"\n") if line.strip()]
            yield (source.file, row), lines
            row += len(lines)

    def _of_batch(self, batch: Any) -> Block:
        own = set(self._kept.names) - set(self._known)
        given = {name: self._values(batch, name) for name in batch.schema.names if name not in own}
        checked = self._checker.columns(given, batch.num_rows)
        columns = [_decoded(batch.column(name)) for name in self._kept.names]
        kept = pa.table(columns, schema=self._kept)
        return Block(checked.numbers, checked.strings, checked.rejected, self._flags(checked), kept)

    def _values(self, batch: Any, name: str) -> Values | Sequence[object]:
        read = values(batch.column(name))
        column = self._known.get(name)
        if not self._is_text or column is None or read.kind != "string":
            return read
        cleaned = any(step.column == name for step in self._contract.clean)
        is_number = column.type in ("number", "integer", "boolean")
        return _cells(read, column.type) if is_number and not cleaned else read

    def _flags(self, checked: Checked) -> dict[int, list[Flag]]:
        places = {rule.column.name: place for place, rule in enumerate(self._checker.rules)}
        found: dict[int, list[Flag]] = {}
        ordered = sorted(
            checked.violations, key=lambda each: (places.get(each.column, len(places)), _ORDER[each.code])
        )
        for each in ordered:
            flag = Flag(each.column, each.code, each.action)
            for row in each.rows.tolist():
                found.setdefault(row, []).append(flag)
        return found

    def _of_lines(self, place: tuple[Any, int], lines: list[bytes]) -> Block:
        rows = [self._row(place, at, line) for at, line in enumerate(lines)]
        numbers = np.array([row.numbers for row in rows], np.float64).reshape(len(rows), -1)
        width = len(self._contract.strings)
        strings = tuple(coded([row.strings[column] for row in rows]) for column in range(width))
        rejected = np.array([row.rejected for row in rows], bool)
        flags = {at: row.flags for at, row in enumerate(rows) if row.flags}
        return Block(numbers, strings, rejected, flags, self._kept_of(lines))

    def _row(self, place: tuple[Any, int], at: int, line: bytes) -> CheckedRow:
        try:
            row = self._decoder.one(line)
        except InputError as error:
            where = f"{place[0]}, row {place[1] + at + 1:,}"
            raise InputError(error.what, where=where, next_step="write one JSON object a line") from None
        flags = [flag for flag in row.flags if flag.code != "unknown" or flag.column not in self._kept.names]
        if len(flags) == len(row.flags):
            return row
        return row._replace(flags=flags, rejected=any(flag.action == "reject" for flag in flags))

    def _kept_of(self, lines: list[bytes]) -> Any:
        if not self._kept.names:
            return pa.table([], schema=self._kept)
        objects = [msgspec.json.decode(line) for line in lines]
        columns = [
            pa.array([_told(each.get(field.name), field.type) for each in objects], field.type)
            for field in self._kept
        ]
        return pa.table(columns, schema=self._kept)


def coded(texts: Sequence[str]) -> Coded:
    """Return a column of strings, coded.

    Example:
        >>> coded(["a", "b", "a"]).codes.tolist()
        [0, 1, 0]
    """
    places: dict[str, int] = {}
    codes = np.array([places.setdefault(text, len(places)) for text in texts], np.int32)
    return Coded(codes, np.array([*places], dtype=object))


def _cut(raw: Any, start: int, stop: int) -> Any:
    if isinstance(raw, tuple):
        (file, row), lines = raw
        return (file, row + start), lines[start:stop]
    return raw.slice(start, stop - start)


def _decoded(column: Any) -> Any:
    return column.dictionary_decode() if pt.is_dictionary(column.type) else column


def _cells(read: Values, kind: str) -> list[object]:
    """Return each cell as what its text says: a JSON number, or true or false; else the text itself."""
    assert read.dictionary is not None  # noqa: S101 - strings have one
    cells: list[object] = [_cell(text, kind) for text in read.dictionary]
    codes = read.data if read.valid is None else np.where(read.valid, read.data, -1)
    return [None if code < 0 else cells[code] for code in codes.tolist()]


def _cell(text: str, kind: str) -> object:
    bare = text.strip().lower() if kind == "boolean" else text.strip()
    try:
        return msgspec.json.decode(bare.encode(), type=bool if kind == "boolean" else float)
    except msgspec.ValidationError:  # a number that no float64 holds, or nothing of this type
        sign, digits = bare[:1] == "-", bare.removeprefix("-")[:1].isdigit()
        return (-math.inf if sign else math.inf) if digits and kind != "boolean" else text
    except (msgspec.DecodeError, UnicodeEncodeError):
        return text


def _told(value: Any, arrow: Any) -> Any:
    """Return a JSON value as its column has it: one column of several types tells them as JSON."""
    if value is None or not pt.is_string(arrow) or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
