"""Seals the holdout: the rows are parted once, before anyone looks, and both parts are kept as Parquet."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from interlock.errors import InputError
from interlock.project import Project
from interlock.table import Split, Table, open_table, split, values

__all__ = ["seal"]


def seal(project: Project) -> tuple[Table, str]:
    """Part the project's rows into `train.parquet` and `holdout.parquet`, in bounded memory.

    Args:
        project: Its `[data]` says which rows, its `[split]` how.

    Returns:
        The rows to learn from, and one sentence on how they were chosen.

    Raises:
        InputError: if the table is empty, or cannot be split as asked.
    """
    table = _table(project)
    parted = _parted(project, table)
    folder = project.folder("explore")
    folder.mkdir(parents=True, exist_ok=True)
    held = np.zeros(parted.train.size + parted.holdout.size, np.bool_)
    held[parted.holdout] = True
    _write(table, ~held, folder / "train.parquet")
    _write(table, held, folder / "holdout.parquet")
    return open_table(folder / "train.parquet", name=table.name), parted.explanation


def _table(project: Project) -> Table:
    data, root = project.config.data, project.root
    if isinstance(data.source, str):
        return open_table(str(root / data.source), sql=data.sql, encoding=data.encoding)
    sources = {name: str(root / path) for name, path in data.source.items()}
    return open_table(sources, sql=data.sql, encoding=data.encoding)


def _parted(project: Project, table: Table) -> Split:
    settings, data, rows = project.config.split, project.config.data, table.count()
    if rows == 0:
        raise InputError(
            "the table has no rows", where=table.name, next_step="check the export, or the query in [data]"
        )
    kind = settings.by or ("time" if data.time else "random")
    column = {"time": data.time, "stratified": data.target, "group": settings.group}.get(kind)
    if kind == "random":
        return split(rows, fraction=settings.holdout, seed=settings.seed)
    if column is None:
        raise InputError(
            f"a split by {kind} needs a column",
            where="interlock.toml, [split]",
            next_step="name it: `time` or `target` in [data], `group` in [split]",
        )
    return split(_column(table, column), kind=kind, fraction=settings.holdout, seed=settings.seed)


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


def _write(table: Table, rows: Any, path: Path) -> None:
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
