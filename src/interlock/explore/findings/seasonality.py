"""Seasons: the hour of the day, the day of the week, the month of the year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from interlock.explore.findings.course import amount
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.findings.moving import Moving
from interlock.explore.series import MONTHS, SECONDS, WEEKDAYS, Unit, usual_step
from interlock.explore.statistics.cycle import Cycle, cycle
from interlock.report import Line, Lines
from interlock.report.format import count, percent

__all__ = ["SEASONS", "Season", "season_finding", "seasons"]


class Season(NamedTuple):
    """A cycle of the calendar or the clock.

    Args:
        name: Such as `hour of the day`.
        unit: One phase.
        labels: One a phase.
        offset: The phase of the first period of 1970.
        cycles: How many must be seen.
        cycle: What one turn is called.
    """

    name: str
    unit: Unit
    labels: tuple[str, ...]
    offset: int
    cycles: int
    cycle: str


SEASONS = (
    Season("hour of the day", "hour", tuple(f"{hour}:00" for hour in range(24)), 0, 14, "days"),
    Season("day of the week", "day", WEEKDAYS, 3, 8, "weeks"),
    Season("month of the year", "month", MONTHS, 0, 3, "years"),
)
#: A season is told when its phases differ by so many standard deviations of the rows (Cohen's small f), and
#: explain so much of what moves from period to period.
_WORTH, _EXPLAINED = 0.1, 0.02


def seasons(each: Moving) -> Iterator[tuple[Season, Cycle]]:
    """Yield the cycles that the time of the rows is long enough for.

    Args:
        each: What is followed; rows that come every so often say nothing of what is between them.
    """
    step = usual_step(each.moments)
    for season in SEASONS:
        if step >= 2 * SECONDS[season.unit]:
            continue
        series, values = each.series(season.unit)
        skipped = -(series.first + season.offset) % len(season.labels)
        if (len(values) - skipped) // len(season.labels) < season.cycles:
            continue
        found = cycle(values[skipped:], len(season.labels))
        if found is not None:
            yield season, found


def season_finding(each: Moving, season: Season, found: Cycle) -> Finding | None:
    """Return the finding that a level follows the clock or the calendar, where that is worth a sentence.

    Args:
        each: What is followed.
        season: Which cycle.
        found: How the level moves in it.

    Returns:
        None where the swing is small beside the spread of the rows, or its interval holds none.
    """
    unit = float(np.nanmean(found.means)) if each.role == "rows" else each.spread
    small = unit <= 0 or float(np.nanstd(found.means)) < _WORTH * unit
    if small or found.swing.low <= 0 or found.share < _EXPLAINED:
        return None
    rows = "counts" if each.role == "rows" else "means"
    method = (
        f"{season.unit} {rows} over {count(found.swing.n)} {season.cycle} of {each.note}, free of trend; "
        "harmonics against neighbouring frequencies (F test); highest less lowest, interval for all pairs at "
        "once (Bonferroni)"
    )
    weight = 0.3 if each.role == "target" else 0.1
    severity, sentence = weight + 0.5 * weight * found.share, _sentence(each, season, found)
    shown = _picture(each, season, found)
    return finding("seasonality", each.columns, sentence, found.swing, method, severity, shown)


def _named(each: Moving, season: Season) -> str:
    """Return the season's name, with the zone of the clocks where somebody named it and it matters."""
    return f"{season.name} ({each.zone})" if each.zone and season.unit != "month" else season.name


def _sentence(each: Moving, season: Season, found: Cycle) -> str:
    what = "The number of rows" if each.role == "rows" else f"`{each.columns[0]}`"
    on = {"hour": "at", "day": "on", "month": "in"}[season.unit]
    high, low = (season.labels[place] for place in (found.highest, found.lowest))
    floor = 0.0 if each.role == "rows" else -np.inf  # what is free of trend may lie just below none
    top, bottom = (amount(each, max(float(found.means[at]), floor)) for at in (found.highest, found.lowest))
    return (
        f"{what} follows the {_named(each, season)}: highest {on} {high} ({top} on average), "
        f"lowest {on} {low} ({bottom}); it explains {percent(found.share)} "
        f"of the variation between {season.unit}s."
    )


def _picture(each: Moving, season: Season, found: Cycle) -> Lines:
    what = f"rows a {season.unit}" if each.role == "rows" else each.shown
    shown = np.flatnonzero(np.isfinite(found.high))  # a phase seen but once has no interval
    ends = [tuple(map(float, side[shown])) for side in (found.means, found.low, found.high)]
    first = {"hour": 0, "day": 1, "month": 1}[season.unit]
    return Lines(
        title=f"{what[0].upper()}{what[1:]} by {season.name}",
        n=len(each.moments),
        note=f"95 % intervals over {count(found.swing.n)} {season.cycle}",
        x=tuple(float(place + first) for place in shown),
        lines=(Line(what, *ends),),
        x_title=_named(each, season) + (" (1 is Monday)" if season.unit == "day" else ""),
        y_title=what,
    )
