"""What the boosted and the averaged trees of all libraries share."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.develop.candidates.candidate import Scored
from interlock.develop.emit.forest import Forest
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.preparation import Features, Preparation
from interlock.develop.sample import Inputs, Sample

__all__ = ["TreeModel", "as_matrix", "busy_threads", "directions", "most_rounds", "standard"]

_MOST_TREES = 2000
_MOST_LEAVES = 120_000
_CELLS_OF_A_THREAD = 500_000


class TreeModel(Scored):
    """A preparation and trees after it; a class that derives from it has both, and `score` by its library."""

    preparation: Preparation

    @property
    def forest(self) -> Forest:
        """The trees, over the columns of `matrix`."""
        raise NotImplementedError

    @property
    def sources(self) -> tuple[str, ...]:
        """For each column of the matrix the column, or the declared feature, that it tells of."""
        return self.preparation.sources

    def matrix(self, inputs: Inputs) -> NDArray[np.float64]:
        """Return what the trees look at, float64 [n, p]."""
        return as_matrix(self.preparation.transform(inputs))

    def emit_matrix(self, graph: Graph) -> str:
        """Add the preparation, up to what the trees look at."""
        tensors = self.preparation.emit(graph)
        blocks = [tensors.numbers] if tensors.numbers else []
        if tensors.codes:
            blocks.append(graph.node("Cast", tensors.codes, to=graph.DOUBLE))
        return graph.node("Concat", *blocks, axis=1) if len(blocks) > 1 else blocks[0]

    def emit_score(self, graph: Graph) -> str:
        """Add the preparation and the trees."""
        return self.forest.emit(graph, self.emit_matrix(graph))


def as_matrix(features: Features) -> NDArray[np.float64]:
    """Return the numbers and then the codes as one matrix, float64 [n, p]."""
    return np.concatenate([features.numbers, features.codes.astype(np.float64)], axis=1)


def busy_threads(cells: int) -> int:
    """Return how many threads pay: with less than half a million cells each, they wait for one another."""
    return max(1, min(os.cpu_count() or 1, cells // _CELLS_OF_A_THREAD))


def most_rounds(width: int, leaves: int) -> int:
    """Return how many rounds to boost at most, so that the graph stays below 5 MB and 40 microseconds a row.

    Args:
        width: Trees of one round.
        leaves: Leaves of one tree at most.
    """
    return max(1, min(_MOST_TREES, _MOST_LEAVES // leaves) // width)


def standard(train: Sample) -> tuple[float, float]:
    """Return what a regression subtracts from its target and then divides it by; 0 and 1 for classes.

    The libraries hold targets as float32, so they learn the distance from the mean, in standard deviations.
    """
    if train.task != "regression":
        return 0.0, 1.0
    return float(train.target.mean()), float(train.target.std()) or 1.0


def directions(preparation: Preparation, contract: Contract, task: Task) -> tuple[int, ...]:
    """Return for each column of the matrix whether the prediction may only rise (1) or fall (-1) with it.

    Args:
        preparation: It names the columns.
        contract: It says which numbers are monotone; for several classes there is no one prediction that
            could rise, so there it is not held.
        task: What is predicted.
    """
    if task == "multiclass":
        return (0,) * len(preparation.names)
    signs = {"increasing": 1, "decreasing": -1}
    asked = {column.name: signs.get(column.monotone, 0) for column in contract.numbers}
    return tuple(asked.get(name, 0) for name in preparation.names)
