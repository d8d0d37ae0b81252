"""Rows as SageMaker Data Capture lines, and outcomes as its ground truth, so that Model Monitor reads them.

Source:
    Amazon SageMaker AI Developer Guide, "Capture data from real-time endpoint" and "Ingest ground truth
    labels and merge them with predictions": JSON lines under `yyyy/mm/dd/hh/`, joined by `eventId`.
"""

from __future__ import annotations

import csv
import io
import json
import math
import time
from typing import Any

from interlock.contract import MISSING
from interlock.serve.ledger import Record, Truth
from interlock.shipping.cloudevents import moment

__all__ = ["capture", "folder", "ground_truth", "line"]

_VERSION = "0"


def capture(record: Record) -> dict[str, Any]:
    """Return one answered row as a line of Data Capture, its inputs as CSV in the order of the contract.

    Args:
        record: The row; one that got a prediction.

    Example:
        >>> row = Record("a-0", 5.0, "v1", 200, (41.0,), ("x,y",), (), 0.5, False, 0.001, "r")
        >>> line = capture(row)
        >>> line["captureData"]["endpointInput"]["data"], line["eventMetadata"]["eventId"]
        ('41.0,"x,y"', 'a-0')
    """
    prediction = record.prediction
    answer = prediction if isinstance(prediction, tuple) else (prediction,)
    return {
        "captureData": {
            "endpointInput": _data("INPUT", [*record.numbers, *record.strings]),
            "endpointOutput": _data("OUTPUT", list(answer)),
        },
        "eventMetadata": {
            "eventId": record.id,
            "inferenceId": record.id,
            "inferenceTime": moment(record.time)[:19] + "Z",
        },
        "eventVersion": _VERSION,
    }


def ground_truth(truth: Truth) -> dict[str, Any]:
    """Return an outcome as a line of ground truth.

    Example:
        >>> ground_truth(Truth("a-0", 1, 5.0))["groundTruthData"]
        {'data': '1', 'encoding': 'CSV'}
    """
    outcome = int(truth.outcome) if isinstance(truth.outcome, bool) else truth.outcome
    return {
        "groundTruthData": {"data": _csv([outcome]), "encoding": "CSV"},
        "eventMetadata": {"eventId": truth.id},
        "eventVersion": _VERSION,
    }


def folder(seconds: float) -> str:
    """Return the folders of a moment.

    Example:
        >>> folder(0.0)
        '1970/01/01/00'
    """
    return time.strftime("%Y/%m/%d/%H", time.gmtime(seconds))


def line(value: dict[str, Any]) -> bytes:
    """Return a line of JSON."""
    return json.dumps(value).encode() + b"\n"


def _data(mode: str, values: list[Any]) -> dict[str, str]:
    return {"observedContentType": "text/csv", "mode": mode, "data": _csv(values), "encoding": "CSV"}


def _csv(values: list[Any]) -> str:
    """Return one line of CSV; what is missing is empty."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow("" if _is_missing(value) else value for value in values)
    return text.getvalue()


def _is_missing(value: Any) -> bool:
    return value is None or value == MISSING or (isinstance(value, float) and math.isnan(value))
