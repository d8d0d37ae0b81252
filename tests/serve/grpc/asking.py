"""Messages of gRPC as Triton's own library writes them."""

from __future__ import annotations

from typing import Any

from tritonclient.grpc import service_pb2

FIELDS = {
    "distance": ("FP64", "fp64_contents"),
    "seats": ("INT64", "int64_contents"),
    "fresh": ("BOOL", "bool_contents"),
    "at": ("BYTES", "bytes_contents"),
    "carrier": ("BYTES", "bytes_contents"),
}


def grpc_request(model: str, rows: list[dict[str, Any]], **more: Any) -> Any:
    """Return an inference request whose tensors stand in its contents."""
    request = service_pb2.ModelInferRequest(model_name=model, **more)
    for name, (datatype, field) in FIELDS.items():
        values = [row[name] for row in rows]
        tensor = request.inputs.add(name=name, datatype=datatype, shape=[len(rows)])
        getattr(tensor.contents, field).extend(v.encode() if isinstance(v, str) else v for v in values)
    return request
