"""A graph with fewer outputs, and without the nodes that only led to the others.

ONNX Runtime computes every output of a graph, asked for or not. So the graph of the hot way is cut from the
file before it is loaded, by its wire format: the runtime knows no `onnx`.

Source:
    `onnx.proto`: ModelProto.graph is field 7,
    GraphProto.node 1 and .output 12, NodeProto.input 1, .output 2 and .op_type 4, ValueInfoProto.name 1.
"""

from __future__ import annotations

from collections.abc import Collection

from interlock.release.wire import TEXT, Field, contents, fields, varint

__all__ = ["cut", "output_names"]

_GRAPH, _NODE, _OUTPUT = 7, 1, 12
_NESTED = (b"If", b"Loop", b"Scan", b"SequenceMap")  # hold graphs that read tensors by name


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
        contents(view[field.content : field.end], 1)[0].decode()
        for field in fields(view[: graph.end], graph.content)
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
    found = list(fields(view[: graph.end], graph.content))
    kept = [field for field in found if _is_kept(view, field, outputs)]
    nodes = [field for field in found if field.number == _NODE]
    if len(kept) == len(found) or any(_operator(view, node) in _NESTED for node in nodes):
        return model
    needed = _needed(view, nodes, {name.encode() for name in outputs})
    inside = b"".join(view[each.start : each.end] for each in kept if each.number != _NODE or each in needed)
    head = bytes([_GRAPH << 3 | TEXT]) + varint(len(inside))
    return b"".join((view[: graph.start], head, inside, view[graph.end :]))


def _is_kept(view: memoryview, field: Field, outputs: Collection[str]) -> bool:
    return field.number != _OUTPUT or contents(view[field.content : field.end], 1)[0].decode() in outputs


def _needed(view: memoryview, nodes: list[Field], wanted: set[bytes]) -> set[Field]:
    """Go up from the wanted tensors; nodes stand after those whose tensors they read."""
    needed = set()
    for node in reversed(nodes):
        content = view[node.content : node.end]
        if wanted.intersection(contents(content, 2)):
            needed.add(node)
            wanted.update(contents(content, 1))
    return needed


def _operator(view: memoryview, node: Field) -> bytes:
    return next(iter(contents(view[node.content : node.end], 4)), b"")


def _graph(view: memoryview) -> Field:
    for field in fields(view):
        if (field.number, field.kind) == (_GRAPH, TEXT):
            return field
    message = "there is no graph"
    raise ValueError(message)
