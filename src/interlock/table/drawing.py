"""Rows drawn at random from a table that is larger than memory."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from interlock.errors import InputError
from interlock.table.source import Table, open_table

__all__ = ["draw"]


def draw(table: Table, rows: int, *, seed: int = 0) -> Table:
    """Draw rows, each set of them as likely as any other, in one pass that holds these and one batch.

    Args:
        table: Any.
        rows: How many, above 0; a table of no more rows is returned as it is.
        seed: The same seed and table give the same rows.

    Returns:
        A table in memory, in the order of the whole one.

    Raises:
        InputError: No rows are asked for.

    Source:
        How many of a batch are drawn, given what is still wanted of what is still to come, is hypergeometric.

    Example:
        >>> drawn = draw(open_table(pa.table({"a": range(1000)})), 3)
        >>> drawn.count(), drawn.read()["a"].to_pylist() == sorted(drawn.read()["a"].to_pylist())
        (3, True)
    """
    if rows < 1:
        raise InputError("no rows are to be drawn", got=rows, next_step="draw 1 or more")
    left = table.count()
    if left <= rows:
        return table
    random, wanted, kept = np.random.default_rng(seed), rows, []
    for batch in table.batches():
        taken = int(random.hypergeometric(wanted, left - wanted, batch.num_rows))
        if taken:
            places = np.sort(random.choice(batch.num_rows, taken, replace=False))
            kept.append(batch.take(pa.array(places)))
        wanted, left = wanted - taken, left - batch.num_rows
    return open_table(pa.Table.from_batches(kept, table.schema), name=table.name)
