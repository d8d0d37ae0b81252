"""A graph with fewer outputs, and without the nodes that only led to the others.

ONNX Runtime computes every output of a graph, asked for or not. So the graph of the hot way is cut from the
file before it is loaded, by its wire format: the runtime knows no `onnx`.

Source:
    https://protobuf.dev/programming-guides/encoding/ and `onnx.proto`: ModelProto.graph is field 7,
    GraphProto.node 1 and .output 12, NodeProto.input 1, .output 2 and .op_type 4, ValueInfoProto.name 1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

__all__ = ["cut", "output_names"]

_GRAPH, _NODE, _OUTPUT = 7, 1, 12
_TEXT = 2  # the wire type of what has a length
_NESTED = (b"If", b"Loop", b"Scan", b"SequenceMap")  # hold graphs that read tensors by name


class _Field(NamedTuple):
    """One field: its number and wire type, where it begins, where its content begins, and where it ends."""

    number: int
    kind: int
    start: int
    content: int
    end: int


def output_names(model: bytes) -> tuple[str, ...]:
    """Return the names of a graph's outputs.

    Args:
        model: The bytes of an ONNX file.

    Raises:
        ValueError: If it is none.
    """
    view = memoryview(model)
    graph = _graph(view)
    return tuple(
        _texts(view[field.content : field.end], 1)[0].decode()
        for field in _fields(view[: graph.end], graph.content)
        if field.number == _OUTPUT
    )


def cut(model: bytes, outputs: Collection[str]) -> bytes:
    """Return a model with these outputs alone; the same bytes where it has no others.

    Args:
        model: The bytes of an ONNX file.
        outputs: The names to keep.

    Raises:
        ValueError: If it is no ONNX file.
    """
    view = memoryview(model)
    graph = _graph(view)
    fields = list(_fields(view[: graph.end], graph.content))
    kept = [field for field in fields if _is_kept(view, field, outputs)]
    nodes = [field for field in fields if field.number == _NODE]
    if len(kept) == len(fields) or any(_operator(view, node) in _NESTED for node in nodes):
        return model
    needed = _needed(view, nodes, {name.encode() for name in outputs})
    inside = b"".join(view[each.start : each.end] for each in kept if each.number != _NODE or each in needed)
    head = bytes([_GRAPH << 3 | _TEXT]) + _varint(len(inside))
    return b"".join((view[: graph.start], head, inside, view[graph.end :]))


def _is_kept(view: memoryview, field: _Field, outputs: Collection[str]) -> bool:
    return field.number != _OUTPUT or _texts(view[field.content : field.end], 1)[0].decode() in outputs


def _needed(view: memoryview, nodes: list[_Field], wanted: set[bytes]) -> set[_Field]:
    """Go up from the wanted tensors; nodes stand after those whose tensors they read."""
    needed = set()
    for node in reversed(nodes):
        content = view[node.content : node.end]
        if wanted.intersection(_texts(content, 2)):
            needed.add(node)
            wanted.update(_texts(content, 1))
    return needed


def _operator(view: memoryview, node: _Field) -> bytes:
    return next(iter(_texts(view[node.content : node.end], 4)), b"")


def _graph(view: memoryview) -> _Field:
    for field in _fields(view, 0):
        if (field.number, field.kind) == (_GRAPH, _TEXT):
            return field
    message = "there is no graph"
    raise ValueError(message)


def _texts(view: memoryview, number: int) -> list[bytes]:
    """Return the contents of the fields with a number."""
    return [bytes(view[field.content : field.end]) for field in _fields(view, 0) if field.number == number]


def _fields(view: memoryview, at: int) -> Iterator[_Field]:
    while at < len(view):
        start = at
        tag, at = _read(view, at)
        kind = tag & 7
        if kind == _TEXT:
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
        yield _Field(tag >> 3, kind, start, at, end)
        at = end


def _read(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(view) and shift < 64:
        byte = view[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
    message = "a number does not end"
    raise ValueError(message)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
