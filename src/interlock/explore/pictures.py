"""The small pictures of columns and findings: the same values as the charts, drawn without a script."""

from __future__ import annotations

from functools import singledispatch
from itertools import pairwise

from markupsafe import Markup

from interlock.explore.charts import drawn_edges, level_name
from interlock.profile import ColumnProfile
from interlock.report import Bars, Chart, Distribution, Intervals, Lines, spark
from interlock.report.format import moment, number, percent

__all__ = ["column_picture", "finding_picture"]

_LEVELS = 6


def column_picture(found: ColumnProfile) -> Markup:
    """Return a column's histogram, or its most frequent levels; nothing where it holds no value."""
    if found.n == 0:
        return Markup()
    if found.histogram is None or found.kind == "boolean":
        top = found.top(_LEVELS)
        names = [level_name(value, found) for value, _ in top]
        return spark.levels(names, [hits / found.rows for _, hits in top])
    edges = drawn_edges(found)
    counts = found.histogram.binned(edges)
    names = [f"{_place(a, found)} to {_place(b, found)}" for a, b in pairwise(edges)]
    inside = 0.5 if found.histogram.whole and found.kind != "timestamp" else 0.0
    first, last = max(edges[0] + inside, found.minimum), min(edges[-1] - inside, found.maximum)
    return spark.columns(list(counts), _place(first, found), _place(last, found), names)


@singledispatch
def finding_picture(picture: Chart | None) -> Markup:  # noqa: ARG001 - its kind decides
    """Return the small drawing of a finding's picture; nothing for what needs the room of a chart."""
    return Markup()


@finding_picture.register
def _bars(picture: Bars) -> Markup:
    return spark.levels(picture.labels[:_LEVELS], picture.values[:_LEVELS])


@finding_picture.register
def _distribution(picture: Distribution) -> Markup:
    first, last = (_end(edge, time=picture.time) for edge in (picture.left[0], picture.right[-1]))
    pairs = zip(picture.left, picture.right, strict=True)
    names = [f"{_end(a, time=picture.time)} to {_end(b, time=picture.time)}" for a, b in pairs]
    return spark.columns(picture.counts, first, last, names)


@finding_picture.register
def _intervals(picture: Intervals) -> Markup:
    share = picture.x_title.startswith("share")
    shown = [percent(value) if share else number(value, 3) for value in picture.values[:_LEVELS]]
    return spark.levels(picture.labels[:_LEVELS], picture.values[:_LEVELS], shown)


@finding_picture.register
def _lines(picture: Lines) -> Markup:
    values = picture.lines[0].y
    names = [
        f"{_end(x, time=picture.time)}: {picture.y_title} {number(y, 3)}"
        for x, y in zip(picture.x, values, strict=True)
    ]
    floor = min(0.0, *values)
    first, last = (_end(x, time=picture.time) for x in (picture.x[0], picture.x[-1]))
    return spark.columns([value - floor for value in values], first, last, names)


def _end(value: float, *, time: bool) -> str:
    return moment(value, clock=False) if time else number(value)


def _place(value: float, found: ColumnProfile) -> str:
    return moment(value / 1e6, clock=False) if found.kind == "timestamp" else number(value)
