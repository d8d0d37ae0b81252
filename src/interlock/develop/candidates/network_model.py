"""A trained network: the reference in numpy, and the same in the graph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Task
from interlock.develop.candidates.candidate import Scored
from interlock.develop.candidates.layers import Convolution, Dense, Embeddings
from interlock.develop.candidates.memory import recalled
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.grid import Grid
from interlock.develop.prepare.preparation import Features, Preparation
from interlock.develop.prepare.ramps import Ramps
from interlock.develop.prepare.standardise import Standardise
from interlock.develop.sample import Inputs

__all__ = ["NetworkModel", "Setting", "cells_of"]

_AT_ONCE = 500  # rows, so that what an image becomes on its way stays small

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """What is tried.

    Args:
        width: Units of each hidden layer.
        layers: Hidden layers.
        dropout: The share of units that is left out of each step.
        speed: The highest learning rate.
        decay: How strongly weights are held to 0.
        epochs: Times that all rows are seen at most; 0 takes 12 to 40, fewer where rows are many or images.
        stop: Epochs after which to stop; 0 goes on until the watched rows get no better.
        filters: Of the first convolution, where there are images; each further one has twice as many.
        balance: How much more the rows of rare classes count; see `boosting`.
        memory: Days after which a row counts half; 0 lets all ages count the same.
    """

    width: int = 128
    layers: int = 2
    dropout: float = 0.1
    speed: float = 3e-3
    decay: float = 0.02
    epochs: int = 0
    stop: int = 0
    filters: int = 8
    balance: float = 0.0
    memory: float = 0.0

    @property
    def rate(self) -> float:
        """How much learning an epoch is to those who prune, in units of a booster's rate."""
        return 0.5


@dataclass(frozen=True)
class NetworkModel(Scored):
    """A trained network and the preparation before it.

    Args:
        preparation: From tensors to features.
        plain: The features among the numbers that are no pixels.
        standardise: From these to numbers on one scale.
        ramps: From the standardised numbers to the pieces of their curves.
        grid: Where the pixels are; None without images.
        convolutions: What the image goes through first.
        embeddings: From codes to numbers; None without categories.
        layers: The last one gives the score.
        task: What it predicts.
        chosen: The setting, with the epochs over which the rate falls and those after which it stopped.
        centre: What is added to each score: the mean of a regression.
        scale: What the last layer's answer is multiplied by first: the spread of a regression.
    """

    preparation: Preparation
    plain: tuple[int, ...]
    standardise: Standardise
    ramps: Ramps
    grid: Grid | None
    convolutions: tuple[Convolution, ...]
    embeddings: Embeddings | None
    layers: tuple[Dense, ...]
    task: Task
    chosen: Setting
    centre: float = 0.0
    scale: float = 1.0
    rounds: int = 0

    @property
    def setting(self) -> str:
        """The chosen setting, for people."""
        images = f"{len(self.convolutions)} convolutions, " if self.convolutions else ""
        hidden = f"{self.chosen.layers} × {self.chosen.width} units"
        return f"{images}{hidden}, {self.chosen.stop} epochs{recalled(self.chosen.memory)}"

    def score(self, inputs: Inputs) -> Floats:
        """Compute all layers with numpy."""
        features = self.preparation.transform(inputs)
        parts = [self._score(each) for each in _in_parts(features)]
        return np.concatenate(parts) if parts else np.empty((0, self.layers[-1].weights.shape[1]))

    def _score(self, features: Features) -> Floats:
        blocks = []
        if self.plain:
            scaled = self.standardise.transform(features.numbers[:, list(self.plain)])
            blocks += [scaled, self.ramps.transform(scaled)]
        if self.embeddings:
            blocks.append(self.embeddings.transform(features.codes))
        if self.grid:
            cells = self.grid.transform(features.numbers)
            for convolution in self.convolutions:
                cells = convolution.transform(cells)
            blocks.append(cells.reshape(len(cells), -1))
        values = np.concatenate(blocks, axis=1)
        for layer in self.layers[:-1]:
            values = np.maximum(layer.transform(values), 0.0)
        return np.asarray(self.layers[-1].transform(values) * self.scale + self.centre)

    def emit_score(self, graph: Graph) -> str:
        """Add the preparation and all layers."""
        tensors = self.preparation.emit(graph)
        blocks = []
        if tensors.numbers and self.plain:
            scaled = self.standardise.emit(graph, graph.columns(tensors.numbers, self.plain))
            blocks += [scaled, self.ramps.emit(graph, scaled)] if self.ramps.width else [scaled]
        if tensors.codes and self.embeddings:
            blocks.append(self.embeddings.emit(graph, tensors.codes))
        if tensors.numbers and self.grid:
            cells = self.grid.emit(graph, tensors.numbers)
            for convolution in self.convolutions:
                cells = convolution.emit(graph, cells)
            shape = graph.constant(np.array([-1, cells_of(self.convolutions)], np.int64))
            blocks.append(graph.node("Reshape", cells, shape))
        values = graph.node("Concat", *blocks, axis=1) if len(blocks) > 1 else blocks[0]
        for layer in self.layers[:-1]:
            values = graph.node("Relu", layer.emit(graph, values))
        score = self.layers[-1].emit(graph, values)
        if (self.centre, self.scale) == (0.0, 1.0):
            return score
        spread = graph.node("Mul", score, graph.constant(np.array([[self.scale]])))
        return graph.node("Add", spread, graph.constant(np.array([[self.centre]])))


def cells_of(convolutions: tuple[Convolution, ...]) -> int:
    """Return how many numbers come out of the last one."""
    if not convolutions:
        return 0
    last = convolutions[-1]
    return int(len(last.pooled) * last.kernel.shape[1])


def _in_parts(features: Features) -> Iterator[Features]:
    for start in range(0, len(features.numbers), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        yield Features(features.numbers[part], features.codes[part])
