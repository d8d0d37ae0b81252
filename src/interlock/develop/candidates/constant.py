"""The baseline that knows no features: the share of each class, or the mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract
from interlock.develop.candidates.candidate import Fitted, Limits
from interlock.develop.emit.graph import Graph
from interlock.develop.sample import Inputs, Sample

__all__ = ["Baseline", "Constant"]


@dataclass(frozen=True)
class Constant:
    """One prediction for every row.

    Args:
        values: The prediction: one number, or one a class.
    """

    values: tuple[float, ...]
    rounds: int = 0
    setting: str = ""

    def predict(self, inputs: Inputs) -> NDArray[np.float64]:
        """Return the same prediction for each row."""
        rows = len(inputs.numbers)
        return np.full(rows, self.values[0]) if len(self.values) == 1 else np.tile(self.values, (rows, 1))

    def emit(self, graph: Graph) -> str:
        """Repeat the prediction as often as there are rows."""
        shape = graph.node("Shape", graph.any_input, start=0, end=1)
        width = graph.constant(np.array([len(self.values)], np.int64))
        return graph.node(
            "Expand", graph.constant(np.array([self.values])), graph.node("Concat", shape, width, axis=0)
        )


@dataclass(frozen=True)
class Baseline:
    """What every other candidate must beat."""

    name: str = "baseline"
    description: str = "the same answer for every row: the share of each class, or the mean"

    def fit(self, train: Sample, watched: Sample, contract: Contract, limits: Limits) -> Constant:  # noqa: ARG002 - the protocol's
        """Count the classes, or average the target."""
        return self._count(train)

    def refit(self, fitted: Fitted, rows: Sample, contract: Contract, limits: Limits) -> Constant:  # noqa: ARG002 - the protocol's
        """Count again."""
        return self._count(rows)

    def _count(self, train: Sample) -> Constant:
        if train.task == "multiclass":
            counts = np.bincount(train.target.astype(np.intp), minlength=train.classes)
            return Constant(tuple((counts / counts.sum()).tolist()))
        return Constant((float(train.target.mean()),))
