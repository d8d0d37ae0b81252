"""Which columns of the contract the inputs of a brought file take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto

from interlock.contract.model import Contract
from interlock.contract.validity import did_you_mean
from interlock.develop.bring.foreign import Port, Type
from interlock.develop.sample import Sample
from interlock.errors import InputError

__all__ = ["ports_of"]

_TYPES: dict[int, Type] = {
    TensorProto.FLOAT: "float",
    TensorProto.DOUBLE: "double",
    TensorProto.INT64: "int64",
    TensorProto.BOOL: "bool",
    TensorProto.STRING: "string",
}


def ports_of(
    proto: onnx.ModelProto, contract: Contract, train: Sample, *, whole: bool = False
) -> tuple[Port, ...]:
    """Find for each input of a file the columns that it takes.

    Args:
        proto: The file. It takes one matrix of all numbers of the contract in their order, or `numbers` and
            `strings` as a release does, or one input [n, 1] for each of some columns, called as they are.
        contract: What the columns are called.
        train: The rows to learn from: an input that cannot be missing is filled by their median.
        whole: Whether no number may be missing, for a model that then answers nothing.

    Raises:
        InputError: An input is no column, or takes what the column does not hold.
    """
    given = {each.name for each in proto.graph.initializer}
    inputs = [each for each in proto.graph.input if each.name not in given]
    columns = {column.name for column in contract.inputs}
    matrix = len(inputs) == 1 and inputs[0].name not in columns and _alike(inputs[0].name, [*columns]) is None
    ports = tuple(_port(each, contract, train, matrix=matrix) for each in inputs)
    return tuple(_filled(port, train) for port in ports) if whole else ports


def _port(tensor: Any, contract: Contract, train: Sample, *, matrix: bool) -> Port:
    kind = _TYPES.get(tensor.type.tensor_type.elem_type)
    if kind is None:
        raise InputError(
            "an input of the file holds what no column can give",
            where=f"input `{tensor.name}`",
            got=str(tensor.type).strip().replace("\n", " ")[:80] or "no tensor",
            next_step="export it with inputs of float, double, int64, bool or string",
        )
    if matrix or tensor.name in ("numbers", "strings"):
        return _matrix(tensor, kind, contract, train)
    columns = contract.strings if kind == "string" else contract.numbers
    names = [column.name for column in columns]
    place = names.index(tensor.name) if tensor.name in names else _alike(tensor.name, names)
    if place is None:
        held = [column.name for column in contract.inputs]
        other = f"it holds {contract[tensor.name].type}" if tensor.name in held else ""
        raise InputError(
            f"an input of the file is no column that holds {'text' if kind == 'string' else 'numbers'}",
            where=f"input `{tensor.name}`",
            got=other or "no such column",
            next_step=did_you_mean(tensor.name, held),
        )
    return Port(tensor.name, kind, (place,), _fills((place,), kind, train))


def _matrix(tensor: Any, kind: Type, contract: Contract, train: Sample) -> Port:
    """Give the file all numbers, or all strings, in one matrix."""
    columns = contract.strings if kind == "string" else contract.numbers
    width = _width(tensor) or len(columns)
    if width != len(columns):
        raise InputError(
            f"the file takes a matrix of {width} columns, the contract has {len(columns)} of that kind",
            where=f"input `{tensor.name}`",
            got=", ".join(column.name for column in columns) or "none",
            next_step="export one input a column, called as the column; or give the others the role ignore",
        )
    places = tuple(range(len(columns)))
    return Port(tensor.name, kind, places, _fills(places, kind, train))


def _alike(name: str, names: list[str]) -> int | None:
    """Find a column by its name with everything but letters and digits as `_`, as converters write it."""
    found = [at for at, each in enumerate(names) if "".join(c if c.isalnum() else "_" for c in each) == name]
    return found[0] if len(found) == 1 else None


def _fills(places: tuple[int, ...], kind: Type, train: Sample) -> tuple[float | None, ...]:
    """Fill by the median what cannot stay missing: integers, and columns in which nothing was missing."""
    if kind == "string":
        return ()
    found: list[float | None] = []
    for place in places:
        values = train.numbers[:, place]
        known = values[np.isfinite(values)]
        median = float(np.median(known)) if len(known) else 0.0
        whole = kind in ("int64", "bool")
        found.append(float(round(median)) if whole else median if not np.isnan(values).any() else None)
    return tuple(found)


def _filled(port: Port, train: Sample) -> Port:
    fills = zip(port.fill, port.columns, strict=False)
    medians = (float(np.nanmedian(train.numbers[:, at])) if fill is None else fill for fill, at in fills)
    return replace(port, fill=tuple(0.0 if np.isnan(each) else each for each in medians))


def _width(tensor: Any) -> int:
    """Return the number of columns of an input; 0 where the file does not say, 1 for a vector."""
    dimensions = tensor.type.tensor_type.shape.dim
    return 1 if len(dimensions) < 2 else int(dimensions[1].dim_value)
