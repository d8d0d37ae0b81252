"""Pairs of numbers that give the target away together: by their ratio or their difference."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.association import Association, is_known
from interlock.explore.coarse import Coarse
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.sample import Sample
from interlock.explore.statistics.auc import auc
from interlock.explore.statistics.estimate import Estimate
from interlock.explore.statistics.midranks import midranks
from interlock.explore.statistics.spearman import spearman
from interlock.profile import Values
from interlock.report import Intervals
from interlock.report.format import number

__all__ = ["Combined", "combined", "combined_findings"]

Numbers = NDArray[np.float64]

#: Two numbers are tried together when their ranks correlate so closely: one is then much like a share of
#: the other, or a step from it. So many pairs at most, screened on so many rows.
_MOVE_TOGETHER, _PAIRS, _SCREENED = 0.6, 150, 1000
#: What holds a pair together may differ between the levels of a column that has at most so many, none smaller
#: than this share.
_LEVELS, _SMALLEST = 6, 0.03
#: A level must add so much, or all rows are taken at once.
_SIMPLER = 0.02
#: Together they are suspicious from this strength on, and when they explain so much more than either alone.
_STRONG, _BEYOND = 0.75, 0.3
_SCREEN, _NEARLY = 0.65, 0.98


class Combined(NamedTuple):
    """A ratio or a difference of two numbers that goes with the target.

    Args:
        first: The numerator, or what is subtracted from.
        second: The denominator, or what is subtracted.
        sign: `/` or `−`.
        within: The column in whose levels it was measured; empty for all rows at once.
        found: AUC for two classes, Spearman's rho for a number.
        strength: On the scale of 0 to 1 of `Association`.
        alone: The larger strength of the two by themselves.
    """

    first: str
    second: str
    sign: str
    within: str
    found: Estimate
    strength: float
    alone: float


def combined(
    found: Sequence[Association],
    view: Coarse,
    sample: Sample,
    contract: Contract,
    *,
    without: Collection[str] = (),
) -> tuple[Combined, ...]:
    """Return the pairs of numbers that tell far more of the target together than alone, the strongest first.

    Args:
        found: The associations.
        view: The sample, cut coarsely.
        sample: Rows of the table.
        contract: With a target; several classes are not tried.
        without: Columns to leave out, as they are known to leak.

    Returns:
        Each column at most once.
    """
    if contract.task == "multiclass" or view.rows < _SCREENED // 10:
        return ()
    strengths = {each.column: each.strength for each in found if each.about == "value"}
    names = [name for name in view.names if name not in without and _is_measure(sample.columns[name])]
    columns = {name: _numbers(sample.columns[name], view.places) for name in names}
    levels = {"": np.zeros(view.rows, np.int64)} | {
        name: view.codes[place]
        for place, name in enumerate(view.names)
        if name not in without and _is_level(sample.columns[name], view, place)
    }
    best = [
        each
        for pair in _pairs(columns)
        if (each := _best(pair, columns, levels, view, strengths)) is not None
    ]
    return _once(sorted(best, key=lambda each: -each.strength))


def combined_findings(
    found: Sequence[Combined], associations: Sequence[Association], view: Coarse, contract: Contract
) -> Iterator[Finding]:
    """Yield a finding for each, with the associations of the two columns alone in its picture."""
    target = contract.target.name if contract.target else ""
    for each in found:
        within = f", for each `{each.within}`," if each.within else ""
        measure = "AUC" if view.classes else "Spearman's rho"
        tells = "nearly determines" if each.strength >= _NEARLY else "tells far more than either alone of"
        sentence = (
            f"`{each.first}` {each.sign} `{each.second}`{within} {tells} `{target}` ({measure} "
            f"{number(each.found.value, 3)}; alone they reach {number(each.alone, 2)} on a scale of 0 to 1): "
            "was one of them worked out from it?"
        )
        method = (
            f"{measure} of the ratio or difference, ranks within levels; the best of all tried; {view.note}"
        )
        severity = 0.96 if each.strength >= _NEARLY else 0.6 + 0.3 * each.strength
        picture = _picture(each, associations, target, view.classes)
        columns = (each.first, each.second)
        yield finding("leakage", columns, sentence, each.found, method, severity, picture)


def _is_measure(values: Values) -> bool:
    return values.kind in ("number", "integer")


def _numbers(values: Values, places: NDArray[np.int64]) -> Numbers:
    numbers = values.data[places].astype(np.float64)
    numbers[~is_known(values)[places]] = np.nan
    return numbers


def _is_level(values: Values, view: Coarse, place: int) -> bool:
    """Return whether a column has a few values, each a group of its own, and none of them rare."""
    sizes = np.bincount(view.codes[place], minlength=len(view.labels[place])) / view.rows
    if len(sizes) > _LEVELS or sizes.min() < _SMALLEST:
        return False
    if values.kind == "string":
        return True
    known = values.data[view.places][is_known(values)[view.places]]
    return len(np.unique(known)) <= len(sizes)


def _pairs(columns: dict[str, Numbers]) -> list[tuple[str, str]]:
    """Return the pairs that rise together, the closest first."""
    names = [name for name, numbers in columns.items() if np.isnan(numbers).mean() < 0.2]
    if len(names) < 2:
        return []
    few = slice(None, None, max(len(columns[names[0]]) // _SCREENED, 1))
    ranks = np.stack([_percentiles(np.nan_to_num(columns[name][few])) for name in names])
    spread = ranks.std(axis=1)
    names = [name for name, each in zip(names, spread, strict=True) if each > 0]
    if len(names) < 2:
        return []
    rho = np.abs(np.corrcoef(ranks[spread > 0]))
    close = [(float(rho[a, b]), a, b) for a, b in combinations(range(len(names)), 2)]
    kept = sorted((each for each in close if each[0] >= _MOVE_TOGETHER), reverse=True)[:_PAIRS]
    return [(names[a], names[b]) for _, a, b in kept]


def _best(
    pair: tuple[str, str],
    columns: dict[str, Numbers],
    levels: dict[str, NDArray[np.int64]],
    view: Coarse,
    strengths: dict[str, float],
) -> Combined | None:
    alone = max(strengths.get(name, 0.0) for name in pair)
    first, second = sorted(pair, key=lambda name: -strengths.get(name, 0.0))
    screened, few = [], slice(None, None, max(view.rows // _SCREENED, 1))
    for sign in ("/", "−"):
        numbers = _together(columns[first][few], columns[second][few], sign)
        for within, groups in levels.items():
            if within not in pair:
                found = _measured(numbers, groups[few], view.target[few], view.classes)
                screened.append((_strength(found, view.classes) - (_SIMPLER if within else 0), sign, within))
    screened.sort(reverse=True)
    if screened[0][0] < _SCREEN:
        return None
    _, sign, within = screened[0]
    numbers = _together(columns[first], columns[second], sign)
    found = _measured(numbers, levels[within], view.target, view.classes)
    strength = _strength(found, view.classes)
    if strength < _STRONG or strength**2 - alone**2 < _BEYOND:
        return None
    return Combined(first, second, sign, within, found, strength, alone)


def _together(first: Numbers, second: Numbers, sign: str) -> Numbers:
    if sign == "−":
        return first - second
    ratio: Numbers = np.divide(first, second, out=np.full(len(first), np.nan), where=second != 0)
    return ratio


def _measured(numbers: Numbers, groups: NDArray[np.int64], target: Numbers, classes: int) -> Estimate:
    """Return how a number goes with the target, both as percentiles within the groups."""
    known = np.isfinite(numbers)
    if known.sum() < max(20, 0.8 * len(numbers)) or (classes and len(np.unique(target[known])) < 2):
        return Estimate(0.5 if classes else 0.0, 0.0, 1.0, int(known.sum()))
    x = _percentiles(numbers[known], groups[known])
    if not classes:
        return spearman(x, _percentiles(target[known], groups[known]))
    distinct, place = np.unique(x, return_inverse=True)
    positives = np.bincount(place[target[known] == 1], minlength=len(distinct))
    return auc(positives, np.bincount(place, minlength=len(distinct)) - positives)


def _percentiles(numbers: Numbers, groups: NDArray[np.int64] | None = None) -> Numbers:
    """Return the mean rank of each number among those of its group, 0 to 1."""
    if groups is None or not groups.any():
        return midranks(numbers) / len(numbers)
    found = np.empty(len(numbers))
    for group in np.unique(groups):
        inside = groups == group
        found[inside] = midranks(numbers[inside]) / int(inside.sum())
    return found


def _strength(found: Estimate, classes: int) -> float:
    return abs(2 * found.value - 1) if classes else abs(found.value)


def _once(found: list[Combined]) -> tuple[Combined, ...]:
    kept: list[Combined] = []
    for each in found:
        if not any({each.first, each.second} & {other.first, other.second} for other in kept):
            kept.append(each)
    return tuple(kept)


def _picture(each: Combined, found: Sequence[Association], target: str, classes: int) -> Intervals:
    """Return the strength of the two alone and of what they make together."""
    alone = {one.column: one for one in found if one.about == "value"}
    ends = sorted(abs(2 * end - 1) if classes else abs(end) for end in (each.found.low, each.found.high))
    rows = {
        name: (one.strength, one.strength_low, one.strength_high)
        for name in (each.first, each.second)
        if (one := alone.get(name)) is not None
    }
    rows[f"{each.first} {each.sign} {each.second}"] = (each.strength, ends[0], ends[1])
    return Intervals(
        title=f"{each.first} and {each.second} tell far more of {target} together",
        n=each.found.n,
        labels=tuple(rows),
        values=tuple(row[0] for row in rows.values()),
        low=tuple(row[1] for row in rows.values()),
        high=tuple(row[2] for row in rows.values()),
        baseline=0.0,
        x_title="strength: 0 none, 1 determines the target",
        note="95 % intervals",
    )
