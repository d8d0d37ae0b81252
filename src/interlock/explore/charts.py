"""What is drawn of columns, shares and relations, as values of `interlock.report`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from interlock.explore.association import Association
from interlock.explore.relation import Relation
from interlock.explore.statistics.estimate import Estimate, wilson
from interlock.profile import ColumnProfile
from interlock.report import Bars, Chart, Distribution, Intervals, Lines, bin_edges
from interlock.report.format import number

__all__ = [
    "association_chart",
    "column_chart",
    "drawn_edges",
    "level_name",
    "share_bars",
    "share_intervals",
    "strengths",
]

_BINS = 26
_LEVELS = 8


def drawn_edges(found: ColumnProfile) -> tuple[float, ...]:
    """Return the bins of a column's histogram: all of its range, or its bulk where the tails are long.

    Args:
        found: A column of numbers, times or booleans that holds at least one value.
    """
    low, high = found.quantile([0.005, 0.995])
    margin = 0.25 * float(high) - 0.25 * float(low)
    left, right = max(found.minimum, float(low) - margin), min(found.maximum, float(high) + margin)
    whole = found.histogram is not None and found.histogram.whole and found.kind != "timestamp"
    return bin_edges(left, right, whole=whole, bins=_BINS)


def level_name(value: str | float, found: ColumnProfile) -> str:
    """Return how a level of a column is written: `(empty)` for the empty string."""
    if isinstance(value, str):
        return value or "(empty)"
    return ("true" if value else "false") if found.kind == "boolean" else number(value)


def column_chart(name: str, found: ColumnProfile) -> Chart | None:
    """Return a column's histogram, or the share of its most frequent levels; None where it holds no value."""
    if found.n == 0:
        return None
    if found.histogram is None or found.kind == "boolean":
        top = {level_name(value, found): hits for value, hits in found.top(_LEVELS)}
        return share_bars(f"The most frequent values of {name}", top, found.n)
    edges, time = drawn_edges(found), found.kind == "timestamp"
    scale = 1e6 if time else 1.0
    counts = found.histogram.binned(edges)
    return Distribution(
        title=f"Where the values of {name} lie",
        n=found.n,
        left=tuple(edge / scale for edge in edges[:-1]),
        right=tuple(edge / scale for edge in edges[1:]),
        counts=tuple(float(each) for each in counts),
        time=time,
        outside=max(float(found.n - sum(counts)), 0.0),
        x_title=name,
        y_title="rows",
    )


def share_bars(
    title: str, counts: Mapping[str, int], n: int, *, of: str = "rows", even: float | None = None
) -> Bars:
    """Return one bar a label: its share with Wilson's interval.

    Args:
        title: What the reader should see.
        counts: How many of the rows each label has.
        n: Of how many.
        of: What is counted.
        even: A share to compare with.
    """
    found = [wilson(hits, n) for hits in counts.values()]
    return Bars(
        title=title,
        n=n,
        labels=tuple(counts),
        values=tuple(each.value for each in found),
        low=tuple(each.low for each in found),
        high=tuple(each.high for each in found),
        baseline=even,
        x_title=f"share of {of}",
        note="95 % Wilson intervals",
    )


def share_intervals(title: str, found: Mapping[str, Estimate], x_title: str) -> Intervals:
    """Return one point a label, such as the share of gaps in each class.

    Args:
        title: What the reader should see.
        found: The estimates by their labels.
        x_title: What is estimated, with its unit.
    """
    return Intervals(
        title=title,
        n=sum(each.n for each in found.values()),
        labels=tuple(found),
        values=tuple(each.value for each in found.values()),
        low=tuple(each.low for each in found.values()),
        high=tuple(each.high for each in found.values()),
        counts=tuple(each.n for each in found.values()),
        x_title=x_title,
        note="95 % intervals",
    )


def association_chart(each: Association, shown: Mapping[str, Relation]) -> Lines | Intervals:
    """Return the target along the column of an association; its strength where that was not measured."""
    if each.column in shown:
        return shown[each.column].picture
    return strengths([each])


def strengths(found: Sequence[Association], *, most: int = 20) -> Intervals:
    """Return the strength of the strongest associations as a value to draw."""
    kept = found[:most]
    return Intervals(
        title="How strongly each column goes with the target",
        labels=tuple(each.shown for each in kept),
        values=tuple(each.strength for each in kept),
        low=tuple(each.strength_low for each in kept),
        high=tuple(each.strength_high for each in kept),
        counts=tuple(each.n for each in kept),
        x_title="strength: 0 none, 1 determines the target",
        baseline=0.0,
        n=max((each.n for each in kept), default=0),
        note="95 % intervals",
    )
