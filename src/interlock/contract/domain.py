"""What a column's profile says about its type, whether a model can use it, and what values to expect."""

from __future__ import annotations

import math
from dataclasses import replace

from interlock.contract.model import MISSING, Column, Policy, Type
from interlock.contract.pixel import BRIGHTEST, pixel
from interlock.contract.validity import EXACT
from interlock.profile import ColumnProfile, Histogram
from interlock.profile.words import words

__all__ = ["STORED_AS", "column_type", "domain", "is_identifier", "useless"]

#: The types that a stored kind can have, the one it has unless people say otherwise first.
STORED_AS: dict[str, tuple[Type, ...]] = {
    "number": ("number", "integer"),
    "integer": ("integer", "number"),
    "boolean": ("boolean",),
    "timestamp": ("timestamp",),
    "string": ("category", "text", "timestamp"),
}

#: Up to so many levels are listed in the contract; above it any level is allowed.
_LISTED = 1000
#: A string column with more levels is a category only while they are below this share of the rows.
_RARE = 0.05
#: Categories are short: longer strings, in characters, are text.
_SHORT = 64
#: Distinct values as this share of the values, of at least so many, look like an identifier.
_UNIQUE, _ENOUGH = 0.95, 20
#: Unique short strings of mostly so many words are sentences, such as headlines; names have fewer.
_SENTENCE = 4
#: Sentences that repeat less often than this on average are texts: a list of them tells of single rows.
_REPEATED = 2
#: A range is widened by this share of its span.
_MARGIN = 0.1
#: The longest run of whole numbers that can be a closed domain, such as months or minutes.
_CLOSED = 60
#: Microseconds, as timestamps are profiled, in a second, as contracts say them.
_SECOND = 1e6


def column_type(found: ColumnProfile) -> Type:
    """Return the type of a column.

    Args:
        found: The column's profile.

    Returns:
        As it is stored; strings are `category` where few and short, else `text`, as are sentences that hardly
        repeat, however few.
    """
    if found.kind != "string" or found.lengths is None or found.n == 0:
        return STORED_AS[found.kind][0]
    few = found.distinct <= _LISTED or found.distinct < _RARE * found.rows
    if not few or found.lengths.quantile(0.95) > _SHORT:
        return "text"
    repeated = found.n < _ENOUGH or found.distinct * _REPEATED <= found.n
    return "category" if repeated or not _is_prose(found) else "text"


def useless(found: ColumnProfile) -> str:
    """Say why a model cannot use a column.

    Args:
        found: The column's profile.

    Returns:
        A sentence, empty where the column is of use.
    """
    if found.n == 0:
        return "Ignored: it holds no values."
    if found.distinct == 1 and found.n == found.rows:
        return "Ignored: it is constant."
    if found.kind == "integer" and max(-found.minimum, found.maximum) > EXACT:
        return "Ignored: it holds integers beyond 2**53, which a model cannot tell apart."
    if is_identifier(found):
        return "Ignored: nearly every row has its own value, as in an identifier."
    return ""


def domain(column: Column, found: ColumnProfile) -> Column:
    """Learn what to expect in a column, what fills a gap, and whether gaps are normal.

    Args:
        column: With its name, type and role.
        found: Its profile.

    Returns:
        The column with its domain.
    """
    gaps = found.nulls + found.nans > 0
    column = replace(column, on=Policy(null="allow" if gaps else "flag"))
    if found.n == 0 or (found.kind == "string" and not column.is_string):
        return column
    return _string_domain(column, found) if column.is_string else _numeric_domain(column, found)


def is_identifier(found: ColumnProfile) -> bool:
    """Tell identifiers from measures and prose: unique short strings, integers that number the rows.

    Args:
        found: The column's profile.
    """
    if found.n < _ENOUGH or found.distinct < _UNIQUE * found.n:
        return False
    if found.kind == "integer":
        return found.maximum - found.minimum < 2 * found.n
    short = found.lengths is not None and found.lengths.quantile(0.95) <= _SHORT
    return short and not _is_prose(found)


def _is_prose(found: ColumnProfile) -> bool:
    """Whether half of some values are a sentence: four words with blanks, or in a script without blanks."""
    some = [*found.categories.counts] if found.categories is not None else []
    sentences = [
        len(text.split()) >= _SENTENCE or (not text.isascii() and len(words(text)) > _SENTENCE)
        for text in some
    ]
    return 2 * sum(sentences) >= max(1, len(some))


def _string_domain(column: Column, found: ColumnProfile) -> Column:
    if found.categories is None or found.lengths is None or column.type == "text":
        return column
    if not found.categories.exact or found.distinct > _LISTED:
        return replace(column, max_length=2 * max(1, int(found.lengths.maximum)))
    levels = [level for level, _ in found.categories.top(_LISTED) if level != MISSING]
    return replace(column, levels=tuple(sorted(levels)), fill=levels[0] if levels else None)


def _numeric_domain(column: Column, found: ColumnProfile) -> Column:
    middle = found.quantile(0.5)
    if column.type == "boolean":
        return replace(column, fill=middle >= 0.5)
    unit = _SECOND if column.type == "timestamp" else 1.0
    whole = column.type != "number"
    fill = min(
        max(float(round(middle / unit)) if whole else middle, found.minimum / unit), found.maximum / unit
    )
    column = replace(column, fill=_held(column, fill))
    if column.role == "time":
        return column
    if pixel(column.name) and found.minimum >= 0 and found.maximum <= BRIGHTEST:
        return replace(column, minimum=0.0, maximum=BRIGHTEST)
    if column.type == "integer" and found.histogram is not None and _is_closed(found.histogram):
        return replace(column, minimum=found.minimum, maximum=found.maximum)
    low, high = _widened(found.minimum / unit, found.maximum / unit, whole=whole)
    if column.type == "timestamp":  # time moves on: every later row would be beyond the latest that was seen
        return replace(column, minimum=low)
    return replace(column, minimum=_held(column, low), maximum=_held(column, high))


def _held(column: Column, value: float) -> float:
    """Keep a learned number within what the column's type can hold."""
    return min(max(value, -EXACT), EXACT) if column.type == "integer" else value


def _is_closed(histogram: Histogram) -> bool:
    """Whether the values are all of a run of whole numbers, the ends not rarely: months, weekdays."""
    run = histogram.maximum - histogram.minimum + 1
    counts = histogram.cells().counts
    return len(counts) == run <= _CLOSED and 4 * run * min(counts[0], counts[-1]) >= histogram.n


def _widened(low: float, high: float, *, whole: bool) -> tuple[float, float]:
    """Widen a range, outward to readable numbers, never across zero."""
    span = high - low
    if span == 0 or not math.isfinite(low - span) or not math.isfinite(high + span):
        return low, high
    step = 10.0 ** max(math.floor(math.log10(span)) - 2, 0 if whole else -300)
    below = min(low, _readable(math.floor((low - _MARGIN * span) / step) * step))
    above = max(high, _readable(math.ceil((high + _MARGIN * span) / step) * step))
    return (0.0 if below < 0 <= low else below), (0.0 if high <= 0 < above else above)


def _readable(value: float) -> float:
    """Drop the last digits, which only say that a step such as 0.01 has no exact float."""
    return float(f"{value:.12g}") if math.isfinite(value) else value
