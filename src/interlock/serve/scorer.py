"""From checked rows to predictions: one row at a time, or together where that gives the same bits."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract import CheckedRow
from interlock.errors import ReleaseError
from interlock.release import Model
from interlock.serve.tables import FEWEST, Tables, tables

__all__ = ["Ends", "Prediction", "Scorer", "mixed"]

#: Probability of the positive class, or value; probabilities of all classes; None for a row that was refused.
Prediction = float | list[float] | None
#: Both ends of a regression's interval; None where the model gives none, or for a row that was refused.
Ends = list[float] | None

_LOG = logging.getLogger("interlock.serve")
_BOTH = ("prediction", "interval")
_SIZES = (2, 3, 4, 5, 6, 7, 8, 16, 33, 64)
#: How often the golden rows are mixed: 384 rows miss a kernel that differs on one row in a hundred with 2 %.
_MIXTURES = 6


class Scorer:
    """The model of a release, asked row by row.

    A row has to get the same answer alone and in any company. Kernels may round a batch differently from a
    single row, some of them a row in a hundred; so rows only run together if the golden rows, and others
    mixed from their values, get identical bits that way, in batches of several sizes.

    Args:
        model: Of a loaded release.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self.one: Callable[[Sequence[float], Sequence[str]], Any] = model.one
        self.together = False
        self._tables: Tables | None = None
        self.intervals = "interval" in model.outputs

    def choose(self, rows: Sequence[CheckedRow]) -> None:
        """Find out whether rows may run together; call it once, before serving.

        Args:
            rows: The golden rows, checked.
        """
        asked = mixed([row for row in rows if not row.rejected])
        try:
            alone = [self._alone(row) for row in asked]
            self.together = len(asked) > 1 and self._agrees(asked, alone)
            self._tables = (
                self._agreeing_tables(asked, [each for each, _ in alone]) if self.together else None
            )
        except ReleaseError:  # mixed values without a finite answer say nothing of batches
            self.together = False

    def _agrees(self, rows: Sequence[CheckedRow], alone: Sequence[tuple[float | list[float], Ends]]) -> bool:
        """Whether all rows get together what they get alone."""
        return _are_same(self._batch, rows, alone, {*_SIZES, len(rows)})

    def _agreeing_tables(self, rows: Sequence[CheckedRow], alone: Sequence[Any]) -> Tables | None:
        """Return tables of the model's trees, if they give all rows what they get alone."""
        found = tables(self._model)
        if found is None:
            return None
        sizes = {FEWEST, FEWEST + 1, len(rows)}
        return found if _are_same(lambda some: found.predict(some).tolist(), rows, alone, sizes) else None

    def _within(self, numbers: Sequence[float], strings: Sequence[str]) -> tuple[float, list[float]]:
        """Predict one row with its interval; for a model that gives one.

        Raises:
            ReleaseError: If an end is not a finite number.
        """
        prediction, ends = self._model.ask(_BOTH, numbers, strings)
        return float(prediction), _finite(ends.tolist())

    def many(self, rows: Sequence[CheckedRow]) -> tuple[list[Prediction], list[Ends]]:
        """Predict all rows but the rejected ones.

        Args:
            rows: As the contract checked them.

        Returns:
            One prediction and one interval a row; None for a rejected row, and where there are no intervals.

        Raises:
            ReleaseError: If the model answers with something that is not a finite number.
        """
        accepted = [row for row in rows if not row.rejected]
        if self.together and not self.intervals and 1 < len(accepted) == len(rows):
            return self._all(rows), [None] * len(rows)
        answers = iter(self.each(accepted))
        found = [(None, None) if row.rejected else next(answers) for row in rows]
        return [prediction for prediction, _ in found], [ends for _, ends in found]

    def each(self, rows: Sequence[CheckedRow]) -> list[tuple[float | list[float], Ends]]:
        """Predict rows of which none was rejected.

        Args:
            rows: As the contract checked them.

        Returns:
            Each row's prediction and interval; None where there are no intervals.

        Raises:
            ReleaseError: If the model answers with something that is not a finite number.
        """
        together = self.together and len(rows) > 1
        found = self._batch(rows) if together else [self._alone(row) for row in rows]
        if not all(is_finite(prediction) for prediction, _ in found):
            raise not_finite()
        return found

    def _all(self, rows: Sequence[CheckedRow]) -> list[Prediction]:
        """Predict rows of which none was rejected, without a look at each."""
        found = self._predicted(rows)
        if not np.isfinite(found).all():
            raise not_finite()
        predictions: list[Prediction] = found.tolist()
        return predictions

    def _predicted(self, rows: Sequence[CheckedRow]) -> NDArray[np.float64]:
        """Predict rows by tables, where there are some; one of them is asked alone as well."""
        if self._tables is not None and len(rows) >= FEWEST:
            found = self._tables.predict(rows)
            if found[0].tolist() == self.one(rows[0].numbers, rows[0].strings):
                self._tables = self._tables if self._tables.pays else None
                return found
            _LOG.error("tables of the model's trees gave another answer than the model; they are given up")
            self._tables = None
        return self._model.predict(*self._tensors(rows))

    def _tensors(self, rows: Sequence[CheckedRow]) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
        width = self._model.shape
        numbers = np.array([row.numbers for row in rows], dtype=np.float64).reshape(len(rows), width[0])
        strings = np.array([row.strings for row in rows], dtype=object).reshape(len(rows), width[1])
        return numbers, strings

    def _alone(self, row: CheckedRow) -> tuple[float | list[float], Ends]:
        if self.intervals:
            return self._within(row.numbers, row.strings)
        return self.one(row.numbers, row.strings), None

    def _batch(self, rows: Sequence[CheckedRow]) -> list[tuple[float | list[float], Ends]]:
        if not self.intervals:
            return [(each, None) for each in self._predicted(rows).tolist()]
        predictions, ends = self._model.together(_BOTH, *self._tensors(rows))
        return [(each, _finite(pair)) for each, pair in zip(predictions.tolist(), ends.tolist(), strict=True)]


def mixed(rows: Sequence[CheckedRow]) -> list[CheckedRow]:
    """Return the rows, and as many again and again in which every column moved by another number of rows."""
    return [
        CheckedRow(
            [rows[(at + turn * place) % len(rows)].numbers[place] for place in range(len(row.numbers))],
            [rows[(at - turn * place) % len(rows)].strings[place] for place in range(len(row.strings))],
            [],
            False,
        )
        for turn in range(_MIXTURES)
        for at, row in enumerate(rows)
    ]


def _are_same(
    predict: Callable[[Sequence[CheckedRow]], Sequence[Any]],
    rows: Sequence[CheckedRow],
    alone: Sequence[Any],
    sizes: Collection[int],
) -> bool:
    """Whether rows get the answers that they get alone in batches of all these sizes."""
    return all(
        predict(rows[start : start + size]) == alone[start : start + size]
        for size in sizes
        for start in range(0, len(rows), size)
    )


def _finite(ends: list[float]) -> list[float]:
    if not is_finite(ends):
        raise not_finite()
    return ends


def is_finite(prediction: float | list[float]) -> bool:
    """Whether all numbers of a prediction are finite."""
    if isinstance(prediction, list):
        return all(math.isfinite(value) for value in prediction)
    return math.isfinite(prediction)


def not_finite() -> ReleaseError:
    """Return the error for a model that answers with NaN or infinity."""
    return ReleaseError(
        "the model answered with a number that is not finite", next_step="validate the release with this row"
    )
