"""From the contract's tensors to features, the same in numpy and in the graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from interlock.contract.model import Column, Contract
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.calendar import Calendar
from interlock.develop.prepare.categories import Levels, emit_codes, transform_codes
from interlock.develop.prepare.declared import make_declared
from interlock.develop.prepare.spans import make_spans
from interlock.develop.prepare.step import Learned, Options, Step
from interlock.develop.prepare.target import make_target_means
from interlock.develop.prepare.terms import Terms
from interlock.develop.prepare.text_scores import make_text_scores
from interlock.develop.prepare.topics import make_topics
from interlock.develop.sample import Inputs, Sample

__all__ = ["MAKERS", "Features", "Preparation", "Tensors"]

#: What fits the steps beyond numbers, calendar and levels; each gives its steps in the order of the columns.
MAKERS: tuple[Callable[[Sample, Contract, Options], tuple[Learned, ...]], ...] = (
    make_spans,
    make_target_means,
    make_topics,
    make_text_scores,
    make_declared,
)


class Features(NamedTuple):
    """What a model learns from.

    Args:
        numbers: float64 [n, p]: plain numbers, booleans as 0 and 1, then parts of the calendar, then what
            the further steps give; NaN where missing.
        codes: int64 [n, m]: one code for each category.
        terms: Sparse float64 [n, t]: the words of the texts, where they were asked for.
    """

    numbers: NDArray[np.float64]
    codes: NDArray[np.int64]
    terms: sparse.csr_matrix | None = None


class Tensors(NamedTuple):
    """The first two in a graph; None where there is no such column."""

    numbers: str | None
    codes: str | None


@dataclass(frozen=True)
class Preparation:
    """The fitted steps.

    Args:
        plain: The columns of the numeric tensor that pass as they are.
        calendar: The timestamps' parts.
        levels: One for each category that comes as a code.
        names: The features: `numbers`, then `codes`; the terms name themselves.
        steps: What gives further numbers.
        sources: For each feature the column, or the declared feature, that it tells of.
        coded: The place in the string tensor of each of `levels`.
        terms: One for each text whose words are features.
    """

    plain: tuple[int, ...]
    calendar: Calendar
    levels: tuple[Levels, ...]
    names: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    sources: tuple[str, ...] = ()
    coded: tuple[int, ...] = ()
    terms: tuple[Terms, ...] = ()

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
        strings = tuple(enumerate(contract.strings))
        coded = tuple(at for at, column in strings if column.type != "text" and options.encode != "target")
        levels = tuple(Levels.fit(rows.strings[at]) for at in coded)
        terms = tuple(
            Terms.fit(column.name, at, rows.strings[at])
            for at, column in strings
            if column.type == "text" and options.text == "terms"
        )
        learned = [each for make in MAKERS for each in make(rows, contract, options)]
        names = (
            *(columns[at].name for at in plain),
            *calendar.names(tuple(column.name for column in columns)),
            *(name for each in learned for name in each.step.names),
            *(contract.strings[at].name for at in coded),
        )
        sources = (
            *(columns[at].name for at in plain),
            *(columns[at].name for at in calendar.sources),
            *(name for each in learned for name in each.step.sources),
            *(contract.strings[at].name for at in coded),
        )
        steps = tuple(each.step for each in learned)
        fitted = cls(plain, calendar, levels, names, steps, sources, coded, terms)
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
        codes = np.empty((len(numbers), 0), np.int64)
        if self.levels:
            codes = transform_codes(self.levels, [inputs.strings[at] for at in self.coded])
        terms = [each.transform(inputs) for each in self.terms]
        return Features(numbers, codes, sparse.hstack(terms, format="csr") if terms else None)

    def emit(self, graph: Graph) -> Tensors:
        """Add the steps to a graph."""
        blocks = [graph.columns(graph.numbers, self.plain)] if self.plain else []
        if self.calendar.width:
            blocks.append(self.calendar.emit(graph))
        blocks += [step.emit(graph) for step in self.steps]
        numbers = graph.node("Concat", *blocks, axis=1) if len(blocks) > 1 else next(iter(blocks), None)
        return Tensors(numbers, emit_codes(graph, self.levels, self.coded) if self.levels else None)

    def emit_terms(self, graph: Graph, table: NDArray[np.float64]) -> str:
        """Add the product of the terms and a table to a graph, without ever building the terms.

        Args:
            graph: What to add to.
            table: float64 [t, k]: what a term of 1 is worth.

        Returns:
            Double [n, k].
        """
        parts = zip(self.terms, self.of_each_text(table), strict=True)
        products = [terms.emit(graph, part) for terms, part in parts]
        return graph.node("Sum", *products) if len(products) > 1 else products[0]

    def of_each_text(self, table: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the rows of a table of terms, float64 [t, k], that belong to each text."""
        ends = np.cumsum([each.size for each in self.terms])
        return np.split(table, ends[:-1]) if self.terms else []


def _is_plain(column: Column) -> bool:
    """A time that is not a timestamp, such as a year, would be a trend, so it is left out."""
    return column.type != "timestamp" and column.role != "time"
