"""What can be read in a release: training rows, values that belong to few, texts that look like persons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract import MISSING, Checked, Contract
from interlock.profile import Profile
from interlock.profile.words import words
from interlock.release.golden import check_rows
from interlock.release.withhold import FEWEST, withheld

__all__ = ["FEWEST", "Listed", "Readable", "copies", "in_bytes", "listed_values", "looks_personal"]

Floats = NDArray[np.float64]
_NEAR = 0.01  # standard deviations
_DISTINCT = 1000
_SEARCHED = 300
_LONG = 20  # characters: a shorter text is a word that many rows may share
_SENTENCE = 4  # words
_PERSONAL = {
    "e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    "telephone number": re.compile(r"(?<!\d)(?:\+\d{1,3}|\(0?\d{2,5}\)|0)[\s./-]?\d[\d\s./-]{6,}\d"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """The values of one column that the release lists, in the contract's levels or in the profile.

    Args:
        column: Its name.
        where: `contract.toml`, or `profile.bin`.
        values: How many.
        rare: Those that fewer than `Readable.fewest` training rows have.
        personal: What some look like, such as `e-mail address`; empty for nothing.
        telling: The rare ones that look like that, or are sentences: four words and 20 characters or more.
    """

    column: str
    where: str
    values: int
    rare: int
    personal: tuple[str, ...]
    telling: int = 0


@dataclass(frozen=True, slots=True)
class Readable:
    """What was found of training rows in a release.

    Args:
        rows: Training rows compared with.
        golden: Golden rows.
        exact: Golden rows that equal a training row which is alone in having its values.
        near: Golden rows that are nearer to such a row than a hundredth of a standard deviation everywhere.
        searched: Training rows whose numbers and long texts were looked for in the model's bytes.
        found: Those that were there.
        fewest: Values of fewer rows than that count as rare.
        listed: One a column with listed values.
    """

    rows: int
    golden: int
    exact: int
    near: int
    searched: int
    found: int
    fewest: int
    listed: tuple[Listed, ...]

    @property
    def telling(self) -> int:
        """How many listed values tell of few rows; one in the contract and the profile counts once."""
        most: dict[str, int] = {}
        for each in self.listed:
            most[each.column] = max(each.telling, most.get(each.column, 0))
        return sum(most.values())


def copies(contract: Contract, golden: Sequence[dict[str, Any]], train: Checked) -> tuple[int, int]:
    """Return how many golden rows equal a training row, and how many nearly do.

    Golden rows are drawn column by column, so that in a table of few different values some equal a row by
    chance, which tells nothing. A match counts where a column has more than 1,000 different values, and one
    training row alone has it.

    Args:
        contract: What reads the golden rows.
        golden: As requests hold them.
        train: The training rows.
    """
    if not any(len(np.unique(column)) > _DISTINCT for column in train.numbers.T):
        return 0, 0
    known = np.isfinite(train.numbers)
    spread = np.where(known.any(axis=0), _deviation(train.numbers), 1.0)
    exact = near = 0
    for row in check_rows(contract, golden):
        if row.rejected:
            continue
        same = np.ones(len(train.numbers), bool)
        for coded, text in zip(train.strings, row.strings, strict=True):
            same &= (coded.levels == text)[coded.codes]
        distance = _distances(train.numbers[same], np.array(row.numbers, np.float64), spread)
        exact += int((distance == 0).sum()) == 1
        near += int((distance < _NEAR).sum()) == 1
    return exact, near


def in_bytes(model: bytes, train: Checked, seed: int = 0) -> tuple[int, int]:
    """Look for the values of training rows, side by side, in the bytes of a model.

    Args:
        model: The file.
        train: The training rows; at most 300 are drawn.
        seed: Of the draw.

    Returns:
        How many rows were searched for, and how many were found: all of the row's numbers in order, as
        float64 or float32, or one of its texts of 20 characters or more that fewer than 5 rows have.
    """
    drawn = np.random.default_rng(seed).permutation(len(train.numbers))[:_SEARCHED]
    rare = _rare(train)
    texts = (
        [
            str(coded.levels[coded.codes[row]])
            for coded, few in zip(train.strings, rare, strict=True)
            if few[coded.codes[row]]
        ]
        for row in drawn
    )
    found = sum(
        any(each in model for each in _traces(numbers, strings))
        for numbers, strings in zip(train.numbers[drawn], texts, strict=True)
    )
    return len(drawn), found


def listed_values(contract: Contract, profile: Profile, fewest: int = FEWEST) -> tuple[Listed, ...]:
    """Return what a release lists of the values of each column of strings, whatever its role.

    Args:
        contract: With its levels.
        profile: Of the training table; what the release withholds of it is not listed.
        fewest: Values of fewer rows than that are rare.
    """
    found, released = [], withheld(profile, contract, fewest)
    for column in contract.columns:
        counts = _counts(profile, column.name)
        known = tuple(each for each in _counts(released, column.name) if each in counts)
        for where, values in (("contract.toml", column.levels or ()), ("profile.bin", known)):
            if values:
                found.append(_listed(column.name, where, values, counts, fewest))
    return tuple(found)


def _counts(profile: Profile, name: str) -> dict[str, int]:
    summary = profile.columns.get(name)
    return dict(summary.categories.counts) if summary is not None and summary.categories else {}


def _listed(name: str, where: str, values: Sequence[str], counts: dict[str, int], fewest: int) -> Listed:
    rare = [value for value in values if counts.get(value, 0) < fewest]
    personal = tuple(sorted({kind for value in values for kind in looks_personal(value)}))
    telling = sum(bool(looks_personal(value)) or _is_sentence(value) for value in rare)
    return Listed(name, where, len(values), len(rare), personal, telling)


def _is_sentence(text: str) -> bool:
    return len(text) >= _LONG and len(words(text)) >= _SENTENCE


def looks_personal(text: str) -> tuple[str, ...]:
    """Return what a text looks like.

    Example:
        >>> looks_personal("write to ada@example.org"), looks_personal("JFK")
        (('e-mail address',), ())
    """
    return tuple(kind for kind, pattern in _PERSONAL.items() if pattern.search(text))


def _rare(train: Checked) -> list[NDArray[np.bool_]]:
    """Return for each column of strings which of its levels fewer than 5 rows have."""
    return [np.bincount(coded.codes, minlength=len(coded.levels)) < FEWEST for coded in train.strings]


def _traces(numbers: Floats, strings: Sequence[str]) -> Iterator[bytes]:
    known = numbers[np.isfinite(numbers)]
    if len(np.unique(known)) > 2:  # fewer stand together by chance
        yield known.tobytes()
        yield known.astype(np.float32).tobytes()
    for text in strings:
        if text != MISSING and len(text) >= _LONG:
            yield text.encode()


def _distances(rows: Floats, row: Floats, spread: Floats) -> Floats:
    """Return the largest distance over the columns, in standard deviations; a null equals a null alone."""
    apart = np.abs(rows - row) / spread
    both = np.isnan(rows) & np.isnan(row)
    apart = np.where(both, 0.0, np.where(np.isnan(apart), np.inf, apart))
    return np.asarray(apart.max(axis=1, initial=0.0))


def _deviation(numbers: Floats) -> Floats:
    centred = np.where(np.isfinite(numbers), numbers, np.nan)
    empty = ~np.isfinite(numbers).any(axis=0)
    spread = np.ones(numbers.shape[1])
    spread[~empty] = np.nanstd(centred[:, ~empty], axis=0)
    return np.where(spread > 0, spread, 1.0)
