"""The page of a development: who won, by how much, and what it costs to serve."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from interlock.atomic import write_atomically
from interlock.develop.development import Development, Result
from interlock.develop.explained_section import explained_sections
from interlock.develop.latency_section import latency_sections
from interlock.report import Intervals, Ranking, Section, bullets, facts, figure, join, page, paragraph, table
from interlock.report.format import interval, number

_MOST_COLUMNS = 20
_SHUFFLED = "Columns that say the same share their worth: each of them alone may look worthless."

__all__ = ["leaderboard", "render", "write"]


def write(development: Development, path: str | Path) -> Path:
    """Write the page and return its path."""
    return write_atomically(path, render(development))


def render(development: Development) -> str:
    """Return the page as HTML."""
    best, last = development.best, development.leaderboard[-1]
    others = "" if last is best else f"; that of {last.name} is {number(last.score.value)}"
    count = len(development.leaderboard)
    lead = (
        f"{best.name} predicts “{development.target}” best of {count} candidate{'s' if count > 1 else ''}. "
        f"Its {best.score.metric} is {number(best.score.value)}{others}."
    )
    footer = f"model {development.digest} · contract {development.contract} · seed {development.seed}"
    return page(f"{development.name}: model development", lead, _sections(development), footer=footer)


def leaderboard(development: Development) -> Markup:
    """Return the leaderboard as an HTML table."""
    first, *others = (score.metric for score in development.best.scores)
    header = [
        "candidate",
        f"{first} (95 % interval)",
        *others,
        f"behind, in {_unit(development)}",
        "µs a row",
        "kB",
        "fit, s",
    ]
    rows = [_row(result, winner=result.name == development.winner) for result in development.leaderboard]
    return table(header, rows, align="l" + "r" * (len(header) - 1))


def _row(result: Result, *, winner: bool) -> list[str | float]:
    behind = "" if winner else number(result.behind.value, 3)
    return [
        result.name,
        f"{number(result.score.value)} ({interval(result.score.low, result.score.high)})",
        *(number(score.value) for score in result.scores[1:]),
        behind,
        number(1e6 * result.latency, 3),
        number(result.size / 1e3, 3),
        f"{result.seconds:.1f}",
    ]


def _sections(development: Development) -> list[Section]:
    notes = [Section("What to know", bullets(development.notes))] if development.notes else []
    return [
        Section("The winner", _headline(development)),
        *notes,
        Section("The candidates", _candidates(development), note=f"Compared on {development.split}."),
        *_declared(development),
        *latency_sections(development),
        Section("What the winner uses", _importances(development), note=_SHUFFLED),
        *explained_sections(development),
        Section("The compiled model", _compiled(development)),
    ]


def _declared(development: Development) -> list[Section]:
    if not development.declared:
        return []
    return [
        Section("Declared features", table(["feature", "SQL"], [list(each) for each in development.declared]))
    ]


def _headline(development: Development) -> Markup:
    best = development.best
    return facts(
        [
            ("winner", best.name),
            *((score.metric, number(score.value)) for score in best.scores),
            *([("calibration", str(development.calibration))] if development.task != "regression" else []),
            ("one row", f"{1e6 * development.latency:.0f} µs"),
            ("size", f"{len(development.model) / 1e3:,.0f} kB"),
        ]
    )


def _candidates(development: Development) -> Markup:
    said = [_said(result) for result in development.leaderboard]
    chart = _distance(development) if len(development.leaderboard) > 1 else Markup()
    return join(leaderboard(development), chart, bullets(said))


def _distance(development: Development) -> Markup:
    """Draw the paired distances: the candidates' own intervals overlap even where one is surely better."""
    best, *others = development.leaderboard
    loss = _unit(development)
    chart = Intervals(
        title=f"Extra {loss} against {best.name}",
        n=best.score.n,
        x_title=f"extra {loss} of a row",
        labels=tuple(result.name for result in others),
        values=tuple(result.behind.value for result in others),
        low=tuple(result.behind.low for result in others),
        high=tuple(result.behind.high for result in others),
        baseline=0.0,
    )
    score = best.score
    units = "" if score.units == score.n else f", in {score.units:,} independent days or groups"
    return figure(
        chart,
        f"How much more {loss} a row has than with {best.name}: paired, with 95 % intervals, on the "
        f"{score.n:,} rows held back{units}.{_decided(development)}",
    )


def _decided(development: Development) -> str:
    """Say which score put the candidates in order, where the distance is in another."""
    metric, unit = development.best.score.metric, _unit(development)
    own = {"RMSE": "squared error", "mean absolute error": "absolute error", "accuracy": "error rate"}
    if own.get(metric, metric) == unit:
        return ""
    return (
        f" The {metric} decides, which is no mean over rows; so who is behind in it may be ahead in {unit}."
    )


def _unit(development: Development) -> str:
    """Return what the distance to the winner is measured in."""
    return development.best.behind.unit or _loss(development)


def _said(result: Result) -> str:
    rounds = f", {result.rounds:,} rounds" if result.rounds else ""
    chosen = f"; chosen: {result.setting}{rounds}" if result.setting else ""
    return f"{result.name}: {result.description}{chosen}"


def _loss(development: Development) -> str:
    return "squared error" if development.task == "regression" else "log loss"


def _importances(development: Development) -> Markup:
    shown = development.importances[:_MOST_COLUMNS]
    loss = _loss(development)
    chart = Ranking(
        title="Extra loss once a column is shuffled",
        n=shown[0].n,
        x_title=f"extra {loss} of a row",
        labels=tuple(each.column for each in shown),
        values=tuple(each.value for each in shown),
        low=tuple(each.low for each in shown),
        high=tuple(each.high for each in shown),
    )
    caption = (
        f"Mean extra {loss} over {shown[0].repeats} shuffles with its paired 95 % interval of rows and "
        f"shuffles, on {shown[0].n:,} rows held back."
    )
    left = len(development.importances) - len(shown)
    return join(
        figure(chart, caption), paragraph(f"{left} columns of less worth are not shown.") if left else ""
    )


def _compiled(development: Development) -> Markup:
    rows, parity = development.rows, development.parity
    kind = "relative difference" if development.task == "regression" else "difference of a probability"
    return table(
        ["what", "figure"],
        [
            ["wall time of the development", f"{development.seconds:.0f} s"],
            ["rows of the table", f"{rows.total:,}"],
            ["rejected by the contract", f"{rows.rejected:,}"],
            ["without a target", f"{rows.unlabelled:,}"],
            ["learned from", f"{rows.learned + rows.compared:,}"],
            [f"largest {kind}, ONNX against Python", f"{parity.largest:.2g}"],
            ["allowed", f"{parity.tolerance:.0g}"],
            ["hostile rows compared in batch", f"{parity.rows:,}"],
            ["of them also one at a time", f"{parity.single:,}"],
        ],
        align="lr",
    )
