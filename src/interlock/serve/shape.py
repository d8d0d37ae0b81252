"""How large the inside of a body is, known before anything decodes it.

A few megabytes of JSON can become gigabytes of objects, so brackets and commas are counted first. What the
counts of the raw bytes allow needs no closer look; they count marks inside of strings as well, so a body
beyond them is measured exactly before it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from interlock.serve.limits import Limits
from interlock.serve.message import Refusal

__all__ = ["Shape", "check_shape", "measure", "text_of"]

_BLANK, _QUOTE, _COMMA, _COLON = 32, 34, 44, 58
_LIST, _LIST_END, _OBJECT, _OBJECT_END = 91, 93, 123, 125
_MARKS = bytes((_QUOTE, _COMMA, _COLON, _LIST, _LIST_END, _OBJECT, _OBJECT_END))
_OTHERS = bytes(byte for byte in range(256) if byte not in _MARKS)
_NO_NESTING = bytes(byte for byte in range(256) if byte not in b'[]{}"')


class Shape(NamedTuple):
    """The inside of a body.

    Args:
        depth: Deepest nesting of brackets.
        values: Commas and opening brackets, outside of strings.
        rows: Objects that are elements of a list.
    """

    depth: int
    values: int
    rows: int


def check_shape(body: bytes, limits: Limits, *, has_rows: bool = True) -> None:
    """Refuse a body that would become too many objects.

    Args:
        body: All of it: JSON, or CSV.
        limits: With `max_depth`, `max_values` and `max_rows`.
        has_rows: Whether objects in a list are rows.

    Raises:
        Refusal: 400 for nesting, 413 for values and rows.
    """
    brackets = body.count(b"{") + body.count(b"[")
    if brackets <= limits.max_depth and len(body) <= limits.max_values:
        return
    is_small = brackets <= limits.max_rows and _is_small(body, brackets, limits.max_values)
    if is_small and (_is_shallow(body, limits.max_depth) or _is_flat(body, limits.max_depth)):
        return
    shape = measure(body)
    if shape.depth > limits.max_depth:
        raise Refusal(400, "depth", f"the body is nested deeper than {limits.max_depth}")
    if shape.values > limits.max_values or body.count(b"\n") > limits.max_values:
        raise Refusal(413, "values", f"the body holds more than {limits.max_values} values")
    if has_rows and shape.rows > limits.max_rows:
        raise Refusal(
            413, "rows", f"the request holds {shape.rows} rows; at most {limits.max_rows} are taken"
        )


def text_of(body: bytes, headers: Mapping[bytes, bytes]) -> bytes:
    """Return the part of a body that is text: in KServe's protocol, binary tensors may follow it.

    Example:
        >>> text_of(b"{}[[[[", {b"inference-header-content-length": b"2"})
        b'{}'
    """
    length = headers.get(b"inference-header-content-length", b"")
    return body[: int(length)] if length.isdigit() and len(length) < 12 else body


def measure(body: bytes) -> Shape:
    """Measure a body exactly; whether it is JSON at all is for the decoder to say.

    Example:
        >>> measure(b'[{"a": [1, 2], "b": "[[[{{{"}, {}]')
        Shape(depth=3, values=7, rows=2)
    """
    marks = np.frombuffer(_unescaped(body).translate(None, _OTHERS), dtype=np.uint8)
    outside = np.cumsum(marks == _QUOTE, dtype=np.int32) & 1 == 0
    marks = marks[outside & (marks != _QUOTE)]
    opens = (marks == _LIST) | (marks == _OBJECT)
    closes = (marks == _LIST_END) | (marks == _OBJECT_END)
    depth = np.cumsum(opens.astype(np.int8) - closes.astype(np.int8), dtype=np.int32).max(initial=0)
    elements = (marks[1:] == _OBJECT) & ((marks[:-1] == _LIST) | (marks[:-1] == _COMMA))
    values = np.count_nonzero(opens) + np.count_nonzero(marks == _COMMA)
    return Shape(int(depth), int(values), int(np.count_nonzero(elements)))


def _is_small(body: bytes, brackets: int, values: int) -> bool:
    """Whether there are surely not too many values."""
    return len(body) <= values or (brackets + body.count(b",") <= values and body.count(b"\n") <= values)


def _is_shallow(body: bytes, depth: int) -> bool:
    """Whether the nesting is surely not too deep, by how many brackets could be inside of another.

    On the way to the deepest bracket an object is the first, or a key's value, or an element of a list that
    is on this way too. So depth is at most the objects that follow no comma and no list, and twice the lists;
    brackets inside of strings can only add to that.
    """
    marks = np.frombuffer(body, dtype=np.uint8)
    objects = np.flatnonzero(marks == _OBJECT)
    before = marks[objects - 1]
    elements = (before == _COMMA) | (before == _LIST) | ((before == _BLANK) & (marks[objects - 2] == _COMMA))
    nested = len(objects) - int(np.count_nonzero(elements))
    first = 2  # whose bytes before are those at the end
    return first + nested + 2 * int(np.count_nonzero(marks == _LIST)) <= depth


def _is_flat(body: bytes, depth: int) -> bool:
    """Whether the nesting is surely not too deep: pairs of brackets vanish from inside out."""
    nesting = body.translate(None, _NO_NESTING).replace(b'""', b"")
    for _ in range(min(depth, 4)):
        nesting = nesting.replace(b"{}", b"-").replace(b"[]", b"").replace(b"-", b"")  # one level, not two
    return not nesting


def _unescaped(body: bytes) -> bytes:
    """Take the escaped quotes out: a run of backslashes is read in pairs from its left."""
    return body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body
