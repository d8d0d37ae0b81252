"""Seals the holdout: a table is parted once, before anyone looks, and both parts are kept as Parquet."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from interlock.contract.step import Step
from interlock.errors import InputError
from interlock.table.arrow import values
from interlock.table.cleaned import cleaned
from interlock.table.forward import split_forward
from interlock.table.rows import first_of_each
from interlock.table.source import Table, open_table
from interlock.table.split import Kind, Split, split

__all__ = ["Parts", "part"]


class Parts(NamedTuple):
    """A table in two parts.

    Args:
        train: The rows to learn from: `train.parquet`.
        holdout: The rows that stay sealed until validation: `holdout.parquet`.
        explanation: One sentence on how the rows were chosen.
    """

    train: Table
    holdout: Table
    explanation: str


def part(
    table: Any,
    folder: str | Path,
    *,
    kind: Kind | Literal["time_group"] = "random",
    column: str | None = None,
    group: str | None = None,
    fraction: float = 0.2,
    seed: int = 0,
    clean: Sequence[Step] = (),
) -> Parts:
    """Part a table into the rows to learn from and the holdout, in bounded memory.

    Args:
        table: Anything `open_table` takes.
        folder: Where both parts go; what stands there is replaced only by whole files.
        kind: `random`, `stratified` by the column, `time` (the last rows), `group` (which stays together), or
            `time_group`: the last rows of groups that are not learned from; see `forward`.
        column: The class, the time or the group; not for `random`.
        group: For `time_group`: the group, beside the time in `column`.
        fraction: The share of the rows to seal, between 0 and 1.
        seed: Of the random kinds.
        clean: Cleaning steps: the class, the time or the group is taken as they make it, and `duplicates`
            leaves out rows that repeat another one, so that no copy stands on the other side. The parts keep
            the raw values.

    Returns:
        Both parts.

    Raises:
        InputError: If the table is empty, or cannot be split as asked.

    Example:
        >>> import tempfile
        >>> parts = part(pa.table({"day": range(10)}), tempfile.mkdtemp(), kind="time", column="day")
        >>> parts.holdout.read()["day"].to_pylist()
        [8, 9]
    """
    opened = open_table(table)
    view = cleaned(opened, clean)
    once = any(step.kind == "duplicates" for step in clean)
    total = opened.count()
    kept = np.flatnonzero(first_of_each(view)) if once else np.arange(total)
    parted = _split(view, kind, (column, group), fraction, seed, kept)
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    train, holdout = (
        _write(opened, _marked(kept[rows], total), place / f"{name}.parquet")
        for name, rows in (("train", parted.train), ("holdout", parted.holdout))
    )
    left = total - kept.size
    note = f"; {left:,} that repeat another row were left out first" if left else ""
    return Parts(train, holdout, parted.explanation + note)


def _split(
    table: Table,
    kind: Kind | Literal["time_group"],
    columns: tuple[str | None, str | None],
    fraction: float,
    seed: int,
    kept: NDArray[np.int64],
) -> Split:
    column, group = columns
    if kept.size == 0:
        raise InputError(
            "the table has no rows", where=table.name, next_step="check the export, or the query that made it"
        )
    kinds = (*get_args(Kind), "time_group")
    if kind not in kinds:
        raise InputError("there is no such split", got=kind, next_step=f"take one of {', '.join(kinds)}")
    if kind == "random":
        return split(kept.size, fraction=fraction, seed=seed)
    together = kind == "time_group"
    if column is None or (together and group is None):
        needed = (
            "a split by time and group needs two columns" if together else f"a split by {kind} needs a column"
        )
        raise InputError(
            needed,
            where=table.name,
            next_step="name the time, the target or the group; a project does so in [data] and [split]",
        )
    values = _column(table, column)[kept]
    if kind == "time_group":
        return split_forward(values, _column(table, str(group))[kept], fraction=fraction, seed=seed)
    return split(values, kind=kind, fraction=fraction, seed=seed)


def _column(table: Table, name: str) -> Any:
    array = table.read([name])[name].combine_chunks()
    column = values(array)
    if column.kind == "string":
        return np.array(array.to_pylist(), dtype=object)
    seconds = 1e-6 if column.kind == "timestamp" else 1.0
    data = column.data.astype(np.float64) * seconds
    if column.valid is not None:
        data[~column.valid] = np.nan
    return data


def _marked(rows: NDArray[np.int64], total: int) -> NDArray[np.bool_]:
    marked = np.zeros(total, np.bool_)
    marked[rows] = True
    return marked


def _write(table: Table, rows: Any, path: Path) -> Table:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    start = 0
    try:
        with pq.ParquetWriter(beside, table.schema) as writer:
            for batch in table.batches():
                wanted = pa.array(rows[start : start + batch.num_rows])
                writer.write_batch(batch.filter(wanted))
                start += batch.num_rows
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return open_table(path, name=table.name)
