"""How complete the rows are: how many values each misses, and which columns are missing together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import Estimate, wilson
from interlock.profile import Values
from interlock.report import Bars

__all__ = ["Completeness", "Pattern", "completeness"]

#: Rows that miss more values than this are shown together; patterns that are listed; columns that one names.
_MOST, _PATTERNS = 8, 6


@dataclass(frozen=True, slots=True)
class Pattern:
    """Columns that are missing together, and in no row of this pattern any other.

    Args:
        columns: Their names.
        rows: How many rows miss exactly these.
    """

    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Completeness:
    """How many values the rows miss.

    Args:
        n: Rows they were counted in, drawn at random.
        rows: How many rows miss 0, 1, 2, ... values, as far as any does.
        patterns: What is missing together, the most frequent first.
    """

    n: int
    rows: tuple[int, ...]
    patterns: tuple[Pattern, ...]

    @property
    def complete(self) -> Estimate:
        """The share of rows without a gap, with Wilson's interval."""
        return wilson(self.rows[0], self.n)

    @property
    def picture(self) -> Bars:
        """The share of rows by how many values they miss, to be drawn."""
        shown = [*self.rows[: _MOST + 1]]
        labels = ["complete", *(f"{gaps} missing" for gaps in range(1, len(shown)))]
        if len(self.rows) > len(shown):
            shown.append(sum(self.rows[_MOST + 1 :]))
            labels.append(f"more than {_MOST}")
        found = [wilson(hits, self.n) for hits in shown]
        return Bars(
            title="How many values the rows miss",
            n=self.n,
            labels=tuple(labels),
            values=tuple(each.value for each in found),
            low=tuple(each.low for each in found),
            high=tuple(each.high for each in found),
            x_title="share of rows",
            note="95 % Wilson intervals",
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw the picture on Matplotlib; see `Chart.plot`."""
        return self.picture.plot(ax)


def completeness(sample: Sample) -> Completeness:
    """Return how complete the rows of a sample are; NaN counts as missing.

    Args:
        sample: Rows of the table.

    Example:
        >>> values = Values("number", np.array([1.0, np.nan, 3.0]))
        >>> completeness(Sample({"x": values}, 3, 3)).rows
        (2, 1)
    """
    gaps = {name: _gaps(values) for name, values in sample.columns.items()}
    holed = [name for name, missing in gaps.items() if missing.any()]
    if not holed:
        return Completeness(sample.rows, (sample.rows,), ())
    missing = np.column_stack([gaps[name] for name in holed])
    rows = np.bincount(missing.sum(axis=1))
    return Completeness(sample.rows, tuple(int(each) for each in rows), _patterns(missing, holed))


def _gaps(values: Values) -> NDArray[np.bool_]:
    missing = np.zeros(len(values.data), bool) if values.valid is None else ~values.valid
    return missing | np.isnan(values.data) if values.kind == "number" else missing


def _patterns(missing: NDArray[np.bool_], names: list[str]) -> tuple[Pattern, ...]:
    packed = np.packbits(missing[missing.any(axis=1)], axis=1)
    kinds, counts = np.unique(packed, axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_PATTERNS]
    bits = np.unpackbits(kinds[order], axis=1, count=len(names)).astype(bool)
    return tuple(
        Pattern(tuple(name for name, gone in zip(names, row, strict=True) if gone), int(hits))
        for row, hits in zip(bits, counts[order], strict=True)
    )
