"""The calls of the Open Inference Protocol: a message's bytes in, an answer's bytes out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from interlock.serve.columns import Raw, raws
from interlock.serve.grpc.messages import message
from interlock.serve.inference import EXTENSIONS, Inference, Output, infer, metadata, require_model
from interlock.serve.message import Refusal, Request, Response
from interlock.serve.service import Service
from interlock.serve.tensors import Tensor, count_of, from_bytes, rows_of_tensors, to_bytes

__all__ = ["METHODS", "PROTOBUF", "VERSIONS", "model_infer", "rows"]

PROTOBUF = b"application/x-protobuf"
_PROTOCOL = "grpc"
#: Of the health check: whether it is to be called.
_SERVING, _NOT_SERVING = 1, 2
#: Where the contents of a datatype are; FP16 has none, and comes as raw bytes.
_CONTENTS = {
    "BOOL": "bool_contents",
    "INT8": "int_contents",
    "INT16": "int_contents",
    "INT32": "int_contents",
    "INT64": "int64_contents",
    "UINT8": "uint_contents",
    "UINT16": "uint_contents",
    "UINT32": "uint_contents",
    "UINT64": "uint64_contents",
    "FP32": "fp32_contents",
    "FP64": "fp64_contents",
    "BYTES": "bytes_contents",
}


def model_infer(service: Service, request: Request) -> Response:
    """Predict the rows that the inputs make.

    Args:
        service: The worker's.
        request: A `ModelInferRequest`, its tensors as contents or as raw bytes.

    Returns:
        A `ModelInferResponse` with the outputs of the REST protocol, as raw bytes.

    Raises:
        Refusal: If there is no answer; one rejected row rejects the request: the protocol knows no other way.
    """
    started = time.perf_counter()
    asked = _parsed("ModelInferRequest", request)
    require_model(service, asked.model_name, asked.model_version)
    inference = Inference(
        _tensors(service, asked),
        asked.id or None,
        [output.name for output in asked.outputs],
        _parameters(asked.parameters),
    )
    scored, name, outputs = infer(service, inference, protocol=_PROTOCOL, request=request, started=started)
    response = _answer(service, name, outputs)
    service.account(scored, _PROTOCOL, 200, started)
    return response


def rows(service: Service, request: Request) -> bytes:
    """Return a request's rows as a JSON array of objects.

    Raises:
        Refusal: 400 where it is no inference request.
    """
    return rows_of_tensors(service.contract, _tensors(service, _parsed("ModelInferRequest", request)))


def _server_live(_service: Service, _request: Request) -> Response:
    return _written("ServerLiveResponse", live=True)


def _server_ready(service: Service, _request: Request) -> Response:
    return _written("ServerReadyResponse", ready=service.health[0])


def _model_ready(service: Service, request: Request) -> Response:
    asked = _parsed("ModelReadyRequest", request)
    require_model(service, asked.name, asked.version)
    return _written("ModelReadyResponse", ready=service.health[0])


def _server_metadata(_service: Service, _request: Request) -> Response:
    from interlock import __version__

    return _written("ServerMetadataResponse", name="interlock", version=__version__, extensions=EXTENSIONS)


def _model_metadata(service: Service, request: Request) -> Response:
    asked = _parsed("ModelMetadataRequest", request)
    require_model(service, asked.name, asked.version)
    described, tensor = metadata(service), message("TensorMetadata")
    return _written(
        "ModelMetadataResponse",
        name=service.release.name,
        versions=[service.release.digest],
        platform="onnx",
        inputs=[
            tensor(name=column.name, datatype=datatype, shape=[-1]) for column, datatype in described.inputs
        ],
        outputs=[
            tensor(name=each.name, datatype=each.datatype, shape=each.shape) for each in described.outputs
        ],
    )


def _health(service: Service, request: Request) -> Response:
    """Answer gRPC's own health check, of the server or of a service of it."""
    name = _parsed("HealthCheckRequest", request).service
    if name not in ("", "inference.GRPCInferenceService"):
        raise Refusal(404, "model", "there is no such service here")
    return _written("HealthCheckResponse", status=_SERVING if service.health[0] else _NOT_SERVING)


#: Handlers by the path of their call.
METHODS: dict[str, Callable[[Service, Request], Response]] = {
    "/inference.GRPCInferenceService/ServerLive": _server_live,
    "/inference.GRPCInferenceService/ServerReady": _server_ready,
    "/inference.GRPCInferenceService/ModelReady": _model_ready,
    "/inference.GRPCInferenceService/ServerMetadata": _server_metadata,
    "/inference.GRPCInferenceService/ModelMetadata": _model_metadata,
    "/inference.GRPCInferenceService/ModelInfer": model_infer,
    "/grpc.health.v1.Health/Check": _health,
}

#: What reads which release a call asks for, by its handler; a message that is none asks for none.
VERSIONS: dict[Callable[[Service, Request], Response], Callable[[Request], str]] = {
    model_infer: lambda request: _version("ModelInferRequest", "model_version", request),
    _model_ready: lambda request: _version("ModelReadyRequest", "version", request),
    _model_metadata: lambda request: _version("ModelMetadataRequest", "version", request),
}


def _version(name: str, field: str, request: Request) -> str:
    try:
        return str(getattr(_parsed(name, request), field))
    except Refusal:
        return ""  # the handler says what is wrong with it


def _parsed(name: str, request: Request) -> Any:
    from google.protobuf.message import DecodeError

    try:
        return message(name).FromString(request.body)
    except DecodeError:
        raise Refusal(400, "malformed", f"this is not a {name}") from None


def _written(kind: str, /, **fields: Any) -> Response:
    return Response(200, message(kind)(**fields).SerializeToString(), PROTOBUF)


def _tensors(service: Service, asked: Any) -> list[Tensor]:
    raw = asked.raw_input_contents
    if raw and len(raw) != len(asked.inputs):
        raise Refusal(400, "shape", "raw_input_contents has to hold the bytes of every input, or be empty")
    given: Iterable[bytes | None] = raw or [None] * len(asked.inputs)
    tensors = []
    for each, data in zip(asked.inputs, given, strict=True):
        count = count_of(each.shape, service.max_rows)
        values = _contents(each, count) if data is None else from_bytes(each.datatype, data, count)
        tensors.append(Tensor(each.name, [*each.shape], each.datatype, values, _parameters(each.parameters)))
    return tensors


def _contents(tensor: Any, count: int) -> Sequence[Raw]:
    field = _CONTENTS.get(tensor.datatype)
    if field is None:
        message = "an input has a datatype that the protocol does not know, or that comes as raw bytes only"
        raise Refusal(400, "datatype", message)
    held = getattr(tensor.contents, field)
    if len(held) != count:
        raise Refusal(400, "shape", "an input holds another number of values than its shape says")
    values = [*held]
    if tensor.datatype != "BYTES":
        return raws(values)
    try:
        return raws([value.decode() for value in values])
    except UnicodeDecodeError:
        raise Refusal(400, "datatype", "an element of BYTES is not UTF-8") from None


def _parameters(entries: Any) -> dict[str, Any]:
    chosen = {entry.key: (entry.value, entry.value.WhichOneof("parameter_choice")) for entry in entries}
    return {key: getattr(value, field) for key, (value, field) in chosen.items() if field}


def _answer(service: Service, name: str, outputs: Sequence[Output]) -> Response:
    release = service.release
    text, entry = message("InferParameter"), message("ParametersEntry")
    is_text = [entry(key="content_type", value=text(string_param="str"))]
    tensor = message("InferOutputTensor")
    return _written(
        "ModelInferResponse",
        model_name=release.name,
        model_version=release.digest,
        id=name,
        parameters=[entry(key="release", value=text(string_param=release.digest))],
        outputs=[
            tensor(
                name=each.name,
                datatype=each.datatype,
                shape=each.shape,
                parameters=is_text if each.datatype == "BYTES" else [],
            )
            for each in outputs
        ],
        raw_output_contents=[to_bytes(each.datatype, each.values) for each in outputs],
    )
