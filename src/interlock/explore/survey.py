"""Everything that exploration reads of a table, in one pass: profile, sample, duplicates."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from typing import NamedTuple

from interlock.explore.budget import Budget, Pace, Plan
from interlock.explore.repeats import Duplicates
from interlock.explore.sample import ROWS, Drawing, Sample
from interlock.profile import Profile, Values
from interlock.table import Table, batch_values
from interlock.table.profiling import Progress, row_count
from interlock.table.profiling import profile as profile_of
from interlock.table.rows import hash_rows

__all__ = ["Survey", "survey"]


class Survey(NamedTuple):
    """What one pass over a table leaves.

    Args:
        profile: Of all rows and columns; where the budget did not allow that, of the sample.
        sample: Some of the rows, drawn at random.
        duplicates: How many rows repeat another one; None where not all rows were compared.
    """

    profile: Profile
    sample: Sample
    duplicates: Duplicates | None


class _Whole:
    """The summaries that take all rows."""

    def __init__(self, profile: Profile | None, remembered: int) -> None:
        self.made_elsewhere = profile is not None
        self.profile = profile or Profile()
        self.duplicates = Duplicates(remembered)

    def update(self, columns: Mapping[str, Values]) -> None:
        if not self.made_elsewhere:
            self.profile.update(columns)
        self.duplicates.update(hash_rows(columns))


def survey(
    table: Table,
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    budget: Budget | None = None,
    rows: int = ROWS,
    seed: int = 0,
) -> Survey:
    """Read a table once, batch by batch.

    Args:
        table: Of any size; one batch at a time is in memory, and the sample.
        executor: Profiles the table's parts elsewhere, see `table.profiling.profile`; only the sample and the
            duplicates are then read here.
        progress: Told of the rows done and of all rows.
        budget: Where it runs short, the sample is summarised in place of all rows.
        rows: The most rows to draw.
        seed: Of the draw.

    Returns:
        The same whatever the batches.

    Raises:
        InputError: If the table has no rows, cannot be read to its end, or the budget is too small.

    Example:
        >>> import pyarrow as pa
        >>> from interlock.table import open_table
        >>> found = survey(open_table(pa.table({"a": [1, 2, 2]})))
        >>> found.profile["a"].mean, found.sample.rows, round(found.duplicates.share().value, 2)
        (1.6666666666666667, 3, 0.33)
    """
    total, limits = row_count(table), budget or Budget()
    plan = limits.plan(total, len(table.names), rows)
    made = None if executor is None else profile_of(table, executor=executor, progress=progress)
    drawing = Drawing(total, len(table.names), rows=plan.rows, seed=seed)
    whole: _Whole | None = _Whole(made, plan.remembered)
    for columns, pace in _read(table, plan, total):
        drawing.take(columns)
        if whole is not None and limits.affords(pace):
            whole.update(columns)
        else:
            whole = None  # from here on only the sample is drawn
        limits.check(pace)
        if progress is not None:
            progress(pace.done, total)
    sample = drawing.sample()
    if whole is None:
        return Survey(Profile.of(sample.columns), sample, None)
    return Survey(whole.profile, sample, whole.duplicates)


def _read(table: Table, plan: Plan, total: int) -> Iterator[tuple[dict[str, Values], Pace]]:
    """Yield the batches, and how far the pass has come; what the caller does with them is not reading."""
    began, outside, done = time.perf_counter(), 0.0, 0
    for batch in table.batches(size=plan.batch):
        columns = batch_values(batch)
        done += batch.num_rows
        passed = time.perf_counter() - began
        yield columns, Pace(done, total, len(columns), plan.rows, passed, passed - outside)
        outside += time.perf_counter() - began - passed
