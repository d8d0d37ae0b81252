"""One compact card a column, and the table of what the contract will enforce."""

from __future__ import annotations

from markupsafe import Markup

from interlock.contract import Column, Contract
from interlock.explore.pictures import column_picture
from interlock.profile import ColumnProfile, Profile
from interlock.report import cards, heading, join, paragraph, table, tag
from interlock.report.format import count, moment, number, percent

__all__ = ["column_cards", "contract_table"]

_LEVELS = 6


def column_cards(profile: Profile, contract: Contract) -> Markup:
    """Return a card a column: type, role, gaps, different values, a picture, quantiles."""
    return cards(_card(column, profile[column.name]) for column in contract.columns)


def contract_table(contract: Contract) -> Markup:
    """Return what will be checked, a row for each column that a model reads or predicts."""
    header = ["column", "type", "role", "allowed", "a null", "outside the domain", "wrong type"]
    rows = [
        [each.name, each.type, each.role, _domain(each), each.on.null, _outside(each), each.on.type]
        for each in contract.columns
        if each.role in ("feature", "time", "target")
    ]
    others = [each.name for each in contract.columns if each.role in ("id", "ignore")]
    rest = (
        paragraph(f"Known, but not read by a model: {', '.join(others)}.", small=True) if others else Markup()
    )
    return table(header, rows) + rest


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
