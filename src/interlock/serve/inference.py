"""One inference of the Open Inference Protocol, whether it came through REST or gRPC."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from interlock.contract import Column
from interlock.serve import lists
from interlock.serve.answer import flags_as_values
from interlock.serve.message import Refusal, Request
from interlock.serve.service import Scored, Service
from interlock.serve.tensors import Tensor, rows_of_tensors

__all__ = ["EXTENSIONS", "Inference", "Metadata", "Output", "infer", "metadata", "names", "require_model"]

#: What of the protocol's extensions we speak.
EXTENSIONS = ("binary_tensor_data",)
#: So many digits of a digest name a release.
_FEWEST = 8
_TYPES = {
    "number": "FP64",
    "integer": "INT64",
    "boolean": "BOOL",
    "category": "BYTES",
    "text": "BYTES",
    "timestamp": "BYTES",
}


class Inference(NamedTuple):
    """What is asked.

    Args:
        tensors: The inputs.
        id: The client's; None where it gave none.
        outputs: Names of the outputs that are wanted; all of them where empty.
        parameters: `explain` asks for so many reasons; others are tolerated and ignored.
    """

    tensors: Sequence[Tensor]
    id: str | None = None
    outputs: Collection[str] = ()
    parameters: Mapping[str, Any] | None = None


class Output(NamedTuple):
    """One output.

    Args:
        name: `prediction`, `label`, `interval`, `prediction_id`, `flags` or `reasons`.
        datatype: Of the protocol.
        shape: Of the tensor; in metadata -1 stands for the number of rows.
        values: Flat, in row-major order.
    """

    name: str
    datatype: str
    shape: list[int]
    values: Sequence[Any] = ()


class Metadata(NamedTuple):
    """What the protocol tells of a model.

    Args:
        inputs: The contract's inputs, with the datatype of each.
        outputs: What is answered.
    """

    inputs: list[tuple[Column, str]]
    outputs: list[Output]


def require_model(service: Service, name: str, version: str = "") -> None:
    """Refuse another model's name, or another version than this one.

    Raises:
        Refusal: 404.
    """
    if name != service.release.name or (version and not names(service.release.digest, version)):
        raise Refusal(404, "model", "there is no such model here")


def names(digest: str, version: str) -> bool:
    """Whether a version means this release: its digest, or at least 8 of its first digits.

    Example:
        >>> names("sha256:474c04ea3802", "474c04ea"), names("sha256:474c04ea3802", "474c")
        (True, False)
    """
    digits = version.removeprefix("sha256:")
    return digest == version or (len(digits) >= _FEWEST and digest.removeprefix("sha256:").startswith(digits))


def infer(
    service: Service, asked: Inference, *, protocol: str, request: Request, started: float
) -> tuple[Scored, str, list[Output]]:
    """Predict the rows that the tensors make.

    Args:
        service: The worker's.
        asked: What is asked.
        protocol: As metrics and ledger call it.
        request: As received.
        started: `time.perf_counter()` when the body was there.

    Returns:
        The scored rows, which are to be accounted for; the id of the answer; and the outputs.

    Raises:
        Refusal: If there is no answer; one rejected row rejects the request: the protocol knows no other way.
    """
    explain = lists.explained(service, asked.parameters)
    scored = lists.accepted(
        service,
        lambda: service.decoder.many(rows_of_tensors(service.contract, asked.tensors)),
        protocol=protocol,
        request=request,
        started=started,
        explain=explain,
    )
    outputs = _wanted(_outputs(service, scored, explain), asked.outputs)
    name = asked.id if asked.id is not None else service.answers.ids(scored.first, 1)[0]
    return scored, name, outputs


def metadata(service: Service) -> Metadata:
    """Return inputs and outputs as the contract has them."""
    contract = service.contract
    width = [len(contract.classes)] if contract.task == "multiclass" else []
    outputs = [Output("prediction", "FP64", [-1, *width])]
    outputs += [Output("label", "BYTES", [-1])] if contract.classes else []
    outputs += [Output("interval", "FP64", [-1, 2])] if service.scorer.intervals else []
    outputs += [Output("prediction_id", "BYTES", [-1]), Output("flags", "BYTES", [-1])]
    return Metadata([(column, _TYPES[column.type]) for column in contract.inputs], outputs)


def _wanted(outputs: list[Output], names: Collection[str]) -> list[Output]:
    """Return the outputs that were asked for."""
    wanted = set(names)
    if missing := wanted - {output.name for output in outputs}:
        raise Refusal(400, "outputs", f"{len(missing)} of the outputs asked for do not exist")
    return [output for output in outputs if not wanted or output.name in wanted]


def _outputs(service: Service, scored: Scored, explain: int) -> list[Output]:
    count = len(scored.rows)
    predictions: Any = scored.predictions
    shape = [count]
    if service.contract.task == "multiclass":
        shape = [count, len(service.contract.classes)]
        predictions = [value for row in predictions for value in row]
    outputs = [Output("prediction", "FP64", shape, predictions)]
    if service.contract.classes:
        labels = [service.answers.label(each) for each in scored.predictions if each is not None]
        outputs.append(_texts("label", labels))
    if scored.intervals:
        both = [end for ends in scored.intervals for end in ends or ()]
        outputs.append(Output("interval", "FP64", [count, 2], both))
    outputs.append(_texts("prediction_id", service.answers.ids(scored.first, count)))
    outputs.append(_texts("flags", [_json(flags_as_values(row.flags)) for row in scored.rows]))
    if explain:
        told = service.reasons.many(scored.rows, scored.predictions, explain)
        outputs.append(_texts("reasons", [_json(each) for each in told]))
    return outputs


def _texts(name: str, values: list[Any]) -> Output:
    return Output(name, "BYTES", [len(values)], values)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
