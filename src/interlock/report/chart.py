"""Drawing: each value of `interlock.report.values` as an Altair chart, in the page's own colours.

Colours are names of the page's CSS variables, so one drawing serves light, dark and paper.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import Any

import altair as alt

from interlock.report import format as form
from interlock.report.values import (
    Bars,
    Calibration,
    Chart,
    Compare,
    Distribution,
    Intervals,
    Lines,
    Matrix,
    Ranking,
    Scatter,
)

__all__ = ["Drawing", "draw"]

Drawing = alt.TopLevelMixin
Row = Mapping[str, object]

_ACCENT, _SECOND, _QUIET, _MUTED = "var(--series-1)", "var(--series-2)", "var(--quiet)", "var(--muted)"
_ROW = 24
_HEIGHT = 220
#: A matrix of more columns shows its numbers on hover alone.
_WRITTEN = 14


@singledispatch
def draw(value: Chart) -> Drawing:
    """Return the drawing of a value.

    Args:
        value: One of `interlock.report.values`.

    Returns:
        An Altair chart as wide as its container.

    Example:
        >>> from interlock.report.values import Bars
        >>> draw(Bars(title="Late", labels=("EWR",), values=(0.3,))).to_dict()["layer"][0]["mark"]["type"]
        'bar'
    """
    message = f"no drawing for {type(value).__name__}"
    raise TypeError(message)


@draw.register
def _bars(value: Bars) -> Drawing:
    data = _data(_rows(label=value.labels, value=value.values, low=value.low, high=value.high))
    base = alt.Chart(data).encode(y=_label_axis(value.labels, value), tooltip=_tips(value))
    bars = base.mark_bar(cornerRadiusEnd=2, color=_ACCENT, height={"band": 0.7})
    bars = bars.encode(x=alt.X("value:Q", title=value.x_title or None, axis=_few()))
    return _finish(value, bars, *_whiskers(base, value), *_upright(value.baseline), rows=len(value.labels))


@draw.register
def _distribution(value: Distribution) -> Drawing:
    left, right = (_positions(edges, value.time) for edges in (value.left, value.right))
    bars = alt.Chart(_data(_rows(left=left, right=right, count=value.counts)))
    bars = bars.mark_bar(binSpacing=1, color=_ACCENT).encode(
        x=_horizontal("left", value, time=value.time),
        x2="right",
        y=alt.Y("count:Q", title=value.y_title or "rows", axis=_few()),
        y2=alt.datum(0),
        tooltip=[
            _position_tip("left", "from", time=value.time),
            _position_tip("right", "to", time=value.time),
            alt.Tooltip("count:Q", title="rows", format=",.0f"),
        ],
    )
    return _finish(value, bars)


@draw.register
def _compare(value: Compare) -> Drawing:
    return _compare_labels(value) if value.labels else _compare_bins(value)


def _compare_labels(value: Compare) -> Drawing:
    rows = [
        row | {"name": name}
        for name, shares in zip(value.names, (value.first, value.second), strict=True)
        for row in _rows(label=value.labels, share=shares)
    ]
    bars = alt.Chart(_data(rows)).mark_bar(cornerRadiusEnd=2)
    bars = bars.encode(
        y=_label_axis(value.labels, value),
        yOffset=alt.YOffset("name:N", sort=list(value.names)),
        x=alt.X("share:Q", axis=_few(format="%"), title=value.x_title or "share of rows"),
        color=_pair(value),
        tooltip=["label:N", "name:N", alt.Tooltip("share:Q", format=".2%")],
    )
    return _finish(value, bars, rows=2 * len(value.labels))


def _compare_bins(value: Compare) -> Drawing:
    # The last step needs an end, else the last bin has no width.
    left = _positions((*value.left, value.right[-1]), value.time)
    rows = [
        row | {"name": name}
        for name, shares in zip(value.names, (value.first, value.second), strict=True)
        for row in _rows(left=left, share=(*shares, shares[-1]))
    ]
    base = alt.Chart(_data(rows)).encode(
        x=_horizontal("left", value, time=value.time),
        y=alt.Y("share:Q", axis=_few(format="%"), title=value.y_title or "share of rows", stack=None),
        color=_pair(value),
    )
    areas = base.mark_area(interpolate="step-after", opacity=0.2)
    tips = [_position_tip("left", "from", time=value.time), "name:N", alt.Tooltip("share:Q", format=".2%")]
    edges = base.mark_line(interpolate="step-after", strokeWidth=1.6).encode(tooltip=tips)
    return _finish(value, areas, edges)


@draw.register
def _lines(value: Lines) -> Drawing:
    rows = [
        row | {"name": line.name}
        for line in value.lines
        for row in _rows(x=_positions(value.x, value.time), y=line.y, low=line.low, high=line.high)
    ]
    names = [line.name for line in value.lines]
    legend = alt.Legend() if len(names) > 1 else None
    colour = alt.Color("name:N", sort=names, legend=legend, scale=alt.Scale(domain=names))
    base = alt.Chart(_data(rows)).encode(x=_horizontal("x", value, time=value.time), color=colour)
    y = alt.Y("y:Q", title=value.y_title or None, scale=alt.Scale(zero=False), axis=_few())
    where = _position_tip("x", value.x_title or "x", time=value.time)
    tips = [where, "name:N", *_tip_numbers("y", "low", "high")]
    lines = base.mark_line(strokeWidth=2, point={"size": 28, "filled": True}).encode(y=y, tooltip=tips)
    band = base.mark_area(opacity=0.18).encode(y="low:Q", y2="high:Q")
    bands = [band] if any(line.low for line in value.lines) else []
    return _finish(value, *bands, lines, *_level(value.baseline))


@draw.register
def _calibration(value: Calibration) -> Drawing:
    rows = _rows(x=value.predicted, y=value.observed, low=value.low, high=value.high, count=value.counts)
    ends = [min(0.0, *value.predicted, *value.observed), max(1.0, *value.predicted, *value.observed)]
    diagonal = alt.Chart(_data(_rows(x=ends, y=ends))).mark_line(color=_QUIET, strokeDash=[4, 4])
    diagonal = diagonal.encode(x="x:Q", y="y:Q")
    scale = alt.Scale(domain=ends, nice=False)
    base = alt.Chart(_data(rows)).encode(
        x=alt.X("x:Q", title=value.x_title or "mean prediction", scale=scale, axis=_few())
    )
    bars = base.mark_rule(color=_ACCENT, strokeWidth=1.5).encode(y="low:Q", y2="high:Q")
    points = base.mark_point(color=_ACCENT, filled=True, opacity=1, size=60).encode(
        y=alt.Y("y:Q", title=value.y_title or "observed share", axis=_few()),
        tooltip=_tip_numbers("x", "y", "low", "high", "count"),
    )
    if value.counts:
        points = points.encode(size=alt.Size("count:Q", legend=None, scale=alt.Scale(range=[25, 260])))
    return _finish(value, diagonal, *([bars] if value.low else []), points, height=320)


@draw.register
def _intervals(value: Intervals) -> Drawing:
    rows = _rows(label=value.labels, value=value.values, low=value.low, high=value.high, count=value.counts)
    base = alt.Chart(_data(rows)).encode(y=_label_axis(value.labels, value), tooltip=_tips(value))
    points = base.mark_point(filled=True, size=55, color=_ACCENT, opacity=1).encode(x=_near(value))
    return _finish(value, *_upright(value.baseline), *_whiskers(base, value, _ACCENT), points, rows=len(rows))


@draw.register
def _ranking(value: Ranking) -> Drawing:
    rows = _rows(label=value.labels, value=value.values, low=value.low, high=value.high)
    base = alt.Chart(_data(rows)).encode(y=_label_axis(value.labels, value), tooltip=_tips(value))
    colour = alt.condition(alt.datum.label == value.chosen, alt.value(_ACCENT), alt.value(_MUTED))
    points = base.mark_point(filled=True, size=80, opacity=1).encode(x=_near(value), color=colour)
    return _finish(value, *_whiskers(base, value), points, rows=len(rows))


@draw.register
def _matrix(value: Matrix) -> Drawing:
    rows = [
        {"row": row, "column": column, "value": _plain(cell), "shade": _plain(shade), "sign": cell < 0}
        for row, cells, shades in zip(value.rows, value.values, value.shades, strict=True)
        for column, cell, shade in zip(value.columns, cells, shades, strict=True)
    ]
    base = alt.Chart(_data(rows)).encode(
        x=alt.X(
            "column:N", sort=list(value.columns), title=value.x_title or None, axis=_flat(labelAngle=-40)
        ),
        y=alt.Y("row:N", sort=list(value.rows), title=value.y_title or None, axis=_flat()),
        tooltip=["row:N", "column:N", alt.Tooltip("value:Q", title=value.measure, format=",.4~g")],
    )
    colour = alt.condition("datum.sign", alt.value(_SECOND), alt.value(_ACCENT))
    # A shade is the opacity of one of the page's colours: only the browser knows what to mix.
    shade = alt.FillOpacity("shade:Q", scale=alt.Scale(domain=[0, 1], range=[0.03, 0.6]), legend=None)
    layers = [base.mark_rect(cornerRadius=2).encode(color=colour, fillOpacity=shade)]
    if len(value.columns) <= _WRITTEN:
        known = base.transform_filter("isValid(datum.value)")
        layers.append(known.mark_text(fontSize=11).encode(text=alt.Text("value:Q", format=".2~g")))
    return _finish(value, *layers, rows=len(value.rows))


@draw.register
def _scatter(value: Scatter) -> Drawing:
    rows = _rows(x=_positions(value.x, value.time), y=value.y, name=value.groups)
    base = alt.Chart(_data(rows)).encode(
        x=_horizontal("x", value, time=value.time),
        y=alt.Y("y:Q", title=value.y_title or None, scale=alt.Scale(zero=False), axis=_few()),
        tooltip=[_position_tip("x", value.x_title or "x", time=value.time), *_tip_numbers("y")],
    )
    points = base.mark_circle(size=24, opacity=0.55, color=_ACCENT)
    if value.groups:
        names = list(dict.fromkeys(value.groups))
        points = points.encode(color=alt.Color("name:N", sort=names, scale=alt.Scale(domain=names)))
    ends = [min((*value.x, *value.y), default=0.0), max((*value.x, *value.y), default=1.0)]
    diagonal = alt.Chart(_data(_rows(x=ends, y=ends))).mark_line(color=_QUIET, strokeDash=[4, 4])
    lines = [diagonal.encode(x="x:Q", y="y:Q")] if value.diagonal else []
    return _finish(value, *lines, points, *_level(value.baseline), height=300)


def _rows(**columns: Sequence[object]) -> list[dict[str, object]]:
    present = {name: column for name, column in columns.items() if len(column)}
    return [
        {name: _plain(cell) for name, cell in zip(present, cells, strict=True)}
        for cells in zip(*present.values(), strict=True)
    ]


def _plain(cell: Any) -> object:
    """JSON has no NaN and no infinity, and ten digits draw the same picture in fewer bytes."""
    if isinstance(cell, str | int):
        return cell
    return float(f"{cell:.10g}") if math.isfinite(cell) else None


def _data(rows: Sequence[Row]) -> Any:
    return alt.InlineData(values=list(rows))


def _finish(value: Chart, *layers: Any, rows: int = 0, height: int = _HEIGHT) -> Drawing:
    subtitle = form.beneath(value.n, value.note, getattr(value, "outside", 0.0))
    title = alt.TitleParams(value.title, subtitle=subtitle or alt.Undefined)
    height = max(_ROW * rows, 48) if rows else height
    return alt.layer(*layers).properties(title=title, width="container", height=height)


def _positions(values: Sequence[float], time: bool) -> list[float]:
    """Vega counts time in milliseconds."""
    return [value * 1000.0 if time else value for value in values]


def _horizontal(field: str, value: Chart, *, time: bool) -> alt.X:
    scale = alt.Scale(type="utc", nice=False) if time else alt.Scale(zero=False, nice=False)
    kind: Any = "temporal" if time else "quantitative"
    return alt.X(field, type=kind, title=value.x_title or None, scale=scale, axis=_few(grid=False))


def _few(**settings: Any) -> alt.Axis:
    return alt.Axis(tickCount=6, **settings)


def _flat(**settings: Any) -> alt.Axis:
    return alt.Axis(domain=False, ticks=False, grid=False, **settings)


def _label_axis(labels: Sequence[str], value: Chart) -> alt.Y:
    return alt.Y("label:N", sort=list(labels), title=value.y_title or None, axis=_flat())


def _near(value: Intervals | Ranking) -> alt.X:
    return alt.X("value:Q", title=value.x_title or None, scale=alt.Scale(zero=False), axis=_few())


def _whiskers(base: Any, value: Bars | Intervals | Ranking, colour: str = _MUTED) -> list[Any]:
    if not value.low:
        return []
    return [base.mark_rule(color=colour, strokeWidth=1.6).encode(x=alt.X("low:Q"), x2="high:Q")]


def _upright(at: float | None) -> list[Any]:
    if at is None:
        return []
    return [alt.Chart(_data([{"at": at}])).mark_rule(color=_MUTED, strokeDash=[4, 4]).encode(x="at:Q")]


def _level(at: float | None) -> list[Any]:
    if at is None:
        return []
    return [alt.Chart(_data([{"at": at}])).mark_rule(color=_MUTED, strokeDash=[4, 4]).encode(y="at:Q")]


def _tips(value: Bars | Intervals | Ranking) -> list[Any]:
    ends = ["low", "high"] if value.low else []
    counts = ["count"] if getattr(value, "counts", ()) else []
    return ["label:N", *_tip_numbers("value", *ends, *counts)]


def _tip_numbers(*names: str) -> list[Any]:
    return [alt.Tooltip(f"{name}:Q", format="," if name == "count" else ",.4~g") for name in names]


def _position_tip(field: str, title: str, *, time: bool) -> alt.Tooltip:
    if time:
        return alt.Tooltip(field, type="temporal", title=title, format="%Y-%m-%d %H:%M", formatType="utc")
    return alt.Tooltip(field, type="quantitative", title=title, format=",.4~g")


def _pair(value: Compare) -> alt.Color:
    scale = alt.Scale(domain=list(value.names), range=[_MUTED, _SECOND])
    return alt.Color("name:N", sort=list(value.names), scale=scale)
