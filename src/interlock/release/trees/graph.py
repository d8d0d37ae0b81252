"""The nodes of an ONNX file, and files with some of them, by the wire format: the runtime knows no `onnx`.

Source:
    `onnx.proto`: ModelProto.graph 7; GraphProto.node 1, .name 2, .initializer 5, .input 11, .output 12;
    NodeProto.input 1, .output 2, .op_type 4, .attribute 5, .domain 7; AttributeProto.name 1, .i 3, .t 5,
    .ints 8; TensorProto.dims 1, .data_type 2, .name 8, .raw_data 9; ValueInfoProto.name 1, .type 2;
    TypeProto.tensor_type 1, Tensor.elem_type 1.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.release.wire import TEXT, contents, fields, numbers, varint

__all__ = ["Graph", "Node", "extract", "integers", "read"]

_GRAPH, _NODE, _NAME, _CONSTANT, _INPUT, _OUTPUT = 7, 1, 2, 5, 11, 12
_TYPES: dict[int, Any] = {1: "<f4", 2: "u1", 7: "<i8", 11: "<f8"}
_DOUBLE = b"\x0a\x02\x08\x0b"  # a type: tensor_type, of which elem_type is 11
#: A run of integers that are not packed, each behind its tag: field 8.
_RUN = re.compile(rb"(?s:(?:\x40[\x80-\xff]{0,9}[\x00-\x7f])++)")


class Node(NamedTuple):
    """One node.

    Args:
        operator: Such as `Concat`.
        domain: Empty for ONNX's own.
        inputs: Names of tensors; empty where an optional one is left out.
        outputs: Names of tensors.
        wire: The content of its field in the file.
    """

    operator: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    wire: bytes

    def attributes(self) -> dict[str, Any]:
        """Return its integers as `int`, lists of integers as int64 arrays, and tensors as arrays.

        Other attributes are left out; a tensor whose numbers do not stand there as raw bytes is None.
        """
        return dict(_attribute(memoryview(each)) for each in contents(memoryview(self.wire), 5))


class Graph(NamedTuple):
    """What a file holds.

    Args:
        nodes: In an order in which each stands after those whose tensors it reads.
        inputs: The wire of each input, by name.
        constants: The wire of each initializer, by name.
        around: The fields of the model beside its graph.
    """

    nodes: tuple[Node, ...]
    inputs: dict[str, bytes]
    constants: dict[str, bytes]
    around: bytes


def read(model: bytes) -> Graph:
    """Read a file.

    Args:
        model: The bytes of an ONNX file.

    Raises:
        ValueError: If it is none.
    """
    view = memoryview(model)
    around, inside = [], memoryview(b"")
    for field in fields(view):
        if (field.number, field.kind) == (_GRAPH, TEXT):
            inside = view[field.content : field.end]
        else:
            around.append(view[field.start : field.end])
    parts: dict[int, list[bytes]] = {}
    for field in fields(inside):
        parts.setdefault(field.number, []).append(bytes(inside[field.content : field.end]))
    return Graph(
        tuple(_node(each) for each in parts.get(_NODE, ())),
        {_first(each, 1): each for each in parts.get(_INPUT, ())},
        {_first(each, 8): each for each in parts.get(_CONSTANT, ())},
        b"".join(around),
    )


def extract(graph: Graph, outputs: Sequence[str], given: Collection[str] = ()) -> bytes:
    """Return a file with the nodes that lead to some tensors, which it gives as `out_0`, `out_1`, ...

    Args:
        graph: Of the whole file.
        outputs: Tensors of doubles.
        given: Tensors of doubles that become inputs: what leads to them is left out.
    """
    nodes, needed = list[bytes](), set(outputs)
    for node in reversed(graph.nodes):
        if needed.intersection(node.outputs) - set(given):
            nodes.append(node.wire)
            needed.update(node.inputs)
    ends = [f"out_{place}" for place in range(len(outputs))]
    copies = [_identity(name, end) for name, end in zip(outputs, ends, strict=True)]
    inside = [_message(_NODE, each) for each in (*reversed(nodes), *copies)]
    inside.append(_message(_NAME, b"part"))
    inside += [_message(_CONSTANT, each) for name, each in graph.constants.items() if name in needed]
    inside += [_message(_INPUT, each) for name, each in graph.inputs.items() if name in needed]
    inside += [_message(_INPUT, _doubles(name)) for name in given]
    inside += [_message(_OUTPUT, _doubles(name)) for name in ends]
    return graph.around + _message(_GRAPH, b"".join(inside))


def integers(data: bytes) -> NDArray[np.int64]:
    """Return the numbers of packed varints.

    Args:
        data: Nothing but varints, end to end; negative ones have ten bytes.

    Example:
        >>> integers(bytes([5, 172, 2])).tolist()
        [5, 300]
    """
    parts = np.frombuffer(data, np.uint8)
    last = np.flatnonzero(parts < 128)
    starts = np.concatenate([[0], last[:-1] + 1]) if len(last) else last
    place = np.arange(len(parts)) - np.repeat(starts, last - starts + 1)
    shifted = (parts & 127).astype(np.uint64) << (7 * place).astype(np.uint64)
    return np.add.reduceat(shifted, starts).view(np.int64) if len(starts) else np.empty(0, np.int64)


def _node(wire: bytes) -> Node:
    view = memoryview(wire)
    inputs, outputs = ([each.decode() for each in contents(view, number)] for number in (1, 2))
    return Node(_first(wire, 4), _first(wire, 7), tuple(inputs), tuple(outputs), wire)


def _attribute(view: memoryview) -> tuple[str, Any]:
    name, runs, at = "", list[NDArray[np.int64]](), 0
    value: Any = None
    while at < len(view):
        if run := _RUN.match(view, at):
            runs.append(integers(run.group())[1::2])  # every other one is a tag
            at = run.end()
            continue
        field = next(fields(view, at))
        content = bytes(view[field.content : field.end])
        if field.number == 1:
            name = content.decode()
        elif field.number == 3:
            (value,) = numbers(view, field)
        elif field.number == 5:
            value = _tensor(memoryview(content))
        elif field.number == 8:
            runs.append(integers(content))
        at = field.end
    return name, np.concatenate(runs) if runs else value


def _tensor(view: memoryview) -> NDArray[Any] | None:
    kind, shape, raw = 0, list[int](), None
    for field in fields(view):
        if field.number == 1:
            shape += numbers(view, field)
        elif field.number == 2:
            (kind,) = numbers(view, field)
        elif field.number == 9:
            raw = bytes(view[field.content : field.end])
    if raw is None or kind not in _TYPES:
        return None
    found: NDArray[Any] = np.frombuffer(raw, _TYPES[kind]).reshape(shape)
    return found


def _identity(name: str, copy: str) -> bytes:
    return _message(1, name.encode()) + _message(2, copy.encode()) + _message(4, b"Identity")


def _doubles(name: str) -> bytes:
    return _message(1, name.encode()) + _message(2, _DOUBLE)


def _message(number: int, content: bytes) -> bytes:
    return varint(number << 3 | TEXT) + varint(len(content)) + content


def _first(wire: bytes, number: int) -> str:
    return b"".join(contents(memoryview(wire), number)[:1]).decode()
