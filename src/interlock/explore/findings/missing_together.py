"""Columns that are missing in the same rows: one reason, one decision."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.association import is_known
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.sample import Sample
from interlock.explore.statistics.cramers_v import cramers_v
from interlock.explore.statistics.estimate import Estimate
from interlock.report import Intervals
from interlock.report.format import listed, number, percent

__all__ = ["missing_together"]

#: Gaps fall together from this Cramér's V on (lower end of the interval), in at least so many rows.
_TOGETHER, _LEAST = 0.9, 20
#: Columns with gaps that are compared, and rows.
_COLUMNS, _ROWS = 60, 20_000


def missing_together(sample: Sample, contract: Contract) -> Iterator[Finding]:
    """Yield the sets of columns whose gaps are in the same rows.

    Args:
        sample: Rows of the table.
        contract: Its inputs are looked at.
    """
    step = max(sample.rows // _ROWS, 1)
    gaps: dict[str, NDArray[np.bool_]] = {}
    for column in contract.inputs:
        missing = ~is_known(sample.columns[column.name])[::step]
        if len(gaps) < _COLUMNS and _LEAST <= int(missing.sum()) <= len(missing) - _LEAST:
            gaps[column.name] = missing
    taken: set[str] = set()
    for first, missing in gaps.items():
        group = [] if first in taken else _like(first, gaps, taken)
        if group:
            names = (first, *(name for name, _ in group))
            taken |= set(names)
            yield _finding(names, group, float(missing.mean()), sample)


def _like(first: str, gaps: dict[str, NDArray[np.bool_]], taken: set[str]) -> list[tuple[str, Estimate]]:
    later = [b for a, b in combinations(gaps, 2) if a == first and b not in taken]
    found = [(name, _association(gaps[first], gaps[name])) for name in later]
    return [(name, each) for name, each in found if each.low >= _TOGETHER]


def _association(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Estimate:
    cell = first.astype(np.int64) * 2 + second
    return cramers_v(np.bincount(cell, minlength=4).reshape(2, 2))


def _finding(
    names: tuple[str, ...], group: list[tuple[str, Estimate]], share: float, sample: Sample
) -> Finding:
    weakest = min((each for _, each in group), key=lambda each: each.value)
    sentence = (
        f"{listed([f'`{name}`' for name in names])} are missing in the same rows, {percent(share)} of all "
        f"(Cramér's V {number(weakest.value, 3)}): one reason, one decision."
    )
    picture = Intervals(
        title=f"How closely gaps follow those of {names[0]}",
        n=weakest.n,
        labels=names[1:],
        values=tuple(each.value for _, each in group),
        low=tuple(each.low for _, each in group),
        high=tuple(each.high for _, each in group),
        x_title="Cramér's V: 0 none, 1 the same rows",
        note="95 % intervals",
    )
    method = f"Cramér's V of the gaps, at least {_TOGETHER} for each; {sample.note}"
    severity = 0.2 + 0.2 * share
    return finding("missing together", names, sentence, weakest, method, severity, picture)
