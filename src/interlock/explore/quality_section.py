"""How good the data are, on the page of an exploration: gaps, repeated rows, infinite and empty values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from interlock.contract import Contract
from interlock.explore.completeness import Completeness
from interlock.profile import Profile
from interlock.report import facts, figure, heading, join, paragraph, table
from interlock.report.format import count, interval, percent

if TYPE_CHECKING:
    from interlock.explore.exploration import Exploration

__all__ = ["quality_section"]

#: Columns that are listed, and columns of one pattern that are named.
_COLUMNS, _NAMED = 100, 8


def quality_section(exploration: Exploration) -> Markup:
    """Return the figures of the whole table, what is missing together, and each column with a flaw."""
    profile = exploration.profile
    parts = [facts(_figures(exploration))]
    if exploration.completeness is not None and exploration.completeness.patterns:
        parts.append(_together(exploration.completeness))
    return join(*parts, _columns(profile, exploration.contract))


def _figures(exploration: Exploration) -> list[tuple[str, str]]:
    columns = exploration.profile.columns.values()
    cells = max(sum(each.rows for each in columns), 1)
    gaps = sum(each.nulls + each.nans for each in columns)
    repeats = next((each for each in exploration.findings if each.kind == "duplicates"), None)
    infinite = sum(each.positive_infinities + each.negative_infinities for each in columns)
    rows = exploration.completeness
    complete = [] if rows is None else [("rows without a gap", percent(rows.complete.value))]
    return [
        ("values missing", percent(gaps / cells)),
        *complete,
        ("rows that repeat another", percent(repeats.effect) if repeats else "0 %"),
        ("infinite values", count(infinite)),
        ("empty strings", count(sum(each.empties for each in columns))),
    ]


def _together(found: Completeness) -> Markup:
    low_high = interval(100 * found.complete.low, 100 * found.complete.high)
    caption = f"{percent(found.complete.value)} of {count(found.n)} rows miss nothing (95 %: {low_high} %)."
    rows = [[_named(each.columns), count(each.rows), percent(each.rows / found.n)] for each in found.patterns]
    listed = table(
        ["missing together", "rows", "share"],
        rows,
        "lrr",
        caption="The most frequent patterns: these columns are missing, and no other.",
    )
    return figure(found.picture, caption) + listed


def _named(columns: tuple[str, ...]) -> str:
    rest = f" and {count(len(columns) - _NAMED)} more" if len(columns) > _NAMED else ""
    return ", ".join(columns[:_NAMED]) + rest


def _columns(profile: Profile, contract: Contract) -> Markup:
    types = {each.name: each.type for each in contract.columns}
    rows = []
    for name, found in profile.columns.items():
        infinite = found.positive_infinities + found.negative_infinities
        if found.nulls + found.nans + infinite + found.empties or found.distinct <= 1:
            many = [found.nulls, found.nans, infinite, found.empties]
            share = percent((found.nulls + found.nans) / max(found.rows, 1))
            constant = "one value" if found.distinct == 1 else "no value" if found.n == 0 else "–"
            rows.append([name, types.get(name, found.kind), share, *map(count, many), constant])
    if not rows:
        return paragraph("Every column is complete, finite and varies.")
    rows.sort(key=lambda row: -(profile[row[0]].nulls + profile[row[0]].nans))
    header = ["column", "type", "missing", "nulls", "NaN", "infinite", "empty", "varies"]
    caption = f"{count(len(rows))} of {count(len(profile.columns))} columns have a flaw, the emptiest first."
    if len(rows) > _COLUMNS:
        caption += f" The first {_COLUMNS} are listed; profile.bin holds all."
    return heading("Column by column") + table(header, rows[:_COLUMNS], "llrrrrrl", caption=caption)
