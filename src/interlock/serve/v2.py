"""KServe's Open Inference Protocol, version 2, over REST: one input tensor a column.

Source:
    https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md
"""

from __future__ import annotations

import time
from typing import Any

import msgspec

from interlock.contract import CheckedRow, Column
from interlock.serve import reasons
from interlock.serve.answer import flags_as_values
from interlock.serve.columns import rows_of_columns
from interlock.serve.ledger.format import prediction_id
from interlock.serve.message import Refusal, Request, Response
from interlock.serve.service import Scored, Service
from interlock.serve.v1 import check_json

__all__ = ["infer", "model", "model_ready", "render", "server"]

_ANY = msgspec.json.Decoder()
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])
_DATATYPES = frozenset(
    ("BOOL", "BYTES", "FP16", "FP32", "FP64", *(f"{u}INT{n}" for u in ("", "U") for n in (8, 16, 32, 64)))
)
_TYPES = {
    "number": "FP64",
    "integer": "INT64",
    "boolean": "BOOL",
    "category": "BYTES",
    "text": "BYTES",
    "timestamp": "BYTES",
}


class _Input(msgspec.Struct):
    name: str
    shape: list[int]
    datatype: str
    data: list[msgspec.Raw]


class _Output(msgspec.Struct):
    name: str


class _Infer(msgspec.Struct):
    inputs: list[_Input]
    id: str | None = None
    outputs: list[_Output] | None = None
    parameters: Any = None


_INFER = msgspec.json.Decoder(_Infer)


def infer(service: Service, request: Request) -> Response:
    """Predict the rows that the inputs' columns make.

    Args:
        service: The worker's.
        request: An inference request. Its parameter `explain` asks for so many reasons; other parameters
            are tolerated and ignored.

    Returns:
        Outputs `prediction`, `label` (for classes), `interval` (where the model gives one), `prediction_id`,
        `flags` (a JSON array a row) and, where they are asked for, `reasons` (a JSON object a row).

    Raises:
        Refusal: If there is no answer; one rejected row rejects the request: the protocol knows no other way.
    """
    started = time.perf_counter()
    _check_model(service, request)
    check_json(request)
    asked = _decode(request.body)
    count = _reasons(service, asked)
    scored = service.score(lambda: _decoded(service, asked, count))
    if any(row.rejected for row in scored.rows):
        raise service.rejected(scored, "v2", request.body, started)
    wanted = {output.name for output in asked.outputs or ()}
    given = _outputs(service, scored, count)
    outputs = [tensor for tensor in given if not wanted or tensor["name"] in wanted]
    if missing := wanted - {tensor["name"] for tensor in outputs}:
        raise Refusal(400, "outputs", f"{len(missing)} of the outputs asked for do not exist")
    answer = msgspec.json.encode(
        {
            "model_name": service.release.name,
            "model_version": service.release.digest,
            "id": asked.id if asked.id is not None else service.answers.ids(scored.first, 1)[0],
            "parameters": {"release": service.release.digest},
            "outputs": outputs,
        }
    )
    service.account(scored, "v2", 200, started)
    return Response(200, answer)


def server(_service: Service, _request: Request) -> Response:
    """Return the server's metadata."""
    from interlock import __version__

    return _json({"name": "interlock", "version": __version__, "extensions": []})


def model(service: Service, request: Request) -> Response:
    """Return the model's metadata: inputs and outputs as the contract has them."""
    _check_model(service, request)
    release, contract = service.release, service.contract
    width = [len(contract.classes)] if contract.task == "multiclass" else []
    outputs = [_described("prediction", "FP64", [-1, *width])]
    outputs += [_described("label", "BYTES", [-1])] if contract.classes else []
    outputs += [_described("interval", "FP64", [-1, 2])] if service.scorer.intervals else []
    outputs += [_described("prediction_id", "BYTES", [-1]), _described("flags", "BYTES", [-1])]
    return _json(
        {
            "name": release.name,
            "versions": [release.digest],
            "platform": "onnx",
            "inputs": [_input(column) for column in contract.inputs],
            "outputs": outputs,
            "parameters": {"contract": release.contract_digest},
        }
    )


def model_ready(service: Service, request: Request) -> Response:
    """Say whether the model answers: the golden rows were replayed."""
    _check_model(service, request)
    if not service.ready:
        raise Refusal(503, "not_ready", service.reason)
    return _json({"name": service.release.name, "ready": True})


def render(service: Service, refusal: Refusal, number: int) -> bytes:
    """Return the body of a refusal, in the protocol's form with our fields beside."""
    answer: dict[str, Any] = {
        "error": refusal.message,
        "code": refusal.code,
        "id": prediction_id(service.ledger.writer, number),
        "release": service.release.digest,
    }
    if refusal.violations:
        answer["violations"] = [
            {"row": row, **value} for row, flags in refusal.violations for value in flags_as_values(flags)
        ]
    return msgspec.json.encode(answer)


def _decode(body: bytes) -> _Infer:
    try:
        return _INFER.decode(body)
    except msgspec.ValidationError as error:
        raise Refusal(400, "malformed", f"this is not an inference request: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal(400, "malformed", "the body is not JSON") from None


def _reasons(service: Service, asked: _Infer) -> int:
    """Return how many reasons are asked for; 0 where none are."""
    if not isinstance(asked.parameters, dict) or "explain" not in asked.parameters:
        return 0
    service.reasons.require()
    return reasons.wanted(asked.parameters["explain"])


def _decoded(service: Service, asked: _Infer, count: int) -> list[CheckedRow]:
    rows = service.decoder.many(_rows(asked))
    return service.reasons.few(rows) if count else rows


def _rows(asked: _Infer) -> bytes:
    """Return the rows as JSON, each value as it was sent."""
    if len({tensor.name for tensor in asked.inputs}) != len(asked.inputs):
        raise Refusal(400, "shape", "an input comes twice")
    return rows_of_columns({tensor.name: _values(tensor) for tensor in asked.inputs})


def _values(tensor: _Input) -> list[msgspec.Raw]:
    """Return the values of one column; [n], and [n, 1] nested or flat."""
    if tensor.datatype not in _DATATYPES:
        raise Refusal(400, "datatype", "an input has a datatype that the protocol does not know")
    data = tensor.data
    if (
        len(tensor.shape) == 2
        and tensor.shape[1] == 1
        and any(bytes(value).startswith(b"[") for value in data)
    ):
        data = [value for nested in data for value in _nested(nested)]
    if tensor.shape not in ([len(data)], [len(data), 1]):
        message = (
            "an input holds another number of values than its shape says; one column has shape [n] or [n, 1]"
        )
        raise Refusal(400, "shape", message)
    return data


def _nested(value: msgspec.Raw) -> list[msgspec.Raw]:
    try:
        return _RAWS.decode(value)
    except msgspec.DecodeError:
        raise Refusal(400, "shape", "an input of shape [n, 1] is nested in part") from None


def _outputs(service: Service, scored: Scored, explain: int) -> list[dict[str, Any]]:
    count = len(scored.rows)
    predictions: Any = scored.predictions
    shape = [count]
    if service.contract.task == "multiclass":
        shape = [count, len(service.contract.classes)]
        predictions = [value for row in predictions for value in row]
    outputs = [_tensor("prediction", "FP64", shape, predictions)]
    if service.contract.classes:
        labels = [
            service.answers.label(prediction) for prediction in scored.predictions if prediction is not None
        ]
        outputs.append(_tensor("label", "BYTES", [count], labels))
    if scored.intervals:
        both = [end for ends in scored.intervals for end in ends or ()]
        outputs.append(_tensor("interval", "FP64", [count, 2], both))
    flags = [msgspec.json.encode(flags_as_values(row.flags)).decode() for row in scored.rows]
    ids = service.answers.ids(scored.first, count)
    outputs += [_tensor("prediction_id", "BYTES", [count], ids), _tensor("flags", "BYTES", [count], flags)]
    if explain:
        told = service.reasons.many(scored.rows, scored.predictions, explain)
        outputs.append(
            _tensor("reasons", "BYTES", [count], [msgspec.json.encode(each).decode() for each in told])
        )
    return outputs


def _check_model(service: Service, request: Request) -> None:
    """Refuse another model's name, or another version than the one that is loaded."""
    name, *version = request.arguments
    if name != service.release.name or version not in ([], [service.release.digest]):
        raise Refusal(404, "model", "there is no such model here")


def _input(column: Column) -> dict[str, Any]:
    return {
        **_described(column.name, _TYPES[column.type], [-1]),
        "parameters": {"type": column.type, "unit": column.unit, "description": column.description},
    }


def _described(name: str, datatype: str, shape: list[int]) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape}


def _tensor(name: str, datatype: str, shape: list[int], data: list[Any]) -> dict[str, Any]:
    return {**_described(name, datatype, shape), "data": data}


def _json(value: object) -> Response:
    return Response(200, msgspec.json.encode(value))
