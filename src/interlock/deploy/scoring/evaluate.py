"""Predictions for many rows at once, to the bit what the service answers to each of them alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import CheckedRow, Coded
from interlock.deploy.scoring.rows import coded
from interlock.release import Release
from interlock.release.golden import check_rows
from interlock.release.trees import Shortcut, shortcut
from interlock.serve.scorer import Scorer, mixed, not_finite

__all__ = ["Evaluator", "Predicted", "matrix"]

_ROWS = 4096  # at a time through a graph
#: Rows of each batch that are asked once more, alone.
_ASKED_AGAIN = 32


class Predicted(NamedTuple):
    """The model's answers.

    Args:
        predictions: float64 [n], or [n, classes] of several classes.
        intervals: float64 [n, 2]; None where the model gives none.
    """

    predictions: NDArray[np.float64]
    intervals: NDArray[np.float64] | None


class Evaluator:
    """The model of a release, for many rows that the contract accepted.

    Of three ways the fastest is taken that gives golden rows, and rows mixed from them, the bits that they
    get alone: trees by tables (`masks`), the graph for many rows at once, one row after the other. Some rows
    of every batch are asked alone as well; should one differ, it and all that follow are asked row by row.

    Args:
        release: Loaded and replayed.
    """

    def __init__(self, release: Release) -> None:
        self._model = release.model
        self._classes = len(release.contract.classes) if release.contract.task == "multiclass" else 1
        self._scorer = Scorer(release.model)
        golden = check_rows(release.contract, (golden.row for golden in release.golden))
        self._scorer.choose(golden)
        self._outputs = ["prediction", *(["interval"] if self._scorer.intervals else [])]
        accepted = mixed([row for row in golden if not row.rejected])
        self._shortcut = self._found(release, *_columns(accepted, self._model.shape[1])) if accepted else None

    @property
    def way(self) -> str:
        """How rows are asked: `tables`, `together` or `alone`."""
        if self._shortcut is not None:
            return "tables"
        return "together" if self._scorer.together else "alone"

    def predict(self, numbers: NDArray[np.float64], strings: Sequence[Coded]) -> Predicted:
        """Predict rows.

        Args:
            numbers: float64 [n, k].
            strings: The m columns of the string tensor, coded.

        Raises:
            ReleaseError: If an answer is not a finite number.
        """
        if not len(numbers):
            shape = (0, self._classes) if self._classes > 1 else (0,)
            return Predicted(np.empty(shape), np.empty((0, 2)) if self._scorer.intervals else None)
        answers = self._answers(numbers, strings)
        places = np.unique(np.linspace(0, len(numbers) - 1, min(len(numbers), _ASKED_AGAIN)).astype(np.intp))
        if self.way != "alone" and not self._right(answers, numbers, strings, places):
            self._shortcut, self._scorer.together = None, False
            answers = self._alone(numbers, strings)
        if not all(np.isfinite(each).all() for each in answers):
            raise not_finite()
        return Predicted(answers[0], answers[1] if self._scorer.intervals else None)

    def _answers(self, numbers: NDArray[np.float64], strings: Sequence[Coded]) -> list[NDArray[np.float64]]:
        if self._shortcut is not None:
            return _taken(self._shortcut, numbers, strings)
        if not self._scorer.together:
            return self._alone(numbers, strings)
        blocks = [
            self._model.together(self._outputs, numbers[at], matrix(strings, at, len(numbers[at])))
            for at in _slices(len(numbers))
        ]
        return [np.concatenate(each) for each in zip(*blocks, strict=True)]

    def _alone(self, numbers: NDArray[np.float64], strings: Sequence[Coded]) -> list[NDArray[np.float64]]:
        rows = zip(numbers.tolist(), matrix(strings, slice(None), len(numbers)).tolist(), strict=True)
        answers = [self._model.ask(self._outputs, *row) for row in rows]
        return [np.stack(each).astype(np.float64) for each in zip(*answers, strict=True)]

    def _right(
        self,
        answers: list[NDArray[np.float64]],
        numbers: NDArray[np.float64],
        strings: Sequence[Coded],
        places: NDArray[np.intp],
    ) -> bool:
        some = [Coded(each.codes[places], each.levels) for each in strings]
        alone = self._alone(numbers[places], some)
        return all(_same(one[places], other) for one, other in zip(answers, alone, strict=True))

    def _found(
        self, release: Release, numbers: NDArray[np.float64], strings: Sequence[Coded]
    ) -> Shortcut | None:
        """Return a shortcut that gives the golden rows the right bits."""
        data = (release.path / "model.onnx").read_bytes()
        for together in (True, False):
            found = shortcut(data, self._outputs, together=together)
            if found is None:
                return None
            answers = _taken(found, numbers, strings)
            if self._right(answers, numbers, strings, np.arange(len(numbers))):
                return found
        return None


def matrix(strings: Sequence[Coded], rows: Any, count: int) -> NDArray[np.object_]:
    """Return some rows of coded columns as one array of strings, [count, m]."""
    columns = [each.levels[each.codes[rows]] for each in strings]
    return np.stack(columns, axis=1) if columns else np.empty((count, 0), object)


def _taken(
    way: Shortcut, numbers: NDArray[np.float64], strings: Sequence[Coded]
) -> list[NDArray[np.float64]]:
    """Take a shortcut; what depends on strings alone is computed once for each combination that occurs."""
    count = len(numbers)
    first, places = _distinct(strings, count)
    left = way.left(matrix(strings, first, len(first)))
    return way.answers(numbers, lambda: matrix(strings, slice(None), count), left, places)


def _distinct(strings: Sequence[Coded], count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return a row for each combination of strings that occurs, and for each row its combination."""
    key = np.zeros(count, np.int64)
    for column in strings:
        distinct, key = np.unique(key * len(column.levels) + column.codes, return_inverse=True)
        del distinct
    first = np.unique(key, return_index=True)[1]
    return first, key


def _same(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return one.tobytes() == other.tobytes()


def _slices(rows: int) -> Iterator[slice]:
    return (slice(at, at + _ROWS) for at in range(0, rows, _ROWS))


def _columns(rows: Sequence[CheckedRow], strings: int) -> tuple[NDArray[np.float64], tuple[Coded, ...]]:
    numbers = np.array([row.numbers for row in rows], np.float64).reshape(len(rows), -1)
    return numbers, tuple(coded([row.strings[place] for row in rows]) for place in range(strings))
