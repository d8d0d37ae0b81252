"""Vertex AI's prediction protocol: `instances` and `parameters` in, `predictions` out, an object a row.

Source:
    https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements
"""

from __future__ import annotations

import time
from typing import Any

import msgspec

from interlock.serve import kserve_v1, lists
from interlock.serve.lines import answer_of_json_lines
from interlock.serve.message import Request, Response
from interlock.serve.service import Service

__all__ = ["predict"]


def predict(service: Service, request: Request) -> Response:
    """Predict `instances`: objects, or arrays in the order of the contract.

    The platform keeps `predictions` alone of an answer, so each is an object that holds its id, label and
    flags; its `prediction` is what the other protocols call so.

    Args:
        service: The worker's.
        request: With a JSON body. `parameters` may ask for reasons, `{"explain": 3}`; others are ignored.

    Raises:
        Refusal: If there is no answer; one rejected row rejects the request: the protocol knows no other way.
    """
    started = time.perf_counter()
    given, parameters = kserve_v1.read(service, request)
    scored, answer = lists.answered(
        service, given, parameters, protocol="vertex", request=request, started=started
    )
    body = msgspec.json.encode({"predictions": _objects(answer), "release": service.release.digest})
    service.account(scored, "vertex", 200, started)
    return Response(200, body)


def _objects(answer: dict[str, Any]) -> list[msgspec.Raw]:
    return msgspec.json.Decoder(msgspec.Raw).decode_lines(answer_of_json_lines(answer))
