"""Everything that exploration reads of a table, in one pass: profile, sample, duplicates."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import NamedTuple

from interlock.explore.repeats import Duplicates
from interlock.explore.sample import ROWS, Drawing, Sample
from interlock.profile import Profile
from interlock.table import Table, batch_values
from interlock.table.profiling import Progress, row_count
from interlock.table.profiling import profile as profile_of
from interlock.table.rows import hash_rows

__all__ = ["Survey", "survey"]


class Survey(NamedTuple):
    """What one pass over a table leaves.

    Args:
        profile: Of all rows and columns.
        sample: Some of the rows, drawn at random.
        duplicates: How many rows repeat another one.
    """

    profile: Profile
    sample: Sample
    duplicates: Duplicates


def survey(
    table: Table,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    rows: int = ROWS,
    seed: int = 0,
) -> Survey:
    """Read a table once, batch by batch.

    Args:
        table: Of any size; one batch at a time is in memory, and the sample.
        executor: Profiles the table's parts elsewhere, see `table.profiling.profile`; only the sample and the
            duplicates are then read here.
        progress: Told of the rows done and of all rows.
        rows: The most rows to draw.
        seed: Of the draw.

    Returns:
        The same whatever the batches.

    Raises:
        InputError: If the table has no rows, or cannot be read to its end.

    Example:
        >>> import pyarrow as pa
        >>> from interlock.table import open_table
        >>> found = survey(open_table(pa.table({"a": [1, 2, 2]})))
        >>> found.profile["a"].mean, found.sample.rows, round(found.duplicates.share().value, 2)
        (1.6666666666666667, 3, 0.33)
    """
    total = row_count(table)
    report = progress or (lambda _done, _total: None)
    profile = Profile() if executor is None else profile_of(table, executor=executor, progress=progress)
    drawing, duplicates = Drawing(total, len(table.names), rows=rows, seed=seed), Duplicates()
    for batch in table.batches():
        columns = batch_values(batch)
        if executor is None:
            profile.update(columns)
        drawing.take(columns)
        duplicates.update(hash_rows(columns))
        report(duplicates.rows, total)
    return Survey(profile, drawing.sample(), duplicates)
