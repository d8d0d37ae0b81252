"""KServe's Open Inference Protocol, version 2, over REST, with its extension for binary data.

Source:
    https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md and
    https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md
"""

from __future__ import annotations

import time
from typing import Any

import msgspec

from interlock.contract import Column
from interlock.serve import lists
from interlock.serve.columns import RAWS, decoded
from interlock.serve.inference import EXTENSIONS, Inference, Output, metadata, require_model
from interlock.serve.inference import infer as run
from interlock.serve.message import JSON, Refusal, Request, Response
from interlock.serve.service import Service
from interlock.serve.tensors import Tensor, count_of, flat, from_bytes, rows_of_tensors, to_bytes
from interlock.serve.v1 import check_json

__all__ = ["infer", "model", "model_ready", "render", "rows", "server"]

#: How many bytes of the body are JSON; the tensors' bytes follow.
_HEADER = "Inference-Header-Content-Length"
_HEADER_NAME = _HEADER.lower().encode()
_OCTETS = b"application/octet-stream"


class _Input(msgspec.Struct):
    name: str
    shape: list[int]
    datatype: str
    data: msgspec.Raw = msgspec.Raw()
    parameters: dict[str, Any] | None = None


class _Output(msgspec.Struct):
    name: str
    parameters: dict[str, Any] | None = None


class _Infer(msgspec.Struct):
    inputs: list[_Input]
    id: str | None = None
    outputs: list[_Output] | None = None
    parameters: dict[str, Any] | None = None


_INFER = msgspec.json.Decoder(_Infer)


def infer(service: Service, request: Request) -> Response:
    """Predict the rows that the inputs make.

    Args:
        service: The worker's.
        request: An inference request, its tensors as JSON or as bytes behind it. Its parameter `explain` asks
            for so many reasons; other parameters are tolerated and ignored.

    Returns:
        Outputs `prediction`, `label` (for classes), `interval` (where the model gives one), `prediction_id`,
        `flags` (a JSON array a row) and, where they are asked for, `reasons` (a JSON object a row).

    Raises:
        Refusal: If there is no answer; one rejected row rejects the request: the protocol knows no other way.
    """
    started = time.perf_counter()
    require_model(service, *request.arguments)
    asked, rest = _decode(request)
    inference = Inference(
        _tensors(service, asked.inputs, rest),
        asked.id,
        [each.name for each in asked.outputs or ()],
        asked.parameters,
    )
    scored, name, outputs = run(service, inference, protocol="v2", request=request, started=started)
    response = _answer(service, asked, name, outputs)
    service.account(scored, "v2", 200, started)
    return response


def rows(service: Service, request: Request) -> bytes:
    """Return a request's rows as a JSON array of objects.

    Raises:
        Refusal: 415 where it is not JSON, 400 where it is no inference request.
    """
    asked, rest = _decode(request)
    return rows_of_tensors(service.contract, _tensors(service, asked.inputs, rest))


def server(_service: Service, _request: Request) -> Response:
    """Return the server's metadata."""
    from interlock import __version__

    return _json({"name": "interlock", "version": __version__, "extensions": EXTENSIONS})


def model(service: Service, request: Request) -> Response:
    """Return the model's metadata: inputs and outputs as the contract has them."""
    require_model(service, *request.arguments)
    release, described = service.release, metadata(service)
    return _json(
        {
            "name": release.name,
            "versions": [release.digest],
            "platform": "onnx",
            "inputs": [_input(column, datatype) for column, datatype in described.inputs],
            "outputs": [
                {"name": each.name, "datatype": each.datatype, "shape": each.shape}
                for each in described.outputs
            ],
            "parameters": {"contract": release.contract_digest},
        }
    )


def model_ready(service: Service, request: Request) -> Response:
    """Say whether the model answers: the golden rows were replayed. Version 1 says it in the same words."""
    require_model(service, *request.arguments)
    is_ready, reason = service.health
    if not is_ready:
        raise Refusal(503, "not_ready", reason)
    return _json({"name": service.release.name, "ready": True})


def render(service: Service, refusal: Refusal, number: int) -> bytes:
    """Return the body of a refusal, in KServe's form with our fields beside."""
    return msgspec.json.encode({"error": refusal.message, **lists.refused(service, refusal, number)})


def _decode(request: Request) -> tuple[_Infer, bytes]:
    """Return the request, and the bytes of its tensors that stand behind it."""
    body, rest = request.body, b""
    if length := request.headers.get(_HEADER_NAME):
        if not length.isdigit() or len(length) > 10 or int(length) > len(body):
            raise Refusal(400, "malformed", f"{_HEADER} is not the length of the JSON part of this body")
        body, rest = body[: int(length)], body[int(length) :]
    else:
        check_json(request)
    return decoded(_INFER, body, "this is not an inference request", mend=True), rest


def _tensors(service: Service, inputs: list[_Input], rest: bytes) -> list[Tensor]:
    """Return the tensors; those with binary data take it from the rest of the body, one after the other."""
    tensors, place = [], 0
    for each in inputs:
        size = (each.parameters or {}).get("binary_data_size")
        if size is None:
            data = flat(_array(each.data), min(len(each.shape), 2))  # no tensor of ours has more
        else:
            if not isinstance(size, int) or size < 0 or place + size > len(rest):
                raise Refusal(400, "shape", "an input's binary_data_size is not what was sent")
            count = count_of(each.shape, service.max_rows)
            data = from_bytes(each.datatype, rest[place : place + size], count)
            place += size
        tensors.append(Tensor(each.name, each.shape, each.datatype, data, each.parameters or {}))
    if place != len(rest):
        raise Refusal(400, "shape", "more binary data was sent than the inputs say")
    return tensors


def _array(data: msgspec.Raw) -> list[msgspec.Raw]:
    try:
        return RAWS.decode(data)
    except msgspec.DecodeError:
        raise Refusal(400, "malformed", "an input's data is a JSON array") from None


def _answer(service: Service, asked: _Infer, name: str, outputs: list[Output]) -> Response:
    binary = _binary(asked)
    tensors, parts = [], []
    for output in outputs:
        tensor: dict[str, Any] = {"name": output.name, "datatype": output.datatype, "shape": output.shape}
        parameters = {"content_type": "str"} if output.datatype == "BYTES" else {}
        if binary(output.name):
            parts.append(to_bytes(output.datatype, output.values))
            tensor["parameters"] = {**parameters, "binary_data_size": len(parts[-1])}
        else:
            tensor |= {"parameters": parameters} if parameters else {}
            tensor["data"] = output.values
        tensors.append(tensor)
    header = msgspec.json.encode(
        {
            "model_name": service.release.name,
            "model_version": service.release.digest,
            "id": name,
            "parameters": {"release": service.release.digest, **_content_type(asked)},
            "outputs": tensors,
        }
    )
    headers = ((_HEADER_NAME, b"%d" % len(header)),) if parts else ()
    return Response(200, b"".join([header, *parts]), _OCTETS if parts else JSON, headers)


def _binary(asked: _Infer) -> Any:
    """Return what says of an output's name whether it is sent as bytes."""
    usual = bool((asked.parameters or {}).get("binary_data_output"))
    said = {
        each.name: bool((each.parameters or {}).get("binary_data", usual)) for each in asked.outputs or ()
    }
    return lambda name: said.get(name, usual)


def _content_type(asked: _Infer) -> dict[str, str]:
    """Return `pd` where it was asked for: so MLServer's clients know that the outputs are columns."""
    return {"content_type": "pd"} if (asked.parameters or {}).get("content_type") == "pd" else {}


def _input(column: Column, datatype: str) -> dict[str, Any]:
    return {
        "name": column.name,
        "datatype": datatype,
        "shape": [-1],
        "parameters": {"type": column.type, "unit": column.unit, "description": column.description},
    }


def _json(value: object) -> Response:
    return Response(200, msgspec.json.encode(value))
