"""Tensors of the Open Inference Protocol as rows: data as JSON, nested or flat, or as bytes.

Source:
    https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md and
    https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

from __future__ import annotations

import base64
import binascii
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from interlock.contract import Contract
from interlock.serve.columns import RAWS, Raw, raws, rows_of_columns, rows_of_table
from interlock.serve.message import Refusal

__all__ = ["DATATYPES", "Tensor", "count_of", "flat", "from_bytes", "rows_of_tensors", "to_bytes"]

#: The protocol's datatypes with NumPy's names for them; BYTES has none.
DATATYPES: dict[str, str] = {
    "BOOL": "?",
    "BYTES": "",
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
    **{f"{'U' if u else ''}INT{8 * n}": f"<{u or 'i'}{n}" for u in ("", "u") for n in (1, 2, 4, 8)},
}
#: Of a tensor's data, as MLServer calls them; what they say, the contract knows already.
_CONTENTS = frozenset(("pd", "np", "str", "datetime", "base64"))
_LENGTH = struct.Struct("<I")
_encode = msgspec.json.Encoder().encode


class Tensor(NamedTuple):
    """One input.

    Args:
        name: Of the column.
        shape: As sent.
        datatype: A key of `DATATYPES`.
        data: Undecoded JSON values, flat, in row-major order.
        parameters: As sent.
    """

    name: str
    shape: Sequence[int]
    datatype: str
    data: Sequence[Raw]
    parameters: Mapping[str, Any] = {}


def rows_of_tensors(contract: Contract, tensors: Sequence[Tensor]) -> bytes:
    """Return the rows as a JSON array of objects, each value as it was sent.

    One tensor a column, of shape `[n]` or `[n, 1]`; or one tensor of shape `[n, k]` with all k inputs of the
    contract in its order. The parameter `nulls` of a tensor lists rows whose value is missing, for datatypes
    that have no word for it: positions in a list, or in text with commas between.

    Args:
        contract: Knows the order of the inputs.
        tensors: In any order.

    Raises:
        Refusal: 400 where datatype, shape, number of values or names do not fit.

    Example:
        >>> from interlock.contract import Column
        >>> of = Contract((Column("age", "integer"), Column("size", "number")))
        >>> size, age = Tensor("size", [2], "FP64", [b"1.5", b"2"]), Tensor("age", [2], "INT64", [b"4", b"5"])
        >>> rows_of_tensors(of, [size, age])
        b'[{"size":1.5,"age":4},{"size":2,"age":5}]'
        >>> rows_of_tensors(of, [Tensor("x", [1, 2], "FP64", [b"4", b"1.5"])])
        b'[{"age":4,"size":1.5}]'
    """
    if len({tensor.name for tensor in tensors}) != len(tensors):
        raise Refusal(400, "shape", "an input comes twice")
    for tensor in tensors:
        if tensor.datatype not in DATATYPES:
            raise Refusal(400, "datatype", "an input has a datatype that the protocol does not know")
    names = [column.name for column in contract.inputs]
    if len(tensors) == 1 and len(tensors[0].shape) == 2 and tensors[0].shape[1] == len(names) > 1:
        data, width = _values(tensors[0]), len(names)
        _check_count(tensors[0], [tensors[0].shape[0], width], data)
        return rows_of_table(names, [data[i : i + width] for i in range(0, len(data), width)])
    return rows_of_columns({tensor.name: _column(tensor) for tensor in tensors})


def flat(data: Sequence[Raw], depth: int) -> list[Raw]:
    """Return nested JSON arrays as one list.

    Args:
        data: Undecoded values, or arrays of them.
        depth: How many dimensions the tensor has.

    Raises:
        Refusal: 400 where it is nested in part, or deeper than its shape.

    Example:
        >>> [bytes(value) for value in flat([b"[1,2]", b"[3,4]"], 2)]
        [b'1', b'2', b'3', b'4']
    """
    nested = [bytes(value).lstrip()[:1] == b"[" for value in data]
    if not any(nested):
        return list(data)
    if not all(nested) or depth < 2:
        raise Refusal(400, "shape", "an input's data is nested in part, or deeper than its shape")
    return flat([value for inner in data for value in RAWS.decode(inner)], depth - 1)


def count_of(shape: Sequence[int], rows: int) -> int:
    """Return how many values a tensor has, before anything is made of them.

    Args:
        shape: As sent.
        rows: The most that are taken.

    Raises:
        Refusal: 400 where it is no shape of ours, 413 where there are more rows.

    Example:
        >>> count_of([5, 3], 100)
        15
    """
    if not 1 <= len(shape) <= 2 or min(shape) < 0:
        raise Refusal(400, "shape", "one column has shape [n] or [n, 1], all of them together [n, k]")
    if shape[0] > rows:
        raise Refusal(413, "rows", f"the request holds {shape[0]} rows; at most {rows} are taken")
    return math.prod(shape)


def from_bytes(datatype: str, data: bytes, count: int) -> list[Raw]:
    r"""Return a tensor's bytes as JSON values.

    Args:
        datatype: A key of `DATATYPES`.
        data: Little-endian, row-major; BYTES with a length of four bytes before each element.
        count: How many values there are.

    Raises:
        Refusal: 400 where they are not so many of that datatype.

    Example:
        >>> [bytes(value) for value in from_bytes("INT16", b"\x01\x00\xff\xff", 2)]
        [b'1', b'-1']
    """
    if datatype not in DATATYPES:
        raise Refusal(400, "datatype", "an input has a datatype that the protocol does not know")
    if datatype == "BYTES":
        return raws(_texts(data, count))
    kind = np.dtype(DATATYPES[datatype])
    if len(data) != count * kind.itemsize:
        raise Refusal(400, "shape", "an input's binary data are not as many values as its shape says")
    return raws(np.frombuffer(data, kind).tolist())


def to_bytes(datatype: str, values: Sequence[Any]) -> bytes:
    r"""Return values as a tensor's bytes; the inverse of `from_bytes`.

    Example:
        >>> to_bytes("BYTES", ["ab", ""])
        b'\x02\x00\x00\x00ab\x00\x00\x00\x00'
    """
    if datatype == "BYTES":
        texts = [value.encode() for value in values]
        return b"".join(_LENGTH.pack(len(text)) + text for text in texts)
    return np.array(values, DATATYPES[datatype]).tobytes()


def _texts(data: bytes, count: int) -> list[str]:
    texts, place = list[str](), 0
    try:
        for _ in range(count):
            start = place + _LENGTH.size
            place = start + _LENGTH.unpack_from(data, place)[0]
            if place > len(data):
                raise Refusal(400, "shape", "an element of BYTES is longer than what was sent")
            texts.append(data[start:place].decode())
    except UnicodeDecodeError:
        raise Refusal(400, "datatype", "an element of BYTES is not UTF-8") from None
    except struct.error:
        raise Refusal(400, "shape", "BYTES have a length of four bytes before each element") from None
    if place != len(data):
        raise Refusal(400, "shape", "BYTES hold more elements than the shape says")
    return texts


def _column(tensor: Tensor) -> Sequence[Raw]:
    data = _values(tensor)
    _check_count(tensor, [len(data), 1] if len(tensor.shape) == 2 else [len(data)], data)
    return data


def _check_count(tensor: Tensor, shape: list[int], data: Sequence[Raw]) -> None:
    if [*tensor.shape] != shape or math.prod(shape) != len(data):
        message = (
            "an input holds another number of values than its shape says; one column has shape [n] or [n, 1]"
        )
        raise Refusal(400, "shape", message)


def _values(tensor: Tensor) -> Sequence[Raw]:
    """Return a tensor's values, with nulls where its parameters say so, and texts out of base64."""
    kind = tensor.parameters.get("content_type", "np")
    if kind not in _CONTENTS:
        message = f"an input has a content_type other than {', '.join(sorted(_CONTENTS))}"
        raise Refusal(400, "content_type", message)
    data = tensor.data
    if kind == "base64":
        data = [_plain(value) for value in data]
    if "nulls" in tensor.parameters:
        data = list(data)
        for place in _places(tensor.parameters["nulls"], len(data)):
            data[place] = b"null"
    return data


def _plain(value: Raw) -> bytes:
    try:
        text = msgspec.json.decode(value, type=str | None)
        return b"null" if text is None else _encode(base64.b64decode(text, validate=True).decode())
    except (msgspec.DecodeError, binascii.Error, UnicodeDecodeError):
        raise Refusal(400, "datatype", "an element is not UTF-8 text in base64") from None


def _places(nulls: object, count: int) -> list[int]:
    given = nulls.split(",") if isinstance(nulls, str) and nulls else nulls or []
    digits = [str(place).strip() for place in given] if isinstance(given, list) else ["?"]
    places = [int(each) if each.isascii() and each.isdigit() and len(each) < 9 else count for each in digits]
    if any(place >= count for place in places):
        raise Refusal(400, "nulls", "the parameter nulls lists positions of rows, from 0")
    return places
