"""The days between two timestamps: an age, a wait, a lead time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.calendar import FURTHEST
from interlock.develop.prepare.step import Learned, Options
from interlock.develop.sample import Inputs, Sample
from interlock.develop.trend import CORRELATION, rank_correlation

__all__ = ["Spans", "make_spans"]

_DAY = 86_400.0
_MOST = 20  # pairs; seven timestamps make 21
_MOST_ROWS = 20_000


@dataclass(frozen=True)
class Spans:
    """Days from one timestamp to another, NaN where one of them is missing.

    Args:
        earlier: For each feature the column of the numeric tensor that is subtracted.
        later: The column that it is subtracted from.
        names: What the features are called.
        sources: The column of each that is not the time column.

    Example:
        >>> spans = Spans((0,), (1,), ("born to seen days",), ("born",))
        >>> spans.of(np.array([[0.0, 129_600.0]]))
        array([[1.5]])
    """

    earlier: tuple[int, ...]
    later: tuple[int, ...]
    names: tuple[str, ...]
    sources: tuple[str, ...]

    def transform(self, inputs: Inputs) -> NDArray[np.float64]:
        """Compute the features of any rows, float64 [n, width]."""
        return self.of(inputs.numbers)

    def of(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute the features of a numeric tensor [n, k]."""
        moments = np.where(np.abs(numbers) > FURTHEST, np.nan, numbers)
        return np.asarray((moments[:, list(self.later)] - moments[:, list(self.earlier)]) / _DAY, np.float64)

    def emit(self, graph: Graph) -> str:
        """Add the same computation to a graph and return its tensor, double [n, width]."""
        far = graph.node("Greater", graph.node("Abs", graph.numbers), graph.constant(np.array(FURTHEST)))
        moments = graph.node("Where", far, graph.constant(np.array(np.nan)), graph.numbers)
        apart = graph.node("Sub", graph.columns(moments, self.later), graph.columns(moments, self.earlier))
        return graph.node("Div", apart, graph.constant(np.array(_DAY)))


def make_spans(rows: Sample, contract: Contract, options: Options) -> tuple[Learned, ...]:  # noqa: ARG001 - as all
    """Fit one step for all pairs of timestamps that tell of more than what time it is."""
    chosen = list(_pairs(rows, contract))[:_MOST]
    if not chosen:
        return ()
    names = [(contract.numbers[first], contract.numbers[second]) for first, second in chosen]
    return (
        Learned(
            Spans(
                tuple(first for first, _ in chosen),
                tuple(second for _, second in chosen),
                tuple(f"{first.name} to {second.name} days" for first, second in names),
                tuple((second if first.role == "time" else first).name for first, second in names),
            )
        ),
    )


def _pairs(rows: Sample, contract: Contract) -> Iterator[tuple[int, int]]:
    """Yield pairs of columns, the mostly earlier one first; those with the time column before others."""
    columns = [
        place
        for place, column in enumerate(contract.numbers)
        if column.type == "timestamp" and place not in rows.unused
    ]
    columns.sort(key=lambda place: contract.numbers[place].role != "time")
    some = np.arange(0, len(rows), -(-len(rows) // _MOST_ROWS))
    moments = rows.numbers[some]
    for pair in combinations(columns, 2):
        known = moments[np.isfinite(moments[:, pair]).all(axis=1)]
        if len(known) < 3:
            continue
        first, second = sorted(pair, key=lambda place: float(np.median(known[:, place])))
        apart = known[:, second] - known[:, first]
        clock = next((place for place in pair if contract.numbers[place].role == "time"), second)
        moves = rank_correlation(apart, known[:, clock])
        if np.ptp(apart) > 0 and abs(moves) < CORRELATION:
            yield first, second
