"""Interlock's own API: `/v1/predict` and `/v1/outcomes`."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import msgspec

from interlock.contract import Contract
from interlock.contract.cleaning import cleaner
from interlock.contract.labels import label
from interlock.serve.ledger.format import Outcome, is_prediction_id
from interlock.serve.message import Refusal, Request, Response, media_type
from interlock.serve.reasons import asked
from interlock.serve.service import Service

__all__ = ["Truths", "outcomes", "predict", "render", "rows"]

_WHITESPACE = b" \t\r\n"


class _Truth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    outcome: str | float | int | bool


def predict(service: Service, request: Request) -> Response:
    """Answer one row (a JSON object) or many (an array of objects).

    Args:
        service: The worker's.
        request: With a JSON body; a query `explain=3` asks for the three largest reasons.

    Returns:
        One row: its answer. Many: an answer for each, 200 if at least one row was accepted, else 422.

    Raises:
        Refusal: If there is no prediction at all.
    """
    check_json(request)
    if request.query and (count := asked(request.query)):
        return _explained(service, request.body, count)
    body = request.body
    if _is_one(body):
        return service.predict_one(body)
    started = time.perf_counter()
    scored = service.score(lambda: service.decoder.many(body))
    status = 422 if all(row.rejected for row in scored.rows) else 200
    answer = service.answers.many(scored.first, scored.predictions, scored.rows, scored.intervals)
    service.account(scored, "v1", status, started, body)
    return Response(status, answer)


def _is_one(body: bytes) -> bool:
    return body[:1] == b"{" or body.lstrip(_WHITESPACE)[:1] != b"["


def _explained(service: Service, body: bytes, count: int) -> Response:
    """Answer as without reasons, and give some for each accepted row."""
    started = time.perf_counter()
    service.reasons.require()
    one = _is_one(body)
    scored = service.score(
        lambda: service.reasons.few([service.decoder.one(body)] if one else service.decoder.many(body))
    )
    accepted = not all(row.rejected for row in scored.rows)
    if one and not accepted:
        raise service.rejected(scored, "v1", body, started)
    told = service.reasons.many(scored.rows, scored.predictions, count)
    prediction = scored.predictions[0]
    if one and prediction is not None:
        ends = scored.intervals[0] if scored.intervals else None
        answer = service.answers.one(scored.first, prediction, scored.rows[0].flags, ends)
        answer = service.answers.explained(answer, told[0])
    else:
        answer = service.answers.many(scored.first, scored.predictions, scored.rows, scored.intervals, told)
    status = 200 if accepted else 422
    service.account(scored, "v1", status, started, body)
    return Response(status, answer)


def outcomes(service: Service, request: Request) -> Response:
    """Record the truth about predictions: all that the request holds, or nothing of it.

    Args:
        service: The worker's.
        request: One `{"id": …, "outcome": …}`, or an array of them.

    Returns:
        How many were recorded.

    Raises:
        Refusal: 422 where an id or an outcome cannot be; 503 where the ledger has no room at the moment.
    """
    check_json(request)
    truths = Truths(service.contract).decode(request.body)
    for done, (prediction, outcome) in enumerate(truths):
        if not service.ledger.truth(prediction, outcome):
            message = (
                f"the ledger is full: {done} of {len(truths)} were recorded, send all of them again later"
            )
            raise Refusal(503, "busy", message, headers=((b"retry-after", b"1"),))
    service.metrics.outcomes(len(truths))
    return Response(200, b'{"recorded":%d}' % len(truths))


class Truths:
    """Reads outcomes and says which cannot be.

    Args:
        contract: Knows the classes of the target.

    Example:
        >>> from interlock.contract import Column
        >>> truths = Truths(Contract((Column("delay", "number", role="target"),), "regression"))
        >>> truths.decode(b'{"id": "00c0ffee00c0ffee-1a", "outcome": 3}')
        [('00c0ffee00c0ffee-1a', 3.0)]
    """

    def __init__(self, contract: Contract) -> None:
        is_class = contract.task in ("binary", "multiclass")
        self._read: Callable[[Outcome], Outcome | None] = (
            (lambda outcome: _as_class(outcome, contract.classes)) if is_class else _as_number
        )
        self._clean = cleaner(contract.clean, contract.target.name) if contract.target else None
        self._decoder = msgspec.json.Decoder(_Truth | list[_Truth])

    def decode(self, body: bytes) -> list[tuple[str, Outcome]]:
        """Return prediction ids with outcomes: labels as the contract has them, or floats.

        Raises:
            Refusal: If the body is not of this form, or an id or an outcome cannot be.
        """
        try:
            decoded = self._decoder.decode(body)
        except msgspec.ValidationError as error:
            wrong = "" if "unknown field" in str(error) else f": {error}"  # which would name what was sent
            raise Refusal(422, "outcome", f"an outcome has the fields id and outcome alone{wrong}") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Refusal(400, "malformed", "the body is not JSON") from None
        truths = decoded if isinstance(decoded, list) else [decoded]
        return [(self._id(truth, i), self._outcome(truth, i)) for i, truth in enumerate(truths)]

    def _id(self, truth: _Truth, place: int) -> str:
        if not is_prediction_id(truth.id):
            raise Refusal(422, "id", f"outcome {place} has an id that is not one of ours")
        return truth.id

    def _outcome(self, truth: _Truth, place: int) -> Outcome:
        said = truth.outcome if self._clean is None else self._clean(truth.outcome)
        outcome = self._read(said) if isinstance(said, bool | str | int | float) else None
        if outcome is None:
            raise Refusal(422, "outcome", f"outcome {place} is no possible value of the target")
        return outcome


def check_json(request: Request) -> None:
    """Refuse a body that says it is something else than JSON; one that says nothing is taken as JSON.

    Raises:
        Refusal: 415.
    """
    kind = request.content_type
    if kind in (b"application/json", b""):
        return
    media = media_type(kind)
    if media != "application/json" and not media.endswith("+json"):
        raise Refusal(415, "content_type", "the content type has to be application/json")


def rows(_service: Service, request: Request) -> bytes:
    """Return the rows as JSON: the body is that."""
    return request.body


def render(service: Service, refusal: Refusal, number: int) -> bytes:
    """Return the body of a refusal."""
    return service.answers.refusal(number, refusal)


def _as_class(outcome: Outcome, classes: Sequence[str]) -> Outcome | None:
    if isinstance(outcome, float) and not math.isfinite(outcome):
        return None
    name = label(outcome)
    return name if name in classes else None


def _as_number(outcome: Outcome) -> Outcome | None:
    if isinstance(outcome, bool | str) or not math.isfinite(outcome):
        return None
    return float(outcome)
