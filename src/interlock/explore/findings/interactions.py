"""Pairs of columns that matter together: what they tell of the target beyond what each tells alone."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

from interlock.contract import Contract
from interlock.explore.coarse import Coarse
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.statistics.cramers_v import cramers_v
from interlock.explore.statistics.discoveries import discoveries
from interlock.explore.statistics.interaction import Interaction, of_classes, of_numbers
from interlock.report import Matrix
from interlock.report.format import percent

__all__ = ["interactions"]

#: What two columns tell only together is notable from this share of the target's entropy or variance on, and
#: from this share of what they tell in all: a scale on which effects do not quite add up gives less.
_GAIN, _PART = 0.01, 0.05
#: Columns that go together more than this say the same: cutting them coarsely would look like an interaction.
_ALIKE = 0.7
_FINDINGS = 5
#: A cell of the picture needs so many rows.
_ROWS = 5


class _Found(NamedTuple):
    first: int
    second: int
    interaction: Interaction


def interactions(view: Coarse, contract: Contract, *, without: Collection[str] = ()) -> Iterator[Finding]:
    """Yield the pairs of columns whose joint effect is more than the sum of their own.

    Args:
        view: The sample, cut coarsely.
        contract: With a target.
        without: Columns to leave out, such as those that leak.

    Yields:
        At most five, none with a column and its like twice.
    """
    places = [place for place, name in enumerate(view.names) if name not in without]
    pairs = list(combinations(places, 2))
    measured = [_measured(view, *pair) for pair in pairs]
    held = discoveries([1.0 if found is None else found.gain.p for found in measured])
    notable = [
        _Found(*pair, found)
        for pair, found, hold in zip(pairs, measured, held, strict=True)
        if found is not None and hold and found.gain.low >= max(_GAIN, _PART * found.joint)
    ]
    for each in _different(view, sorted(notable, key=lambda each: -each.interaction.gain.value)):
        yield _finding(view, each, len(pairs), contract)


def _measured(view: Coarse, first: int, second: int) -> Interaction | None:
    kept = view.listed(first) & view.listed(second)
    a, b, target = view.codes[first], view.codes[second], view.scores
    if not kept.all():
        a, b, target = a[kept], b[kept], target[kept]
    if len(target) < 2:
        return None
    if not view.classes:
        return of_numbers(a, b, target, least=_GAIN)
    shape = (len(view.labels[first]), len(view.labels[second]), view.classes)
    cell = (a * shape[1] + b) * view.classes + target.astype(np.int64)
    return of_classes(np.bincount(cell, minlength=math.prod(shape)).reshape(shape).astype(float), least=_GAIN)


def _different(view: Coarse, found: list[_Found]) -> Iterator[_Found]:
    """Yield the strongest pairs that are no near copies of each other, nor of columns that are alike."""
    shown: list[_Found] = []
    for each in found:
        if len(shown) == _FINDINGS:
            return
        if _alike(view, each.first, each.second) or any(_same(view, each, other) for other in shown):
            continue
        shown.append(each)
        yield each


def _same(view: Coarse, one: _Found, other: _Found) -> bool:
    pairs = ((one.first, one.second), (one.second, one.first))
    return any(
        all(a == b or _alike(view, a, b) for a, b in zip(pair, (other.first, other.second), strict=True))
        for pair in pairs
    )


def _alike(view: Coarse, first: int, second: int) -> bool:
    """Return whether two columns of the view say much the same."""
    width = len(view.labels[second])
    cell = view.codes[first] * width + view.codes[second]
    counts = np.bincount(cell, minlength=len(view.labels[first]) * width).reshape(-1, width)
    return cramers_v(counts).value > _ALIKE


def _finding(view: Coarse, each: _Found, pairs: int, contract: Contract) -> Finding:
    target = contract.target.name if contract.target else ""
    first, second = (view.names[place] for place in (each.first, each.second))
    gain, joint = each.interaction.gain, each.interaction.joint
    of = "uncertainty" if view.classes else "variation"
    sentence = (
        f"How `{first}` goes with `{target}` depends on `{second}`: the two explain {percent(joint)} "
        f"of its {of}, and {percent(gain.value)} only in combination."
    )
    test = (
        "share of entropy beyond separate effects on the log-odds; chi-square test"
        if view.classes
        else "share of variance (normal scores of ranks) beyond separate effects; F test"
    )
    method = f"{test}, false discovery rate 1 % over {pairs:,} pairs; {view.note}"
    severity = 0.25 + 0.45 * math.sqrt(gain.value)
    picture = _picture(view, each, contract)
    return finding("interaction", (first, second), sentence, gain, method, severity, picture)


def _picture(view: Coarse, each: _Found, contract: Contract) -> Matrix:
    """Return the target by groups of the two columns."""
    target = contract.target.name if contract.target else ""
    goal, shown = view.followed(contract)
    shape = (len(view.labels[each.first]), len(view.labels[each.second]))
    cell = view.codes[each.first] * shape[1] + view.codes[each.second]
    counts = np.bincount(cell, minlength=math.prod(shape))
    means = np.bincount(cell, goal, minlength=math.prod(shape)) / np.maximum(counts, 1)
    means[counts < _ROWS] = np.nan
    return Matrix(
        title=f"{target} by {view.names[each.first]} and {view.names[each.second]}",
        n=view.rows,
        rows=view.labels[each.first],
        columns=view.labels[each.second],
        values=tuple(tuple(float(each) for each in row) for row in means.reshape(shape)),
        x_title=view.names[each.second],
        y_title=view.names[each.first],
        measure=shown,
        note=f"{shown}; cells of fewer than {_ROWS} rows are empty",
    )
