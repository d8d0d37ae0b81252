"""Tableau: one `.hyper` file with the table, the findings and the associations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from interlock.atomic import replacing
from interlock.errors import InputError
from interlock.explore import Exploration
from interlock.export.plain import plain_batch, plain_schema
from interlock.export.results import associations_table, findings_table
from interlock.table import Table

__all__ = ["to_hyper"]


def to_hyper(table: Table, exploration: Exploration, path: str | Path) -> Path:
    """Write a Tableau extract with the tables `table`, `findings` and `associations`, in bounded memory.

    Args:
        table: What was explored.
        exploration: Of the table.
        path: Where; it ends in `.hyper`. An existing file is replaced at once, never half.

    Returns:
        The path.

    Raises:
        InputError: If pantab is not installed, the table cannot be read to its end, or the disk refuses.
    """
    try:
        import pantab
    except ModuleNotFoundError as error:
        raise InputError(
            "a Tableau extract needs pantab",
            got=error,
            next_step="pip install 'interlock[tableau]'",
        ) from error

    place = Path(path)
    if place.suffix != ".hyper":
        raise InputError(
            "a Tableau extract ends in .hyper", where=place, next_step=f"call it {place.stem}.hyper"
        )
    schema = plain_schema(table.schema)
    found = {"findings": findings_table(exploration), "associations": associations_table(exploration)}
    trouble: list[BaseException] = []
    rows = pa.RecordBatchReader.from_batches(schema, _remembering(table, schema, trouble))
    with replacing(place) as beside:
        pantab.frames_to_hyper({"table": rows, **found}, beside)
        if trouble:  # pantab takes a stream that breaks off for one that ends
            raise trouble[0]
    return place


def _remembering(table: Table, schema: Any, trouble: list[BaseException]) -> Iterator[Any]:
    """Yield the table's batches, and keep what went wrong."""
    try:
        for batch in table.batches():
            yield plain_batch(batch, schema)
    except BaseException as error:
        trouble.append(error)
        raise
