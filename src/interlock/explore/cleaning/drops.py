"""Columns and rows that say nothing new: constants, copies, repeated rows."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping

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
#: Where no column has so many different values, as a share of the rows, dependence alone may repeat
#: rows; and where more than this share of them repeats another one, that is what the table is like.
_TELLING, _MOST = 0.1, 0.5
#: Pairs of rows that are equal in a column because they are copies are no chance; some of them may be.
_SOME = 0.01


def constants(profile: Profile, contract: Contract) -> Iterator[Proposal]:
    """Yield the columns that are the same in every row, or empty."""
    may_go = _may_go(contract)
    for name, found in profile.columns.items():
        varies = found.n and (found.distinct > 1 or found.n < found.rows)
        if varies or name not in may_go:
            continue
        said = "is the same in every row" if found.n else "holds no value in any row"
        effect = Effect(found.rows, found.rows, min(found.distinct, 1), 0)
        yield Proposal(
            Step("drop", name), f"`{name}` {said}, so it cannot tell rows apart.", effect, "certain"
        )


def copies(profile: Profile, contract: Contract, sample: Sample) -> Iterator[Proposal]:
    """Yield the columns that repeat an earlier one, or the target, in every row."""
    may_go, roles = _may_go(contract), {column.name: column.role for column in contract.columns}
    varying = {name: found for name, found in profile.columns.items() if found.n and found.distinct > 1}
    alike = _groups({name: _print(found) for name, found in varying.items() if roles[name] != "id"})
    rows = _groups({name: _rows(sample.columns[name]) for names in alike for name in names})
    for names in rows:
        first, *others = sorted(names, key=lambda name: roles[name] not in ("target", "time"))
        for name in others:
            if name in may_go and profile[name] == profile[first]:
                yield _copy(name, first, profile[name], sample)


def _groups(prints: Mapping[str, object]) -> list[list[str]]:
    """Return the columns with one print, where there are several."""
    found: dict[object, list[str]] = defaultdict(list)
    for name, each in prints.items():
        found[each].append(name)
    return [names for names in found.values() if len(names) > 1]


def repeated_rows(duplicates: Duplicates | None, profile: Profile, sample: Sample) -> Iterator[Proposal]:
    """Yield the proposal to leave out rows that repeat another one, unless chance makes such rows.

    Rows of few different values repeat each other by chance: so many that they are no mistake.
    """
    if duplicates is None:
        return
    share = duplicates.share()
    rows = round(share.value * duplicates.rows)
    telling = max(found.distinct for found in profile.columns.values()) >= _TELLING * profile.rows
    if rows == 0 or (share.value > _MOST and not telling) or _by_chance(sample):
        return
    why = (
        f"{count(rows)} of {count(profile.rows)} rows repeat another one in every column "
        f"({percent(share.value)}): copies in training and holdout make a model look better than it is."
    )
    basis = "all rows" if duplicates.exact else "a random sample of the different rows"
    effect = Effect(rows, profile.rows, profile.rows, profile.rows - rows, (), basis)
    yield Proposal(Step("duplicates"), why, effect, "likely" if telling else "possible")


def _may_go(contract: Contract) -> set[str]:
    """Return what may be proposed to go: not the target, the time, an id, or what is dropped already."""
    dropped = {step.column for step in contract.clean if step.kind == "drop"}
    return {column.name for column in contract.columns if column.role in ("feature", "ignore")} - dropped


def _print(found: ColumnProfile) -> object:
    """Return what equal columns have in common and others hardly: a cheap fingerprint."""
    numbers = found.kind != "string"
    ends = (found.minimum, found.maximum, found.mean) if numbers else found.digest
    return found.kind, found.rows, found.nulls, found.nans, found.distinct, ends


def _rows(values: Values) -> object:
    """Return a digest of a column of the sample, row by row."""
    return values.kind, hashlib.blake2b(hash_rows({"": values}).tobytes()).digest()


def _by_chance(sample: Sample) -> bool:
    """Whether columns that had nothing to do with each other, or little, would make as many repeated rows."""
    repeated = _pairs(hash_rows(sample.columns))
    every = sample.rows * (sample.rows - 1) / 2
    expected = every
    for values in sample.columns.values():
        hashes = hash_rows({"": values})
        pairs = _pairs(hashes)
        expected *= max(pairs - repeated, _SOME * pairs) / max(every, 1)
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
