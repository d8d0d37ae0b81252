"""The wire format of protocol buffers, as far as an ONNX file has to be read without `onnx`.

Source:
    https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["TEXT", "Field", "contents", "fields", "numbers", "varint"]

#: The wire type of what has a length: bytes, texts, messages, packed numbers.
TEXT = 2
_MOST_FIELDS = 1 << 29
#: Runs of unpacked numbers, of which a forest has a hundred thousand: field 7 as floats, field 8 as integers.
_RUNS = re.compile(rb"(?s:(?:\x3d.{4})++|(?:\x40[\x80-\xff]{0,9}[\x00-\x7f])++)")


class Field(NamedTuple):
    """One field: its number and wire type, where it begins, where its content begins, and where it ends."""

    number: int
    kind: int
    start: int
    content: int
    end: int


def fields(view: memoryview, at: int = 0, *, skip_runs: bool = False) -> Iterator[Field]:
    """Yield the fields of a message.

    Args:
        view: The message; it ends where its fields end.
        at: Where to begin.
        skip_runs: Leave out runs of plain numbers in the fields 7 and 8.

    Raises:
        ValueError: If this is no message.
    """
    while at < len(view):
        if skip_runs and (run := _RUNS.match(view, at)):
            at = run.end()
            continue
        start = at
        tag, at = _read(view, at)
        kind, number = tag & 7, tag >> 3
        if not 0 < number < _MOST_FIELDS:  # a parser of 32 bits would see another number
            message = "a field has no number that there is"
            raise ValueError(message)
        if kind == TEXT:
            length, at = _read(view, at)
            end = at + length
        elif kind == 0:
            end = _read(view, at)[1]
        elif kind in (1, 5):
            end = at + (8 if kind == 1 else 4)
        else:
            end = len(view) + 1
        if end > len(view):
            message = "a field ends beyond the file"
            raise ValueError(message)
        yield Field(number, kind, start, at, end)
        at = end


def contents(view: memoryview, number: int) -> list[bytes]:
    """Return the contents of the fields with a number."""
    return [bytes(view[field.content : field.end]) for field in fields(view) if field.number == number]


def numbers(view: memoryview, field: Field) -> list[int]:
    """Return the signed integers of a field, packed or not."""
    if field.kind == 0:
        return [_signed(_read(view, field.content)[0])]
    found, at = [], field.content
    inside = view[: field.end]
    while at < field.end:
        value, at = _read(inside, at)
        found.append(_signed(value))
    return found


def varint(value: int) -> bytes:
    """Return a number as it is written."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def _read(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(view) and shift < 70:
        byte = view[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value & (1 << 64) - 1, at
    message = "a number does not end"
    raise ValueError(message)
