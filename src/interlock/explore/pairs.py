"""How the columns go with each other: one strength a pair, on a sample, for as many as one can read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.association import Association, is_known
from interlock.explore.sample import Sample
from interlock.explore.statistics.correlation_ratio import correlation_ratio
from interlock.explore.statistics.cramers_v import cramers_v
from interlock.explore.statistics.spearman import spearman
from interlock.profile import Values
from interlock.report import Matrix

__all__ = ["COLUMNS", "ROWS", "Pair", "Pairs", "pairs"]

#: The most columns of the matrix, and the most rows behind it: 276 pairs take a fifth of a second.
COLUMNS, ROWS = 24, 5_000
#: A pair needs so many rows with both values; the rarer levels of a category count as one.
_LEAST, _LEVELS = 20, 30


class Pair(NamedTuple):
    """Two columns and how they go together.

    Args:
        first: A column.
        second: Another.
        value: As in `Pairs.values`.
    """

    first: str
    second: str
    value: float


@dataclass(frozen=True, slots=True)
class Pairs:
    """The strength of each pair of columns.

    Args:
        columns: Their names: the target, then those that go most strongly with it.
        values: A square; None on the diagonal and where too few rows hold both. Two numbers: Spearman's rho,
            from -1 to 1; two categories: Cramér's V; a number and a category: eta; both from 0 to 1.
        n: Rows they were measured on, drawn at random.
        of: How many columns could have been shown.
    """

    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    n: int
    of: int

    def strongest(self, most: int = 10, least: float = 0.3) -> tuple[Pair, ...]:
        """Return the pairs that go together most strongly.

        Args:
            most: How many, at most.
            least: The smallest strength that is listed.
        """
        listed = [
            Pair(first, self.columns[place], value)
            for row, first in enumerate(self.columns)
            for place, value in enumerate(self.values[row][:row])
            if value is not None and abs(value) >= least
        ]
        return tuple(sorted(listed, key=lambda each: -abs(each.value))[:most])

    @property
    def picture(self) -> Matrix:
        """The square, to be drawn."""
        rest = f"; {len(self.columns)} of {self.of} columns" if self.of > len(self.columns) else ""
        return Matrix(
            title="How the columns go with each other",
            n=self.n,
            rows=self.columns,
            columns=self.columns,
            values=tuple(tuple(math.nan if each is None else each for each in row) for row in self.values),
            most=1.0,
            measure="strength",
            note=f"0 none, 1 determines the other; orange: falls as the other rises{rest}",
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw the picture on Matplotlib; see `Chart.plot`."""
        return self.picture.plot(ax)


class _Column(NamedTuple):
    numbers: NDArray[np.float64] | None
    codes: NDArray[np.int64] | None
    known: NDArray[np.bool_]


def pairs(sample: Sample, contract: Contract, found: Sequence[Association] = ()) -> Pairs | None:
    """Return how the columns of a table go with each other.

    Args:
        sample: Rows of the table.
        contract: Says which columns a model would read; others and texts are left out.
        found: Associations with the target, the strongest first: the order of the columns.

    Returns:
        None where there are fewer than three columns to compare.
    """
    names = _in_order(contract, found)
    chosen = names[:COLUMNS]
    if len(chosen) < 3 or sample.rows < _LEAST:
        return None
    rows = np.unique(np.linspace(0, sample.rows - 1, min(ROWS, sample.rows)).astype(np.int64))
    columns = [_column(sample.columns[name], rows) for name in chosen]
    values: list[list[float | None]] = [[None] * len(chosen) for _ in chosen]
    for row, first in enumerate(columns):
        for place, second in enumerate(columns[:row]):
            values[row][place] = values[place][row] = _strength(first, second)
    return Pairs(tuple(chosen), tuple(map(tuple, values)), len(rows), len(names))


def _in_order(contract: Contract, found: Sequence[Association]) -> list[str]:
    usable = [
        each.name
        for each in contract.columns
        if each.role in ("feature", "target", "time") and each.type != "text"
    ]
    target = [contract.target.name] if contract.target else []
    strong = [each.column for each in found if each.about == "value"]
    return [name for name in dict.fromkeys([*target, *strong, *usable]) if name in usable]


def _column(values: Values, rows: NDArray[np.int64]) -> _Column:
    known = is_known(values)[rows]
    data = values.data[rows]
    if values.kind != "string":
        return _Column(data.astype(np.float64), None, known)
    _, codes, counts = np.unique(data, return_inverse=True, return_counts=True)
    rank = np.empty(len(counts), np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(counts))
    return _Column(None, np.minimum(rank[codes], _LEVELS), known)


def _strength(first: _Column, second: _Column) -> float | None:
    rows = first.known & second.known
    if int(rows.sum()) < _LEAST:
        return None
    if first.numbers is not None and second.numbers is not None:
        return spearman(first.numbers[rows], second.numbers[rows]).value
    if first.codes is not None and second.codes is not None:
        levels = _LEVELS + 1
        both = first.codes[rows] * levels + second.codes[rows]
        return cramers_v(np.bincount(both, minlength=levels * levels).reshape(levels, levels)).value
    numbers, codes = (first, second) if first.numbers is not None else (second, first)
    if numbers.numbers is None or codes.codes is None:
        return None
    groups = np.unique(codes.codes[rows], return_inverse=True)[1]
    return correlation_ratio(numbers.numbers[rows], groups.astype(np.int64)).value
