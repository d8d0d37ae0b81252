"""Drawing on Matplotlib: each value of `interlock.report.values` on an `Axes`, to be finished by hand.

Names come from data, so no text is read as mathematics, and long ones are broken into lines.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from datetime import UTC
from functools import singledispatch
from typing import Any

from interlock.report import format as form
from interlock.report.palette import palette
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

__all__ = ["plot"]

_COLOURS = palette("light")
_SERIES = [_COLOURS[f"series-{place}"] for place in range(1, 7)]
_STYLES = ("-", "--", ":", "-.", (0, (5, 1)), (0, (1, 1)))
_MARKERS = ("o", "s", "^", "D", "v", "P")
_ACCENT, _SECOND, _QUIET, _MUTED, _INK = (
    _COLOURS[name] for name in ("series-1", "series-2", "quiet", "muted", "ink")
)
_WIDTH = 7.2
#: Characters of one line of a label, and how many lines it may take.
_LABEL, _LINES = 30, 2
#: Matplotlib counts days in the years 1 to 9999.
_DAY, _FIRST, _LAST = 86_400.0, -62_135_596_800.0, 253_402_300_799.0


def plot(value: Chart, ax: Any = None) -> Any:
    """Draw a value on Matplotlib.

    Args:
        value: One of `interlock.report.values`.
        ax: The `Axes` to draw on; None makes a figure of its own, in which no text is cut off.

    Returns:
        The `Axes`.

    Raises:
        TypeError: If there is no drawing for such a value.

    Example:
        >>> from interlock.report.values import Bars
        >>> ax = plot(Bars(title="Late", labels=("EWR",), values=(0.3,), x_title="share of flights", n=9))
        >>> ax.get_xlabel(), [text.get_text() for text in ax.get_yticklabels()]
        ('share of flights', ['EWR'])
    """
    axes = _new_axes(value) if ax is None else ax
    _marks(value, axes)
    _dress(value, axes)
    return axes


def _new_axes(value: Chart) -> Any:
    from matplotlib import pyplot as plt

    lines = sum(_broken(label).count("\n") + 1 for label in _names(value))
    # A row has the height of its lines, so that neighbours never touch; a long title gets room of its own.
    row = 0.5 if isinstance(value, Compare) else 0.3
    plot = max(row * len(_names(value)), 0.21 * lines, 0.6) if lines else 2.9
    around = len(_title(value)) + len(_beneath(value)) + len(_x_title(value))
    if isinstance(value, Matrix):
        plot += 0.11 * max((len(_broken(name).partition("\n")[0]) for name in value.columns), default=0)
    figure, axes = plt.subplots(figsize=(_WIDTH, plot + 0.8 + 0.2 * around), layout="constrained")
    layout: Any = figure.get_layout_engine()
    layout.set(w_pad=0.12, h_pad=0.12)
    return axes


def _names(value: Chart) -> Sequence[str]:
    return value.rows if isinstance(value, Matrix) else getattr(value, "labels", ())


@singledispatch
def _marks(value: Chart, ax: Any) -> None:  # noqa: ARG001 - the registered ones draw on it
    message = f"no drawing for {type(value).__name__}"
    raise TypeError(message)


@_marks.register
def _bars(value: Bars, ax: Any) -> None:
    places = range(len(value.labels))
    ax.barh(places, _finite(value.values), height=0.7, color=_ACCENT)
    _whiskers(value, ax, _INK)
    _label_rows(value.labels, ax)
    _upright(value.baseline, ax)


@_marks.register
def _distribution(value: Distribution, ax: Any) -> None:
    left, right = _positions(value.left, ax, time=value.time), _positions(value.right, ax, time=value.time)
    widths = [b - a for a, b in zip(left, right, strict=True)]
    ax.bar(left, value.counts, width=widths, align="edge", color=_ACCENT, edgecolor="white", linewidth=0.5)
    ax.set_ylabel(value.y_title or "rows", parse_math=False)


@_marks.register
def _compare(value: Compare, ax: Any) -> None:
    pairs = list(zip(value.names, (value.first, value.second), (_MUTED, _SECOND), strict=True))
    if value.labels:
        for offset, (name, shares, colour) in zip((-0.2, 0.2), pairs, strict=True):
            places = [place + offset for place in range(len(value.labels))]
            ax.barh(places, shares, height=0.38, color=colour, label=name)
        _label_rows(value.labels, ax)
        ax.set_xlabel("share of rows")
    else:
        edges = _positions((*value.left, value.right[-1]), ax, time=value.time)
        for (name, shares, colour), style in zip(pairs, ("-", "--"), strict=True):
            ax.stairs(shares, edges, fill=True, color=colour, alpha=0.2)
            ax.stairs(shares, edges, color=colour, linewidth=1.8, linestyle=style, label=name)
        ax.set_ylabel(value.y_title or "share of rows", parse_math=False)
    _legend(ax)


@_marks.register
def _lines(value: Lines, ax: Any) -> None:
    x = _positions(value.x, ax, time=value.time)
    for place, line in enumerate(value.lines):
        colour = _SERIES[place % 6]
        look = {"linestyle": _STYLES[place % 6], "marker": _MARKERS[place % 6], "markersize": 4}
        ax.plot(x, line.y, color=colour, linewidth=1.8, label=line.name, **look)
        if line.low:
            ax.fill_between(x, line.low, line.high, color=colour, alpha=0.18, linewidth=0)
    _level(value.baseline, ax)
    if len(value.lines) > 1:
        _legend(ax)


@_marks.register
def _calibration(value: Calibration, ax: Any) -> None:
    ends = value.ends
    ax.set(xlim=ends, ylim=ends)
    ax.plot(ends, ends, color=_QUIET, linestyle="--")
    if value.low:
        ax.vlines(value.predicted, value.low, value.high, color=_ACCENT, linewidth=1.5)
    top = max(value.counts, default=1) or 1
    sizes = [20 + 160 * count / top for count in value.counts] or 45
    ax.scatter(value.predicted, value.observed, s=sizes, color=_ACCENT, zorder=3)
    ax.set_xlabel(value.x_title or "mean prediction", parse_math=False)
    ax.set_ylabel(value.y_title or "observed share", parse_math=False)
    ax.set_aspect("equal", adjustable="box", anchor="W")


@_marks.register
def _intervals(value: Intervals, ax: Any) -> None:
    _whiskers(value, ax, _ACCENT)
    ax.scatter(_finite(value.values), range(len(value.labels)), s=36, color=_ACCENT, zorder=3)
    _label_rows(value.labels, ax)
    _upright(value.baseline, ax)


@_marks.register
def _ranking(value: Ranking, ax: Any) -> None:
    _whiskers(value, ax, _MUTED)
    colours = [_ACCENT if label == value.chosen else _MUTED for label in value.labels]
    ax.scatter(_finite(value.values), range(len(value.labels)), s=50, color=colours, zorder=3)
    _label_rows(value.labels, ax)


@_marks.register
def _matrix(value: Matrix, ax: Any) -> None:
    from matplotlib.patches import Rectangle

    for row, (cells, shades) in enumerate(zip(value.values, value.shades, strict=True)):
        for column, (cell, shade) in enumerate(zip(cells, shades, strict=True)):
            if math.isnan(cell):
                continue
            colour = _SECOND if cell < 0 else _ACCENT
            ax.add_patch(
                Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, color=colour, alpha=0.03 + 0.57 * shade)
            )
            if len(value.columns) <= 14:
                ax.text(column, row, f"{cell:.2g}", ha="center", va="center", fontsize=8, color=_INK)
    names = [_broken(name) for name in value.columns]
    turn = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(range(len(names)), names, parse_math=False, **turn)
    ax.set_xlim(-0.5, max(len(names), 1) - 0.5)
    _label_rows(value.rows, ax)


@_marks.register
def _scatter(value: Scatter, ax: Any) -> None:
    x = _positions(value.x, ax, time=value.time)
    names = list(dict.fromkeys(value.groups)) or [""]
    groups = value.groups or ("",) * len(x)
    for place, name in enumerate(names):
        points = [(a, b) for a, b, group in zip(x, value.y, groups, strict=True) if group == name]
        look = {"color": _SERIES[place % 6], "marker": _MARKERS[place % 6], "label": name}
        ax.scatter([a for a, _ in points], [b for _, b in points], s=22, alpha=0.55, linewidths=0, **look)
    if value.diagonal:
        ax.axline((0.0, 0.0), slope=1.0, color=_QUIET, linestyle="--")
    _level(value.baseline, ax)
    if value.groups:
        _legend(ax)


def _dress(value: Chart, ax: Any) -> None:
    """Give the axes their titles, what stands under the title, and the quiet look of the pages."""
    beneath, look = _beneath(value), {"loc": "left", "color": _INK, "weight": "bold", "fontsize": 11.5}
    ax.set_title("\n".join(_title(value)), parse_math=False, pad=8 + 13 * len(beneath), **look)
    if beneath:
        place = {"xy": (0, 1), "xycoords": "axes fraction", "xytext": (0, 6), "textcoords": "offset points"}
        note = ax.annotate("\n".join(beneath), **place, color=_MUTED, fontsize=9, va="bottom")
        note.set_parse_math(False)
    if value.x_title:
        ax.set_xlabel("\n".join(_x_title(value)), parse_math=False)
    if value.y_title:
        ax.set_ylabel(
            "\n".join(textwrap.wrap(value.y_title, 34, max_lines=2, placeholder="…")), parse_math=False
        )
    ax.spines[["top", "right"]].set_visible(False)
    for spine in ax.spines.values():
        spine.set_color(_COLOURS["rule"])
    ax.tick_params(colors=_MUTED, labelcolor=_INK, length=0)
    ax.xaxis.label.set_color(_MUTED)
    ax.yaxis.label.set_color(_MUTED)
    if isinstance(value, Compare):
        (ax.xaxis if value.labels else ax.yaxis).set_major_formatter("{x:.0%}")
    if not isinstance(value, Matrix):
        ax.grid(axis="x" if _names(value) else "both", color=_COLOURS["rule"], linewidth=0.7)
    ax.set_axisbelow(True)


def _title(value: Chart) -> list[str]:
    return textwrap.wrap(value.title, _room(value, 64, 0.9), max_lines=4, placeholder="…")


def _beneath(value: Chart) -> list[str]:
    return textwrap.wrap(
        form.beneath(value.n, value.note, getattr(value, "outside", 0.0)), _room(value, 90, 1.25)
    )


def _x_title(value: Chart) -> list[str]:
    return textwrap.wrap(value.x_title, _room(value, 80, 1.1), max_lines=3, placeholder="…")


def _room(value: Chart, characters: int, narrower: float) -> int:
    """Return how many characters stand above the plot, which begins to the right of its labels."""
    wide = max((len(line) for name in _names(value) for line in _broken(name).split("\n")), default=0)
    return characters - math.ceil(narrower * wide)


def _broken(label: str) -> str:
    """Return a label in at most two lines, so that it neither runs off nor hides the plot."""
    text = textwrap.shorten(label, _LABEL * _LINES, placeholder="…") if " " in label.strip() else label
    if len(text) > _LABEL * _LINES or not text.strip("…"):
        text = f"{label[: _LABEL * _LINES - 1]}…"
    return "\n".join(textwrap.wrap(text, _LABEL)[:_LINES]) or "(empty)"


def _label_rows(labels: Sequence[str], ax: Any) -> None:
    ax.set_yticks(range(len(labels)), [_broken(label) for label in labels], parse_math=False)
    ax.set_ylim(max(len(labels), 1) - 0.4, -0.6)


def _whiskers(value: Bars | Intervals | Ranking, ax: Any, colour: str) -> None:
    if value.low:
        places = range(len(value.labels))
        ax.hlines(places, _finite(value.low), _finite(value.high), color=colour, linewidth=1.6, zorder=2)


def _upright(at: float | None, ax: Any) -> None:
    if at is not None:
        ax.axvline(at, color=_MUTED, linestyle="--", linewidth=1)


def _level(at: float | None, ax: Any) -> None:
    if at is not None:
        ax.axhline(at, color=_MUTED, linestyle="--", linewidth=1)


def _legend(ax: Any) -> None:
    legend = ax.legend(frameon=False, loc="best", labelcolor=_INK)
    for text in legend.get_texts():
        text.set_text(_broken(text.get_text()))
        text.set_parse_math(False)


def _positions(values: Sequence[float], ax: Any, *, time: bool) -> list[float]:
    """Return where values stand; times become Matplotlib's days, where its calendar reaches."""
    if not time or any(not _FIRST <= value <= _LAST for value in values):
        return list(values)
    from matplotlib import dates as calendar

    dates: Any = calendar  # its functions carry no types
    locator = dates.AutoDateLocator(tz=UTC)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=UTC))
    return [value / _DAY for value in values]


def _finite(values: Sequence[float]) -> list[float]:
    return [value if math.isfinite(value) else math.nan for value in values]
