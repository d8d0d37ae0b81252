"""A table as a notebook shows it: its first rows, the type of each column, and how many rows there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from interlock.report import Section, notebook, page, paragraph
from interlock.report import table as listed
from interlock.report.format import count, number
from interlock.table.arrow import kind_of

if TYPE_CHECKING:
    from interlock.table.source import Table

__all__ = ["preview"]

#: Rows and columns that are shown, and characters of a cell.
_ROWS, _COLUMNS, _CELL = 10, 20, 60


def preview(table: Table) -> str:
    """Return the first rows of a table as HTML in a frame of its own; names and values stay text."""
    names = table.names[:_COLUMNS]
    batch = next(iter(table.batches(list(names), size=_ROWS)), None)
    rows = [] if batch is None else batch.to_pylist()
    header = [f"{name} ({kind_of(table.schema.field(name).type)})" for name in names]
    body = listed(header, [[_cell(row[name]) for name in names] for row in rows], _sides(table, names))
    beyond = len(table.names) - len(names)
    if beyond:
        body += paragraph(f"{count(beyond)} more columns.", small=True)
    if table.skipped:
        left_out = ", ".join(f"{name} ({kind})" for name, kind in table.skipped.items())
        body += paragraph(f"Not read: {left_out}.", small=True)
    lead = f"{count(table.count())} rows, {count(len(table.names))} columns"
    height = 250 + 38 * len(rows)
    return notebook(page(table.name, lead, [Section("First rows", body)]), height=height)


def _sides(table: Table, names: tuple[str, ...]) -> str:
    numeric = ("number", "integer")
    return "".join("r" if kind_of(table.schema.field(name).type) in numeric else "l" for name in names)


def _cell(value: Any) -> str:
    if value is None:
        return Markup('<span class="small">null</span>')
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value)
    text = str(value) if value != "" else "(empty)"
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"
