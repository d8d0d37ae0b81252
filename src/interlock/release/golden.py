"""Golden rows with their answers: what the contract and the model must say about them, everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.contract import CheckedRow, Contract, Decoder
from interlock.errors import ReleaseError
from interlock.release.model import Model

__all__ = ["Golden", "Verdict", "answer", "check_rows", "decode_golden", "encode_golden", "predict_together"]

Row = dict[str, Any]


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One violation that the contract found.

    Args:
        column: The column's name.
        code: What is wrong.
        action: What was done about it.
    """

    column: str
    code: str
    action: str


class Golden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One golden row and its answer.

    Args:
        row: The row as a request holds it.
        verdicts: The contract's flags, in order.
        rejected: Whether the contract refuses the row.
        prediction: The model's answer, a list for multiclass; None for a refused row.
    """

    row: Row
    verdicts: tuple[Verdict, ...]
    rejected: bool
    prediction: float | tuple[float, ...] | None


def answer(contract: Contract, model: Model, rows: Sequence[Row]) -> tuple[Golden, ...]:
    """Ask the contract and the model about each row, by itself, on the way that a request takes.

    Args:
        contract: What checks the rows.
        model: What predicts the accepted ones.
        rows: The rows.

    Returns:
        The golden rows.

    Raises:
        ReleaseError: if the model answers anything but finite numbers.
    """
    checked = check_rows(contract, rows)
    return tuple(_golden(model, row, verdict) for row, verdict in zip(rows, checked, strict=True))


def check_rows(contract: Contract, rows: Iterable[Row]) -> list[CheckedRow]:
    """Check each row as JSON, by itself."""
    decoder = Decoder(contract)
    return [decoder.one(msgspec.json.encode(row)) for row in rows]


def predict_together(model: Model, checked: Sequence[CheckedRow]) -> NDArray[np.float64]:
    """Predict checked rows in one batch: float64 [n] or [n, classes]."""
    width = model.shape
    numbers = np.array([row.numbers for row in checked], dtype=np.float64).reshape(len(checked), width[0])
    strings = np.array([row.strings for row in checked], dtype=object).reshape(len(checked), width[1])
    return model.predict(numbers, strings)


def encode_golden(rows: Sequence[Golden]) -> bytes:
    """Return the bytes of `golden.json`, one row a line."""
    lines = b",\n".join(msgspec.json.encode(row) for row in rows)
    return b"[\n" + lines + b"\n]\n"


def decode_golden(data: bytes) -> tuple[Golden, ...]:
    """Read `golden.json`.

    Raises:
        ReleaseError: if it does not hold golden rows.
    """
    try:
        return msgspec.json.decode(data, type=tuple[Golden, ...])
    except msgspec.MsgspecError as error:
        raise ReleaseError("the golden rows cannot be read", where="golden.json", got=error) from error


def _golden(model: Model, row: Row, checked: CheckedRow) -> Golden:
    verdicts = tuple(Verdict(*flag) for flag in checked.flags)
    if checked.rejected:
        return Golden(row, verdicts, rejected=True, prediction=None)
    prediction = model.one(checked.numbers, checked.strings)
    if not np.isfinite(prediction).all():
        raise ReleaseError(
            "the model does not answer a golden row with a finite number",
            where="model.onnx",
            got=f"{prediction} for {row}",
            next_step="develop the model again; every row that the contract accepts must get an answer",
        )
    return Golden(row, verdicts, rejected=False, prediction=_frozen(prediction))


def _frozen(prediction: Any) -> float | tuple[float, ...]:
    return tuple(prediction) if isinstance(prediction, list) else prediction
