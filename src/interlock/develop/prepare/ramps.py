"""Numbers as ramps for a linear model: a curve of straight pieces in place of one line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.develop.emit.graph import Graph

__all__ = ["MOST_RAMPS", "Ramps"]

#: Pieces of one column's curve at most.
MOST_RAMPS = 8
_LEAST_WIDTH = 1e-9  # of the range

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ramps:
    """Each ramp rises from 0 to 1 between two knots of its column, and is level before and after.

    A weighted sum of a column's ramps is a continuous curve of straight pieces, and constant beyond the
    outermost values that were seen. Half of the knots are quantiles of the values, half of the distinct
    values, so that a column that is nearly always 0 has knots where it is not.

    Args:
        columns: The column of each ramp.
        starts: Where each begins to rise.
        widths: How far each rises; above 0.

    Source:
        Linear B-splines in the basis of their rises: Eilers and Marx (1996), Statistical Science 11, for
        penalised curves of many pieces.

    Example:
        >>> ramps = Ramps((0, 0), (0.0, 1.0), (1.0, 2.0))
        >>> ramps.transform(np.array([[-5.0], [0.5], [2.0], [9.0]])).tolist()
        [[0.0, 0.0], [0.5, 0.0], [1.0, 0.5], [1.0, 1.0]]
    """

    columns: tuple[int, ...]
    starts: tuple[float, ...]
    widths: tuple[float, ...]

    @classmethod
    def fit(cls, values: Floats, *, most: int = MOST_RAMPS) -> Ramps:
        """Choose the knots; a column of fewer than three values has no curve.

        Args:
            values: float64 [n, p], none missing.
            most: Ramps of one column at most.
        """
        knots = [_knots(column, most) for column in values.T]
        return cls(
            tuple(at for at, each in enumerate(knots) for _ in each[1:]),
            tuple(float(start) for each in knots for start in each[:-1]),
            tuple(float(width) for each in knots for width in np.diff(each)),
        )

    @property
    def width(self) -> int:
        """How many features it gives."""
        return len(self.columns)

    def transform(self, values: Floats) -> Floats:
        """Compute the features, float64 [n, width], of values float64 [n, p]."""
        risen = (values[:, list(self.columns)] - np.array(self.starts)) / np.array(self.widths)
        return np.asarray(np.minimum(np.maximum(risen, 0.0), 1.0))

    def emit(self, graph: Graph, values: str) -> str:
        """Add the same computation to a graph and return its tensor, double [n, width]."""
        above = graph.node(
            "Sub", graph.columns(values, self.columns), graph.constant(np.array([self.starts]))
        )
        risen = graph.node("Div", above, graph.constant(np.array([self.widths])))
        raised = graph.node("Max", risen, graph.constant(np.array([[0.0]])))
        return graph.node("Min", raised, graph.constant(np.array([[1.0]])))


def _knots(values: Floats, most: int) -> Floats:
    distinct = np.unique(values)
    knots = distinct
    if len(distinct) > most + 1:
        shares = np.linspace(0, 1, most // 2 + 2)
        chosen = [np.quantile(each, shares, method="nearest") for each in (values, distinct)]
        knots = np.unique(np.concatenate(chosen))
    apart = np.diff(knots, prepend=-np.inf) > _LEAST_WIDTH * np.ptp(distinct)
    return np.asarray(knots[apart] if np.count_nonzero(apart) > 2 else knots[:1])
