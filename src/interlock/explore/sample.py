"""One more pass over the table: a random sample of its rows, and how many rows occur more than once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from interlock.explore.duplicates import Duplicates, hash_rows
from interlock.profile import Values
from interlock.table import Table, batch_values, values

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
        duplicates.update(hash_rows(batch_values(batch)))
        taken.append(_part(batch, chosen, start))
        start += batch.num_rows
    drawn = pa.Table.from_batches(taken)
    return Sample({name: values(drawn[name]) for name in drawn.schema.names}, size, total), duplicates


def _part(batch: Any, chosen: NDArray[np.int64], start: int) -> Any:
    low, high = np.searchsorted(chosen, [start, start + batch.num_rows])
    return batch.take(pa.array(chosen[low:high] - start))
