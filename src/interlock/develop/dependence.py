"""Partial dependence: what a model answers on average as one column takes one value after the other.

All other columns keep their values, so it says what the model has learned, not what happens in the world; and
where columns go together it asks for rows that do not occur.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import MISSING, Coded, Column, Contract
from interlock.develop.candidates import Fitted
from interlock.develop.sample import Sample

__all__ = ["Curve", "Dependence", "dependences"]

Kind = Literal["number", "level", "hour", "weekday"]

_MOST_ROWS = 300
_POINTS = 20
_MOST_LEVELS = 12
_DAY, _MONDAY = 86_400.0, 4 * 86_400.0  # 1970-01-05 was a Monday
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Curve:
    """What is answered along a column.

    Args:
        name: The class; empty where there is one answer.
        mean: The mean answer at each point: the partial dependence.
        low: The 10th percentile of the rows' own answers (individual conditional expectation).
        high: The 90th percentile.
    """

    name: str
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Dependence:
    """How the answers go with one column, or with one part of a time.

    Args:
        column: Its name.
        kind: Whether the points are numbers, levels, or an hour (UTC) or a weekday put into a time.
        points: The numbers; for other kinds 0, 1, 2 …
        labels: What levels, hours and weekdays are called; empty for numbers.
        shares: The share of rows at each point: with that level, hour or weekday, or nearest to that number.
        curves: One, or one a class.
        n: Rows that each point was put into.
    """

    column: str
    kind: Kind
    points: tuple[float, ...]
    labels: tuple[str, ...]
    shares: tuple[float, ...]
    curves: tuple[Curve, ...]
    n: int


class _Grid(NamedTuple):
    """The values to put into one column.

    Args:
        kind: As for `Dependence`.
        points: As for `Dependence`.
        labels: As for `Dependence`.
        shares: As for `Dependence`.
        tables: The rows, once for each point.
    """

    kind: Kind
    points: tuple[float, ...]
    labels: tuple[str, ...]
    shares: tuple[float, ...]
    tables: Iterator[Sample]


def dependences(
    fitted: Fitted,
    rows: Sample,
    contract: Contract,
    columns: Sequence[str],
    *,
    seed: int = 0,
    seconds: float = float("inf"),
) -> tuple[Dependence, ...]:
    """Compute the partial dependence on some columns.

    Args:
        fitted: The model.
        rows: The rows, of which at most 300 are drawn to put values into; points and shares come from all.
        contract: It names the columns and the classes.
        columns: Which, in this order.
        seed: Of the draw.
        seconds: After so many no further column is begun.

    Returns:
        For a number up to 20 of its quantiles; for a category its 12 most frequent levels and missing; for a
        boolean false and true; for a time the hours of the day and the days of the week. A column without two
        different values has none.

    Source:
        Friedman (2001), Greedy function approximation, section 8.2; Goldstein, Kapelner, Bleich and Pitkin
        (2015), individual conditional expectation.
    """
    deadline = time.monotonic() + seconds
    random = np.random.default_rng(seed)
    drawn = rows.take(random.permutation(len(rows))[:_MOST_ROWS])
    found: list[Dependence] = []
    for name in columns:
        if time.monotonic() > deadline:
            break
        for grid in _grids(rows, drawn, contract, name):
            answers = [fitted.predict(table).reshape(len(drawn), -1) for table in grid.tables]
            curves = _curves(np.stack(answers), contract.classes if rows.task == "multiclass" else ("",))
            found.append(Dependence(name, *grid[:4], curves, len(drawn)))
    return tuple(found)


def _curves(answers: NDArray[np.float64], names: Sequence[str]) -> tuple[Curve, ...]:
    """Summarise answers, float64 [points, rows, width]."""
    low, high = np.quantile(answers, [0.1, 0.9], axis=1)
    mean = answers.mean(axis=1)
    return tuple(
        Curve(name, *(tuple(each[:, place].tolist()) for each in (mean, low, high)))
        for place, name in enumerate(names)
    )


def _grids(rows: Sample, drawn: Sample, contract: Contract, name: str) -> Iterator[_Grid]:
    for place, column in enumerate(contract.numbers):
        if column.name == name:
            grids = _of_time if column.type == "timestamp" else _of_numbers
            yield from grids(rows.numbers[:, place], drawn, place, column)
    for place, column in enumerate(contract.strings):
        if column.name == name and column.type == "category":
            yield from _of_levels(rows.strings[place], drawn, place)


def _of_numbers(values: NDArray[np.float64], drawn: Sample, place: int, column: Column) -> Iterator[_Grid]:
    known = values[np.isfinite(values)]
    whole = column.type in ("integer", "boolean")
    quantiles = np.quantile(known, np.linspace(0.02, 0.98, _POINTS)) if len(known) else known
    seen = np.unique(known)
    points = seen if len(seen) <= _POINTS else np.unique(np.round(quantiles) if whole else quantiles)
    if len(points) < 2:
        return
    middles = (points[1:] + points[:-1]) / 2
    shares = np.bincount(np.searchsorted(middles, known), minlength=len(points)) / len(values)
    tables = (_with_numbers(drawn, place, np.full(len(drawn), point)) for point in points)
    if column.type == "boolean":
        names = tuple("true" if point >= 0.5 else "false" for point in points)
        yield _Grid("level", (0.0, 1.0), names, tuple(shares.tolist()), tables)
    else:
        yield _Grid("number", tuple(points.tolist()), (), tuple(shares.tolist()), tables)


def _of_time(values: NDArray[np.float64], drawn: Sample, place: int, _: Column) -> Iterator[_Grid]:
    """Put each hour, and each day of the week, into the rows' own times."""
    known = values[np.isfinite(values)]
    own = drawn.numbers[:, place]
    hours, days = (known % _DAY) // 3600, ((known - _MONDAY) // _DAY) % 7
    if len(np.unique(hours)) > 1:
        within = own - (own % _DAY) + own % 3600
        tables = (_with_numbers(drawn, place, within + hour * 3600) for hour in range(24))
        yield _Grid("hour", *_counted(hours, [f"{hour:02d}" for hour in range(24)], len(values)), tables)
    if len(np.unique(days)) > 1:
        monday = own - ((own - _MONDAY) // _DAY % 7) * _DAY
        tables = (_with_numbers(drawn, place, monday + day * _DAY) for day in range(7))
        yield _Grid("weekday", *_counted(days, _WEEKDAYS, len(values)), tables)


def _counted(
    parts: NDArray[np.float64], labels: Sequence[str], n: int
) -> tuple[tuple[float, ...], tuple[str, ...], tuple[float, ...]]:
    counts = np.bincount(parts.astype(np.intp), minlength=len(labels)) / max(1, n)
    return tuple(map(float, range(len(labels)))), tuple(labels), tuple(counts.tolist())


def _of_levels(column: Coded, drawn: Sample, place: int) -> Iterator[_Grid]:
    counts = np.bincount(column.codes, minlength=len(column.levels))
    order = [int(code) for code in np.argsort(-counts, kind="stable") if counts[code]]
    named = [code for code in order if column.levels[code] != MISSING][:_MOST_LEVELS]
    codes = named + [code for code in order if column.levels[code] == MISSING]
    if len(codes) < 2:
        return
    labels = [_named(str(column.levels[code])) for code in codes]
    shares = tuple((counts[codes] / len(column.codes)).tolist())
    tables = (_with_level(drawn, place, column.levels[code]) for code in codes)
    yield _Grid("level", tuple(map(float, range(len(codes)))), tuple(labels), shares, tables)


def _named(level: str) -> str:
    return {MISSING: "(missing)", "": "(empty)"}.get(level, level)


def _with_numbers(drawn: Sample, place: int, values: NDArray[np.float64]) -> Sample:
    numbers = drawn.numbers.copy()
    numbers[:, place] = values
    return replace(drawn, numbers=numbers)


def _with_level(drawn: Sample, place: int, level: str) -> Sample:
    strings = list(drawn.strings)
    strings[place] = Coded(np.zeros(len(drawn), np.int32), np.array([level], object))
    return replace(drawn, strings=tuple(strings))
