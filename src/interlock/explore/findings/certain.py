"""Levels that make a class certain: a column that is filled, or coded, once the outcome is known."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.association import is_known, target_values
from interlock.explore.charts import share_intervals
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import Estimate, wilson
from interlock.explore.statistics.ranked import ranked
from interlock.profile import Values
from interlock.report.format import number, percent

__all__ = ["certain"]

#: A level makes a class certain when the class has at least this share of its rows (lower end of the
#: interval), and so many rows. Together such levels must hold at least this share of a class that is no
#: majority.
_CERTAIN, _ROWS, _COVERS, _MINORITY = 0.97, 30, 0.5, 0.5
#: Columns with more different values are not looked at.
_LEVELS = 1000
_SHOWN = 8


class _Table(NamedTuple):
    """Rows by level and class."""

    names: list[str]
    counts: NDArray[np.int64]


def certain(sample: Sample, contract: Contract, *, without: Collection[str] = ()) -> Iterator[Finding]:
    """Yield the columns of which some levels make a class certain, and hold most of that class.

    Args:
        sample: Rows of the table.
        contract: With a target of classes; nothing is said of a regression.
        without: Columns that are known to leak.
    """
    if contract.task == "regression" or contract.target is None:
        return
    target = target_values(sample, contract)
    for column in contract.inputs:
        if column.name in without or column.type == "timestamp":
            continue
        table = _by_level(sample.columns[column.name], target, len(contract.classes))
        if table is not None:
            yield from _of_column(column.name, table, sample, contract)


def _by_level(values: Values, target: NDArray[np.float64], classes: int) -> _Table | None:
    rows = is_known(values) & ~np.isnan(target)
    data = values.data[rows]
    if values.kind == "string":
        levels, place = ranked(data)
    else:
        # A number that has many values is no code: a look at some rows says so without sorting them all.
        if len(np.unique(data[: 5 * _LEVELS])) > _LEVELS:
            return None
        levels, place = ranked(data)
    if not 1 < len(levels) <= _LEVELS:
        return None
    counts = np.bincount(place * classes + target[rows].astype(np.int64), minlength=len(levels) * classes)
    strings = values.dictionary
    names = [number(float(level)) if strings is None else str(strings[level]) for level in levels]
    return _Table(names, counts.reshape(-1, classes))


def _of_column(name: str, table: _Table, sample: Sample, contract: Contract) -> Iterator[Finding]:
    sizes, totals = table.counts.sum(axis=1), table.counts.sum(axis=0)
    for place, total in enumerate(totals):
        if not 0 < total <= _MINORITY * totals.sum():
            continue
        hits = table.counts[:, place]
        likely = np.flatnonzero((sizes >= _ROWS) & (hits >= _CERTAIN * sizes))
        sure = [int(at) for at in likely if wilson(int(hits[at]), int(sizes[at])).low >= _CERTAIN]
        covered = wilson(int(hits[sure].sum()), int(total))
        if covered.low >= _COVERS:
            inside = wilson(int(hits[sure].sum()), int(sizes[sure].sum()))
            yield _finding(name, table, place, sure, covered, inside, sample, contract)


def _finding(
    name: str,
    table: _Table,
    place: int,
    sure: list[int],
    covered: Estimate,
    inside: Estimate,
    sample: Sample,
    contract: Contract,
) -> Finding:
    target, label = contract.target.name if contract.target else "", contract.classes[place]
    ordered = sorted(sure, key=lambda at: -int(table.counts[at].sum()))
    listed = ", ".join(table.names[at] for at in ordered[:3]) + (", …" if len(sure) > 3 else "")
    sentence = (
        f"Where `{name}` is {listed}, `{target}` is {label} in {percent(inside.value)} of the rows, "
        f"and that is {percent(covered.value)} of all such rows: is `{name}` written down after the outcome?"
    )
    method = f"share of the class in levels that make it certain, Wilson intervals; {sample.note}"
    largest = np.argsort(-table.counts.sum(axis=1), kind="stable")[:_SHOWN]
    shares = {
        table.names[at]: wilson(int(table.counts[at, place]), int(table.counts[at].sum())) for at in largest
    }
    title = f"How often {target} is {label}, by {name}"
    picture = share_intervals(title, shares, f"share of {target} = {label}")
    return finding("leakage", (name,), sentence, covered, method, 0.92, picture)
