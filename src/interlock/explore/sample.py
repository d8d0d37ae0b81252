"""One more pass over the table: a random sample of its rows, and how many rows occur more than once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.explore.findings.duplicates import Duplicates, hash_rows
from interlock.profile import Values
from interlock.table import Table, batch_values

__all__ = ["CELLS", "ROWS", "Sample", "draw"]

#: The most rows of a sample.
ROWS = 100_000
#: The most cells of a sample: it stays below some 200 MB however wide the table is.
CELLS = 20_000_000


class Sample(NamedTuple):
    """Rows drawn at random without replacement, in the table's order; all of them where they are few.

    Args:
        columns: The values of each column.
        rows: How many rows were drawn.
        total: Out of how many.
    """

    columns: dict[str, Values]
    rows: int
    total: int

    @property
    def note(self) -> str:
        """How the rows were chosen, for people."""
        if self.rows == self.total:
            return "all rows"
        return f"a random sample of {self.rows:,} of {self.total:,} rows"


def draw(table: Table, total: int, *, rows: int = ROWS, seed: int = 0) -> tuple[Sample, Duplicates]:
    """Read the table once for a sample of its rows and for its duplicates.

    Args:
        table: Any.
        total: Its rows.
        rows: The most rows to draw.
        seed: Of the draw; the same seed draws the same rows.

    Returns:
        The sample, and the count of duplicate rows over the whole table.
    """
    size = min(total, rows, max(CELLS // len(table.names), 1000))
    chosen = np.sort(np.random.default_rng(seed).choice(total, size, replace=False, shuffle=False))
    duplicates, taken, start = Duplicates(), [], 0
    for batch in table.batches():
        columns = batch_values(batch)
        duplicates.update(hash_rows(columns))
        low, high = np.searchsorted(chosen, [start, start + batch.num_rows])
        taken.append({name: _taken(each, chosen[low:high] - start) for name, each in columns.items()})
        start += batch.num_rows
    joined = {name: _joined([part[name] for part in taken]) for name in table.names}
    return Sample(joined, size, total), duplicates


def _taken(values: Values, rows: NDArray[np.int64]) -> Values:
    valid = None if values.valid is None else values.valid[rows]
    if values.kind != "string" or values.dictionary is None:
        return Values(values.kind, values.data[rows], valid)
    # Only the strings that these rows use are kept; what stands at a null may lie outside the dictionary.
    codes = values.data[rows] if valid is None else np.where(valid, values.data[rows], 0)
    used, codes = np.unique(codes, return_inverse=True)
    return Values(
        "string", codes.astype(np.int32), valid, values.dictionary[used[used < len(values.dictionary)]]
    )


def _joined(parts: list[Values]) -> Values:
    kind = parts[0].kind
    valid = None
    if any(part.valid is not None for part in parts):
        known = [np.ones(len(part.data), bool) if part.valid is None else part.valid for part in parts]
        valid = np.concatenate(known)
    if kind != "string":
        return Values(kind, np.concatenate([part.data for part in parts]), valid)
    places: dict[str, int] = {}
    codes = [_renumbered(part, places) for part in parts]
    return Values(kind, np.concatenate(codes), valid, np.array([*places, None], dtype=object)[:-1])


def _renumbered(part: Values, places: dict[str, int]) -> NDArray[np.int32]:
    """Return a part's codes into one dictionary for all parts, which grows by its new strings."""
    strings = [] if part.dictionary is None else part.dictionary.tolist()
    numbers = np.array([*(places.setdefault(text, len(places)) for text in strings), 0], dtype=np.int32)
    return numbers[np.minimum(part.data.astype(np.int64), len(strings))]
