"""KServe's first protocol: `/v1/models`, `:predict` and `:explain`, as TensorFlow Serving has them.

Source:
    https://kserve.github.io/website/docs/concepts/architecture/data-plane/v1-protocol
"""

from __future__ import annotations

import time
from typing import Any

import msgspec

from interlock.serve import lists
from interlock.serve.columns import decoded, rows_of_columns, rows_of_instances
from interlock.serve.inference import require_model
from interlock.serve.message import Refusal, Request, Response
from interlock.serve.reasons import MOST
from interlock.serve.service import Service
from interlock.serve.v1 import check_json

__all__ = ["PROTOCOL", "explain", "models", "predict", "read", "rows"]

#: As metrics and ledger call it; `v1` is our own API.
PROTOCOL = "kserve_v1"


class _Asked(msgspec.Struct):
    instances: list[msgspec.Raw] | None = None
    inputs: list[msgspec.Raw] | dict[str, list[msgspec.Raw]] | None = None
    parameters: Any = None


_ASKED = msgspec.json.Decoder(_Asked)


def models(service: Service, _request: Request) -> Response:
    """Name the model that is served."""
    return Response(200, msgspec.json.encode({"models": [service.release.name]}))


def predict(service: Service, request: Request) -> Response:
    """Predict `instances`, or `inputs`: objects, or arrays in the order of the contract.

    Args:
        service: The worker's.
        request: With a JSON body. `parameters` may ask for reasons, `{"explain": 3}`; others are ignored.

    Returns:
        `{"predictions": […]}`, and beside it ids, labels, intervals, flags and the release.

    Raises:
        Refusal: If there is no answer; one rejected row rejects the request: the protocol knows no other way.
    """
    return _answer(service, request, 0)


def explain(service: Service, request: Request) -> Response:
    """Predict, and give under `explanations` all reasons for each row, or as many as the parameters say.

    Raises:
        Refusal: Besides the others, 400 where the release holds no explanation.
    """
    service.reasons.require()
    return _answer(service, request, MOST)


def rows(service: Service, request: Request) -> bytes:
    """Return a request's rows as a JSON array of objects; raises as `read`."""
    return read(service, request)[0]


def read(service: Service, request: Request) -> tuple[bytes, object]:
    """Return a request's rows as a JSON array of objects, and its parameters.

    Raises:
        Refusal: 415 where it is not JSON, 400 where it is not of the protocol's form.
    """
    check_json(request)
    asked = decoded(_ASKED, request.body, "the body holds instances, or inputs")
    if (asked.instances is None) == (asked.inputs is None):
        raise Refusal(400, "malformed", "the body has to hold either instances or inputs")
    if isinstance(asked.inputs, dict):
        return rows_of_columns(asked.inputs), asked.parameters
    instances = asked.instances if asked.inputs is None else asked.inputs
    names = [column.name for column in service.contract.inputs]
    return rows_of_instances(names, instances or ()), asked.parameters


def _answer(service: Service, request: Request, reasons: int) -> Response:
    started = time.perf_counter()
    require_model(service, *request.arguments)
    given, parameters = read(service, request)
    scored, answer = lists.answered(
        service, given, parameters, protocol=PROTOCOL, request=request, started=started, explain=reasons
    )
    body = msgspec.json.encode(answer)
    service.account(scored, PROTOCOL, 200, started)
    return Response(200, body)
