"""Columns that say the same: copies under another name, one-to-one codes, and sums of others."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.association import is_known
from interlock.explore.charts import share_bars
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import Estimate, wilson
from interlock.explore.statistics.midranks import midranks
from interlock.explore.statistics.spearman import spearman
from interlock.explore.statistics.sums import Sum, sums
from interlock.profile import Values
from interlock.report import Intervals
from interlock.report.format import listed, number, percent

__all__ = ["ColumnSum", "Copy", "column_sums", "copies", "copies_found", "sums_found", "tied"]

#: Two numbers whose ranks correlate more closely say the same (lower end of the interval).
_SAME = 0.99
#: At most so many numbers are compared with each other, on so many rows; sums are sought among fewer.
_NUMBERS, _ROWS, _TERMS = 200, 5000, 40
#: A code needs so many rows whose value occurred before: else any two identifiers are one-to-one.
_REPEATS, _DIGEST_ROWS = 100, 2000
#: In fewer rows columns agree by chance.
_FEWEST = 30


class Copy(NamedTuple):
    """Two columns that say the same.

    Args:
        first: The one that comes first in the table.
        second: The other.
        how: `one to one`, or `Spearman's rho`.
        found: The share of rows in which the one follows from the other, or rho.
    """

    first: str
    second: str
    how: str
    found: Estimate


class ColumnSum(NamedTuple):
    """A column that is the sum of others.

    Args:
        total: Its name.
        terms: Theirs.
        share: Of the rows in which it holds.
    """

    total: str
    terms: tuple[str, ...]
    share: Estimate

    @property
    def columns(self) -> tuple[str, ...]:
        """All names."""
        return (self.total, *self.terms)


def copies(sample: Sample, contract: Contract, *, seed: int = 0) -> tuple[Copy, ...]:
    """Return the pairs of inputs that say the same, each column with the first of its like.

    Args:
        sample: Rows of the table.
        contract: Its inputs are compared.
        seed: Of the rows that are compared.
    """
    names = [column.name for column in contract.inputs]
    if sample.rows < _FEWEST:
        return ()
    rows = _some(sample.rows, _ROWS, seed)
    codes = [name for name in names if _repeats(sample.columns[name], rows)]
    found = list(_one_to_one(codes, sample, rows))
    known = {each.second for each in found}
    numbers = [
        name for name in names if name not in known and sample.columns[name].kind in ("number", "integer")
    ]
    found.extend(_correlated(numbers[:_NUMBERS], sample, rows))
    return tuple(found)


def column_sums(sample: Sample, contract: Contract, *, seed: int = 0) -> tuple[ColumnSum, ...]:
    """Return which inputs are sums of two or three others, to the digit.

    Args:
        sample: Rows of the table.
        contract: Its first 40 numbers are tried.
        seed: Of the rows that are looked at.
    """
    rows = _some(sample.rows, _ROWS, seed)
    names: list[str] = []
    columns: list[NDArray[np.float64]] = []
    for column in contract.inputs:
        values = sample.columns[column.name]
        if values.kind in ("number", "integer") and len(names) < _TERMS:
            known = is_known(values)[rows]
            if known.mean() >= 0.9:
                names.append(column.name)
                columns.append(np.where(known, values.data[rows].astype(np.float64), np.nan))
    if len(names) < 3:
        return ()
    table = np.stack(columns, axis=1)
    return tuple(_named(each, names) for each in sums(table[~np.isnan(table).any(axis=1)]))


def copies_found(found: Sequence[Copy], sample: Sample) -> Iterator[Finding]:
    """Yield a finding for each set of columns that say the same."""
    for first in dict.fromkeys(each.first for each in found):
        group = [each for each in found if each.first == first]
        names = (first, *(each.second for each in group))
        weakest = min(group, key=lambda each: abs(each.found.value))
        said = listed([f"`{name}`" for name in names])
        how = (
            "one follows from the other"
            if weakest.how == "one to one"
            else f"{weakest.how} {number(weakest.found.value, 3)}"
        )
        sentence = (
            f"{said} say {'' if weakest.how == 'one to one' else 'nearly '}the same ({how}): one is enough."
        )
        method = f"{weakest.how}, at most {_ROWS:,} rows of {sample.note}"
        picture = _picture(group)
        yield finding("redundant", names, sentence, weakest.found, method, 0.3, picture)


def sums_found(
    found: Sequence[ColumnSum], sample: Sample, *, without: Collection[str] = ()
) -> Iterator[Finding]:
    """Yield a finding for each sum of which no column is in `without`."""
    for each in found:
        if set(each.columns) & set(without):
            continue
        sentence = f"{_written(each)} in {percent(each.share.value)} of the rows: one of them is superfluous."
        yield _sum_finding("redundant", each, sentence, sample, 0.25)


def tied(
    found: Sequence[ColumnSum], suspects: Collection[str], target: str, sample: Sample
) -> Iterator[Finding]:
    """Yield the sums of which a column is a suspect, and then their other columns' sums, and so on.

    Args:
        found: The sums.
        suspects: Columns that may give the target away.
        target: Its name.
        sample: For the method's words.
    """
    known, left = set(suspects), list(found)
    while joined := [each for each in left if set(each.columns) & known]:
        for each in joined:
            others = [name for name in each.columns if name not in known]
            left.remove(each)
            if not others:
                continue
            why = next(name for name in each.columns if name in known)
            sentence = (
                f"{_written(each)} in {percent(each.share.value)} of the rows: as `{why}` may give "
                f"`{target}` away, so may {listed([f'`{name}`' for name in others])}."
            )
            yield _sum_finding("leakage", each, sentence, sample, 0.7)
            known |= set(others)


def _named(each: Sum, names: Sequence[str]) -> ColumnSum:
    return ColumnSum(names[each.total], tuple(names[place] for place in each.terms), each.share)


def _written(each: ColumnSum) -> str:
    return f"`{each.total}` = " + " + ".join(f"`{name}`" for name in each.terms)


def _sum_finding(
    kind: Literal["leakage", "redundant"], each: ColumnSum, sentence: str, sample: Sample, severity: float
) -> Finding:
    method = f"sums to six digits in at most {_ROWS:,} rows of {sample.note}; Wilson interval"
    holds = round(each.share.value * each.share.n)
    counts = {"adds up": holds, "does not": each.share.n - holds}
    picture = share_bars(
        f"How often {each.total} is the sum of {', '.join(each.terms)}", counts, each.share.n
    )
    return finding(kind, each.columns, sentence, each.share, method, severity, picture)


def _some(total: int, most: int, seed: int) -> NDArray[np.int64]:
    if total <= most:
        return np.arange(total)
    return np.sort(np.random.default_rng(seed).choice(total, most, replace=False, shuffle=False))


def _repeats(values: Values, rows: NDArray[np.int64]) -> bool:
    data = values.data[rows][is_known(values)[rows]]
    different = len(np.unique(data))
    return different > 1 and len(data) - different >= min(_REPEATS, len(rows) / 2)


def _one_to_one(names: Sequence[str], sample: Sample, rows: NDArray[np.int64]) -> Iterator[Copy]:
    """Yield columns that number their values alike, in the order in which these first occur."""
    same: dict[bytes, list[str]] = {}
    for name in names:
        order = _in_order(sample.columns[name], rows[:_DIGEST_ROWS])
        same.setdefault(hashlib.blake2b(order.tobytes()).digest(), []).append(name)
    for group in same.values():
        first = _in_order(sample.columns[group[0]], rows) if len(group) > 1 else None
        for other in group[1:]:
            if first is not None and np.array_equal(first, _in_order(sample.columns[other], rows)):
                yield Copy(group[0], other, "one to one", wilson(len(rows), len(rows)))


def _in_order(values: Values, rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """Return the number of each row's value, counted as they first occur; what is missing is a value."""
    known = is_known(values)[rows]
    _, first, place = np.unique(values.data[rows], return_index=True, return_inverse=True)
    place = np.where(known, place, len(first))
    _, first, place = np.unique(place, return_index=True, return_inverse=True)
    number_of = np.empty(len(first), np.int32)
    number_of[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return number_of[place]


def _correlated(names: Sequence[str], sample: Sample, rows: NDArray[np.int64]) -> Iterator[Copy]:
    ranks, kept = [], []
    for name in names:
        known = is_known(sample.columns[name])[rows]
        data = sample.columns[name].data[rows].astype(np.float64)
        if known.sum() >= max(_FEWEST, 0.5 * len(rows)) and len(np.unique(data[known])) > 2:
            ranks.append(midranks(np.where(known, data, np.median(data[known]))))
            kept.append(name)
    if len(kept) < 2:
        return
    rho = np.abs(np.corrcoef(np.stack(ranks)))
    seen: set[int] = set()
    for a, b in combinations(range(len(kept)), 2):
        if rho[a, b] >= _SAME and not {a, b} & seen:
            found = _rho(sample.columns[kept[a]], sample.columns[kept[b]], rows)
            if found.n >= _FEWEST and abs(found.value) >= _SAME:
                seen.add(b)
                yield Copy(kept[a], kept[b], "Spearman's rho", found)


def _rho(first: Values, second: Values, rows: NDArray[np.int64]) -> Estimate:
    both = (is_known(first) & is_known(second))[rows]
    if both.sum() < _FEWEST:
        return Estimate(0.0, -1.0, 1.0, int(both.sum()))
    return spearman(first.data[rows][both].astype(np.float64), second.data[rows][both].astype(np.float64))


def _picture(group: Sequence[Copy]) -> Intervals:
    return Intervals(
        title=f"How closely columns follow {group[0].first}",
        n=max(each.found.n for each in group),
        labels=tuple(each.second for each in group),
        values=tuple(each.found.value for each in group),
        low=tuple(each.found.low for each in group),
        high=tuple(each.found.high for each in group),
        x_title="share of rows that follow, or Spearman's rho",
        note="95 % intervals",
    )
