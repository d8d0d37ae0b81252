"""From the contract's tensors to features, the same in numpy and in the graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Column, Contract
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.calendar import Calendar
from interlock.develop.prepare.categories import Levels, emit_codes, transform_codes
from interlock.develop.prepare.step import Learned, Options, Step
from interlock.develop.sample import Inputs, Sample

__all__ = ["MAKERS", "Features", "Preparation", "Tensors"]

#: What fits the steps beyond numbers, calendar and levels; each gives its steps in the order of the columns.
MAKERS: tuple[Callable[[Sample, Contract, Options], tuple[Learned, ...]], ...] = ()


class Features(NamedTuple):
    """What a model learns from.

    Args:
        numbers: float64 [n, p]: plain numbers, booleans as 0 and 1, then parts of the calendar, then what
            the further steps give; NaN where missing.
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
        steps: What gives further numbers.
        sources: For each feature the column, or the declared feature, that it tells of.
    """

    plain: tuple[int, ...]
    calendar: Calendar
    levels: tuple[Levels, ...]
    names: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    sources: tuple[str, ...] = ()

    @classmethod
    def learn(
        cls, rows: Sample, contract: Contract, options: Options | None = None
    ) -> tuple[Preparation, Features]:
        """Learn every step from the training rows, and return their features to learn from.

        Args:
            rows: The training rows.
            contract: It says which columns are timestamps.
            options: What the candidate wants.

        Returns:
            The steps, and the features of these rows, which may differ from what `transform` gives: what is
            made of the target is cross-fitted.
        """
        options = options or Options()
        columns = contract.numbers
        plain = tuple(at for at, column in enumerate(columns) if _is_plain(column) and at not in rows.unused)
        timestamps = tuple(at for at, column in enumerate(columns) if column.type == "timestamp")
        calendar = Calendar.fit(rows.numbers, timestamps, cyclic=options.cyclic)
        levels = tuple(Levels.fit(column) for column in rows.strings)
        learned = [each for make in MAKERS for each in make(rows, contract, options)]
        names = (
            *(columns[at].name for at in plain),
            *calendar.names(tuple(column.name for column in columns)),
            *(name for each in learned for name in each.step.names),
            *(column.name for column in contract.strings),
        )
        sources = (
            *(columns[at].name for at in plain),
            *(columns[at].name for at in calendar.sources),
            *(name for each in learned for name in each.step.sources),
            *(column.name for column in contract.strings),
        )
        fitted = cls(plain, calendar, levels, names, tuple(each.step for each in learned), sources)
        return fitted, fitted._features(rows, [each.training for each in learned])

    def transform(self, inputs: Inputs) -> Features:
        """Compute the features of any rows."""
        return self._features(inputs, [None] * len(self.steps))

    def _features(self, inputs: Inputs, known: list[NDArray[np.float64] | None]) -> Features:
        blocks = [inputs.numbers[:, list(self.plain)]]
        if self.calendar.width:
            blocks.append(self.calendar.transform(inputs.numbers))
        for step, values in zip(self.steps, known, strict=True):
            blocks.append(step.transform(inputs) if values is None else values)
        numbers = np.concatenate(blocks, axis=1)
        if not self.levels:
            return Features(numbers, np.empty((len(numbers), 0), np.int64))
        return Features(numbers, transform_codes(self.levels, inputs.strings))

    def emit(self, graph: Graph) -> Tensors:
        """Add the steps to a graph."""
        blocks = [graph.columns(graph.numbers, self.plain)] if self.plain else []
        if self.calendar.width:
            blocks.append(self.calendar.emit(graph))
        blocks += [step.emit(graph) for step in self.steps]
        numbers = graph.node("Concat", *blocks, axis=1) if len(blocks) > 1 else next(iter(blocks), None)
        return Tensors(numbers, emit_codes(graph, self.levels) if self.levels else None)


def _is_plain(column: Column) -> bool:
    """A time that is not a timestamp, such as a year, would be a trend, so it is left out."""
    return column.type != "timestamp" and column.role != "time"
