"""Timestamps as parts of the calendar: minute of the day, day of the week, day of the season.

The time itself never becomes a feature: a model that learned it as a trend would be wrong from the first day
in service on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.develop.emit.graph import Graph

__all__ = ["FURTHEST", "YEAR", "Calendar", "Part", "PartName", "part"]

_DAY = 86_400.0
#: The mean Gregorian year, in seconds.
YEAR = 365.2425 * _DAY
#: Seconds beyond which a time is read as missing: 12,000 years on either side of 1970.
FURTHEST = 4e11
_HARMONICS = (1, 2)

PartName = Literal["minute_of_day", "day_of_week", "day_of_season"]


class Part(NamedTuple):
    """One part of the calendar: floor((seconds + offset) / unit) modulo period.

    Args:
        name: What it is called.
        offset: Seconds added first, so that weeks begin on Monday.
        unit: Seconds in one step.
        period: Steps until it begins again.
    """

    name: PartName
    offset: float
    unit: float
    period: float


PARTS = (
    Part("minute_of_day", 0.0, 60.0, 1440.0),
    Part("day_of_week", 3 * _DAY, _DAY, 7.0),  # 1970-01-01 was a Thursday; Monday is 0
    Part("day_of_season", 0.0, _DAY, 365.2425),  # within a day and a half of the day of the year
)


@dataclass(frozen=True)
class Calendar:
    """Parts of some timestamp columns.

    Args:
        columns: For each feature the column of the numeric tensor that it reads.
        parts: For each feature its name in `PARTS`.
        cyclic: False gives the parts themselves, for trees; True gives sine and cosine of the first two
            harmonics, for a linear model, and 0 for a missing time.

    Example:
        >>> import numpy as np
        >>> Calendar((0, 0), ("minute_of_day", "day_of_week")).transform(np.array([[90_000.0]]))
        array([[60.,  4.]])
    """

    columns: tuple[int, ...]
    parts: tuple[PartName, ...]
    cyclic: bool = False

    @classmethod
    def fit(cls, numbers: NDArray[np.float64], columns: tuple[int, ...], *, cyclic: bool) -> Calendar:
        """Choose the parts: the season only where a column spans at least a year.

        Args:
            numbers: The numeric tensor [n, k]; seconds since 1970 in the timestamp columns.
            columns: The timestamp columns.
            cyclic: As for the class.
        """
        chosen = [(column, name) for column in columns for name in _worthwhile(numbers[:, column])]
        return cls(tuple(column for column, _ in chosen), tuple(name for _, name in chosen), cyclic)

    @property
    def width(self) -> int:
        """How many features it gives."""
        return len(self.parts) * (2 * len(_HARMONICS) if self.cyclic else 1)

    @property
    def sources(self) -> tuple[int, ...]:
        """The column of the numeric tensor that each feature tells of."""
        return self.columns * (2 * len(_HARMONICS) if self.cyclic else 1)

    def transform(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Compute the features.

        Args:
            numbers: The numeric tensor [n, k].

        Returns:
            float64 [n, width].
        """
        seconds = numbers[:, list(self.columns)]
        seconds = np.where(np.abs(seconds) > FURTHEST, np.nan, seconds)
        offset, unit, period = self._constants()
        steps = np.floor((seconds + offset) / unit)
        parts = steps - period * np.floor(steps / period)
        if not self.cyclic:
            return parts
        angles = np.concatenate([parts * speed for speed in self._speeds()], axis=1)
        waves = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
        return np.where(np.isnan(waves), 0.0, waves)

    def emit(self, graph: Graph) -> str:
        """Add the same computation to a graph and return its tensor, double [n, width]."""
        seconds = graph.columns(graph.numbers, self.columns)
        seconds = graph.node(
            "Where",
            graph.node("Greater", graph.node("Abs", seconds), graph.constant(np.array(FURTHEST))),
            graph.constant(np.array(np.nan)),
            seconds,
        )
        offset, unit, period = (graph.constant(values) for values in self._constants())
        steps = graph.node("Floor", graph.node("Div", graph.node("Add", seconds, offset), unit))
        turns = graph.node("Floor", graph.node("Div", steps, period))
        parts = graph.node("Sub", steps, graph.node("Mul", period, turns))
        return self._emit_waves(graph, parts) if self.cyclic else parts

    def _emit_waves(self, graph: Graph, parts: str) -> str:
        angles = [graph.node("Mul", parts, graph.constant(speed)) for speed in self._speeds()]
        angle = graph.node("Concat", *angles, axis=1)
        waves = graph.node("Concat", graph.node("Sin", angle), graph.node("Cos", angle), axis=1)
        return graph.node("Where", graph.node("IsNaN", waves), graph.constant(np.array(0.0)), waves)

    def names(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Name the features, given the names of the numeric tensor's columns."""
        parts = [f"{columns[at]} {name}" for at, name in zip(self.columns, self.parts, strict=True)]
        if not self.cyclic:
            return tuple(parts)
        return tuple(
            f"{wave}{speed} {name}" for wave in ("sin", "cos") for speed in _HARMONICS for name in parts
        )

    def _constants(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        chosen = [part(name) for name in self.parts]
        return (
            np.array([each.offset for each in chosen]),
            np.array([each.unit for each in chosen]),
            np.array([each.period for each in chosen]),
        )

    def _speeds(self) -> tuple[NDArray[np.float64], ...]:
        period = self._constants()[2]
        return tuple(2 * np.pi * harmonic / period for harmonic in _HARMONICS)


def part(name: PartName) -> Part:
    """Return the part called `name`."""
    return next(each for each in PARTS if each.name == name)


def _worthwhile(seconds: NDArray[np.float64]) -> list[PartName]:
    known = seconds[np.isfinite(seconds)]
    span = float(np.ptp(known)) if len(known) else 0.0
    names: list[PartName] = ["minute_of_day"] if np.any(known % _DAY) else []
    names.append("day_of_week")
    if span >= YEAR:
        names.append("day_of_season")
    return names
