"""Columns that are the pixels of an image, found by their names: `pixel_3_17`, or `pixel_3_17_red`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.contract.pixel import BRIGHTEST, CHANNELS, pixel
from interlock.develop.emit.graph import Graph

__all__ = ["Grid"]

_LEAST_SIDE = 4
_LEAST_KNOWN = 0.5  # of the cells: columns may have been left out, such as those that never change

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """Where the pixels are among the numbers, and their scale.

    Args:
        height: Rows of the image.
        width: Columns of the image.
        channels: 1 for brightness, 3 for red, green and blue.
        places: The number of each pixel, row by row, then column by column, then by channel; -1 for none.
        low: The darkest value seen; what is below counts as this.
        high: The brightest, likewise.
        mean: Of all values; a missing pixel counts as this.
        scale: Their standard deviation.
    """

    height: int
    width: int
    channels: int
    places: tuple[int, ...]
    low: float = 0.0
    high: float = BRIGHTEST
    mean: float = 0.0
    scale: float = 1.0

    @classmethod
    def find(cls, names: Sequence[str]) -> Grid | None:
        """Find a grid of at least 4 × 4 among the names of numbers; None where there is none.

        Example:
            >>> grid = Grid.find(["age", *(f"pixel_{y}_{x}" for y in range(8) for x in range(6))])
            >>> (grid.height, grid.width, grid.channels, grid.places[:2]) if grid else None
            (8, 6, 1, (1, 2))
        """
        found = {at: each for at, name in enumerate(names) if (each := pixel(name))}
        coloured = {bool(each.channel) for each in found.values()}
        if len(coloured) != 1:
            return None
        height = 1 + max(each.row for each in found.values())
        width = 1 + max(each.column for each in found.values())
        channels = len(CHANNELS) if coloured == {True} else 1
        if min(height, width) < _LEAST_SIDE or len(found) < _LEAST_KNOWN * height * width * channels:
            return None
        places = np.full((height, width, channels), -1)
        for at, each in found.items():
            places[each.row, each.column, CHANNELS.index(each.channel) if each.channel else 0] = at
        return cls(height, width, channels, tuple(places.ravel().tolist()))

    @property
    def known(self) -> tuple[int, ...]:
        """The numbers that are pixels."""
        return tuple(at for at in self.places if at >= 0)

    def transform(self, numbers: Floats) -> Floats:
        """Compute cells on one scale, float64 [n, height * width, channels], of numbers float64 [n, p]."""
        cells = np.full((len(numbers), len(self.places)), self.mean)
        at = np.array(self.places)
        cells[:, at >= 0] = numbers[:, at[at >= 0]]
        filled = np.where(np.isnan(cells), self.mean, cells)
        scaled = (np.minimum(np.maximum(filled, self.low), self.high) - self.mean) / self.scale
        return np.asarray(scaled.reshape(len(numbers), -1, self.channels))

    def emit(self, graph: Graph, numbers: str) -> str:
        """Add the same to a graph."""
        cells, at = numbers, np.array(self.places)
        if (at < 0).any():  # one more number, which is always missing
            pads = graph.constant(np.array([0, 0, 0, 1], np.int64))
            cells = graph.node("Pad", numbers, pads, graph.constant(np.array(np.nan)))
        # Numbers are counted from the end, too: -1 is the last one.
        picked = graph.columns(cells, tuple(at.tolist()))
        mean = graph.constant(np.array([[self.mean]]))
        filled = graph.node("Where", graph.node("IsNaN", picked), mean, picked)
        raised = graph.node("Max", filled, graph.constant(np.array([[self.low]])))
        clipped = graph.node("Min", raised, graph.constant(np.array([[self.high]])))
        centred = graph.node("Sub", clipped, mean)
        scaled = graph.node("Div", centred, graph.constant(np.array([[self.scale]])))
        shape = np.array([-1, self.height * self.width, self.channels], np.int64)
        return graph.node("Reshape", scaled, graph.constant(shape))
