"""From the contract's tensors to features, the same in numpy and in the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Column, Contract
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.calendar import Calendar
from interlock.develop.prepare.categories import Levels, emit_codes, transform_codes
from interlock.develop.sample import Inputs, Sample

__all__ = ["Features", "Preparation", "Tensors"]


class Features(NamedTuple):
    """What a model learns from.

    Args:
        numbers: float64 [n, p]: plain numbers, booleans as 0 and 1, then parts of the calendar; NaN where
            missing.
        codes: int64 [n, m]: one code for each string column.
    """

    numbers: NDArray[np.float64]
    codes: NDArray[np.int64]


class Tensors(NamedTuple):
    """The same two in a graph; None where there is no such column."""

    numbers: str | None
    codes: str | None


@dataclass(frozen=True)
class Preparation:
    """The fitted steps.

    Args:
        plain: The columns of the numeric tensor that pass as they are.
        calendar: The timestamps' parts.
        levels: One for each string column.
        names: The features: `numbers`, then `codes`.
    """

    plain: tuple[int, ...]
    calendar: Calendar
    levels: tuple[Levels, ...]
    names: tuple[str, ...]

    @classmethod
    def fit(cls, rows: Sample, contract: Contract, *, cyclic: bool) -> Preparation:
        """Learn every step from the training rows.

        Args:
            rows: The training rows.
            contract: It says which columns are timestamps.
            cyclic: True gives the calendar as sines and cosines, for a linear model.
        """
        columns = contract.numbers
        plain = tuple(at for at, column in enumerate(columns) if _is_plain(column) and at not in rows.unused)
        timestamps = tuple(at for at, column in enumerate(columns) if column.type == "timestamp")
        calendar = Calendar.fit(rows.numbers, timestamps, cyclic=cyclic)
        levels = tuple(Levels.fit(column) for column in rows.strings)
        names = (
            *(columns[at].name for at in plain),
            *calendar.names(tuple(column.name for column in columns)),
            *(column.name for column in contract.strings),
        )
        return cls(plain, calendar, levels, names)

    def transform(self, inputs: Inputs) -> Features:
        """Compute the features of any rows."""
        numbers = inputs.numbers[:, list(self.plain)]
        if self.calendar.width:
            numbers = np.concatenate([numbers, self.calendar.transform(inputs.numbers)], axis=1)
        if not self.levels:
            return Features(numbers, np.empty((len(numbers), 0), np.int64))
        return Features(numbers, transform_codes(self.levels, inputs.strings))

    def emit(self, graph: Graph) -> Tensors:
        """Add the steps to a graph."""
        blocks = [graph.columns(graph.numbers, self.plain)] if self.plain else []
        if self.calendar.width:
            blocks.append(self.calendar.emit(graph))
        numbers = graph.node("Concat", *blocks, axis=1) if len(blocks) > 1 else next(iter(blocks), None)
        return Tensors(numbers, emit_codes(graph, self.levels) if self.levels else None)


def _is_plain(column: Column) -> bool:
    """A time that is not a timestamp, such as a year, would be a trend, so it is left out."""
    return column.type != "timestamp" and column.role != "time"
