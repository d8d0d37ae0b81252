"""Associations that turn round once a third column is held fixed: Simpson's paradox."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.coarse import MISSING, OTHERS, Coarse
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.sample import Sample
from interlock.explore.statistics.discoveries import discoveries
from interlock.explore.statistics.estimate import Estimate, z_value
from interlock.explore.statistics.reversal import Reversal, reversal, slopes
from interlock.report import Intervals
from interlock.report.format import count, listed, number

__all__ = ["reversals"]

#: Both slopes are at least so large: in shares of rows, and in standard deviations of a number.
_LEAST, _LEAST_SCORE = 0.01, 0.05
#: Each slope is at least so many standard errors from 0, and most rows lie in groups that turn round.
_SURE, _MOSTLY = 1.0, 0.5
#: So much of the column varies within the groups of the third: else the two say much the same.
_FREE = 0.72
#: So many are findings of their own, the rest is one, which names so many; and the most third columns that
#: are looked at closely for one column.
_OWN, _NAMED, _CLOSELY = 3, 3, 4
#: The severity of the rest: below each that has a finding of its own.
_FOLDED = 0.25


class _Contrast(NamedTuple):
    """One way to order the groups of a column: a number's ranks, or one level against the others."""

    place: int
    level: str
    scores: NDArray[np.float64]


class _Candidate(NamedTuple):
    contrast: _Contrast
    third: int
    size: float


class _Found(NamedTuple):
    contrast: _Contrast
    third: int
    reversal: Reversal


def reversals(
    view: Coarse, sample: Sample, contract: Contract, *, without: Collection[str] = ()
) -> Iterator[Finding]:
    """Yield the associations whose direction is another within the groups of a third column.

    Args:
        view: The sample, cut coarsely.
        sample: The rows it was cut from.
        contract: With a target.
        without: Columns to leave out, such as those that leak.

    Yields:
        One a column, the three strongest; then one for all other columns.
    """
    places = [place for place, name in enumerate(view.names) if name not in without]
    target = view.scores if not view.classes else view.followed(contract)[0]
    contrasts = [each for place in places for each in _contrasts(view, place, sample)]
    candidates = list(_candidates(view, contrasts, places, target))
    found = [_Found(each.contrast, each.third, _closely(view, each, target)) for each in candidates]
    tested = len(contrasts) * max(len(places) - 1, 0)
    p_values = [each.reversal.shift.p for each in found] + [1.0] * (tested - len(found))
    held = discoveries(p_values)[: len(found)]
    kept = [each for each, hold in zip(found, held, strict=True) if hold and _turns(each.reversal)]
    strongest: dict[int, _Found] = {}
    for each in sorted(kept, key=lambda each: (-_severity(each.reversal), -_size(each.reversal))):
        strongest.setdefault(each.contrast.place, each)
    told = list(strongest.values())
    yield from (_finding(view, each, tested, contract) for each in told[:_OWN])
    if told[_OWN:]:
        yield _folded(view, told[_OWN:], tested)


def _contrasts(view: Coarse, place: int, sample: Sample) -> Iterator[_Contrast]:
    labels = view.labels[place]
    named = [at for at, label in enumerate(labels) if label != MISSING]
    if sample.columns[view.names[place]].kind != "string":
        ranks = np.full(len(labels), np.nan)
        counts = np.bincount(view.codes[place], minlength=len(labels))[named]
        middle = np.cumsum(counts) - counts / 2
        spread = np.sqrt(np.average((middle - np.average(middle, weights=counts)) ** 2, weights=counts))
        ranks[named] = middle / spread if spread > 0 else np.nan
        yield _Contrast(place, "", ranks)
        return
    single = [at for at in named if labels[at] != OTHERS]
    for at in single[1:] if len(named) == 2 and len(single) == 2 else single:
        scores = np.where(np.arange(len(labels)) == at, 1.0, 0.0)
        scores[[each for each in range(len(labels)) if each not in named]] = np.nan
        yield _Contrast(place, labels[at], scores)


def _candidates(
    view: Coarse, contrasts: Sequence[_Contrast], places: Sequence[int], target: NDArray[np.float64]
) -> Iterator[_Candidate]:
    """Yield what turns round by the cross tables, each column with the third columns where it does most."""
    least = _LEAST if view.classes else _LEAST_SCORE
    for place in places:
        own = [each for each in contrasts if each.place == place]
        turned = []
        for third in places:
            if third != place and own:
                found = slopes(*_tables(view, own, third, target))
                for each, crude, within in zip(own, found.crude, found.within, strict=True):
                    size = min(abs(crude), abs(within))
                    if crude * within < 0 and size >= least:
                        turned.append(_Candidate(each, third, size))
        close = sorted(turned, key=lambda each: -each.size)
        yield from [each for each in close if _free(view, each) >= _FREE][:_CLOSELY]


def _free(view: Coarse, each: _Candidate) -> float:
    """Return the share of a column's variance that lies within the groups of the third."""
    column, groups = each.contrast.scores[view.codes[each.contrast.place]], view.codes[each.third]
    known = ~np.isnan(column)
    around = column[known] - column[known].mean()
    sizes = np.maximum(np.bincount(groups[known]), 1)
    between = float(np.sum(np.bincount(groups[known], around) ** 2 / sizes))
    return 1 - between / max(float(np.sum(around**2)), 1e-300)


def _tables(
    view: Coarse, own: Sequence[_Contrast], third: int, target: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    place, width = own[0].place, len(view.labels[third])
    cell = view.codes[place] * width + view.codes[third]
    size = len(view.labels[place]) * width
    scores = np.stack([each.scores for each in own], axis=1)
    known = ~np.isnan(scores[:, 0])
    counts = np.bincount(cell, minlength=size).reshape(-1, width)[known].astype(np.float64)
    sums = np.bincount(cell, target, minlength=size).reshape(-1, width)[known].astype(np.float64)
    return counts, sums, scores[known]


def _closely(view: Coarse, each: _Candidate, target: NDArray[np.float64]) -> Reversal:
    column = each.contrast.scores[view.codes[each.contrast.place]]
    known = ~np.isnan(column)
    return reversal(column[known], target[known], view.codes[each.third][known])


def _turns(found: Reversal) -> bool:
    sure = all(
        abs(each.value) >= _SURE * (each.high - each.value) / z_value()
        for each in (found.crude, found.within)
    )
    rows = found.crude.n
    turned = sum(each.n for each in found.levels.values() if each.value * found.crude.value < 0)
    return sure and found.crude.value * found.within.value < 0 and turned >= _MOSTLY * rows


def _size(found: Reversal) -> float:
    return min(abs(found.crude.value), abs(found.within.value))


def _finding(view: Coarse, each: _Found, tested: int, contract: Contract) -> Finding:
    column, third = view.names[each.contrast.place], view.names[each.third]
    crude, within = each.reversal.crude, each.reversal.within
    how = (
        "it is the other way round"
        if _certain(each.reversal)
        else "that vanishes, and if anything turns round"
    )
    unit = _unit(view, each.contrast)
    sentence = (
        f"{_direction(view, each.contrast, crude, contract)}, but among rows of the same `{third}` {how} "
        f"({_written(crude.value, unit)} over all rows, {_written(within.value, unit)} within)."
    )
    severity, picture = _severity(each.reversal), _picture(view, each, unit)
    return finding("reversal", (column, third), sentence, within, _method(view, tested), severity, picture)


def _folded(view: Coarse, rest: Sequence[_Found], tested: int) -> Finding:
    """Return the one finding on all columns that have none of their own."""
    names = [(view.names[each.contrast.place], view.names[each.third]) for each in rest]
    named = listed([f"`{column}` among rows of the same `{third}`" for column, third in names], _NAMED)
    many = f"{count(len(rest))} more columns turn" if len(rest) > 1 else "One more column turns"
    sentence = (
        f"{many} round or no longer count{'' if len(rest) > 1 else 's'} once another is held fixed: {named}."
    )
    slopes = [each.reversal.within for each in rest]
    unit = "of shares" if view.classes else "in standard deviations"
    picture = Intervals(
        title="What else turns round: the difference within",
        n=max(each.n for each in slopes),
        labels=tuple(f"{_shown(view, each.contrast)}, within {view.names[each.third]}" for each in rest),
        values=tuple(each.value for each in slopes),
        low=tuple(each.low for each in slopes),
        high=tuple(each.high for each in slopes),
        counts=tuple(each.n for each in slopes),
        baseline=0.0,
        x_title=f"difference {unit} within",
        note="95 % intervals, robust; of numbers for a standard deviation",
    )
    columns = tuple(column for column, _ in names)
    return finding("reversal", columns, sentence, slopes[0], _method(view, tested), _FOLDED, picture)


def _method(view: Coarse, tested: int) -> str:
    return (
        "difference within groups by least squares, robust interval; test of the change from all rows, "
        f"false discovery rate 1 % over {tested:,} combinations; {view.note}"
    )


def _certain(found: Reversal) -> bool:
    return found.within.low > 0 or found.within.high < 0


def _severity(found: Reversal) -> float:
    return (0.35 if _certain(found) else 0.3) + 0.4 * min(_size(found), 0.3)


def _shown(view: Coarse, contrast: _Contrast) -> str:
    column = view.names[contrast.place]
    return f"{column} = {contrast.level}" if contrast.level else column


def _direction(view: Coarse, contrast: _Contrast, crude: Estimate, contract: Contract) -> str:
    target, column = contract.target.name if contract.target else "", view.names[contrast.place]
    up = crude.value > 0
    if view.classes:
        label = view.followed(contract)[1].partition(" = ")[2]
        label = label if label in ("true", "false") else f"“{label}”"
        what = f"`{target}` is {label} {'more' if up else 'less'} often"
    else:
        what = f"`{target}` is {'larger' if up else 'smaller'}"
    where = f"where `{column}` is “{contrast.level}”" if contrast.level else f"the larger `{column}` is"
    return f"Over all rows {what} {where}"


def _unit(view: Coarse, contrast: _Contrast) -> str:
    per = "" if contrast.level else " a standard deviation"
    return f"points{per}" if view.classes else f"standard deviations{per and ' each'}"


def _written(value: float, unit: str) -> str:
    size = abs(value) * (100 if unit.startswith("points") else 1)
    return f"{'+' if value > 0 else '−'}{number(size, 2)} {unit}"


def _picture(view: Coarse, each: _Found, unit: str) -> Intervals:
    third, what = view.names[each.third], _shown(view, each.contrast)
    rows = {"all rows": each.reversal.crude, f"within {third}": each.reversal.within} | {
        f"– {view.labels[each.third][group]}": slope for group, slope in each.reversal.levels.items()
    }
    return Intervals(
        title=f"What {what} goes with, over all rows and within {third}",
        n=each.reversal.crude.n,
        labels=tuple(rows),
        values=tuple(slope.value for slope in rows.values()),
        low=tuple(slope.low for slope in rows.values()),
        high=tuple(slope.high for slope in rows.values()),
        counts=tuple(slope.n for slope in rows.values()),
        baseline=0.0,
        x_title="difference of shares" if unit.startswith("points") else "difference in standard deviations",
        note="95 % intervals, robust",
    )
