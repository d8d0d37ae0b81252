"""The section of a development's page on accuracy against latency."""

from __future__ import annotations

from interlock.develop.development import Development, Tried
from interlock.report import Scatter, Section, figure, join, table
from interlock.report.format import number

__all__ = ["latency_chart", "latency_sections"]

_BASELINE = "baseline"
_FRONT, _BEATEN = "Pareto front", "beaten in both"
_CAPTION = "Each point is one trial or blend. Nothing that was tried beats the Pareto front in both."


def latency_sections(development: Development) -> list[Section]:
    """Return the section, or none where nothing is known of the trials."""
    if not development.tried:
        return []
    header = ["on the Pareto front", "setting", development.best.score.metric, "µs a row", "kB"]
    rows = [_row(each) for each in development.tried if each.front]
    body = join(
        figure(latency_chart(development), _CAPTION + _left_out(development)),
        table(header, rows, align="llrrr"),
    )
    return [Section("Accuracy against latency", body)]


def latency_chart(development: Development) -> Scatter:
    """Return one point a trial; the baseline is left out, since beside it all others are one point."""
    learned = [each for each in development.tried if each.name != _BASELINE]
    shown = learned or list(development.tried)
    metric = development.best.score.metric
    return Scatter(
        title=f"{metric} against the time of one row",
        n=len(shown),
        x_title="µs a row",
        y_title=metric,
        x=tuple(1e6 * each.latency for each in shown),
        y=tuple(each.value for each in shown),
        groups=tuple(_FRONT if each.front else _BEATEN for each in shown),
    )


def _left_out(development: Development) -> str:
    """Say where the baseline would be."""
    found = next((each for each in development.tried if each.name == _BASELINE), None)
    if found is None or len(development.tried) == 1:
        return ""
    metric = development.best.score.metric
    return (
        f" The baseline is not drawn: {metric} {number(found.value)} in {number(1e6 * found.latency, 3)} µs."
    )


def _row(each: Tried) -> list[str | float]:
    cost = (number(1e6 * each.latency, 3), number(each.size / 1e3, 3))
    return [each.name, each.setting, number(each.value), *cost]
