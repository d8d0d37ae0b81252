"""Columns and rows that say nothing new: constants, copies, repeated rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.contract.step import Step
from interlock.explore.cleaning.effect import Effect
from interlock.explore.cleaning.proposal import Proposal
from interlock.explore.repeats import Duplicates
from interlock.explore.sample import Sample
from interlock.profile import ColumnProfile, Profile, Values
from interlock.report.format import count, percent
from interlock.table.rows import hash_rows

__all__ = ["constants", "copies", "repeated_rows"]

#: Columns hang together, so chance makes up to so many times the repeated rows of independent columns.
_TIMES = 100
#: Where no column has so many different values, as a share of the rows, dependence alone may repeat rows.
_TELLING = 0.1


def constants(profile: Profile, contract: Contract) -> Iterator[Proposal]:
    """Yield the columns that are the same in every row, or empty."""
    for name, found in profile.columns.items():
        varies = found.n and (found.distinct > 1 or found.n < found.rows)
        if varies or not _may_go(contract, name):
            continue
        said = "is the same in every row" if found.n else "holds no value in any row"
        effect = Effect(found.rows, found.rows, min(found.distinct, 1), 0)
        yield Proposal(
            Step("drop", name), f"`{name}` {said}, so it cannot tell rows apart.", effect, "certain"
        )


def copies(profile: Profile, contract: Contract, sample: Sample) -> Iterator[Proposal]:
    """Yield the columns that repeat an earlier one, or the target, in every row."""
    groups: dict[object, list[str]] = defaultdict(list)
    for name, found in profile.columns.items():
        if found.n and found.distinct > 1 and contract[name].role != "id":
            groups[_print(found)].append(name)
    for names in groups.values():
        names.sort(key=lambda name: contract[name].role not in ("target", "time"))
        kept: list[str] = []
        for name in names:
            twin = next((one for one in kept if _equal(profile, sample, one, name)), None)
            if twin is None:
                kept.append(name)
            elif _may_go(contract, name):
                yield _copy(name, twin, profile[name], sample)


def repeated_rows(duplicates: Duplicates | None, profile: Profile, sample: Sample) -> Iterator[Proposal]:
    """Yield the proposal to leave out rows that repeat another one, unless chance makes such rows.

    Rows of few different values repeat each other by chance: so many that they are no mistake.
    """
    if duplicates is None:
        return
    share = duplicates.share()
    rows = round(share.value * duplicates.rows)
    if rows == 0 or _by_chance(sample):
        return
    why = (
        f"{count(rows)} of {count(profile.rows)} rows repeat another one in every column "
        f"({percent(share.value)}): copies in training and holdout make a model look better than it is."
    )
    basis = "all rows" if duplicates.exact else "a random sample of the different rows"
    effect = Effect(rows, profile.rows, profile.rows, profile.rows - rows, (), basis)
    telling = max(found.distinct for found in profile.columns.values()) >= _TELLING * profile.rows
    yield Proposal(Step("duplicates"), why, effect, "likely" if telling else "possible")


def _may_go(contract: Contract, name: str) -> bool:
    """Whether a column may be proposed to be dropped: neither target nor time nor id, and not dropped yet."""
    dropped = any(step.kind == "drop" and step.column == name for step in contract.clean)
    return contract[name].role in ("feature", "ignore") and not dropped


def _print(found: ColumnProfile) -> object:
    """Return what equal columns have in common and others hardly: a cheap fingerprint."""
    ends = (found.minimum, found.maximum, found.mean) if found.kind != "string" else ()
    return found.kind, found.rows, found.nulls, found.nans, found.distinct, ends


def _equal(profile: Profile, sample: Sample, one: str, other: str) -> bool:
    return _same(sample.columns[one], sample.columns[other]) and profile[one] == profile[other]


def _same(one: Values, other: Values) -> bool:
    known, also = (
        np.ones(len(each.data), np.bool_) if each.valid is None else each.valid for each in (one, other)
    )
    if not np.array_equal(known, also):
        return False
    first, second = one.data[known], other.data[known]
    if one.dictionary is None or other.dictionary is None:
        return bool(np.array_equal(first, second, equal_nan=one.kind == "number"))
    return bool(np.array_equal(one.dictionary[first], other.dictionary[second]))


def _by_chance(sample: Sample) -> bool:
    """Whether columns that had nothing to do with each other, or little, would make as many repeated rows."""
    repeated = _pairs(hash_rows(sample.columns))
    every = sample.rows * (sample.rows - 1) / 2
    expected = every
    for values in sample.columns.values():
        hashes = hash_rows({"": values})
        expected *= max(_pairs(hashes) - repeated, 0) / max(every, 1)
    return repeated <= _TIMES * expected


def _pairs(hashes: NDArray[np.uint64]) -> float:
    """Return how many pairs of rows are equal."""
    counts = np.unique(hashes, return_counts=True)[1].astype(np.float64)
    return float(np.sum(counts * (counts - 1))) / 2


def _copy(name: str, twin: str, found: ColumnProfile, sample: Sample) -> Proposal:
    why = f"`{name}` is a copy of `{twin}`: equal in {sample.note}, and equally distributed over all rows."
    if sample.rows == sample.total:
        why = f"`{name}` is a copy of `{twin}`: equal in every row."
    effect = Effect(found.rows, found.rows, found.distinct, 0, (), sample.note)
    return Proposal(Step("drop", name, copy_of=twin), why, effect, "certain")
