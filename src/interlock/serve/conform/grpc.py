"""KServe's Open Inference Protocol through gRPC; needs the extra `grpc`.

Source:
    https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/open_inference_grpc.proto
"""

from __future__ import annotations

import math
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from interlock.serve.conform.ask import Ask, Reply
from interlock.serve.conform.check import Wrong, check, require
from interlock.serve.conform.sample import Sample
from interlock.serve.conform.tensor import octets
from interlock.serve.grpc import require as require_grpc
from interlock.serve.grpc.messages import message

__all__ = ["CHECKS", "over_grpc"]

_NAME = "grpc"
_SERVICE = "/inference.GRPCInferenceService/"
_CODE = "grpc-status"


def over_grpc(
    address: str, headers: Mapping[str, str] | None = None, *, tls: bool = False, seconds: float = 10.0
) -> Ask:
    """Return what calls the gRPC server at an address; the status of a reply is 200, or 0 with a code.

    Args:
        address: Host and port.
        headers: Sent with every call as metadata.
        tls: Whether it speaks TLS. Its certificate is checked as that of HTTP is: by the machine,
            or those of `SSL_CERT_FILE`.
        seconds: How long an answer may take.

    Raises:
        InputError: If gRPC is not installed.
    """
    require_grpc()
    import grpc

    def trust() -> Any:
        return grpc.ssl_channel_credentials(_authorities())

    metadata = [(name.lower(), value) for name, value in (headers or {}).items()]

    def ask(_method: str, path: str, body: bytes, _headers: Mapping[str, str]) -> Reply:
        with grpc.secure_channel(address, trust()) if tls else grpc.insecure_channel(address) as channel:
            try:
                answer = channel.unary_unary(path)(body, timeout=seconds, metadata=metadata)
            except grpc.RpcError as error:
                return Reply(0, {_CODE: error.code().name}, (error.details() or "").encode())
            return Reply(200, {_CODE: "OK"}, answer)

    return ask


def _authorities() -> bytes | None:
    """Return what the ssl module trusts, which gRPC does not ask; None leaves gRPC its own list."""
    file = ssl.get_default_verify_paths().cafile
    return None if file is None else Path(file).read_bytes()


def _call(ask: Ask, method: str, kind: str = "", **fields: Any) -> Reply:
    sent = message(kind or f"{method}Request")(**fields)
    return ask("POST", _SERVICE + method, sent.SerializeToString(), {})


def _answer(reply: Reply, kind: str) -> Any:
    from google.protobuf.message import DecodeError

    _require_code(reply, "OK")
    try:
        return message(kind).FromString(reply.body)
    except DecodeError:
        raise Wrong(f"bytes that are no {kind}") from None


def _require_code(reply: Reply, code: str) -> None:
    got = reply.headers.get(_CODE, "")
    require(got == code, f"{got} {reply.body.decode('utf-8', 'replace') if got != 'OK' else ''}")


def _asked(sample: Sample, *, raw: bool) -> dict[str, Any]:
    """Return a request's fields, its tensors as raw bytes or as contents."""
    fields = {"BOOL": "bool_contents", "INT64": "int64_contents", "FP64": "fp64_contents"}
    tensor, contents = message("InferInputTensor"), message("InferTensorContents")
    inputs, parts = [], []
    for name, value in sample.told.items():
        datatype = sample.datatypes[name]
        parts.append(octets(datatype, value))
        field = fields.get(datatype, "bytes_contents")
        held = value.encode() if isinstance(value, str) else value
        given = {} if raw else {"contents": contents(**{field: [held]})}
        inputs.append(tensor(name=name, datatype=datatype, shape=[1], **given))
    asked = {"model_name": sample.model, "id": "mine-42", "inputs": inputs}
    return asked | ({"raw_input_contents": parts} if raw else {})


@check(_NAME, "ServerLive", "live")
def _live(ask: Ask, _sample: Sample) -> None:
    require(_answer(_call(ask, "ServerLive"), "ServerLiveResponse").live, "not live")


@check(_NAME, "ServerReady", "ready")
def _ready(ask: Ask, _sample: Sample) -> None:
    require(_answer(_call(ask, "ServerReady"), "ServerReadyResponse").ready, "not ready")


@check(_NAME, "ModelReady", "ready")
def _model_ready(ask: Ask, sample: Sample) -> None:
    reply = _call(ask, "ModelReady", name=sample.model)
    require(_answer(reply, "ModelReadyResponse").ready, "not ready")


@check(_NAME, "ServerMetadata", "a name and a version")
def _server(ask: Ask, _sample: Sample) -> None:
    answer = _answer(_call(ask, "ServerMetadata"), "ServerMetadataResponse")
    require(answer.name and answer.version, str(answer))


@check(_NAME, "ModelMetadata", "the model's name, inputs and outputs")
def _model(ask: Ask, sample: Sample) -> None:
    answer = _answer(_call(ask, "ModelMetadata", name=sample.model), "ModelMetadataResponse")
    require(answer.name == sample.model and answer.inputs and answer.outputs, str(answer))


@check(_NAME, "ModelInfer with contents", "outputs, each as many values as its shape says; the id comes back")
def _contents(ask: Ask, sample: Sample) -> None:
    answer = _answer(_call(ask, "ModelInfer", **_asked(sample, raw=False)), "ModelInferResponse")
    require(answer.id == "mine-42" and answer.outputs, str(answer))
    for output, data in zip(answer.outputs, answer.raw_output_contents, strict=False):
        if output.datatype == "FP64":
            require(math.prod(output.shape) * 8 == len(data), f"{output.shape} and {len(data)} bytes")


@check(_NAME, "ModelInfer with raw_input_contents", "the same outputs as with contents")
def _raw(ask: Ask, sample: Sample) -> None:
    answers = [
        _answer(_call(ask, "ModelInfer", **_asked(sample, raw=raw)), "ModelInferResponse")
        for raw in (False, True)
    ]
    first = [_first(answer) for answer in answers]
    require(first[0] == first[1], str(first))


@check(_NAME, "ModelInfer of another model", "the code NOT_FOUND")
def _other(ask: Ask, sample: Sample) -> None:
    asked = _asked(sample, raw=True) | {"model_name": "there-is-none"}
    _require_code(_call(ask, "ModelInfer", **asked), "NOT_FOUND")


@check(_NAME, "ModelInfer with a shape that is not its data's", "the code INVALID_ARGUMENT")
def _shape(ask: Ask, sample: Sample) -> None:
    asked = _asked(sample, raw=True)
    asked["inputs"][0].shape[0] = 7
    _require_code(_call(ask, "ModelInfer", **asked), "INVALID_ARGUMENT")


def _first(answer: Any) -> tuple[bytes, bytes]:
    """Return the first output, wherever its values are."""
    raw = answer.raw_output_contents
    return (raw[0] if raw else b""), answer.outputs[0].SerializeToString(deterministic=True)


CHECKS = (_live, _ready, _model_ready, _server, _model, _contents, _raw, _other, _shape)
