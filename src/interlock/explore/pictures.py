"""The small pictures of columns and findings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from interlock.explore.association import Association
from interlock.explore.findings.finding import Finding
from interlock.explore.relation import Relation
from interlock.profile import ColumnProfile, Profile
from interlock.report import Intervals, bin_edges, spark
from interlock.report.format import moment, number

__all__ = ["column_picture", "drawn_edges", "finding_picture", "strengths"]

_BINS = 36
_LEVELS = 6


def drawn_edges(found: ColumnProfile) -> tuple[float, ...]:
    """Return the bins of a column's histogram: all of its range, or its bulk where the tails are long.

    Args:
        found: A column of numbers, times or booleans that holds at least one value.
    """
    low, high = found.quantile([0.005, 0.995])
    margin = 0.25 * float(high - low)
    left, right = max(found.minimum, float(low) - margin), min(found.maximum, float(high) + margin)
    whole = found.histogram is not None and found.histogram.whole and found.kind != "timestamp"
    return bin_edges(left, right, whole=whole, bins=_BINS)


def column_picture(found: ColumnProfile) -> Markup:
    """Return a column's histogram, or its most frequent levels; nothing where it holds no value."""
    if found.n == 0:
        return Markup()
    if found.histogram is None or found.kind == "boolean":
        top = found.top(_LEVELS)
        names = [_level(value, found) for value, _ in top]
        return spark.levels(names, [hits / found.rows for _, hits in top])
    edges = drawn_edges(found)
    counts = found.histogram.binned(edges)
    names = [f"{_place(a, found)} to {_place(b, found)}" for a, b in pairwise(edges)]
    inside = 0.5 if found.histogram.whole and found.kind != "timestamp" else 0.0
    first, last = max(edges[0] + inside, found.minimum), min(edges[-1] - inside, found.maximum)
    return spark.columns(list(counts), _place(first, found), _place(last, found), names)


def finding_picture(
    finding: Finding, profile: Profile, shown: Sequence[Relation], found: Sequence[Association]
) -> Markup:
    """Return what shows a finding best: the target along the column, the column itself, or its share."""
    known = next(
        (each for each in found if (each.column,) == finding.columns and each.value == finding.effect), None
    )
    if known is not None and finding.kind in ("association", "leakage"):
        relation = next((each for each in shown if each.column == known.column), None)
        if relation is not None and known.about == "value":
            return _relation_picture(relation)
        return spark.span(known.strength, known.strength_low, known.strength_high)
    if finding.kind in ("outliers", "placeholder", "mixed types", "imbalance"):
        return column_picture(profile[finding.columns[0]])
    return Markup() if finding.kind in ("constant", "identifier") else spark.part(finding.effect)


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


def _relation_picture(relation: Relation) -> Markup:
    if not relation.places:
        return spark.levels(relation.labels[:_LEVELS], relation.values[:_LEVELS])
    names = [
        f"{label}: {relation.shown} {number(value, 3)}"
        for label, value in zip(relation.labels, relation.values, strict=True)
    ]
    floor = min(0.0, *relation.values)
    heights = [value - floor for value in relation.values]
    return spark.columns(heights, relation.labels[0], relation.labels[-1], names)


def _place(value: float, found: ColumnProfile) -> str:
    return moment(value / 1e6, clock=False) if found.kind == "timestamp" else number(value)


def _level(value: str | float, found: ColumnProfile) -> str:
    if isinstance(value, str):
        return value or "(empty)"
    return ("true" if value else "false") if found.kind == "boolean" else number(value)
