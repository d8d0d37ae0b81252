"""Predictions and outcomes as CloudEvents 1.0: one structured event a line, or batches.

Source:
    CloudEvents 1.0.2 (CNCF), its JSON format and its JSON batch format.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from interlock.contract import MISSING
from interlock.serve.ledger import Header, Record, Truth

__all__ = ["OUTCOME", "PREDICTION", "batch", "lines", "of_outcome", "of_record"]

#: The types of events.
PREDICTION, OUTCOME = "io.interlock.prediction", "io.interlock.outcome"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def of_record(header: Header, record: Record, source: str) -> dict[str, Any]:
    """Return one row as an event.

    Its id is the prediction id, which is never used twice; its `dataschema` is the digest of the contract.

    Args:
        header: It names the inputs.
        record: The row.
        source: A URI reference of the service.

    Example:
        >>> row = Record("a-0", 5.0, "v1", 200, (41.0,), (), (), 0.5, False, 0.001, "sha256:ab")
        >>> event = of_record(Header(release="sha256:ab", numbers=("age",)), row, "/churn")
        >>> event["id"], event["data"]["inputs"], event["time"]
        ('a-0', {'age': 41.0}, '1970-01-01T00:00:05.000000Z')
    """
    return _event(
        PREDICTION,
        record.id,
        source,
        record.time,
        {
            "release": record.release,
            "inputs": inputs(header, record),
            "prediction": _known(record.prediction),
            "rejected": record.rejected,
            "flags": [dict(zip(("column", "code", "action"), flag, strict=True)) for flag in record.flags],
            "protocol": record.protocol,
            "status": record.status,
            "latency": record.latency,
            "row": record.row,
            "rows": record.rows,
            "error": record.error,
        },
        schema=header.contract,
    )


def of_outcome(truth: Truth, number: int, source: str) -> dict[str, Any]:
    """Return an outcome as an event; its `subject` is the prediction id.

    Args:
        truth: The outcome.
        number: How many came before for the same prediction.
        source: A URI reference of the service.
    """
    data = {"prediction": truth.id, "outcome": truth.outcome}
    name = f"{truth.id}-outcome-{number}"
    return {**_event(OUTCOME, name, source, truth.time, data), "subject": truth.id}


def lines(events: Iterable[dict[str, Any]]) -> bytes:
    """Return structured events, each a line: `application/cloudevents+json` one by one."""
    return b"".join(json.dumps(event, allow_nan=False).encode() + b"\n" for event in events)


def batch(events: Sequence[dict[str, Any]]) -> bytes:
    """Return a batch: `application/cloudevents-batch+json`."""
    return json.dumps(list(events), allow_nan=False).encode()


def inputs(header: Header, record: Record) -> dict[str, float | str | None] | None:
    """Return the inputs of a row by name, null where missing; None where the request could not be read."""
    if not record.numbers and not record.strings:
        return None
    numbers = {name: _known(value) for name, value in zip(header.numbers, record.numbers, strict=True)}
    strings = {
        name: None if value == MISSING else value
        for name, value in zip(header.strings, record.strings, strict=True)
    }
    return {**numbers, **strings}


def moment(seconds: float) -> str:
    """Return a moment as RFC 3339 has it."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _event(
    kind: str, name: str, source: str, seconds: float, data: dict[str, Any], schema: str = ""
) -> dict[str, Any]:
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": name,
        "source": source,
        "type": kind,
        "time": moment(seconds),
        "datacontenttype": "application/json",
        "data": data,
    }
    return event | ({"dataschema": schema} if schema else {})


def _known(value: Any) -> Any:
    """Return null for NaN, which JSON does not have."""
    if isinstance(value, tuple):
        return [_known(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
