"""Numbers for a linear model: missing ones filled and told, all on one scale, none beyond what was seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.develop.emit.graph import Graph

__all__ = ["Standardise"]

_LARGEST = 1e100  # keeps squares and differences finite whatever the table holds


@dataclass(frozen=True)
class Standardise:
    """Fill by the median, clip to the range seen, subtract the mean, divide by the standard deviation.

    Args:
        fill: The median of each column.
        low: The smallest value seen; a value below it counts as this one, so a line is never extended.
        high: The largest value seen, likewise.
        mean: What is subtracted.
        scale: What is divided by; 1 for a column that is constant up to rounding.
        indicated: The columns that had missing values: each adds a feature that is 1 where missing.
    """

    fill: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    indicated: tuple[int, ...]

    @classmethod
    def fit(cls, values: NDArray[np.float64]) -> Standardise:
        """Learn the constants.

        Args:
            values: float64 [n, p]; NaN where missing.
        """
        missing = np.isnan(values)
        known = [np.clip(column[np.isfinite(column)], -_LARGEST, _LARGEST) for column in values.T]
        known = [column if len(column) else np.zeros(1) for column in known]
        fill = np.array([np.median(column) for column in known])
        low = np.array([column.min() for column in known])
        high = np.array([column.max() for column in known])
        filled = np.clip(np.where(missing, fill, values), low, high)
        scale = filled.std(axis=0)
        # A spread that is only the last digits' rounding is none: divided by it, noise would be a feature.
        spread = scale > 1e-9 * np.maximum(1.0, np.abs(filled).max(axis=0))
        return cls(
            tuple(fill.tolist()),
            tuple(low.tolist()),
            tuple(high.tolist()),
            tuple(filled.mean(axis=0).tolist()),
            tuple(np.where(spread, scale, 1.0).tolist()),
            tuple(np.flatnonzero(missing.any(axis=0)).tolist()),
        )

    @property
    def width(self) -> int:
        """How many features it gives."""
        return len(self.fill) + len(self.indicated)

    def transform(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute the features, float64 [n, width], of values float64 [n, p]."""
        missing = np.isnan(values)
        filled = np.where(missing, self.fill, values)
        clipped = np.minimum(np.maximum(filled, self.low), self.high)
        scaled = (clipped - self.mean) / self.scale
        return np.concatenate([scaled, missing[:, list(self.indicated)]], axis=1)

    def emit(self, graph: Graph, values: str) -> str:
        """Add the same computation to a graph and return its tensor, double [n, width]."""
        missing = graph.node("IsNaN", values)
        filled = graph.node("Where", missing, _row(graph, self.fill), values)
        raised = graph.node("Max", filled, _row(graph, self.low))
        clipped = graph.node("Min", raised, _row(graph, self.high))
        centred = graph.node("Sub", clipped, _row(graph, self.mean))
        scaled = graph.node("Div", centred, _row(graph, self.scale))
        if not self.indicated:
            return scaled
        flags = graph.node("Cast", graph.columns(missing, self.indicated), to=graph.DOUBLE)
        return graph.node("Concat", scaled, flags, axis=1)


def _row(graph: Graph, values: tuple[float, ...]) -> str:
    return graph.constant(np.array([values], np.float64))
