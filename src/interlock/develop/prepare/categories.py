"""String columns as codes, by explicit maps from level to code.

A level with enough rows has a code of its own; all others, those that the training never saw included, share
one; a missing value has its own. The same maps run in numpy and in the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.contract.check import Coded
from interlock.contract.model import MISSING
from interlock.develop.emit.graph import Graph

__all__ = ["LEAST_LEVEL_ROWS", "MOST_LEVELS", "Levels", "emit_codes", "transform_codes"]

LEAST_LEVEL_ROWS = 20
MOST_LEVELS = 1000


@dataclass(frozen=True)
class Levels:
    """The codes of one string column: a known level's place, then missing, then all others.

    Args:
        known: The levels that have a code of their own, most frequent first.

    Example:
        >>> levels = Levels(("Oslo", "Rome"))
        >>> levels.code("Rome"), levels.missing, levels.code("a town never seen"), levels.size
        (1, 2, 3, 4)
    """

    known: tuple[str, ...]

    @classmethod
    def fit(cls, column: Coded, *, least: int = LEAST_LEVEL_ROWS, most: int = MOST_LEVELS) -> Levels:
        """Give a code to the levels that have enough rows.

        Args:
            column: The training rows.
            least: Rows that a level needs.
            most: Levels at most; the most frequent ones, by name where two are equally frequent.
        """
        counts = np.bincount(column.codes, minlength=len(column.levels))
        frequent = sorted(
            (-int(count), str(level))
            for level, count in zip(column.levels, counts, strict=True)
            if count >= least and level != MISSING
        )
        return cls(tuple(level for _, level in frequent[:most]))

    @property
    def missing(self) -> int:
        """The code of a missing value."""
        return len(self.known)

    @property
    def other(self) -> int:
        """The code of every rare or unknown level."""
        return len(self.known) + 1

    @property
    def size(self) -> int:
        """How many codes there are."""
        return len(self.known) + 2

    def code(self, level: str) -> int:
        """Return the code of one value."""
        return self._map().get(level, self.other)

    def transform(self, column: Coded) -> NDArray[np.int64]:
        """Return the codes of a column, int64 [n]."""
        codes = self._map()
        table = np.array([codes.get(level, self.other) for level in column.levels], np.int64)
        return table[column.codes]

    def _map(self) -> dict[str, int]:
        return {level: code for code, level in enumerate((*self.known, MISSING))}


def transform_codes(levels: Sequence[Levels], strings: Sequence[Coded]) -> NDArray[np.int64]:
    """Code some string columns.

    Args:
        levels: One for each column; at least one.
        strings: The columns.

    Returns:
        int64 [n, m].
    """
    return np.stack([each.transform(column) for each, column in zip(levels, strings, strict=True)], axis=1)


def emit_codes(graph: Graph, levels: Sequence[Levels], columns: tuple[int, ...]) -> str:
    """Add the maps of some string columns to a graph: one encoder over `<column>|<value>`.

    Args:
        graph: What to add to.
        levels: One for each column.
        columns: Their places in the string tensor, ascending.

    Returns:
        The tensor of codes, int64 [n, m].
    """
    prefixes = np.array([[f"{at}|" for at in range(len(levels))]], object)
    keyed = graph.node("StringConcat", graph.constant(prefixes), graph.string_columns(columns))
    entries = [
        (f"{at}|{level}", code)
        for at, each in enumerate(levels)
        for code, level in enumerate((*each.known, MISSING))
    ]
    codes = graph.node(
        "LabelEncoder",
        keyed,
        domain="ai.onnx.ml",
        keys_strings=[key for key, _ in entries],
        values_int64s=[code for _, code in entries],
        default_int64=-1,
    )
    unknown = graph.node("Less", codes, graph.constant(np.array(0, np.int64)))
    others = graph.constant(np.array([[each.other for each in levels]], np.int64))
    return graph.node("Where", unknown, others, codes)
