"""Drawing: each value of `interlock.report.values` as a Vega-Lite chart, in the page's own colours.

Colours are names of the page's CSS variables, so one drawing serves light, dark and paper. The specification
is written out rather than built by Altair, which takes some 20 ms a chart to check it; the tests let Altair
check every kind.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from functools import singledispatch
from typing import Any

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

__all__ = ["draw", "specification", "titled"]

Spec = dict[str, Any]

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_ACCENT, _SECOND, _QUIET, _MUTED = "var(--series-1)", "var(--series-2)", "var(--quiet)", "var(--muted)"
_DASHED = [4, 4]
_ROW = 24
_HEIGHT = 220
#: A matrix of more columns shows its numbers on hover alone.
_WRITTEN = 14
#: So many points are drawn larger: they do not hide one another.
_FEW, _FEW_SIZE = 200, 70
#: Pixels between the outermost points and the axes.
_MARGIN = 10


def draw(value: Chart) -> Any:
    """Return the drawing of a value as an Altair chart, for those who finish it there.

    Args:
        value: One of `interlock.report.values`.

    Returns:
        An `altair.Chart` with its title, as wide as its container.

    Raises:
        TypeError: If there is no drawing for such a value.

    Example:
        >>> from interlock.report.values import Bars
        >>> draw(Bars(title="Late", labels=("EWR",), values=(0.3,))).to_dict()["layer"][0]["mark"]["type"]
        'bar'
    """
    import altair as alt

    return alt.Chart.from_dict(titled(value))


@singledispatch
def specification(value: Chart) -> Spec:
    """Return the drawing of a value as Vega-Lite, without its title, which a page sets as text.

    Args:
        value: One of `interlock.report.values`.

    Raises:
        TypeError: If there is no drawing for such a value.

    Example:
        >>> from interlock.report.values import Bars
        >>> specification(Bars(title="Late", labels=("EWR",), values=(0.3,)))["height"]
        48
    """
    message = f"no drawing for {type(value).__name__}"
    raise TypeError(message)


@specification.register
def _bars(value: Bars) -> Spec:
    rows = _rows(label=value.labels, value=value.values, low=value.low, high=value.high)
    x = _quantity("value", value.x_title)
    bars = _layer({"type": "bar", "cornerRadiusEnd": 2, "color": _ACCENT, "height": {"band": 0.7}}, x=x)
    return _rowwise(value, rows, bars, *_whiskers(value), *_upright(value.baseline))


@specification.register
def _distribution(value: Distribution) -> Spec:
    left, right = (_positions(edges, value.time) for edges in (value.left, value.right))
    bars = _layer(
        {"type": "bar", "binSpacing": 1, "color": _ACCENT},
        _rows(left=left, right=right, count=value.counts),
        x=_horizontal("left", value, time=value.time),
        x2={"field": "right"},
        y=_quantity("count", value.y_title or "rows"),
        y2={"datum": 0},
        tooltip=[
            _position_tip("left", "from", time=value.time),
            _position_tip("right", "to", time=value.time),
            _tip("count", ",.0f", "rows"),
        ],
    )
    return _finish(bars)


@specification.register
def _compare(value: Compare) -> Spec:
    return _compare_labels(value) if value.labels else _compare_bins(value)


def _compare_labels(value: Compare) -> Spec:
    rows = _named(
        (name, _rows(label=value.labels, share=shares))
        for name, shares in zip(value.names, (value.first, value.second), strict=True)
    )
    bars = _layer(
        {"type": "bar", "cornerRadiusEnd": 2},
        rows,
        y=_labels(value.labels, value),
        yOffset={"field": "name", "type": "nominal", "sort": list(value.names)},
        x=_quantity("share", value.x_title or "share of rows", format="%"),
        color=_pair(value),
        tooltip=[_name("label"), _name("name"), _tip("share", ".2%")],
    )
    return _finish(bars, rows=2 * len(value.labels))


def _compare_bins(value: Compare) -> Spec:
    # The last step needs an end, else the last bin has no width.
    left = _positions((*value.left, value.right[-1]), value.time)
    rows = _named(
        (name, _rows(left=left, share=(*shares, shares[-1])))
        for name, shares in zip(value.names, (value.first, value.second), strict=True)
    )
    y = _quantity("share", value.y_title or "share of rows", format="%") | {"stack": None}
    tips = [_position_tip("left", "from", time=value.time), _name("name"), _tip("share", ".2%")]
    areas = _layer({"type": "area", "interpolate": "step-after", "opacity": 0.2})
    edges = _layer({"type": "line", "interpolate": "step-after", "strokeWidth": 1.6}, tooltip=tips)
    shared = {"x": _horizontal("left", value, time=value.time), "y": y, "color": _pair(value)}
    return _finish(areas, edges) | {"data": {"values": rows}, "encoding": shared}


@specification.register
def _lines(value: Lines) -> Spec:
    x = _positions(value.x, value.time)
    rows = _named((line.name, _rows(x=x, y=line.y, low=line.low, high=line.high)) for line in value.lines)
    names = [line.name for line in value.lines]
    colour = _group("name", names) | ({} if len(names) > 1 else {"legend": None})
    tips = [_position_tip("x", value.x_title or "x", time=value.time), _name("name")]
    tips += [_tip(end) for end in ("y", "low", "high")]
    lines = _layer(
        {"type": "line", "strokeWidth": 2, "point": {"size": 28, "filled": True}},
        rows,
        x=_horizontal("x", value, time=value.time),
        y=_quantity("y", value.y_title) | {"scale": {"zero": False}},
        color=colour,
        tooltip=tips,
    )
    if len(names) > 1:
        # A legend that tells lines by their dashes, too, does not depend on colours alone.
        lines["encoding"]["strokeDash"] = {"field": "name", "type": "nominal", "sort": names, "legend": None}
    band = _layer(
        {"type": "area", "opacity": 0.18},
        rows,
        x=_horizontal("x", value, time=value.time),
        y=_quantity("low", value.y_title) | {"scale": {"zero": False}},
        y2={"field": "high"},
        color=colour,
    )
    bands = [band] if any(line.low for line in value.lines) else []
    return _finish(*bands, lines, *_level(value.baseline))


@specification.register
def _calibration(value: Calibration) -> Spec:
    rows = _rows(x=value.predicted, y=value.observed, low=value.low, high=value.high, count=value.counts)
    ends = list(value.ends)
    scale = {"scale": {"domain": ends, "nice": False, "zero": False}}
    x = _quantity("x", value.x_title or "mean prediction") | scale
    y = _quantity("y", value.y_title or "observed share") | scale
    bars = _layer(
        {"type": "rule", "color": _ACCENT, "strokeWidth": 1.5},
        rows,
        x=x,
        y=_quantity("low", value.y_title or "observed share") | scale,
        y2={"field": "high"},
    )
    tips = [_tip(each, "," if each == "count" else ",.4~g") for each in rows[0]] if rows else []
    mark = {"type": "point", "color": _ACCENT, "filled": True, "opacity": 1, "size": 60}
    points = _layer(mark, rows, x=x, y=y, tooltip=tips)
    if value.counts:
        size = {"field": "count", "type": "quantitative", "legend": None, "scale": {"range": [25, 260]}}
        points["encoding"]["size"] = size
    return _finish(_diagonal(ends), *([bars] if value.low else []), points, height=320)


@specification.register
def _intervals(value: Intervals) -> Spec:
    rows = _rows(label=value.labels, value=value.values, low=value.low, high=value.high, count=value.counts)
    mark = {"type": "point", "filled": True, "size": 55, "color": _ACCENT, "opacity": 1}
    points = _layer(mark, x=_near(value))
    return _rowwise(value, rows, *_upright(value.baseline), *_whiskers(value, _ACCENT), points)


@specification.register
def _ranking(value: Ranking) -> Spec:
    rows = _rows(label=value.labels, value=value.values, low=value.low, high=value.high)
    chosen = {"field": "label", "equal": value.chosen}
    colour = {"condition": {"test": chosen, "value": _ACCENT}, "value": _MUTED}
    points = _layer({"type": "point", "filled": True, "size": 80, "opacity": 1}, x=_near(value), color=colour)
    return _rowwise(value, rows, *_whiskers(value), points)


@specification.register
def _matrix(value: Matrix) -> Spec:
    rows = [
        {"row": row, "column": column, "value": _plain(cell), "shade": _plain(shade), "sign": cell < 0}
        for row, cells, shades in zip(value.rows, value.values, value.shades, strict=True)
        for column, cell, shade in zip(value.columns, cells, shades, strict=True)
    ]
    flat: Spec = {"domain": False, "ticks": False, "grid": False}
    shared = {
        "x": _name("column")
        | {"sort": list(value.columns), "title": value.x_title or None, "axis": flat | {"labelAngle": -40}},
        "y": _name("row") | {"sort": list(value.rows), "title": value.y_title or None, "axis": flat},
        "tooltip": [_name("row"), _name("column"), _tip("value", title=value.measure)],
    }
    # A shade is the opacity of one of the page's colours: only the browser knows what to mix.
    shade: Spec = {"field": "shade", "type": "quantitative", "legend": None}
    shade |= {"scale": {"domain": [0, 1], "range": [0.03, 0.6]}}
    colour = {"condition": {"test": "datum.sign", "value": _SECOND}, "value": _ACCENT}
    layers = [_layer({"type": "rect", "cornerRadius": 2}, color=colour, fillOpacity=shade)]
    if len(value.columns) <= _WRITTEN:
        text = {"field": "value", "type": "quantitative", "format": ".2~g"}
        known: Spec = {"transform": [{"filter": "isValid(datum.value)"}]}
        layers.append(_layer({"type": "text", "fontSize": 11}, text=text) | known)
    # A cell has a fixed width: squeezed into a narrow screen nobody could read it, so it scrolls instead.
    step = min(max(600 // max(len(value.columns), 1), _ROW), 90)
    finished = _finish(*layers, rows=len(value.rows)) | {"width": {"step": step}}
    return finished | {"data": {"values": rows}, "encoding": shared}


@specification.register
def _scatter(value: Scatter) -> Spec:
    rows = _rows(x=_positions(value.x, value.time), y=value.y, name=value.groups)
    size = _FEW_SIZE if len(value.x) <= _FEW else 24
    points = _layer(
        {"type": "circle", "size": size, "opacity": 0.55, "color": _ACCENT},
        rows,
        x=_horizontal("x", value, time=value.time),
        y=_quantity("y", value.y_title) | {"scale": {"zero": False, "padding": _MARGIN}},
        tooltip=[_position_tip("x", value.x_title or "x", time=value.time), _tip("y")],
    )
    if not value.time:
        points["encoding"]["x"]["scale"] |= {"padding": _MARGIN}
    if value.groups:
        points["encoding"]["color"] = _group("name", list(dict.fromkeys(value.groups)))
    ends = [min((*value.x, *value.y), default=0.0), max((*value.x, *value.y), default=1.0)]
    lines = [_diagonal(ends)] if value.diagonal else []
    return _finish(*lines, points, *_level(value.baseline), height=300)


def titled(value: Chart, width: int = 640) -> Spec:
    """Return the drawing of a value as Vega-Lite that stands by itself, its title broken into lines.

    Args:
        value: One of `interlock.report.values`.
        width: Of the plot, in pixels: how much room a line has.
    """
    beneath = form.beneath(value.n, value.note, getattr(value, "outside", 0.0))
    title, under = (
        textwrap.wrap(text, max(width // pixels, 20), max_lines=4, placeholder="…")
        for text, pixels in ((value.title, 8), (beneath, 6))
    )
    shown = {"text": title, **({"subtitle": under} if under else {})}
    return {"$schema": _SCHEMA, **specification(value), "title": shown}


def _rows(**columns: Sequence[object]) -> list[dict[str, object]]:
    present = {name: column for name, column in columns.items() if len(column)}
    return [
        {name: _plain(cell) for name, cell in zip(present, cells, strict=True)}
        for cells in zip(*present.values(), strict=True)
    ]


def _named(groups: Iterable[tuple[str, list[dict[str, object]]]]) -> list[dict[str, object]]:
    return [row | {"name": name} for name, rows in groups for row in rows]


def _plain(cell: Any) -> object:
    """JSON has no NaN and no infinity, and seven digits draw the same picture in fewer bytes."""
    if isinstance(cell, str | int):
        return cell
    if not math.isfinite(cell):
        return None
    return float(f"{cell:.7g}") if abs(cell) < 1e7 else float(f"{cell:.13g}")


def _layer(mark: Spec, rows: Sequence[Spec] | None = None, **encoding: Any) -> Spec:
    data = {} if rows is None else {"data": {"values": list(rows)}}
    return {**data, "mark": mark, "encoding": encoding}


def _finish(*layers: Spec, rows: int = 0, height: int = _HEIGHT) -> Spec:
    return {
        "width": "container",
        "height": max(_ROW * rows, 48) if rows else height,
        "layer": list(layers),
    }


def _rowwise(value: Bars | Intervals | Ranking, rows: list[dict[str, object]], *layers: Spec) -> Spec:
    """Return layers over one row a label; a layer with data of its own, such as a baseline, has no labels."""
    shared = {"y": _labels(value.labels, value), "tooltip": _tips(value)}
    own = [each if "data" in each else each | {"encoding": {**shared, **each["encoding"]}} for each in layers]
    return _finish(*own, rows=len(value.labels)) | {"data": {"values": rows}}


def _positions(values: Sequence[float], time: bool) -> list[float]:
    """Vega counts time in milliseconds."""
    return [value * 1000.0 if time else value for value in values]


def _horizontal(field: str, value: Chart, *, time: bool) -> Spec:
    scale = {"type": "utc", "nice": False} if time else {"zero": False, "nice": False}
    kind = "temporal" if time else "quantitative"
    axis: Spec = {"tickCount": 6, "grid": False}
    if time:
        axis |= {"labelExpr": _CLOCK}
    elif all(abs(end) < 10_000 for name in ("x", "left", "right") for end in getattr(value, name, ())):
        axis |= {"labelExpr": "replace(datum.label, ',', '')"}  # thousands are set apart from five digits on
    return {"field": field, "type": kind, "title": value.x_title or None, "scale": scale, "axis": axis}


#: What a tick says: the clock within a day, else the day, the month or the year that begins there.
_CLOCK = (
    "utchours(datum.value) || utcminutes(datum.value) ? utcFormat(datum.value, '%H:%M') : "
    "utcdate(datum.value) > 1 ? utcFormat(datum.value, '%e %b') : "
    "utcmonth(datum.value) ? utcFormat(datum.value, '%b') : utcFormat(datum.value, '%Y')"
)


def _quantity(field: str, title: str, **axis: Any) -> Spec:
    return {"field": field, "type": "quantitative", "title": title or None, "axis": {"tickCount": 6, **axis}}


def _labels(labels: Sequence[str], value: Chart) -> Spec:
    axis = {"domain": False, "ticks": False, "grid": False}
    return _name("label") | {"sort": list(labels), "title": value.y_title or None, "axis": axis}


def _near(value: Intervals | Ranking) -> Spec:
    return _quantity("value", value.x_title) | {"scale": {"zero": False, "padding": 8}}


def _whiskers(value: Bars | Intervals | Ranking, colour: str = _MUTED) -> list[Spec]:
    if not value.low:
        return []
    near = {"zero": True} if isinstance(value, Bars) else {"zero": False, "padding": 8}
    x = _quantity("low", value.x_title) | {"scale": near}
    return [_layer({"type": "rule", "color": colour, "strokeWidth": 1.6}, x=x, x2={"field": "high"})]


def _upright(at: float | None) -> list[Spec]:
    return [] if at is None else [_layer(_RULE, [{"at": at}], x={"field": "at", "type": "quantitative"})]


def _level(at: float | None) -> list[Spec]:
    return [] if at is None else [_layer(_RULE, [{"at": at}], y={"field": "at", "type": "quantitative"})]


_RULE = {"type": "rule", "color": _MUTED, "strokeDash": _DASHED}


def _diagonal(ends: Sequence[float]) -> Spec:
    x, y = ({"field": field, "type": "quantitative"} for field in "xy")
    return _layer({"type": "line", "color": _QUIET, "strokeDash": _DASHED}, _rows(x=ends, y=ends), x=x, y=y)


def _tips(value: Bars | Intervals | Ranking) -> list[Spec]:
    ends = ["low", "high"] if value.low else []
    counts = [_tip("count", ",")] if getattr(value, "counts", ()) else []
    return [_name("label"), *(_tip(each) for each in ("value", *ends)), *counts]


def _name(field: str) -> Spec:
    return {"field": field, "type": "nominal"}


def _tip(field: str, form: str = ",.4~g", title: str = "") -> Spec:
    return {"field": field, "type": "quantitative", "format": form, **({"title": title} if title else {})}


def _position_tip(field: str, title: str, *, time: bool) -> Spec:
    if not time:
        return _tip(field, title=title)
    clock = {"format": "%Y-%m-%d %H:%M", "formatType": "utc"}
    return {"field": field, "type": "temporal", "title": title, **clock}


def _group(field: str, names: list[str]) -> Spec:
    return {"field": field, "type": "nominal", "sort": names, "scale": {"domain": names}}


def _pair(value: Compare) -> Spec:
    names = list(value.names)
    return _group("name", names) | {"scale": {"domain": names, "range": [_MUTED, _SECOND]}}
