"""Finds the quote that opens in one row of a delimited file and closes, if at all, in the middle of another.

A reader takes such a file for one with fewer rows, the lost ones inside a value, or complains of a later row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import pyarrow.compute as pc

__all__ = ["BrokenQuote", "broken_quote", "may_hold_rows"]

#: No value is longer than this; a quote that stays open for longer is one that was never closed.
_LONGEST = 16 << 20


class BrokenQuote(NamedTuple):
    """Where a quote is opened that is not closed as it should be.

    Args:
        row: The header is row 1, blank lines are not counted.
        text: How the row begins.
    """

    row: int
    text: str


def may_hold_rows(column: Any, delimiter: str, width: int) -> bool:
    r"""Tell whether a value of a column may hold the end of one row of the file and the begin of another.

    Args:
        column: An Arrow array of text.
        delimiter: Of the file.
        width: The file's columns.

    Returns:
        Whether a value of several lines holds as many delimiters as a row: what a quote swallows from a
        column of one row to the same column of a later one always does.

    Example:
        >>> import pyarrow as pa
        >>> may_hold_rows(pa.array(["one,3\n2,x"]), ",", 3), may_hold_rows(pa.array(["two\nlines"]), ",", 3)
        (True, False)
    """
    held = column.filter(pc.match_substring(column, "\n"))
    return any(text is not None and text.count(delimiter) >= width - 1 for text in held.to_pylist())


def broken_quote(blocks: Iterable[bytes], delimiter: str) -> BrokenQuote | None:
    r"""Return the first quote that opens in one row and never closes, or closes inside a value of another.

    Args:
        blocks: The file's bytes, in an encoding that writes ASCII as ASCII.
        delimiter: Between its values.

    Example:
        >>> broken_quote([b'a,b\n1,"x\n2,y\n'], ",")
        BrokenQuote(row=2, text='1,"x')
        >>> broken_quote([b'a,b\n1,"x\n2"\n'], ",")
    """
    separator, row, rest = delimiter.encode(), 1, b""
    for block in blocks:
        rest += block
        place, row, is_broken = _walk(rest, row, separator)
        rest = rest[place:]
        if is_broken or len(rest) > _LONGEST:
            return _at(row, rest)
    place, row, is_broken = _walk(rest + b"\n", row, separator)
    return _at(row, rest[place:]) if is_broken or rest[place:].strip() else None


def _at(row: int, data: bytes) -> BrokenQuote:
    return BrokenQuote(row, data.partition(b"\n")[0].decode(errors="replace").rstrip("\r")[:80])


def _walk(data: bytes, row: int, separator: bytes) -> tuple[int, int, bool]:
    """Return where the first row begins that is not complete, its number, and whether its quote is broken."""
    start = at = 0
    while (quote := data.find(b'"', at)) >= 0:
        start, row = _next_row(data, start, at, quote, row)
        if quote not in (start, data.find(separator, quote - 1, quote) + 1):
            at = quote + 1  # inside a value it is a character like others
            continue
        end = _closing(data, quote + 1)
        if end < 0 or end + 1 == len(data):
            return start, row, False
        if data[end + 1 : end + 2] not in (separator, b"\n", b"\r") and b"\n" in data[quote:end]:
            return start, row, True
        at = end + 1
    start, row = _next_row(data, start, at, len(data), row)
    return start, row, False


def _next_row(data: bytes, start: int, at: int, end: int, row: int) -> tuple[int, int]:
    """Pass over the rows that end between two places outside of quotes."""
    last = data.rfind(b"\n", at, end)
    if last < 0:
        return start, row
    lines = data[at : last + 1].split(b"\n")[:-1]
    blank = sum(line in (b"", b"\r") for line in lines[1:])  # the first one is the end of a row
    return last + 1, row + len(lines) - blank


def _closing(data: bytes, at: int) -> int:
    """Return the place of the quote that closes a value; -1 where it does not come yet."""
    while (quote := data.find(b'"', at)) >= 0:
        if data[quote + 1 : quote + 2] != b'"':
            return quote
        at = quote + 2
    return -1
