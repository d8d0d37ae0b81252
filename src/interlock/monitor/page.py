"""The monitor's report: one HTML page, what matters first."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from interlock.monitor.monitoring import Alarm, Family, Feature, Monitoring, Period
from interlock.report import (
    Chart,
    Compare,
    Intervals,
    Line,
    Lines,
    Section,
    bullets,
    details,
    facts,
    figure,
    join,
    page,
    paragraph,
    table,
    tag,
)
from interlock.report.format import moment, number, percent

__all__ = ["document", "overview"]

_DRAWN = 6
_SLICES = 20
_SIDES = "lllrr"


def document(result: Monitoring) -> str:
    """Return the report as one HTML document that needs no network.

    Args:
        result: What the monitor found.
    """
    span = f"{_moment(result.first)} to {_moment(result.last)} UTC"
    sections = [
        Section("In short", join(_facts(result), _alarms(result))),
        Section("What moved", join(_drift_table(result), _history(result)), note=_METHOD),
        Section("Then and now", _pictures(result), note="The inputs that moved most, and the predictions."),
        Section("Performance", _performance(result), note=_OUTCOMES),
        Section("Slices", _slices(result), note=_SLICE_NOTE),
        Section("The account", _account(result), note="received = logged + sampled out + dropped"),
    ]
    footer = f"release {result.release}, contract {result.contract}, this result {result.digest}"
    return page(f"{result.name}: monitoring", f"{result.summary}. {span}.", sections, footer=footer)


def overview(result: Monitoring) -> str:
    """Return the alarms as HTML, for a notebook."""
    return str(join(paragraph(result.summary), _alarms(result)))


_METHOD = (
    "Distances between the release's profile and the traffic: Kolmogorov-Smirnov for numbers, total "
    "variation for categories, Cohen's h for shares. An alarm needs a size of at least 1 (its distance "
    "reaches the floor) and a chance below its share of the budget."
)
_OUTCOMES = "Where the outcome has arrived. Intervals at 95 %, by day where there are at least 20 days."
_SLICE_NOTE = "By the levels of the categories, beside the same slice on the holdout, the worst first."


def _facts(result: Monitoring) -> Markup:
    return facts(
        [
            ("rows", result.rows),
            ("outcomes arrived", percent(result.arrived / result.rows)),
            ("alarms", len(result.alarms)),
            ("of comparisons", sum(map(len, result.comparisons.values()))),
            ("requests that can be read", percent(result.account.coverage)),
        ]
    )


def _alarms(result: Monitoring) -> Markup:
    if not result.alarms:
        return paragraph("Calm: nothing moved further than chance and the floors allow.")
    lines = [_line(tag("alarm", "bad"), alarm) for alarm in _grouped(result.alarms)]
    return join(
        _comparisons(lines),
        paragraph(
            "Size is in units of the smallest that is worth an alarm. The chance of any false alarm in this "
            f"run is at most {percent(result.budget)}, a quarter for each of four families of comparisons.",
            small=True,
        ),
        bullets(result.notes),
    )


def _grouped(alarms: Sequence[Alarm]) -> list[Alarm]:
    """Tell together what moved by the same amount, such as the columns of one source that went silent."""
    groups: dict[tuple[str, str], list[Alarm]] = {}
    for alarm in alarms:
        told = alarm.sentence.removeprefix(f"{alarm.subject}: ")
        groups.setdefault((alarm.scope, told), []).append(alarm)
    return [
        found[0]._replace(sentence=f"{', '.join(each.subject for each in found)}: {told}")
        if found[1:]
        else found[0]
        for (_, told), found in groups.items()
    ]


def _drift_table(result: Monitoring) -> Markup:
    """List what is large, of all rows and of the latest period, and fold away what stayed calm."""
    families: tuple[Family, ...] = ("inputs", "answers")
    told = sorted(
        (
            (each, _state(each.size, each.chance, result.levels[family]))
            for family in families
            for each in result.comparisons[family]
        ),
        key=lambda each: -each[0].size,
    )
    large = [_line(state, each) for each, state in told if each.size >= 1]
    calm = [_line(state, each) for each, state in told if each.size < 1 and each.scope == "all rows"]
    return join(
        _comparisons(large) if large else paragraph("Nothing is as large as an alarm needs."),
        details(f"{len(calm)} more, each smaller than an alarm needs", _comparisons(calm)),
    )


def _comparisons(lines: Sequence[tuple[str, ...]]) -> Markup:
    return table(["", "where", "what moved", "size", "chance"], lines, _SIDES)


def _line(state: Markup, found: Alarm) -> tuple[str, ...]:
    return state, found.scope, found.sentence, _short(found.size), _chance(found.chance)


def _state(size: float, chance: float | None, level: float) -> Markup:
    if chance is None:
        return tag("not measured then")
    if size < 1:
        return tag("calm")
    return tag("alarm", "bad") if chance <= level else tag("within chance", "warn")


def _everything(result: Monitoring) -> tuple[Feature, ...]:
    return (result.prediction, *result.features)


def _history(result: Monitoring) -> Markup:
    """Draw the distance of each period from the release, for what moved most."""
    drawn = [each for each in _everything(result) if any(value is not None for value in each.history)]
    moved = sorted(drawn, key=lambda each: -max(value or 0.0 for value in each.history))[:_DRAWN]
    if len(result.periods) < 2 or not moved:
        return Markup()
    lines = tuple(Line(each.column, tuple(_known(value) for value in each.history)) for each in moved)
    chart = Lines(
        title=f"Distance from the release, by {result.unit}",
        n=result.rows,
        x=_starts(result.periods),
        time=True,
        lines=lines,
        y_title="distance",
        baseline=result.prediction.shifts[0].floor if result.prediction.shifts else None,
    )
    return figure(chart, "Dashed: the smallest distance worth an alarm.")


def _pictures(result: Monitoring) -> Markup:
    return join(
        *(
            figure(chart, caption)
            for each in _everything(result)[: _DRAWN + 1]
            for chart, caption in _picture(each)
        )
    )


def _picture(feature: Feature) -> list[tuple[Chart, str]]:
    if feature.shape is None or not feature.shifts:
        return []
    first = feature.shifts[0]
    chart = Compare(
        title=feature.column,
        n=first.n,
        x_title="" if feature.shape.labels else feature.unit,
        left=feature.shape.left,
        right=feature.shape.right,
        labels=feature.shape.labels,
        first=feature.shape.then,
        second=feature.shape.now,
        names=("release", "traffic"),
        note=f"{first.n_then:,} rows then",
    )
    return [(chart, f"{first.sentence}. Distance {number(first.effect, 2)}.")]


def _performance(result: Monitoring) -> Markup:
    if not result.performance:
        return paragraph("Too few outcomes have arrived to measure performance.")
    changes = [*result.performance, *result.latest]
    rows = [
        (
            _state(each.size, each.chance, result.levels["performance"]),
            each.part or "all rows",
            each.sentence,
            each.n,
            _short(each.worse),
            _chance(each.chance),
        )
        for each in changes
    ]
    return join(
        table(["", "where", "metric", "rows", "worse by", "chance"], rows, "lllrrr"),
        _over_time(result),
        _shares(result),
    )


def _over_time(result: Monitoring) -> Markup:
    shown = [period for period in result.periods if period.value is not None]
    if len(shown) < 2:
        return Markup()
    line = Line("traffic", *(_column(shown, name) for name in ("value", "low", "high")))
    chart = Lines(
        title=f"{result.headline} by {result.unit}",
        n=sum(period.arrived for period in shown),
        x=_starts(shown),
        time=True,
        lines=(line,),
        y_title=result.headline,
        baseline=result.performance[0].then,
        note="95 % intervals",
    )
    return figure(chart, "Dashed: on the holdout.")


def _shares(result: Monitoring) -> Markup:
    shown = [period for period in result.periods if period.predicted is not None]
    calibration = Markup()
    if len(shown) > 1:
        lines = tuple(Line(name, _column(shown, name)) for name in ("predicted", "observed"))
        chart = Lines(
            title=f"Mean prediction and mean outcome by {result.unit}",
            x=_starts(shown),
            time=True,
            lines=lines,
            n=sum(period.arrived for period in shown),
        )
        calibration = figure(chart, "Over the rows whose outcome has arrived.")
    rows = [(period.name, period.rows, percent(period.arrived / period.rows)) for period in result.periods]
    return join(calibration, table([result.unit, "rows", "outcomes arrived"], rows, "lrr"))


def _slices(result: Monitoring) -> Markup:
    shown = result.slices[:_SLICES]
    if not shown:
        return paragraph("No slice has enough outcomes yet.")
    chart = Intervals(
        title=f"{result.headline} of the worst slices",
        labels=tuple(each.part for each in shown),
        values=tuple(each.value for each in shown),
        low=tuple(each.low for each in shown),
        high=tuple(each.high for each in shown),
        counts=tuple(each.n for each in shown),
        baseline=result.performance[0].value if result.performance else None,
        n=sum(each.n for each in shown),
        note="95 % intervals, each for itself",
    )
    rows = [
        (
            _state(each.size, each.chance, result.levels["slices"]),
            each.part,
            each.n,
            _short(each.value),
            _short(each.then),
            _short(each.worse),
            _chance(each.chance),
        )
        for each in shown
    ]
    return join(
        figure(chart, "Dashed: all rows. How much worse than on the holdout orders them."),
        table(["", "slice", "rows", "now", "holdout", "worse by", "chance"], rows, "llrrrrr"),
    )


def _account(result: Monitoring) -> Markup:
    account = result.account
    lost = f"; {account.waiting:,} waiting in memory or lost with a killed process" if account.waiting else ""
    return join(
        facts(
            [
                ("received", account.received),
                ("logged", account.logged),
                ("sampled out", account.sampled_out),
                ("dropped", account.dropped),
                ("refused", account.rejected),
                ("torn segments", account.torn),
            ]
        ),
        paragraph(
            f"The account {'balances' if account.balanced else 'does not balance'}{lost}. "
            f"{account.writers} processes wrote, {account.unclosed} of them still run or were killed; "
            f"at most {number(account.flush_seconds)} s of requests wait in memory."
        ),
        bullets(result.notes),
    )


def _chance(chance: float | None) -> str:
    if chance is None:
        return "–"
    return "< 1e-9" if chance < 1e-9 else number(chance, 2)


def _short(value: float | None) -> str:
    return "–" if value is None else number(value, 3)


def _moment(seconds: float | None) -> str:
    return "unknown" if seconds is None else moment(seconds)


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def _starts(periods: Sequence[Period]) -> tuple[float, ...]:
    return tuple(period.start for period in periods)


def _column(periods: Sequence[Period], name: str) -> tuple[float, ...]:
    return tuple(_known(getattr(period, name)) for period in periods)
