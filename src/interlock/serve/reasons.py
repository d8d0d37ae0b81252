"""The reasons for a prediction: the columns that moved its score most, each with the row's value."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.contract import MISSING, CheckedRow, Column
from interlock.release import Explanation, Release
from interlock.serve.message import Refusal
from interlock.serve.scorer import Prediction

__all__ = ["MOST", "MOST_ROWS", "Reason", "Reasons", "Told", "asked", "wanted"]

#: Most reasons for one prediction.
MOST = 100
#: Most rows that one request may ask reasons for: a row takes milliseconds, in which nobody else is answered.
MOST_ROWS = 100
_LONGEST = 100  # characters of a text that are told
_COUNT = re.compile(r"[1-9][0-9]{0,2}")


class Reason(msgspec.Struct, frozen=True):
    """One reason.

    Args:
        column: A column of the contract, or a declared feature.
        value: What the row has there, as the contract let it through; None where missing.
        contribution: What it adds to the score.
    """

    column: str
    value: float | str | bool | None
    contribution: float


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an explained answer says beside the prediction: base + reasons + others = the score.

    Args:
        reasons: The largest contributions, the largest first; columns that add nothing are none.
        others: What all other columns add together.
        base: The mean score over the training rows.
        unit: Of all these numbers.
        of: The class whose score it is: the positive one, or the predicted one of several; absent for a
            regression.
    """

    reasons: list[Reason]
    others: float
    base: float
    unit: str
    of: str | None = None


class Reasons:
    """Explains the predictions of one release.

    Args:
        release: Loaded; with an explanation, or every call is refused.
    """

    def __init__(self, release: Release) -> None:
        self._model, self._explanation = release.model, release.explanation
        contract = release.contract
        self._classes = contract.classes
        self._places = {column.name: (place, column) for place, column in enumerate(contract.numbers)}
        self._places |= {column.name: (place, column) for place, column in enumerate(contract.strings)}

    def require(self) -> Explanation:
        """Return what explains, or refuse to explain where the release cannot.

        Raises:
            Refusal: 400.
        """
        if self._explanation is None:
            message = (
                "this release holds no explanation; ask without explain, or release a model that has one"
            )
            raise Refusal(400, "explain", message)
        return self._explanation

    def of(self, row: CheckedRow, prediction: Prediction, count: int) -> Told:
        """Give the reasons for the prediction of one accepted row.

        Args:
            row: As the contract checked it.
            prediction: Of several classes the most likely one is explained.
            count: How many reasons at most.
        """
        explanation = self.require()
        target = prediction.index(max(prediction)) if isinstance(prediction, list) else 0
        features = self._model.ask(("features",), row.numbers, row.strings)[0]
        base, contributions = explanation.attribute(features, target)
        order = np.argsort(-np.abs(contributions), kind="stable")[:count]
        chosen = [place for place in order.tolist() if contributions[place] != 0]
        reasons = [
            Reason(
                explanation.columns[place],
                self._value(explanation.columns[place], row, features[explanation.sources == place]),
                float(contributions[place]),
            )
            for place in chosen
        ]
        others = float(np.delete(contributions, chosen).sum())
        of = self._classes[target if isinstance(prediction, list) else -1] if self._classes else None
        return Told(reasons, others, base, explanation.unit, of)

    def few(self, rows: list[CheckedRow]) -> list[CheckedRow]:
        """Return the rows, if they are not more than are explained at a time.

        Raises:
            Refusal: 413.
        """
        if len(rows) > MOST_ROWS:
            message = f"the request holds {len(rows)} rows; at most {MOST_ROWS} are explained at a time"
            raise Refusal(413, "rows", message)
        return rows

    def many(
        self, rows: Sequence[CheckedRow], predictions: Sequence[Prediction], count: int
    ) -> list[Told | None]:
        """Give the reasons for each row that has a prediction."""
        return [
            None if prediction is None else self.of(row, prediction, count)
            for row, prediction in zip(rows, predictions, strict=True)
        ]

    def _value(self, name: str, row: CheckedRow, features: NDArray[np.float64]) -> float | str | bool | None:
        """Return a column's value in the row; a declared feature's where it is one number."""
        if name not in self._places:
            return _number(float(features[0])) if len(features) == 1 else None
        place, column = self._places[name]
        return _text(row.strings[place]) if column.is_string else _as_json(column, row.numbers[place])


def asked(query: bytes) -> int:
    """Return how many reasons a query asks for; 0 where it does not.

    Args:
        query: Of the URL, without the question mark.

    Raises:
        Refusal: 400 where it is not a whole number from 1 to 100.

    Example:
        >>> asked(b"explain=3"), asked(b"")
        (3, 0)
    """
    values = [
        value
        for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        if name == "explain"
    ]
    return wanted(values[0] if len(values) == 1 else None) if values else 0


def wanted(value: Any) -> int:
    """Return how many reasons are asked for.

    Args:
        value: A number, or its digits.

    Raises:
        Refusal: 400 where it is not a whole number from 1 to 100.
    """
    digits = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not _COUNT.fullmatch(digits) or int(digits) > MOST:
        message = f"explain takes how many reasons to give: a whole number from 1 to {MOST}"
        raise Refusal(400, "explain", message)
    return int(digits)


def _as_json(column: Column, value: float) -> float | str | bool | None:
    if math.isnan(value):
        return None
    if column.type == "boolean":
        return value >= 0.5
    if column.type == "timestamp":
        return _moment(value)
    return int(value) if column.type == "integer" else _number(value)


def _moment(seconds: float) -> str | float:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError, OSError):  # beyond the years that have a name
        return seconds


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _text(value: str) -> str | None:
    if value == MISSING:
        return None
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…"
