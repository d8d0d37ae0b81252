"""The part of a development's page that explains: partial dependence, and how far columns move scores."""

from __future__ import annotations

import math

from markupsafe import Markup

from interlock.contract.model import Task
from interlock.develop.contributions import Reach
from interlock.develop.dependence import Curve, Dependence
from interlock.develop.development import Development
from interlock.release.explanation import Explanation
from interlock.report import Bars, Chart, Line, Lines, Section, figure, join

__all__ = ["curve_chart", "explained_sections", "reach_chart"]

_MOST_COLUMNS = 20
_MOST_CLASSES = 6
_PARTS = {"hour": "hour of {}, UTC", "weekday": "weekday of {}, UTC"}
_DEPENDENCE = (
    "All other columns keep their values, so this says what the model has learned, not what happens in the "
    "world; where columns go together it asks for rows that do not occur."
)
_REACH = (
    "Exact Shapley values of the compiled model, as the service gives with ?explain=3: they add up "
    "to each row's score."
)


def explained_sections(development: Development) -> list[Section]:
    """Return the sections; none where nothing was measured."""
    sections = []
    if development.reach:
        unit = Explanation.from_bytes(development.explanation).unit
        chart = reach_chart(development.reach, unit)
        caption = f"Mean size of the contribution of each column to {chart.n:,} rows held back."
        sections.append(Section("What moves its scores", figure(chart, caption), note=_REACH))
    if development.dependences:
        drawn = join(*(_drawn(each, development.task) for each in development.dependences))
        sections.append(Section("How its answers go with a column", drawn, note=_DEPENDENCE))
    return sections


def reach_chart(reach: tuple[Reach, ...], unit: str) -> Bars:
    """Draw how far columns move scores, the farthest first."""
    shown = reach[:_MOST_COLUMNS]
    return Bars(
        title="How far each column moves a score",
        n=shown[0].n,
        x_title=f"mean size of its contribution, {unit}",
        labels=tuple(each.column for each in shown),
        values=tuple(each.value for each in shown),
    )


def curve_chart(found: Dependence, task: Task) -> Chart:
    """Draw the mean answers along a column, with the middle 80 % of the rows' own answers."""
    title = _PARTS.get(found.kind, "{}").format(found.column)
    answer = "mean prediction" if task == "regression" else "mean probability"
    if found.labels and len(found.curves) == 1:
        curve = found.curves[0]
        return Bars(
            title=f"Mean prediction by {title}",
            n=found.n,
            x_title=answer,
            labels=tuple(
                f"{label} ({share:.1%})" for label, share in zip(found.labels, found.shares, strict=True)
            ),
            values=curve.mean,
            low=curve.low,
            high=curve.high,
            note="whiskers: the middle 80 % of the rows' own predictions; in brackets: share of rows",
        )
    return Lines(
        title=f"Mean prediction along {title}",
        n=found.n,
        x=found.points,
        x_title=title if not found.labels else f"{title}: {', '.join(found.labels)}",
        y_title=answer,
        lines=tuple(_line(curve, several=len(found.curves) > 1) for curve in found.curves[:_MOST_CLASSES]),
        note="" if len(found.curves) > 1 else "band: the middle 80 % of the rows' own predictions",
    )


def _line(curve: Curve, *, several: bool) -> Line:
    return Line(curve.name or "mean", curve.mean, *(() if several else (curve.low, curve.high)))


def _drawn(found: Dependence, task: Task) -> Markup:
    return figure(curve_chart(found, task), _caption(found))


def _caption(found: Dependence) -> str:
    """Say where the rows are, so that nobody reads a curve where there are none."""
    return f"{found.n:,} rows held back, each with every value put in. {_spread(found)}"


def _spread(found: Dependence) -> str:
    if found.labels:
        few = [label for label, share in zip(found.labels, found.shares, strict=True) if share < 0.01]
        return f"Under 1 % of the rows each: {', '.join(few)}." if few else ""
    known = math.fsum(found.shares)
    said = f"The points are where the rows are: {len(found.points)} of their quantiles or values"
    return f"{said}; {1 - known:.1%} have no value." if known < 1 - 1e-9 else f"{said}."
