"""The sample cut coarsely: each input in a few groups, for statistics of many pairs of columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from interlock.contract import Contract
from interlock.explore.association import Association, is_known, target_values
from interlock.explore.relation import followed
from interlock.explore.sample import Sample
from interlock.explore.statistics.midranks import midranks
from interlock.profile import Values
from interlock.report.format import moment, number

__all__ = ["COLUMNS", "MISSING", "OTHERS", "ROWS", "Coarse", "coarse", "cut", "normal_scores"]

Codes = NDArray[np.int64]

#: The most rows and columns that pairs are made of.
ROWS, COLUMNS = 20_000, 40
#: A cell of two columns and a class holds about so many rows, if they were even; groups are made accordingly.
_CELL = 8
_FEWEST, _MOST = 2, 6
#: What groups are called that hold no value, and that hold all levels without a group of their own.
MISSING, OTHERS = "(missing)", "(all others)"


class Coarse(NamedTuple):
    """Rows with a target, every input cut into a few groups.

    Args:
        names: The inputs, in the order of the table.
        codes: The group of each row, 0 to k - 1, one array of shape [n] a column.
        labels: What each group is called; a missing value is a group of its own.
        target: The class or the value, shape [n].
        scores: For a regression the normal scores of the target's ranks, else the target; shape [n].
        classes: How many; 0 for a regression.
        places: Which rows of the sample these are, shape [n].
        note: How rows and columns were chosen, for people.
    """

    names: tuple[str, ...]
    codes: tuple[Codes, ...]
    labels: tuple[tuple[str, ...], ...]
    target: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: int
    places: NDArray[np.int64]
    note: str

    def listed(self, place: int) -> NDArray[np.bool_]:
        """Return the rows whose group in one column has a name of its own, shape [n].

        A group of all other levels mixes what may differ, so that it would look like an interaction.
        """
        labels = self.labels[place]
        if OTHERS not in labels:
            return np.ones(self.rows, bool)
        listed: NDArray[np.bool_] = self.codes[place] != labels.index(OTHERS)
        return listed

    def followed(self, contract: Contract) -> tuple[NDArray[np.float64], str]:
        """Return what is averaged: the target itself, or whether it is the class that is followed."""
        return followed(self.target, contract)

    @property
    def rows(self) -> int:
        """How many rows."""
        return len(self.target)


def coarse(
    found: Sequence[Association],
    sample: Sample,
    contract: Contract,
    *,
    rows: int = ROWS,
    columns: int = COLUMNS,
    seed: int = 0,
) -> Coarse:
    """Cut the sample.

    Args:
        found: The associations, the strongest first: where there are too many inputs, their order decides.
        sample: Rows of the table.
        contract: With a target.
        rows: The most rows to keep, drawn at random.
        columns: The most inputs to keep.
        seed: Of the draw.
    """
    target = target_values(sample, contract)
    places = np.flatnonzero(~np.isnan(target))
    if len(places) > rows:
        places = np.sort(np.random.default_rng(seed).choice(places, rows, replace=False, shuffle=False))
    target = target[places]
    classes = 0 if contract.task == "regression" else len(contract.classes)
    names = _chosen(found, contract, columns)
    groups = [cut(sample.columns[name], places, most=_groups(target, classes)) for name in names]
    kept = [place for place, (_, labels) in enumerate(groups) if len(labels) > 1]
    part = (
        "all rows" if len(places) == sample.rows == sample.total else f"{len(places):,} rows drawn at random"
    )
    total = len(contract.inputs)
    which = (
        "" if len(names) == total else f", the {len(names)} columns of {total} that go most with the target"
    )
    return Coarse(
        tuple(names[place] for place in kept),
        tuple(groups[place][0] for place in kept),
        tuple(groups[place][1] for place in kept),
        target,
        target if classes else normal_scores(target),
        classes,
        places,
        part + which,
    )


def normal_scores(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what a normal sample would hold at the ranks of these values, so that their scale plays no part.

    Source:
        B. L. van der Waerden, Order tests for the two-sample problem and their power (1952).

    Example:
        >>> normal_scores(np.array([1.0, 1000.0, 10.0])).round(3).tolist()
        [-0.674, 0.674, 0.0]
    """
    scores: NDArray[np.float64] = ndtri(midranks(values) / (len(values) + 1))
    return scores


def cut(values: Values, places: NDArray[np.int64], *, most: int) -> tuple[Codes, tuple[str, ...]]:
    """Cut a column into at most `most` groups, and one more for what is missing.

    Args:
        values: The column.
        places: Which of its rows to cut, shape [n].
        most: Numbers are cut at quantiles, of categories the most frequent ones stand alone.

    Returns:
        The group of each row, and what the groups are called.

    Example:
        >>> numbers = Values("integer", np.array([1, 2, 3, 4]))
        >>> cut(numbers, np.arange(4), most=2)
        (array([0, 0, 1, 1]), ('1 to 2', '3 to 4'))
    """
    known = is_known(values)[places]
    data = values.data[places]
    if values.kind == "string":
        codes, labels = _by_level(data[known].astype(np.int64), values, most)
    elif values.kind == "boolean":
        codes, labels = _by_size(data[known].astype(np.float64), "boolean", most)
    else:
        codes, labels = _by_size(data[known].astype(np.float64), values.kind, most)
    if known.all():
        return codes, labels
    groups = np.full(len(places), len(labels))
    groups[known] = codes
    return groups, (*labels, MISSING)


def _chosen(found: Sequence[Association], contract: Contract, most: int) -> list[str]:
    names = [column.name for column in contract.inputs]
    if len(names) <= most:
        return names
    strongest = list(dict.fromkeys(each.column for each in found))[:most]
    return [name for name in names if name in strongest]


def _groups(target: NDArray[np.float64], classes: int) -> int:
    """Return how many groups a column may have, so that cells of pairs are not too sparse."""
    cells = len(target) / _CELL
    if classes:
        smallest = np.bincount(target.astype(np.int64), minlength=classes)
        cells = min(cells / classes, float(np.sort(smallest)[-2]) / _CELL * 2)
    return int(np.clip(np.sqrt(cells), _FEWEST, _MOST))


def _by_level(codes: Codes, values: Values, most: int) -> tuple[Codes, tuple[str, ...]]:
    counts = np.bincount(codes)
    order = np.argsort(-counts, kind="stable")
    order = order[counts[order] > 0]
    kept = order if len(order) <= most else order[: most - 1]
    place = np.full(len(counts), len(kept))
    place[kept] = np.arange(len(kept))
    names = [] if values.dictionary is None else [str(values.dictionary[code]) or "(empty)" for code in kept]
    return place[codes], (*names, *([OTHERS] if len(kept) < len(order) else []))


def _by_size(numbers: NDArray[np.float64], kind: str, most: int) -> tuple[Codes, tuple[str, ...]]:
    if len(numbers) == 0:
        return np.empty(0, np.int64), ()
    ordered = np.sort(numbers)
    first = np.append(True, ordered[1:] != ordered[:-1])
    if np.count_nonzero(first) <= most:
        cuts = ordered[first][:-1]
    else:
        cuts = np.unique(ordered[(len(ordered) * np.arange(1, most)) // most - 1])
        cuts = cuts[cuts < ordered[-1]]
    codes = np.searchsorted(cuts, numbers, side="left")
    starts = np.searchsorted(ordered, cuts, side="right")
    lows = ordered[np.append(0, starts)]
    highs = ordered[np.append(starts - 1, len(ordered) - 1)]
    return codes, tuple(_range(low, high, kind) for low, high in zip(lows, highs, strict=True))


def _range(low: float, high: float, kind: str) -> str:
    if kind == "boolean":
        return "true" if low else "false"
    ends = (low,) if low == high else (low, high)
    return " to ".join(moment(end / 1e6) if kind == "timestamp" else number(end, 3) for end in ends)
