"""The sample's row as tensors of the Open Inference Protocol."""

from __future__ import annotations

import json
import struct
from typing import Any

from interlock.serve.conform.ask import Ask, Reply
from interlock.serve.conform.check import post
from interlock.serve.conform.sample import Sample

__all__ = ["binary", "infer", "octets", "prediction", "tensors"]

_FORMATS = {"BOOL": "?", "FP32": "f", "FP64": "d", "INT8": "b", "INT16": "h", "INT32": "i", "INT64": "q"}


def tensors(sample: Sample, *, rows: int = 1, nested: bool = False) -> list[dict[str, Any]]:
    """Return one tensor a column, the row as often as asked, of shape `[n]`, or nested of shape `[n, 1]`."""
    inputs = []
    for name, value in sample.told.items():
        data: list[Any] = [[value]] * rows if nested else [value] * rows
        shape = [rows, 1] if nested else [rows]
        inputs.append({"name": name, "shape": shape, "datatype": sample.datatypes[name], "data": data})
    return inputs


def infer(ask: Ask, sample: Sample, inputs: list[dict[str, Any]], **more: Any) -> Reply:
    """Ask for an inference."""
    return post(ask, f"/v2/models/{sample.path}/infer", {"inputs": inputs, **more})


def prediction(reply: Reply) -> list[Any]:
    """Return the data of the first output."""
    data: list[Any] = reply.json["outputs"][0]["data"]
    return data


def binary(sample: Sample, **more: Any) -> tuple[bytes, int]:
    """Return a request whose tensors are bytes, and how many of its bytes are JSON."""
    inputs, parts = [], []
    for name, value in sample.told.items():
        datatype = sample.datatypes[name]
        parts.append(octets(datatype, value))
        size = {"binary_data_size": len(parts[-1])}
        inputs.append({"name": name, "shape": [1], "datatype": datatype, "parameters": size})
    header = json.dumps({"inputs": inputs, **more}).encode()
    return b"".join([header, *parts]), len(header)


def octets(datatype: str, value: Any) -> bytes:
    """Return one value as the bytes of its datatype."""
    if datatype == "BYTES":
        text = str(value).encode()
        return struct.pack("<I", len(text)) + text
    return struct.pack("<" + _FORMATS[datatype], value)
