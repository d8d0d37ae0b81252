"""MLflow's scoring protocol: `/invocations` with its four JSON forms and CSV, `/ping`, `/version`.

Source:
    https://mlflow.org/docs/latest/genai/serving/index.html and the MLflow 3 scoring server's behaviour.
"""

from __future__ import annotations

import csv
import io
import time
from typing import Any

import msgspec

from interlock.contract import Contract
from interlock.serve.answer import flags_as_values
from interlock.serve.columns import array, rows_of_columns, rows_of_table
from interlock.serve.ledger.format import prediction_id
from interlock.serve.message import Refusal, Request, Response, media_type
from interlock.serve.service import Scored, Service

__all__ = ["invocations", "render"]

_CSV = ("text/csv", "application/csv")
_FORMS = "dataframe_split, dataframe_records, instances and inputs"
#: What pandas, and so MLflow, reads as missing in a CSV; in a string column only the empty cell is missing.
_NULLS = frozenset(("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "<NA>"))
_CODES = {
    404: "RESOURCE_DOES_NOT_EXIST",
    422: "INVALID_PARAMETER_VALUE",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
}


class _Split(msgspec.Struct):
    columns: list[str]
    data: list[list[msgspec.Raw]]


class _Form(msgspec.Struct):
    dataframe_split: _Split | None = None
    dataframe_records: list[msgspec.Raw] | None = None
    instances: list[msgspec.Raw] | None = None
    inputs: list[msgspec.Raw] | dict[str, list[msgspec.Raw]] | None = None


_FORM = msgspec.json.Decoder(_Form)


def invocations(service: Service, request: Request) -> Response:
    """Predict the rows of a request in one of MLflow's forms.

    Args:
        service: The worker's.
        request: JSON or CSV; `params` are tolerated and ignored.

    Returns:
        `{"predictions": […]}`, and beside it ids, labels, intervals, flags and the release.

    Raises:
        Refusal: If there is no answer; one rejected row rejects the request: the protocol knows no other way.
    """
    started = time.perf_counter()
    media = media_type(request.content_type)
    if media in _CSV:
        rows = _rows_of_csv(service.contract, request.body)
    elif media in ("application/json", ""):
        rows = _rows_of_json(request.body)
    else:
        raise Refusal(
            415, "content_type", "the content type has to be application/json, text/csv or application/csv"
        )
    scored = service.score(lambda: service.decoder.many(rows))
    if any(row.rejected for row in scored.rows):
        raise service.rejected(scored, "mlflow", request.body, started)
    answer = msgspec.json.encode(_answer(service, scored))
    service.account(scored, "mlflow", 200, started)
    return Response(200, answer)


def render(service: Service, refusal: Refusal, number: int) -> bytes:
    """Return the body of a refusal in MLflow's form, with our fields beside."""
    answer: dict[str, Any] = {
        "error_code": _CODES.get(refusal.status, "BAD_REQUEST"),
        "message": refusal.message,
        "code": refusal.code,
        "id": prediction_id(service.ledger.writer, number),
        "release": service.release.digest,
    }
    if refusal.violations:
        answer["violations"] = [
            {"row": row, **value} for row, flags in refusal.violations for value in flags_as_values(flags)
        ]
    return msgspec.json.encode(answer)


def _answer(service: Service, scored: Scored) -> dict[str, Any]:
    answers = service.answers
    predictions = [prediction for prediction in scored.predictions if prediction is not None]
    answer: dict[str, Any] = {
        "predictions": [answers.value(prediction) for prediction in predictions],
        "ids": answers.ids(scored.first, len(predictions)),
        "flags": [flags_as_values(row.flags) for row in scored.rows],
        "release": service.release.digest,
    }
    if service.contract.classes:
        answer["labels"] = [answers.label(prediction) for prediction in predictions]
    if scored.intervals:
        answer["intervals"] = scored.intervals
    return answer


def _rows_of_json(body: bytes) -> bytes:
    try:
        form = _FORM.decode(body)
    except msgspec.ValidationError as error:
        raise Refusal(400, "malformed", f"this is none of the forms {_FORMS}: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal(400, "malformed", "the body is not JSON") from None
    given = [name for name in form.__struct_fields__ if getattr(form, name) is not None]
    if len(given) != 1:
        raise Refusal(400, "malformed", f"the body has to hold exactly one of {_FORMS}")
    if form.dataframe_split is not None:
        return rows_of_table(form.dataframe_split.columns, form.dataframe_split.data)
    if isinstance(form.inputs, dict):
        return rows_of_columns(form.inputs)
    return array(form.dataframe_records or form.instances or form.inputs or ())


def _rows_of_csv(contract: Contract, body: bytes) -> bytes:
    """Return rows as JSON: a cell is what its column holds, else a string that the contract will refuse."""
    try:
        names, *lines = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
    except (UnicodeDecodeError, csv.Error, ValueError):
        raise Refusal(400, "malformed", "the body is not UTF-8 CSV with a header line") from None
    types = {column.name: column.type for column in contract.columns}
    kinds = [types.get(name, "text") for name in names]
    lines = [line for line in lines if line]
    if any(len(line) != len(names) for line in lines):
        raise Refusal(400, "shape", "a line has another number of cells than the header")
    return rows_of_table(names, [[_cell(*pair) for pair in zip(line, kinds, strict=True)] for line in lines])


def _cell(text: str, kind: str) -> bytes:
    if kind in ("number", "integer", "boolean"):
        if text in _NULLS:
            return b"null"
        bare = text.strip().lower() if kind == "boolean" else text.strip()
        return bare.encode() if _is_bare(bare, kind) else msgspec.json.encode(text)
    return msgspec.json.encode(text) if text else b"null"


def _is_bare(text: str, kind: str) -> bool:
    """Whether a cell's text is a JSON number, or true or false, as it stands."""
    try:
        value = msgspec.json.decode(text.encode(), type=bool if kind == "boolean" else float)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return False
    return isinstance(value, bool | float)
