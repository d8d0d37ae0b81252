"""How a level went over the time of a table: its slope and its largest step, their words and picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.explore.findings.moving import Moving
from interlock.explore.series import SECONDS, Series, Unit, unit_for
from interlock.explore.statistics.estimate import Estimate
from interlock.explore.statistics.long_run import FEWEST, Shift, coefficient, shift
from interlock.report import Line, Lines
from interlock.report.format import number, percent

__all__ = ["YEAR", "Course", "amount", "course", "picture", "size_of", "subject", "worth"]

#: The seconds of a year, on average.
YEAR = SECONDS["year"]
#: Changes are told from this size on, in standard deviations of the rows; of the number of rows, in shares.
_WORTH = 0.1
#: Hours in a day, days in a week; and the years from which on the season of the year is taken out.
_PHASES: dict[Unit, int] = {"hour": 24, "day": 7}
_SEASONAL = 1.25
#: A picture holds so many points at most.
_POINTS = 60
Numbers = NDArray[np.float64]


class Course(NamedTuple):
    """How a level went over time.

    Args:
        series: The periods that were looked at.
        values: One a period, NaN where there is none.
        slope: Per year, beside the season and the step.
        step: Where the level most likely jumps; None where the series is short, or a curve fits it better.
        years: From the first period to the last.
        steady: Whether two years or more are seen, so that a season is not taken for a trend.
    """

    series: Series
    values: Numbers
    slope: Estimate
    step: Shift | None
    years: float
    steady: bool


def course(each: Moving, rate: float) -> Course | None:
    """Return how a level went over time.

    Args:
        each: What is followed.
        rate: A step whose p-value is at most this stands beside the slope.

    Returns:
        None where there are fewer than 20 periods, or nothing moves.
    """
    series, values = each.series(unit_for(each.moments))
    known = np.flatnonzero(~np.isnan(values))
    if len(known) < FEWEST or np.ptp(values[known]) == 0:
        return None
    time = (series.starts[known] - series.starts[known[0]]) / YEAR
    years, level = float(time[-1]), values[known]
    others = _others(time, series.first + known, series.unit)
    step = _step(level, others, time)
    if step is not None and step.size.p <= rate:
        others = np.column_stack([others, np.arange(len(level)) >= step.place])
    if step is not None:
        step = step._replace(place=int(known[step.place]))
    return Course(series, values, coefficient(level, others, time), step, years, years >= 2)


def subject(each: Moving) -> str:
    """Return what is followed as the beginning of a sentence."""
    if each.role == "rows":
        return "The number of rows"
    if each.role == "missing":
        return f"The share of rows without `{each.columns[0]}`"
    kind, _, rest = each.shown.partition(" of ")
    name, equals, label = rest.partition(" = ")
    return f"The {kind} of `{name}`{equals}{label}"


def amount(each: Moving, value: float) -> str:
    """Return a level or a change in the words of what is followed."""
    if each.role == "rows":
        return f"{number(round(value, 1), 3)} rows"
    return percent(value) if each.shown.startswith("share") and 0 <= value <= 1 else number(value, 3)


def size_of(each: Moving, found: Course, change: Estimate) -> float:
    """Return the size of a change: in standard deviations of the rows, or as a share of their number."""
    unit = float(np.nanmean(found.values)) if each.role == "rows" else each.spread
    return abs(change.value) / unit if unit > 0 else 0.0


def worth(each: Moving, found: Course, change: Estimate) -> bool:
    """Whether even the end of the interval that is nearer to nothing is a change worth a sentence."""
    if change.low <= 0 <= change.high or change.value == 0:
        return False
    nearer = min(abs(change.low), abs(change.high)) / abs(change.value)
    return nearer * size_of(each, found, change) >= _WORTH


def picture(each: Moving, found: Course) -> Lines:
    """Return the level over time, neighbouring periods joined where they are many."""
    known = ~np.isnan(found.values)
    group = -(-len(found.values) // _POINTS)
    places = (np.arange(len(found.values)) // group)[known]
    counts = np.bincount(places)
    filled = np.flatnonzero(counts)
    means = np.bincount(places, found.values[known])[filled] / counts[filled]
    starts = found.series.starts[::group][filled]
    unit = found.series.unit
    what = f"rows a {unit}" if each.role == "rows" else each.shown
    return Lines(
        title=f"{what[0].upper()}{what[1:]} over time",
        n=len(each.moments),
        note=f"one point a {unit}" if group == 1 else f"one point every {group} {unit}s",
        x=tuple(map(float, starts)),
        time=True,
        lines=(Line(what, tuple(map(float, means))),),
        x_title="time",
        y_title=what,
    )


def _others(time: Numbers, periods: NDArray[np.int64], unit: Unit) -> Numbers:
    """Return what moves a level in any case: the phase of the day or the week, and the season of the year.

    A season that is left in makes steps, as a table hardly ever ends where it began in the season.
    """
    phases = np.zeros(len(periods), np.int64)
    if unit in _PHASES and len(periods) >= 4 * _PHASES[unit]:
        phases = periods % _PHASES[unit]
    means = (phases[:, None] == np.unique(phases)).astype(np.float64)
    seasonal = time[-1] >= _SEASONAL and unit != "year"
    angles = [2 * np.pi * harmonic * time for harmonic in (1, 2)] if seasonal else []
    return np.column_stack([means, *(wave(angle) for angle in angles for wave in (np.cos, np.sin))])


def _step(level: Numbers, others: Numbers, time: Numbers) -> Shift | None:
    """Return the step, unless a cubic curve, which has as many parameters, explains more."""
    straight = np.column_stack([others, time])
    found = shift(level, straight)
    if found is None:
        return None
    middle = (time - time.mean()) / max(float(np.ptp(time)), 1e-300)
    curved = np.column_stack([straight, middle**2, middle**3])
    return found if found.fit * _left(level, straight) < _left(level, curved) else None


def _left(level: Numbers, columns: Numbers) -> float:
    basis = np.linalg.qr(columns)[0]
    return float(np.sum((level - basis @ (basis.T @ level)) ** 2))
