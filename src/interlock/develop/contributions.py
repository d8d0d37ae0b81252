"""What each column adds to the scores of some rows, in Python: the same numbers that the service gives."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from interlock.contract.model import Task
from interlock.develop.candidates import Fitted
from interlock.develop.explanation import sum_of
from interlock.develop.sample import Inputs
from interlock.errors import InputError
from interlock.release.explanation import Explanation
from interlock.report import table
from interlock.report.format import number

__all__ = ["Contributions", "Reach", "contributions"]

_SHOWN = 10


class Reach(NamedTuple):
    """How far one column moves scores.

    Args:
        column: Its name.
        value: The mean size of its contributions.
        low: Their 10th percentile.
        high: Their 90th percentile.
        n: Rows.
    """

    column: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, eq=False)
class Contributions:
    """What each column adds to each row's score: base and contributions add up to it.

    Args:
        columns: The columns that the model uses; a declared feature is one of its own.
        values: float64 [n, columns].
        base: float64 [n]: the mean score over the training rows.
        unit: Of both.
        of: For each row the class whose score it is; empty strings for a regression.
    """

    columns: tuple[str, ...]
    values: NDArray[np.float64]
    base: NDArray[np.float64]
    unit: str
    of: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def score(self) -> NDArray[np.float64]:
        """The rows' scores, float64 [n]."""
        return np.asarray(self.base + self.values.sum(axis=1))

    @property
    def reach(self) -> tuple[Reach, ...]:
        """How far each column moves scores, the farthest first."""
        low, high = np.quantile(self.values, [0.1, 0.9], axis=0)
        size = np.abs(self.values).mean(axis=0)
        return tuple(
            Reach(self.columns[at], float(size[at]), float(low[at]), float(high[at]), len(self))
            for at in np.argsort(-size, kind="stable")
        )

    def top(self, row: int, count: int = 3) -> tuple[tuple[str, float], ...]:
        """Return the largest contributions to one row, the largest first; none that are 0."""
        values = self.values[row]
        order = np.argsort(-np.abs(values), kind="stable")[:count]
        return tuple((self.columns[at], float(values[at])) for at in order if values[at] != 0)

    def _repr_html_(self) -> str:
        header = ["row", "score", "of", *(f"reason {at}" for at in (1, 2, 3))]
        rows: list[list[str | float]] = [
            [f"{row}", number(float(self.score[row])), self.of[row], *self._words(row)]
            for row in range(min(len(self), _SHOWN))
        ]
        left = len(self) - len(rows)
        note = Markup("<p>{}</p>").format(
            f"In {self.unit}, around {number(float(self.base[0]))}; {left:,} more rows are not shown."
            if len(self)
            else "No rows."
        )
        return str(table(header, rows, align="lr" + "l" * 4) + note)

    def _words(self, row: int) -> list[str]:
        told = [f"{column} {value:+.3g}" for column, value in self.top(row)]
        return [*told, *[""] * (3 - len(told))]


def contributions(
    fitted: Fitted, told: bytes, inputs: Inputs, classes: tuple[str, ...], *, seconds: float = float("inf")
) -> Contributions:
    """Explain rows.

    Args:
        fitted: The model.
        told: The bytes of its `Explanation`.
        inputs: Checked rows.
        classes: The target's labels; empty for a regression. Of several classes the most likely one is
            explained, of two the positive one.
        seconds: After so many the rest of the rows is left out; one row is explained at least.

    Raises:
        InputError: The model has no explanation.
    """
    found = sum_of(fitted)
    if found is None or not told:
        raise InputError(
            "this model's predictions are not explained",
            got=type(fitted).__name__,
            next_step="its score is no sum of trees and linear terms; see docs/develop.md, Explanation",
        )
    explanation, deadline = Explanation.from_bytes(told), time.monotonic() + seconds
    matrix, targets = found.additive.matrix(inputs), _targets(fitted.task, fitted.predict(inputs))
    explained = []
    for features, target in zip(matrix, targets.tolist(), strict=True):
        explained.append(explanation.attribute(features, target))
        if time.monotonic() > deadline:
            break
    values = np.array([each.contributions for each in explained]).reshape(-1, len(explanation.columns))
    named = [classes[target if fitted.task == "multiclass" else -1] if classes else "" for target in targets]
    base = np.array([each.base for each in explained])
    return Contributions(explanation.columns, values, base, explanation.unit, tuple(named[: len(values)]))


def _targets(task: Task, predictions: NDArray[np.float64]) -> NDArray[np.intp]:
    return predictions.argmax(axis=1) if task == "multiclass" else np.zeros(len(predictions), np.intp)
