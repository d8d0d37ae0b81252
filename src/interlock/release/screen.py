"""Looks an ONNX file over before ONNX Runtime touches it: a model may compute, and do nothing else.

Refused are files that reach outside of themselves, that need operators of strangers, that never end, that
answer by chance, or that ask for far more memory than they could fill.

Source:
    `onnx.proto`: ModelProto.graph 7, .opset_import 8, .training_info 20, .functions 25; GraphProto.node 1,
    .initializer 5, .sparse_initializer 15; NodeProto.input 1, .output 2, .op_type 4, .attribute 5, .domain 7;
    AttributeProto.t 5, .g 6, .tensors 10, .graphs 11, .sparse_tensor 22, .sparse_tensors 23; TensorProto.dims
    1, .data_type 2, .int64_data 7, .name 8, .raw_data 9, .external_data 13, .data_location 14.
"""

from __future__ import annotations

import math
import struct
from typing import NamedTuple, NoReturn

from interlock.errors import ReleaseError
from interlock.release.wire import TEXT, Field, contents, fields, numbers

__all__ = ["screen"]

#: Whose operators a model may use: those that ONNX Runtime brings along.
DOMAINS = frozenset(("", "ai.onnx", "ai.onnx.ml", "com.microsoft"))
#: Most elements of a tensor whose size the file states in a constant.
MOST_ELEMENTS = 100_000_000
_DEEPEST = 8
_INT64 = 7
#: Has no bound on how often it repeats.
_ENDLESS = frozenset(("Loop",))
#: Answers differently each time.
_RANDOM = frozenset(
    ("Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike")
)
#: Makes a tensor as large as a number in one of its inputs says.
_GROWS = frozenset(("ConstantOfShape", "Expand", "Tile", "Range", "Resize", "Upsample", "Pad", "OneHot"))


class _Node(NamedTuple):
    operator: str
    domain: str
    inputs: list[str]
    outputs: list[str]
    attributes: list[memoryview]


class _Tensor(NamedTuple):
    name: str
    whole: tuple[int, ...]  # the values, of a small tensor of integers


def screen(model: bytes) -> None:
    """Refuse an ONNX file that could do anything else than compute.

    Args:
        model: The bytes of the file.

    Raises:
        ReleaseError: If it could, with what and where; also if it is no ONNX file.
    """
    view = memoryview(model)
    try:
        graphs = []
        for field in fields(view):
            if field.number == 7 and field.kind == TEXT:
                graphs.append(view[field.content : field.end])
            elif field.number in (20, 25):
                _refuse(
                    "brings functions of its own", "training" if field.number == 20 else "local functions"
                )
            elif field.number == 8:
                _check_domain(_text(view[field.content : field.end], 1))
        if len(graphs) != 1:  # a parser would merge them
            _refuse("does not hold one graph", f"{len(graphs)} graphs")
        _graph(graphs[0], len(model), 0)
    except (ValueError, UnicodeDecodeError, struct.error) as error:
        raise ReleaseError(
            "the model is no ONNX file",
            where="model.onnx",
            got=error,
            next_step="develop it again, or fetch the release again",
        ) from error


def _graph(view: memoryview, size: int, depth: int) -> None:
    if depth > _DEEPEST:
        _refuse("holds graphs inside of graphs", f"more than {_DEEPEST} deep")
    known: dict[str, tuple[int, ...]] = {}
    nodes = []
    for field in fields(view):
        content = view[field.content : field.end]
        if field.number == 5:
            tensor = _tensor(content, size)
            known[tensor.name] = tensor.whole
        elif field.number == 15:
            _refuse("holds sparse weights, which say themselves how large they become", "sparse_initializer")
        elif field.number == 1:
            nodes.append(_node(content))
    for node in nodes:
        _check_node(node, known)
        for attribute in node.attributes:
            whole = _attribute(attribute, size, depth)
            if node.operator == "Constant" and node.outputs:
                known[node.outputs[0]] = whole


def _check_node(node: _Node, known: dict[str, tuple[int, ...]]) -> None:
    _check_domain(node.domain)
    if node.operator in _ENDLESS:
        _refuse("holds a loop, which need not end", node.operator)
    if node.operator in _RANDOM:
        _refuse("answers by chance", node.operator)
    if node.operator in _GROWS:
        for name in node.inputs:
            asked = math.prod(max(value, 1) for value in known.get(name, ()))
            if asked > MOST_ELEMENTS:
                _refuse("asks for a tensor that no row needs", f"{node.operator} of {asked} elements")


def _attribute(view: memoryview, size: int, depth: int) -> tuple[int, ...]:
    """Look what an attribute holds over; return the values where it is a small tensor of integers."""
    whole: tuple[int, ...] = ()
    for field in fields(view, skip_runs=True):
        content = view[field.content : field.end]
        if field.number in (6, 11):
            _graph(content, size, depth + 1)
        elif field.number in (5, 10):
            whole = _tensor(content, size).whole
        elif field.number in (22, 23):
            _refuse("holds sparse weights, which say themselves how large they become", "sparse_tensor")
    return whole


def _tensor(view: memoryview, size: int) -> _Tensor:
    shape: list[int] = []
    name, kind, raw, values = "", 0, b"", list[int]()
    for field in fields(view, skip_runs=False) if len(view) < 4096 else _heads(view):
        content = view[field.content : field.end]
        if field.number == 1:
            shape += numbers(view, field)
        elif field.number == 2:
            (kind,) = numbers(view, field)
        elif field.number == 7:
            values += numbers(view, field) if len(values) < 16 else []
        elif field.number == 8:
            name = bytes(content).decode()
        elif field.number == 9 and len(content) <= 128:
            raw = bytes(content)
        elif field.number == 13 or (field.number == 14 and numbers(view, field) != [0]):
            _refuse("keeps its weights in another file", name or "external data")
    elements = math.prod(shape)
    if any(length < 0 for length in shape) or elements > 8 * size:
        _refuse("states weights that it does not hold", f"{name or 'a tensor'} of shape {shape[:8]}")
    if kind == _INT64 and raw:
        values = list(struct.unpack(f"<{len(raw) // 8}q", raw[: len(raw) // 8 * 8]))
    return _Tensor(name, tuple(values[:16]) if kind == _INT64 else ())


def _heads(view: memoryview) -> list[Field]:
    """Return a large tensor's fields without its numbers, of which the first few are enough."""
    found: list[Field] = []
    few = 0
    for field in fields(view):
        few += field.number not in (1, 2, 8, 13, 14)
        if field.number in (1, 2, 8, 9, 13, 14) or few <= 16:
            found.append(field)
    return found


def _node(view: memoryview) -> _Node:
    inputs, outputs, attributes = list[str](), list[str](), list[memoryview]()
    operator = domain = ""
    for field in fields(view):
        content = view[field.content : field.end]
        if field.number == 5:
            attributes.append(content)
        elif field.number in (1, 2, 4, 7):
            text = bytes(content).decode()
            if field.number == 4:
                operator = text
            elif field.number == 7:
                domain = text
            else:
                (inputs if field.number == 1 else outputs).append(text)
    return _Node(operator, domain, inputs, outputs, attributes)


def _check_domain(domain: str) -> None:
    if domain not in DOMAINS:
        _refuse("needs operators that ONNX Runtime does not bring along", f"the domain {domain!r}")


def _text(view: memoryview, number: int) -> str:
    return b"".join(contents(view, number)[-1:]).decode()


def _refuse(what: str, got: str) -> NoReturn:
    raise ReleaseError(
        f"the model {what}",
        where="model.onnx",
        got=got,
        next_step="do not use it; a model that `interlock develop` compiled does no such thing",
    )
