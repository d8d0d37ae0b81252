"""`/invocations`, the path that MLflow and SageMaker share.

The content type says what is sent, `Accept` what is to come back. A JSON body is MLflow's, whose form
`instances` is that of SageMaker's own algorithms too; a CSV may have a header, as MLflow sends it, or none;
JSON lines are SageMaker's. The answer is JSON with a list of predictions, unless another form is preferred.

Source:
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html and
    https://docs.aws.amazon.com/sagemaker/latest/dg/cdf-inference.html
"""

from __future__ import annotations

import re
import time
from typing import Any

import msgspec

from interlock.serve import lists, mlflow
from interlock.serve.accept import preferred
from interlock.serve.lines import answer_of_csv, answer_of_json_lines, rows_of_csv, rows_of_json_lines
from interlock.serve.message import JSON, Refusal, Request, Response, media_type
from interlock.serve.service import Service

__all__ = ["invocations", "rows", "sagemaker"]

_CSV = ("text/csv", "application/csv")
_LINES = ("application/jsonlines", "application/x-jsonlines", "application/jsonl", "application/x-ndjson")
_TYPES = "application/json, text/csv, application/csv or application/jsonlines"
_HEADER = re.compile(rb';\s*header\s*=\s*"?(present|absent)"?', re.IGNORECASE)
#: What SageMaker passes through, and its client gets back.
_ATTRIBUTES = b"x-amzn-sagemaker-custom-attributes"
_INFERENCE = b"x-amzn-sagemaker-inference-id"
_LONGEST = 1024
_PARQUET = (
    "Parquet is not read here: send application/json (dataframe_split), text/csv, or score files in batch"
)


def invocations(service: Service, request: Request, protocol: str = "mlflow") -> Response:
    """Predict the rows of a request.

    Args:
        service: The worker's.
        request: JSON, CSV or JSON lines. `params` may ask for reasons, `{"explain": 3}`; others are ignored.
        protocol: As metrics and ledger call it.

    Returns:
        `{"predictions": […]}` with ids, labels, intervals, flags and release beside; or, where they are
        accepted, a CSV of predictions alone or JSON lines.

    Raises:
        Refusal: If there is no answer; one rejected row rejects the request: the protocols know no other way.
    """
    started = time.perf_counter()
    media = media_type(request.content_type)
    form = _form(request, media)
    given, params = _read(service, request, media)
    scored, answer = lists.answered(
        service, given, params, protocol=protocol, request=request, started=started
    )
    body = _written(answer, form)
    service.account(scored, protocol, 200, started)
    return Response(200, body, form.encode(), _echoed(request))


def sagemaker(service: Service, request: Request) -> Response:
    """Predict the rows of a request that SageMaker sends."""
    return invocations(service, request, "sagemaker")


def rows(service: Service, request: Request) -> bytes:
    """Return a request's rows as a JSON array of objects.

    Raises:
        Refusal: 415 where it is of another content type, 400 where it has none of the forms.
    """
    return _read(service, request, media_type(request.content_type))[0]


def _echoed(request: Request) -> tuple[tuple[bytes, bytes], ...]:
    """Return what of a request's headers comes back as it was sent."""
    values = [(name, request.headers.get(name, b"")) for name in (_ATTRIBUTES, _INFERENCE)]
    return tuple(each for each in values if 0 < len(each[1]) <= _LONGEST and _is_visible(each[1]))


def _is_visible(value: bytes) -> bool:
    return all(32 <= byte < 127 for byte in value)


def _form(request: Request, media: str) -> str:
    """Return the media type of the answer."""
    offers = [JSON.decode(), *_CSV, *_LINES]
    if media in _LINES:
        offers = [*_LINES, JSON.decode(), *_CSV]
    form = preferred(request.headers.get(b"accept", b""), offers)
    if form is None:
        raise Refusal(406, "accept", f"the answer can be {_TYPES}")
    return form


def _read(service: Service, request: Request, media: str) -> tuple[bytes, object]:
    if media in _CSV:
        said = _HEADER.search(request.content_type)
        return rows_of_csv(service.contract, request.body, said[1].decode().lower() if said else ""), None
    if media in _LINES:
        return rows_of_json_lines(service.contract, request.body), None
    if media in ("application/json", ""):
        return mlflow.rows(service.contract, request.body)
    if "parquet" in media:
        raise Refusal(415, "content_type", _PARQUET)
    raise Refusal(415, "content_type", f"the content type has to be {_TYPES}")


def _written(answer: dict[str, Any], form: str) -> bytes:
    if form in _CSV:
        return answer_of_csv(answer["predictions"])
    return answer_of_json_lines(answer) if form in _LINES else msgspec.json.encode(answer)
