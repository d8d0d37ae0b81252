"""The baseline that knows no features: the share of each class, or the mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.develop.candidates.candidate import Fitted, Limits, Recorded, Trial
from interlock.develop.emit.graph import Graph
from interlock.develop.link import score_of
from interlock.develop.sample import Inputs, Sample

__all__ = ["Baseline", "Constant"]


@dataclass(frozen=True)
class Constant:
    """One prediction for every row.

    Args:
        values: The prediction: one number, or one a class.
        task: What it predicts.
    """

    values: tuple[float, ...]
    task: Task = "regression"
    rounds: int = 0
    setting: str = ""

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Return the same score for each row."""
        return score_of(self.task, self.predict(inputs))

    def predict(self, inputs: Inputs) -> NDArray[np.float64]:
        """Return the same prediction for each row."""
        rows = len(inputs.numbers)
        return np.full(rows, self.values[0]) if len(self.values) == 1 else np.tile(self.values, (rows, 1))

    def emit(self, graph: Graph) -> str:
        """Repeat the prediction as often as there are rows."""
        return self._repeat(graph, np.array([self.values]))

    def emit_score(self, graph: Graph) -> str:
        """Repeat the score as often as there are rows."""
        values = np.array([self.values] if len(self.values) > 1 else self.values)
        return self._repeat(graph, score_of(self.task, values).reshape(1, -1))

    def _repeat(self, graph: Graph, row: NDArray[np.float64]) -> str:
        shape = graph.node("Shape", graph.any_input, start=0, end=1)
        width = graph.constant(np.array([len(self.values)], np.int64))
        return graph.node("Expand", graph.constant(row), graph.node("Concat", shape, width, axis=0))


@dataclass(frozen=True)
class Baseline:
    """What every other candidate must beat."""

    name: str = "baseline"
    description: str = "the same answer for every row: the share of each class, or the mean"
    monotone: bool = True

    def settings(self, train: Sample) -> tuple[None]:  # noqa: ARG002 - the protocol's
        """Return the only way there is."""
        return (None,)

    def suggest(self, trial: Trial, train: Sample) -> None:
        """Draw nothing."""

    def fit(
        self,
        train: Sample,
        watched: Sample,  # noqa: ARG002 - the protocol's
        contract: Contract,  # noqa: ARG002 - the protocol's
        limits: Limits,  # noqa: ARG002 - the protocol's
        setting: Any = None,  # noqa: ARG002 - the protocol's
    ) -> Constant:
        """Count the classes, or average the target."""
        return self._count(train)

    def refit(self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits) -> Constant:  # noqa: ARG002 - the protocol's
        """Count again."""
        return self._count(rows)

    def _count(self, train: Sample) -> Constant:
        if train.task == "multiclass":
            counts = np.bincount(train.target.astype(np.intp), train.weights, minlength=train.classes)
            return Constant(tuple((counts / counts.sum()).tolist()), train.task)
        return Constant((float(np.average(train.target, weights=train.weights)),), train.task)
