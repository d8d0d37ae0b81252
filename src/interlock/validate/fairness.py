"""Fairness: what the groups of a sensitive column get, and how far apart they are, beyond chance or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from interlock.validate.bootstrap import Estimate
from interlock.validate.calibration import calibrate
from interlock.validate.influence import Influence, degrees_of_freedom, enough_groups, mean, standard_error
from interlock.validate.partitions import Partition

__all__ = ["Fairness", "Gap", "Group", "Rate", "fairness", "together"]

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Clusters = NDArray[np.int64] | None
_FEWEST = 20  # rows that a rate needs, such as those of a group whose outcome was positive
_BINS = 10


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a sensitive column.

    Args:
        name: The value that makes it.
        n: Its rows.
    """

    name: str
    n: int


@dataclass(frozen=True, slots=True)
class Rate:
    """What one group gets.

    Args:
        measure: Such as `selection rate`.
        label: The class it is about; empty for a regression.
        group: Whose.
        n: Rows it rests on.
        estimate: With its 95 % interval, for this one rate.
    """

    measure: str
    label: str
    group: str
    n: int
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Gap:
    """The largest distance between groups by one criterion.

    Args:
        criterion: Such as `demographic_parity`.
        label: The class in which it is largest; empty for a regression.
        groups: The two groups that are farthest apart, the lower one first; or the one that is farthest off.
        estimate: Its interval holds for all comparisons of the criterion at once (Bonferroni).
    """

    criterion: str
    label: str
    groups: tuple[str, ...]
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Fairness:
    """What was found about one sensitive column.

    Args:
        column: The column; several, where they were crossed.
        groups: Those with enough rows, the largest first.
        left_out: Rows of groups that are too small to say anything about.
        rates: What each group gets.
        gaps: One a criterion; empty with fewer than two groups.
    """

    column: str
    groups: tuple[Group, ...]
    left_out: int
    rates: tuple[Rate, ...]
    gaps: tuple[Gap, ...]


class _Chances(NamedTuple):
    """One class against the others: its probability, whether it was said, whether it came true."""

    label: str
    chance: Floats
    said: Floats
    came: Floats


class _Measure(NamedTuple):
    """One quantity: its mean over `rows` is compared between groups; a share has no spread of its own."""

    name: str
    label: str
    values: Floats
    rows: Booleans
    share: bool


class _Levels(NamedTuple):
    """The level of one rate alone; of a pair and of a group, so that all of a criterion hold at once."""

    one: float
    pair: float
    group: float


class _Mean(NamedTuple):
    measure: _Measure
    group: str
    n: int
    influence: Influence
    error: float


def fairness(
    task: str,
    target: Floats,
    prediction: Floats,
    partitions: Sequence[Partition],
    *,
    threshold: float = 0.5,
    classes: Sequence[str] = (),
    clusters: Clusters = None,
    minimum: int = 100,
    level: float = 0.95,
) -> tuple[Fairness, ...]:
    """Compare the groups of each sensitive column.

    Args:
        task: `binary`, `multiclass` or `regression`.
        target: Class numbers or values, [n].
        prediction: [n] or [n, classes].
        partitions: One a sensitive column.
        threshold: From which probability on the positive class is said; for `binary`.
        classes: The labels; the positive one last for `binary`.
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        minimum: Fewest rows of a group; a rate also needs 20 rows of its own, and both rows of five clusters.
        level: Coverage, 0 to 1.

    Returns:
        For classes, one against the others where there are several: `demographic_parity` (the largest
        difference of selection rates) and `demographic_parity_ratio` (the smallest ratio),
        `equal_opportunity` (of true positive rates), `equalised_odds` (of true or of false positive rates),
        `calibration_by_group` (the largest calibration error of a group). For a regression, in standard
        deviations of the target: `demographic_parity` of mean predictions, and `mean_error_by_group`.

    Source:
        Hardt, Price and Srebro (2016), Equality of opportunity in supervised learning; Agarwal et al. (2018),
        A reductions approach to fair classification; definitions as in fairlearn's `*_difference`.

    Example:
        >>> sex = Partition("sex", ("f", "m"), np.repeat([0, 1], 200))
        >>> said, truth = np.repeat([0.9, 0.1, 0.9, 0.1], [60, 140, 100, 100]), np.tile([0.0, 1.0], 200)
        >>> found = fairness("binary", truth, said, [sex], classes=("no", "yes"))[0]
        >>> [(gap.criterion, round(gap.estimate.value, 2), gap.groups) for gap in found.gaps][0]
        ('demographic_parity', 0.2, ('f', 'm'))
    """
    chances = _chances(task, target, prediction, threshold, classes)
    measures = [each for one in chances for each in _of_chances(one)]
    measures = measures or list(_of_values(target, prediction))
    columns = [(each, _groups(each, minimum, clusters)) for each in partitions]
    pairs = sum(len(groups) * (len(groups) - 1) // 2 for _, groups in columns)
    labels = len({measure.label for measure in measures})
    several = sum(len(groups) for _, groups in columns)
    levels = _Levels(
        level,
        1 - (1 - level) / max(1, pairs * labels),
        1 - (1 - level) / max(1, several * labels),
    )
    return tuple(
        _column(partition, groups, measures, chances, clusters, levels) for partition, groups in columns
    )


def together(partitions: Sequence[Partition]) -> Partition:
    """Cross several columns: a group is a combination of their groups.

    Example:
        >>> sex = Partition("sex", ("f", "m"), np.array([0, 1, 1]))
        >>> race = Partition("race", ("a", "b"), np.array([1, 0, 1]))
        >>> crossed = together([sex, race])
        >>> crossed.column, [crossed.labels[code] for code in crossed.codes]
        ('sex and race', ['f, b', 'm, a', 'm, b'])
    """
    codes = np.stack([each.codes for each in partitions])
    known = (codes >= 0).all(axis=0)
    combined = np.full(codes.shape[1], -1, np.int64)
    distinct, places = np.unique(codes[:, known], axis=1, return_inverse=True)
    combined[known] = places.reshape(-1)
    labels = (
        ", ".join(each.labels[code] for each, code in zip(partitions, column, strict=True))
        for column in distinct.T
    )
    return Partition(" and ".join(each.column for each in partitions), tuple(labels), combined)


def _chances(
    task: str, target: Floats, prediction: Floats, threshold: float, classes: Sequence[str]
) -> list[_Chances]:
    """Take each class against the others; nothing for a regression."""
    if task == "regression":
        return []
    if task == "binary":
        said = (prediction >= threshold).astype(np.float64)
        return [_Chances(classes[-1] if classes else "1", prediction, said, (target == 1).astype(np.float64))]
    likeliest = prediction.argmax(axis=1)
    return [
        _Chances(
            str(label), prediction[:, at], *((each == at).astype(np.float64) for each in (likeliest, target))
        )
        for at, label in enumerate(classes or range(prediction.shape[1]))
    ]


def _of_values(target: Floats, prediction: Floats) -> Iterator[_Measure]:
    """Yield what is compared of a regression, in standard deviations of the target."""
    everyone, spread = np.ones(len(target), bool), float(target.std()) or 1.0
    yield _Measure("mean prediction", "", prediction / spread, everyone, share=False)
    yield _Measure("mean error", "", (prediction - target) / spread, everyone, share=False)
    yield _Measure("mean absolute error", "", np.abs(prediction - target) / spread, everyone, share=False)


def _of_chances(each: _Chances) -> Iterator[_Measure]:
    """Yield what is compared of a class."""
    everyone, came = np.ones(len(each.came), bool), each.came == 1
    yield _Measure("selection rate", each.label, each.said, everyone, share=True)
    yield _Measure("true positive rate", each.label, each.said, came, share=True)
    yield _Measure("false positive rate", each.label, each.said, ~came, share=True)
    yield _Measure("prediction minus outcome", each.label, each.chance - each.came, everyone, share=False)


def _groups(partition: Partition, minimum: int, clusters: Clusters) -> list[tuple[str, Booleans]]:
    found = [(label, partition.codes == code) for code, label in enumerate(partition.labels)]
    return sorted(
        (each for each in found if int(each[1].sum()) >= minimum and enough_groups(each[1], clusters)),
        key=lambda each: -int(each[1].sum()),
    )


def _column(
    partition: Partition,
    groups: list[tuple[str, Booleans]],
    measures: Sequence[_Measure],
    chances: Sequence[_Chances],
    clusters: Clusters,
    levels: _Levels,
) -> Fairness:
    means = [
        _mean(measure, name, inside & measure.rows, clusters)
        for measure in measures
        for name, inside in groups
        if int((inside & measure.rows).sum()) >= _FEWEST and enough_groups(inside & measure.rows, clusters)
    ]
    errors = _calibration_errors(chances, groups, clusters, levels.one)
    rates = [_rate(each, clusters, levels.one) for each in means]
    rates += [Rate("calibration error", label, name, n, error) for label, name, n, error in errors]
    gaps: list[Gap] = []
    if len(groups) > 1:
        gaps = _gaps(means, clusters, levels)
        if errors:
            every = _calibration_errors(chances, groups, clusters, levels.group)
            gaps.append(_largest("calibration_by_group", every))
    used = int(sum(inside.sum() for _, inside in groups))
    sizes = tuple(Group(name, int(inside.sum())) for name, inside in groups)
    return Fairness(partition.column, sizes, len(partition.codes) - used, tuple(rates), tuple(gaps))


def _mean(measure: _Measure, group: str, rows: Booleans, clusters: Clusters) -> _Mean:
    """Estimate a mean over some rows; a share's error is never below that of one more case of either kind."""
    n, found = int(rows.sum()), mean(measure.values[rows])
    values = np.zeros(len(rows))
    values[rows] = found.values
    influence = Influence(found.value, values)
    error = standard_error(influence, clusters)
    if measure.share:
        near = (found.value * n + 1) / (n + 2)
        error = max(error, float(np.sqrt(near * (1 - near) / (n + 2))))
    return _Mean(measure, group, n, influence, error)


def _rate(each: _Mean, clusters: Clusters, level: float) -> Rate:
    rows = None if clusters is None else clusters[each.influence.values != 0]
    freedom = each.n - 1 if rows is None else len(np.unique(rows)) - 1
    reach = each.error * _quantile(freedom, level)
    value, (floor, top) = each.influence.value, (0.0, 1.0) if each.measure.share else (-np.inf, np.inf)
    ends = (float(max(value - reach, floor)), float(min(value + reach, top)))
    name = each.measure.name.replace(" ", "_")
    return Rate(each.measure.name, each.measure.label, each.group, each.n, Estimate(name, value, *ends))


def _gaps(means: list[_Mean], clusters: Clusters, levels: _Levels) -> list[Gap]:
    named = {each.measure.name for each in means}
    found = [
        _farthest("demographic_parity", means, ("selection rate", "mean prediction"), clusters, levels.pair)
    ]
    if "selection rate" in named:
        found.append(_smallest_ratio(means, clusters, levels.pair))
        true, false = "true positive rate", "false positive rate"
        found.append(_farthest("equal_opportunity", means, (true,), clusters, levels.pair))
        both = 1 - (1 - levels.pair) / 2
        found.append(_farthest("equalised_odds", means, (true, false), clusters, both))
    if "mean error" in named:
        errors = [each for each in means if each.measure.name == "mean error"]
        found.append(
            _largest("mean_error_by_group", [_magnitude(each, clusters, levels.group) for each in errors])
        )
    return [gap for gap in found if gap is not None]


def _pairs(means: list[_Mean], measures: Sequence[str]) -> Iterator[tuple[_Mean, _Mean]]:
    chosen = [each for each in means if each.measure.name in measures]
    for one, other in combinations(chosen, 2):
        if one.measure is other.measure:
            lower = one.influence.value <= other.influence.value
            yield (one, other) if lower else (other, one)


def _farthest(
    criterion: str, means: list[_Mean], measures: Sequence[str], clusters: Clusters, level: float
) -> Gap | None:
    """Return the largest difference; all of them hold at once, so the largest lies between these ends."""
    found = []
    for low, high in _pairs(means, measures):
        gap = high.influence.value - low.influence.value
        reach = _pair_error(low, high, clusters) * _quantile(_freedom(low, high, clusters), level)
        found.append((gap, gap - reach, gap + reach, low, high))
    if not found:
        return None
    value, _, _, low, high = max(found, key=lambda each: each[0])
    ends = (max(0.0, *(each[1] for each in found)), max(each[2] for each in found))
    if high.measure.share:
        ends = (ends[0], min(1.0, ends[1]))
    return Gap(criterion, high.measure.label, (low.group, high.group), Estimate(criterion, value, *ends))


def _smallest_ratio(means: list[_Mean], clusters: Clusters, level: float) -> Gap | None:
    """Return the smallest ratio of selection rates; its interval is made on the logarithm."""
    found = []
    for low, high in _pairs(means, ("selection rate",)):
        ours, theirs = ((each.influence.value * each.n + 0.5) / (each.n + 1) for each in (low, high))
        error = np.hypot(low.error / ours, high.error / theirs)
        if clusters is not None:
            shared = Influence(0.0, low.influence.values / ours - high.influence.values / theirs)
            error = max(error, standard_error(shared, clusters))
        reach, distance = error * _quantile(_freedom(low, high, clusters), level), np.log(theirs / ours)
        exact = low.influence.value / high.influence.value if high.influence.value else 1.0
        found.append(
            (exact, float(np.exp(-distance - reach)), float(np.exp(min(0, reach - distance))), low, high)
        )
    if not found:
        return None
    value, _, _, low, high = min(found, key=lambda each: each[0])
    ends = (min(each[1] for each in found), min(each[2] for each in found))
    name = "demographic_parity_ratio"
    return Gap(name, high.measure.label, (low.group, high.group), Estimate(name, value, *ends))


def _pair_error(low: _Mean, high: _Mean, clusters: Clusters) -> float:
    """Groups are made of other rows, but share clusters: what makes a day hard for both cancels."""
    if clusters is None:
        return float(np.hypot(low.error, high.error))
    gap = Influence(0.0, high.influence.values - low.influence.values)
    floor = float(np.hypot(_floor(low), _floor(high)))
    return max(standard_error(gap, clusters), floor)


def _floor(each: _Mean) -> float:
    """Return the least error that a share is given, as if rows were independent."""
    if not each.measure.share:
        return 0.0
    value = each.influence.value
    return each.error if value in (0.0, 1.0) else 0.0


def _freedom(low: _Mean, high: _Mean, clusters: Clusters) -> int:
    if clusters is None:
        return min(low.n, high.n) - 1
    rows = (low.influence.values != 0) | (high.influence.values != 0)
    return degrees_of_freedom(low.influence, clusters[rows] if rows.any() else clusters)


def _quantile(freedom: int, level: float) -> float:
    return float(stdtrit(max(freedom, 1), 0.5 + level / 2))


def _magnitude(each: _Mean, clusters: Clusters, level: float) -> tuple[str, str, int, Estimate]:
    rate = _rate(each, clusters, level).estimate
    value = abs(rate.value)
    reach = rate.high - rate.value
    return each.measure.label, each.group, each.n, Estimate("", value, max(0.0, value - reach), value + reach)


def _largest(criterion: str, errors: Sequence[tuple[str, str, int, Estimate]]) -> Gap:
    label, group, _, worst = max(errors, key=lambda each: each[3].value)
    low, high = max(each[3].low for each in errors), max(each[3].high for each in errors)
    return Gap(criterion, label, (group,), Estimate(criterion, worst.value, low, high))


def _calibration_errors(
    chances: Sequence[_Chances], groups: Sequence[tuple[str, Booleans]], clusters: Clusters, level: float
) -> list[tuple[str, str, int, Estimate]]:
    """Return the calibration error of each class within each group, over ten bins of that group."""
    found = []
    for each in chances:
        for name, inside in groups:
            own = None if clusters is None else clusters[inside]
            came = each.came[inside]
            error = calibrate(came, each.chance[inside], bins=_BINS, clusters=own, level=level).error
            found.append((each.label, name, int(inside.sum()), error))
    return found
