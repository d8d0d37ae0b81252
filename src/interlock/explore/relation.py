"""How the target moves along one column: its mean or share in groups, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from interlock.contract import Contract
from interlock.explore.association import Association, in_groups, is_known, target_values
from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import CONFIDENCE, wilson
from interlock.profile import Values
from interlock.report import Intervals, Line, Lines
from interlock.report.format import moment, number

__all__ = ["Relation", "followed", "gap_relation", "relations"]

#: Levels of a category that are shown.
_LEVELS = 10
#: Groups with fewer rows are not shown.
_ROWS = 5


@dataclass(frozen=True, slots=True)
class Relation:
    """The target in groups of one column.

    Args:
        column: The column that makes the groups.
        shown: What is measured in each group, such as `share of late = true`.
        labels: One a group.
        places: The median of the column in each group; empty where the groups are categories.
        values: The mean or share in each group.
        low: The lower ends of their 95 % intervals.
        high: The upper ends.
        counts: Rows in each group.
        overall: The mean or share of all these rows.
        time: Whether `places` are seconds since 1970 in UTC.
    """

    column: str
    shown: str
    labels: tuple[str, ...]
    places: tuple[float, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    counts: tuple[int, ...]
    overall: float
    time: bool = False

    @property
    def picture(self) -> Lines | Intervals:
        """The target along the column, to be drawn: a line over numbers and times, else a row a level."""
        shared: dict[str, Any] = {
            "title": f"{self.shown[0].upper()}{self.shown[1:]} by {self.column}",
            "n": sum(self.counts),
            "baseline": self.overall,
            "note": "95 % intervals; dashed: all rows",
        }
        if len(self.places) > 2:
            line = Line(self.shown, self.values, self.low, self.high)
            shared |= {"x_title": self.column, "y_title": self.shown}
            return Lines(x=self.places, lines=(line,), time=self.time, **shared)
        shared |= {"low": self.low, "high": self.high, "counts": self.counts}
        return Intervals(labels=self.labels, values=self.values, x_title=self.shown, **shared)

    def plot(self, ax: Any = None) -> Any:
        """Draw the picture on Matplotlib; see `Chart.plot`."""
        return self.picture.plot(ax)


def relations(
    found: Sequence[Association], sample: Sample, contract: Contract, *, most: int = 12
) -> tuple[Relation, ...]:
    """Return how the target moves along the columns that are most strongly related to it.

    Args:
        found: Associations, the strongest first.
        sample: The rows to group.
        contract: With a target. Of several classes the most frequent one is followed.
        most: How many columns, at most.
    """
    target = target_values(sample, contract)
    chosen = [each.column for each in found if each.about == "value" and each.discovered][:most]
    return tuple(_relation(name, sample.columns[name], target, contract) for name in chosen)


def _relation(name: str, values: Values, target: NDArray[np.float64], contract: Contract) -> Relation:
    rows = is_known(values) & ~np.isnan(target)
    time = values.kind == "timestamp"
    return _in_groups(name, *_groups(values, rows), target[rows], contract, time=time)


def gap_relation(name: str, sample: Sample, contract: Contract) -> Relation:
    """Return the target where a column is missing, and where it holds a value."""
    target = target_values(sample, contract)
    rows = ~np.isnan(target)
    known = is_known(sample.columns[name])[rows].astype(np.int64)
    return _in_groups(name, known, ["missing", "present"], [], target[rows], contract)


def _in_groups(
    name: str,
    groups: NDArray[np.int64],
    labels: list[str],
    places: list[float],
    target: NDArray[np.float64],
    contract: Contract,
    *,
    time: bool = False,
) -> Relation:
    goal, shown = followed(target, contract)
    counts = np.bincount(groups, minlength=len(labels))
    kept = [place for place in range(len(labels)) if counts[place] >= _ROWS]
    intervals = _intervals(goal, groups, kept, contract)
    return Relation(
        name,
        shown,
        tuple(labels[place] for place in kept),
        tuple(places[place] for place in kept) if places else (),
        tuple(each[0] for each in intervals),
        tuple(each[1] for each in intervals),
        tuple(each[2] for each in intervals),
        tuple(int(counts[place]) for place in kept),
        float(goal.mean()),
        time,
    )


def followed(target: NDArray[np.float64], contract: Contract) -> tuple[NDArray[np.float64], str]:
    """Return what is averaged, and its name: the target itself, or whether it is the class to follow.

    Args:
        target: The classes or the values, none of them missing, shape [n].
        contract: With a target. Of several classes the most frequent one is followed.
    """
    name = contract.target.name if contract.target else ""
    if contract.task == "regression":
        return target, f"mean of {name}"
    place = 1 if contract.task == "binary" else int(np.bincount(target.astype(np.int64)).argmax())
    return (target == place).astype(np.float64), f"share of {name} = {contract.classes[place]}"


def _groups(values: Values, rows: NDArray[np.bool_]) -> tuple[NDArray[np.int64], list[str], list[float]]:
    data = values.data[rows]
    if values.kind == "string":
        return _levels(data.astype(np.int64), values)
    numbers = data.astype(np.float64) / (1e6 if values.kind == "timestamp" else 1.0)
    groups = in_groups(numbers)
    places = [_middle(numbers[groups == place]) for place in range(int(groups.max()) + 1)]
    write = moment if values.kind == "timestamp" else number
    return groups, [write(place) for place in places], places


def _middle(values: NDArray[np.float64]) -> float:
    low, high = (float(np.quantile(values, 0.5, method=way)) for way in ("lower", "higher"))
    return low / 2 + high / 2  # their sum may be beyond float64


def _levels(codes: NDArray[np.int64], values: Values) -> tuple[NDArray[np.int64], list[str], list[float]]:
    """Return the most frequent levels as groups; the others get a group that has no label."""
    counts = np.bincount(codes)
    order = np.argsort(-counts, kind="stable")[:_LEVELS]
    order = order[counts[order] > 0]
    place = np.full(len(counts), len(order))
    place[order] = np.arange(len(order))
    names = [] if values.dictionary is None else [str(values.dictionary[code]) for code in order]
    return place[codes], names, []


def _intervals(
    goal: NDArray[np.float64], groups: NDArray[np.int64], kept: list[int], contract: Contract
) -> list[tuple[float, float, float]]:
    n, sums = np.bincount(groups), np.bincount(groups, goal)
    if contract.task != "regression":
        return [wilson(round(sums[place]), int(n[place]))[:3] for place in kept]
    means = sums / np.maximum(n, 1)
    squares = np.bincount(groups, (goal - means[groups]) ** 2)
    spread = np.sqrt(squares / np.maximum(n - 1, 1) / np.maximum(n, 1))
    half = stdtrit(np.maximum(n - 1, 1), (1 + CONFIDENCE) / 2) * spread
    ends = (means, means - half, means + half)
    return [(float(ends[0][place]), float(ends[1][place]), float(ends[2][place])) for place in kept]
