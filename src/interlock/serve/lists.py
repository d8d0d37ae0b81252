"""Answers whose predictions stand in one list, beside lists of ids, labels, flags: most protocols' form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from interlock.contract import CheckedRow
from interlock.serve import reasons
from interlock.serve.answer import flags_as_values
from interlock.serve.ledger.format import prediction_id
from interlock.serve.message import Refusal, Request
from interlock.serve.service import Scored, Service

__all__ = ["accepted", "answer", "answered", "explained", "refused", "violations"]


def accepted(
    service: Service,
    decode: Callable[[], list[CheckedRow]],
    *,
    protocol: str,
    request: Request,
    started: float,
    explain: int = 0,
) -> Scored:
    """Score the rows of a request that is answered as a whole, or not at all.

    Args:
        service: The worker's.
        decode: Gives the checked rows.
        protocol: As metrics and ledger call it.
        request: As received.
        started: `time.perf_counter()` when the body was there.
        explain: For how many reasons a row the client asks.

    Raises:
        Refusal: If there is no answer; one rejected row rejects the request, and is named.
    """
    scored = service.score(lambda: service.reasons.few(decode()) if explain else decode())
    if any(row.rejected for row in scored.rows):
        raise service.rejected(scored, protocol, request.body, started)
    return scored


def answered(
    service: Service,
    rows: bytes,
    parameters: object,
    *,
    protocol: str,
    request: Request,
    started: float,
    explain: int = 0,
) -> tuple[Scored, dict[str, Any]]:
    """Score and answer the rows of a request, with the reasons that its parameters ask for.

    Args:
        service: The worker's.
        rows: A JSON array of objects.
        parameters: As sent.
        protocol: As metrics and ledger call it.
        request: As received.
        started: `time.perf_counter()` when the body was there.
        explain: How many reasons a row are given where the parameters do not say.

    Returns:
        The scored rows, which are to be accounted for; and the answer.

    Raises:
        Refusal: As `accepted` and `explained`.
    """
    count = explained(service, parameters) or explain
    scored = accepted(
        service,
        lambda: service.decoder.many(rows),
        protocol=protocol,
        request=request,
        started=started,
        explain=count,
    )
    return scored, answer(service, scored, count)


def answer(service: Service, scored: Scored, explain: int = 0) -> dict[str, Any]:
    """Return `predictions`, and beside them ids, labels, intervals, flags, reasons and the release."""
    answers = service.answers
    predictions = [prediction for prediction in scored.predictions if prediction is not None]
    given: dict[str, Any] = {
        "predictions": [answers.value(prediction) for prediction in predictions],
        "ids": answers.ids(scored.first, len(predictions)),
        "flags": [flags_as_values(row.flags) for row in scored.rows],
        "release": service.release.digest,
    }
    if service.contract.classes:
        given["labels"] = [answers.label(prediction) for prediction in predictions]
    if scored.intervals:
        given["intervals"] = scored.intervals
    if explain:
        given["explanations"] = service.reasons.many(scored.rows, scored.predictions, explain)
    return given


def explained(service: Service, parameters: object) -> int:
    """Return how many reasons a request's parameters ask for; 0 where they do not.

    Args:
        service: The worker's.
        parameters: A JSON value; other keys than `explain` are tolerated and ignored.

    Raises:
        Refusal: 400 where it is no number of reasons, or the release explains nothing.
    """
    if not isinstance(parameters, dict) or "explain" not in parameters:
        return 0
    service.reasons.require()
    return reasons.wanted(parameters["explain"])


def refused(service: Service, refusal: Refusal, number: int) -> dict[str, Any]:
    """Return what a refusal says in every protocol, beside the protocol's own words."""
    given: dict[str, Any] = {
        "code": refusal.code,
        "id": prediction_id(service.ledger.writer, number),
        "release": service.release.digest,
    }
    return given | ({"violations": violations(refusal)} if refusal.violations else {})


def violations(refusal: Refusal) -> list[dict[str, Any]]:
    """Return what the contract has against a request's rows, each with its row's place.

    Example:
        >>> from interlock.contract import Flag
        >>> violations(Refusal(422, "rejected", "no", violations=[(1, [Flag("age", "range", "reject")])]))
        [{'row': 1, 'column': 'age', 'code': 'range', 'action': 'reject'}]
    """
    return [{"row": row, **value} for row, flags in refusal.violations for value in flags_as_values(flags)]
