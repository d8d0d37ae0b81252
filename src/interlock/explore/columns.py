"""One compact card a column, and the table of what the contract will enforce."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from interlock.contract import Column, Contract
from interlock.explore.pictures import column_picture
from interlock.profile import ColumnProfile
from interlock.report import cards, heading, join, paragraph, table, tag
from interlock.report.format import count, moment, number, percent

if TYPE_CHECKING:
    from interlock.explore.exploration import Exploration

__all__ = ["CARDS", "column_cards", "contract_table"]

#: Cards of a page, and rows of its contract: a table of 5,000 columns must still give a page that opens.
CARDS, _ROWS = 120, 200
_LEVELS = 6


def column_cards(exploration: Exploration) -> Markup:
    """Return a card a column: type, role, gaps, different values, a picture, quantiles.

    Of a wide table only the columns that matter most are drawn, and that is said.
    """
    profile, columns = exploration.profile, exploration.contract.columns
    shown = columns if len(columns) <= CARDS else _first(exploration)
    drawn = cards(_card(column, profile[column.name]) for column in shown)
    if len(shown) == len(columns):
        return drawn
    said = (
        f"{count(len(shown))} of {count(len(columns))} columns are drawn: the target, those with findings, "
        "those that go most strongly with the target, then the table's first. profile.bin holds all."
    )
    return paragraph(said) + drawn


def _first(exploration: Exploration) -> list[Column]:
    by_name = {each.name: each for each in exploration.contract.columns}
    special = [each.name for each in by_name.values() if each.role in ("target", "time")]
    found = [name for each in exploration.findings for name in each.columns]
    strong = [each.column for each in exploration.associations]
    order = dict.fromkeys([*special, *found, *strong, *by_name])
    kept = [name for name in order if name in by_name][:CARDS]
    return [each for each in by_name.values() if each.name in set(kept)]


def contract_table(contract: Contract) -> Markup:
    """Return what will be checked, a row for each column that a model reads or predicts."""
    header = ["column", "type", "role", "allowed", "a null", "outside the domain", "wrong type"]
    used = [each for each in contract.columns if each.role in ("feature", "time", "target")]
    rows = [
        [each.name, each.type, each.role, _domain(each), each.on.null, _outside(each), each.on.type]
        for each in used[:_ROWS]
    ]
    said = ""
    if len(used) > _ROWS:
        said = f"The first {_ROWS} of {count(len(used))} columns; contract.toml holds all."
    others = [each.name for each in contract.columns if each.role in ("id", "ignore")]
    return table(header, rows, caption=said) + (_unread(others) if others else Markup())


def _unread(names: Sequence[str]) -> Markup:
    rest = f" and {count(len(names) - _ROWS)} more" if len(names) > _ROWS else ""
    return paragraph(f"Known, but not read by a model: {', '.join(names[:_ROWS])}{rest}.", small=True)


def _card(column: Column, found: ColumnProfile) -> Markup:
    tone = "accent" if column.role in ("target", "time") else ""
    head = heading(column.name) + join(tag(column.type), " ", tag(column.role, tone))
    gaps = (found.nulls + found.nans) / found.rows
    lines = [f"{count(found.distinct)} different", f"{percent(gaps)} missing" if gaps else "complete"]
    if found.empties:
        lines.append(f"{percent(found.empties / found.rows)} empty")
    body = paragraph(" · ".join(lines), small=True) + column_picture(found)
    notes = [_range(found), column.description]
    return head + body + join(*(paragraph(each, small=True) for each in notes if each))


def _range(found: ColumnProfile) -> str:
    if found.n == 0:
        return "no values"
    if found.kind == "timestamp":
        return f"from {moment(found.minimum / 1e6)} to {moment(found.maximum / 1e6)}"
    if found.kind == "boolean" or found.distinct == 1:
        return ""
    if found.lengths is not None:
        low, high = (number(float(each)) for each in found.lengths.quantile([0.0, 1.0]))
        return f"{low} characters each" if low == high else f"{low} to {high} characters"
    low, first, middle, third, high = (
        number(float(each)) for each in found.quantile([0.0, 0.25, 0.5, 0.75, 1.0])
    )
    return f"{low} to {high}; median {middle}, half between {first} and {third}"


def _domain(column: Column) -> str:
    unit = f" {column.unit}" if column.unit else ""
    if column.role == "target":
        return "not part of a request"
    if column.levels is not None:
        shown = ", ".join(level or "(empty)" for level in column.levels[:_LEVELS])
        return f"{shown} and {len(column.levels) - _LEVELS} more" if len(column.levels) > _LEVELS else shown
    if column.minimum is not None and column.maximum is not None:
        write = moment if column.type == "timestamp" else number
        return f"{write(column.minimum)} to {write(column.maximum)}{unit}"
    return f"at most {column.max_length} characters" if column.max_length else "any"


def _outside(column: Column) -> str:
    if column.role == "target" or column.type == "boolean":
        return "–"
    return column.on.category if column.is_string else column.on.range
