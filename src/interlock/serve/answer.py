"""Answers as bytes, written by hand where every microsecond counts, all from the same few pieces."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec

from interlock.contract import CheckedRow, Contract, Flag
from interlock.serve.ledger.format import prediction_id
from interlock.serve.message import Refusal
from interlock.serve.reasons import Told
from interlock.serve.scorer import Ends, Prediction

__all__ = ["MOST_FLAGS", "Answers", "flags_as_values"]

_encode = msgspec.json.Encoder().encode
#: Most flags of one row that are told, or kept in the ledger.
MOST_FLAGS = 1000
_NO_FLAGS = b',"flags":[]}'
_flags_of = attrgetter("flags")


class Answers:
    """Writes the answers of one worker.

    Args:
        contract: Names the classes.
        release: Digest of the release.
        writer: What every prediction id of this worker begins with.
        threshold: From which probability on a binary answer has the positive label.
    """

    def __init__(self, contract: Contract, release: str, writer: str, threshold: float = 0.5) -> None:
        self.classes = contract.classes if contract.task in ("binary", "multiclass") else ()
        self.release, self.writer, self.threshold = release, writer, threshold
        self._prefix = writer.encode() + b"-"
        self._head = b'{"id":"' + self._prefix
        self._release = b'","release":' + _encode(release) + b',"prediction":'
        self._item = b'","prediction":'
        #: Whether a prediction is a list of probabilities.
        self._is_listed = contract.task == "multiclass"
        self._labels = [b',"label":' + _encode(label) for label in self.classes]

    def one(
        self, number: int, prediction: float | list[float], flags: Sequence[Flag], ends: Ends = None
    ) -> bytes:
        """Return the answer to one row, with the ends of its interval where the model gives one."""
        return b"".join((self._head, b"%x" % number, self._release, self._body(prediction, flags, ends)))

    def id(self, number: int) -> bytes:
        """Return the id of a row, as `ledger.format.prediction_id` makes it."""
        return b"%s%x" % (self._prefix, number)

    def explained(self, answer: bytes, told: Told | None) -> bytes:
        """Return the answer to one row, with the reasons behind it."""
        return answer if told is None else b"%s,%s" % (answer[:-1], _encode(told)[1:])

    def many(
        self,
        first: int,
        predictions: Sequence[Prediction],
        rows: Sequence[CheckedRow],
        intervals: Sequence[Ends] = (),
        told: Sequence[Told | None] = (),
    ) -> bytes:
        """Return the answer to many rows, each with its prediction or its violations, and perhaps reasons."""
        if intervals or self._is_listed or None in predictions or any(map(_flags_of, rows)):
            items = self._each(first, predictions, rows, intervals or [None] * len(rows))
        else:
            items = self._plain(first, predictions)
        if told:
            items = [self.explained(item, each) for item, each in zip(items, told, strict=True)]
        head = b'{"release":' + _encode(self.release) + b',"predictions":['
        return head + b",".join(items) + b"]}"

    def _plain(self, first: int, predictions: Sequence[Prediction]) -> list[bytes]:
        """Write rows of which there is nothing to tell but a number each: all numbers are encoded at once."""
        texts = _encode(predictions)[1:-1].split(b",")
        if not self._labels:
            ends = [_NO_FLAGS] * len(texts)
        else:
            no, yes = (label + _NO_FLAGS for label in self._labels)
            ends = [yes if each >= self.threshold else no for each in predictions]  # type: ignore[operator]
        start, item = self._head, self._item
        return [
            b"%b%x%b%b%b" % (start, number, item, text, end)
            for number, (text, end) in enumerate(zip(texts, ends, strict=True), first)
        ]

    def _each(
        self,
        first: int,
        predictions: Sequence[Prediction],
        rows: Sequence[CheckedRow],
        ends: Sequence[Ends],
    ) -> list[bytes]:
        return [
            self._rejected(first + i, row)
            if prediction is None
            else b"".join(
                (self._head, b"%x" % (first + i), self._item, self._body(prediction, row.flags, ends[i]))
            )
            for i, (prediction, row) in enumerate(zip(predictions, rows, strict=True))
        ]

    def refusal(self, number: int, refusal: Refusal) -> bytes:
        """Return the answer to a request that gets no prediction."""
        answer: dict[str, Any] = {
            "id": prediction_id(self.writer, number),
            "release": self.release,
            "error": refusal.code,
            "message": refusal.message,
        }
        if refusal.violations:
            answer["violations"] = [
                value for _, flags in refusal.violations for value in flags_as_values(flags)
            ]
        return _encode(answer)

    def ids(self, first: int, count: int) -> list[str]:
        """Return the ids of consecutive rows."""
        return [prediction_id(self.writer, first + i) for i in range(count)]

    def label(self, prediction: float | list[float]) -> str | None:
        """Return the predicted class; None for a regression."""
        return self.classes[self._place(prediction)] if self.classes else None

    def value(self, prediction: float | list[float]) -> Any:
        """Return a prediction as JSON has it: a number, or for multiclass an object of probabilities."""
        if isinstance(prediction, list):
            return dict(zip(self.classes, prediction, strict=True))
        return prediction

    def _body(self, prediction: float | list[float], flags: Sequence[Flag], ends: Ends) -> bytes:
        label = self._labels[self._place(prediction)] if self._labels else b""
        end = b',"flags":' + _encode(flags_as_values(flags)) + b"}" if flags else _NO_FLAGS
        if ends is not None:
            label = b',"interval":' + _encode(ends)  # of a regression, which has no label
        return _encode(self.value(prediction)) + label + end

    def _place(self, prediction: float | list[float]) -> int:
        if isinstance(prediction, list):
            return prediction.index(max(prediction))
        return 1 if prediction >= self.threshold else 0

    def _rejected(self, number: int, row: CheckedRow) -> bytes:
        return _encode(
            {
                "id": prediction_id(self.writer, number),
                "error": "rejected",
                "violations": flags_as_values(row.flags),
            }
        )


def flags_as_values(flags: Sequence[Flag]) -> list[dict[str, str]]:
    """Return flags as JSON has them, so many at most: a row may hold a hundred thousand unknown columns.

    Example:
        >>> flags_as_values([Flag("age", "range", "flag")])
        [{'column': 'age', 'code': 'range', 'action': 'flag'}]
    """
    return [flag._asdict() for flag in flags[:MOST_FLAGS]]
