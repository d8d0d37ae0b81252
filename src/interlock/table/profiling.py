"""The profile of a table, batch by batch in bounded memory, or part by part on an executor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial, reduce
from operator import add

from interlock.errors import InputError
from interlock.profile import Profile
from interlock.table.arrow import batch_values
from interlock.table.source import Table

__all__ = ["Progress", "profile", "row_count"]

#: Called with the rows done so far and the rows there are.
Progress = Callable[[int, int], None]


def profile(
    table: Table,
    columns: Sequence[str] | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Profile:
    """Profile a table.

    Args:
        table: Of any size; one batch at a time is in memory.
        columns: Which columns; None for all.
        executor: Profiles the table's parts (files, row groups) side by side where it has several; a process
            pool here, Dask's elsewhere. None works in this process.
        progress: Told of the rows done.

    Returns:
        The same profile, to the byte, whatever the batches, the parts and the executor.

    Raises:
        InputError: If the table has no rows or lacks a column.

    Example:
        >>> import pyarrow as pa
        >>> from interlock.table import open_table
        >>> profile(open_table(pa.table({"a": [1, 2, 6]})))["a"].moments.mean
        3.0
    """
    total = row_count(table)
    report = progress or (lambda _done, _total: None)
    if executor is None:
        return _serially(table, columns, total, report)
    parts = [part for part in table.parts() if part.count()]
    done, profiles = 0, []
    for each in executor.map(partial(_of_part, columns=columns), parts):
        profiles.append(Profile.from_bytes(each))
        done += profiles[-1].rows
        report(done, total)
    return reduce(add, profiles)


def row_count(table: Table) -> int:
    """Return how many rows a table has.

    Raises:
        InputError: If it has none.
    """
    total = table.count()
    if total == 0:
        raise InputError("the table has no rows", where=table.name, next_step="check the export or the query")
    return total


def _serially(table: Table, columns: Sequence[str] | None, total: int, report: Progress) -> Profile:
    batches = table.batches(columns)
    whole = Profile.of(batch_values(next(batches)))
    for batch in batches:
        report(whole.rows, total)
        whole.update(batch_values(batch))
    report(whole.rows, total)
    return whole


def _of_part(part: Table, columns: Sequence[str] | None) -> bytes:
    return _serially(part, columns, part.count(), lambda _done, _total: None).to_bytes()
