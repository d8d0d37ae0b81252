"""What a column of text holds: lengths, characters, words, near repeats, words that tell classes apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.association import is_known, target_values
from interlock.explore.content.characters import capitals_and_classes, contains
from interlock.explore.content.distinctive import Word, by_class, by_number
from interlock.explore.content.documents import Documents, documents
from interlock.explore.content.similar import similar
from interlock.explore.sample import Sample
from interlock.profile import Values

__all__ = ["CELL", "Text", "texts"]

#: Of one cell so many characters are looked at, of a column so many characters and different texts.
CELL, _CHARACTERS, _TEXTS = 4_000, 5_000_000, 20_000
#: A column of strings with more different values than this is looked at as text, whatever its type; with more
#: than the second number where half of its values are of three words and more.
_DIFFERENT, _SENTENCES = 1_000, 50
#: Texts of so many words at the median have a vocabulary worth counting; shorter ones are names or codes.
_PROSE = 3
#: What is kept for the page: the commonest words, groups of similar texts and the characters of an example.
_TOP, _GROUPS, _EXAMPLE = 15, 5, 160
_QUANTILES = (0.0, 0.05, 0.5, 0.95, 1.0)
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Text:
    """What a column of text holds.

    Args:
        column: Its name.
        n: Rows with a text, of the sample.
        different: Different texts among them.
        looked: Different texts that were looked into, drawn at random where there are more.
        rows: Rows that hold one of them.
        cut: Of these, texts of which only the first 4,000 characters were read.
        empty: Rows with the empty text.
        blank: Rows with nothing but white space.
        characters: The shortest, 5 %, median, 95 % and longest length of the rows, in characters.
        words: The same in words, of the texts looked into.
        capitals: The share of capitals among letters.
        classes: The share of each class of characters, the largest first.
        contains: What the rows contain, such as `an e-mail address`, and in what share of `rows`.
        vocabulary: How many different words there are; 0 where texts are too short to have one.
        top: The commonest words, and in how many texts they are.
        growth: How many different words were met in the first so many words.
        alike: Different texts that are nearly the same as another one.
        compared: Texts long enough to be compared.
        groups: The first texts of the largest groups of such texts, shortened.
        sizes: How many texts each of these groups has.
        telling: The words that set the classes of the target apart, or go with its value.
    """

    column: str
    n: int
    different: int
    looked: int
    rows: int
    cut: int
    empty: int
    blank: int
    characters: tuple[float, ...]
    words: tuple[float, ...]
    capitals: float
    classes: tuple[tuple[str, float], ...]
    contains: tuple[tuple[str, float], ...]
    vocabulary: int = 0
    top: tuple[tuple[str, int], ...] = ()
    growth: tuple[tuple[int, int], ...] = ()
    alike: int = 0
    compared: int = 0
    groups: tuple[tuple[str, ...], ...] = ()
    sizes: tuple[int, ...] = ()
    telling: tuple[Word, ...] = ()


def texts(sample: Sample, contract: Contract, without: Sequence[str] = ()) -> Iterator[Text]:
    """Yield what each column of text holds.

    Args:
        sample: Rows of the table.
        contract: Columns of the type `text` are read, and strings with more than 1,000 different values, or
            with more than 50 that are of three words and more.
        without: Columns to pass over, such as times that are text.
    """
    for column in contract.columns:
        values = sample.columns[column.name]
        if values.kind != "string" or column.role == "target" or column.name in without:
            continue
        codes = np.where(is_known(values), values.data, -1).astype(np.int64)
        used = np.flatnonzero(np.bincount(codes[codes >= 0]))
        if len(used) and (column.type == "text" or _is_text(values, used)):
            yield _measured(column.name, values, codes, sample, contract)


def _is_text(values: Values, used: Codes) -> bool:
    if values.dictionary is None or len(used) <= _SENTENCES:
        return False
    few = values.dictionary[used[:: max(len(used) // 200, 1)]]
    return len(used) > _DIFFERENT or float(np.median([text[:CELL].count(" ") for text in few])) >= _PROSE - 1


def _measured(name: str, values: Values, codes: Codes, sample: Sample, contract: Contract) -> Text:
    strings: list[str] = [] if values.dictionary is None else values.dictionary.tolist()
    used, hits = np.unique(codes[codes >= 0], return_counts=True)
    lengths = np.array([len(strings[code]) for code in used])
    chosen = _chosen(lengths)
    read = [strings[code][:CELL] for code in used[chosen]]
    weights = hits[chosen]
    blank = np.array([not strings[code].strip() for code in used])
    capitals, classes = capitals_and_classes(read)
    counted = documents(read)
    found = Text(
        column=name,
        n=int(hits.sum()),
        different=len(used),
        looked=len(read),
        rows=int(weights.sum()),
        cut=int((lengths[chosen] > CELL).sum()),
        empty=int(hits[lengths == 0].sum()),
        blank=int(hits[blank & (lengths > 0)].sum()),
        characters=_quantiles(lengths, hits),
        words=_quantiles(counted.lengths, weights),
        capitals=capitals,
        classes=classes,
        contains=_contains(read, weights),
    )
    if found.words[2] < _PROSE:
        return found
    return _with_words(found, read, counted, used[chosen], codes, sample, contract)


def _chosen(lengths: Codes) -> Codes:
    """Return which different texts are looked into: all, or as many as the budget allows, drawn at random."""
    order = np.random.default_rng(0).permutation(len(lengths))[:_TEXTS]
    within = np.cumsum(np.minimum(lengths[order], CELL)) <= _CHARACTERS
    return np.sort(order[: max(int(within.sum()), 1)])


def _quantiles(lengths: Codes, weights: Codes) -> tuple[float, ...]:
    """Return quantiles of lengths that occur so often each."""
    order = np.argsort(lengths, kind="stable")
    reached = np.cumsum(weights[order])
    places = np.searchsorted(reached, np.array(_QUANTILES) * reached[-1])
    return tuple(lengths[order[np.minimum(places, len(order) - 1)]].astype(float).tolist())


def _contains(read: Sequence[str], weights: Codes) -> tuple[tuple[str, float], ...]:
    hits: Counter[str] = Counter()
    for text, weight in zip(read, weights.tolist(), strict=True):
        for what in contains(text):
            hits[what] += weight
    return tuple((what, many / int(weights.sum())) for what, many in hits.most_common())


def _with_words(
    found: Text,
    read: Sequence[str],
    counted: Documents,
    used: Codes,
    codes: Codes,
    sample: Sample,
    contract: Contract,
) -> Text:
    totals = np.asarray(counted.presence().sum(axis=0)).ravel()
    common = np.argsort(-totals, kind="stable")[:_TOP]
    groups = similar(counted)
    return replace(
        found,
        vocabulary=len(counted.vocabulary),
        top=tuple((counted.vocabulary[code], int(totals[code])) for code in common),
        growth=counted.growth(),
        alike=sum(map(len, groups.groups)),
        compared=groups.compared,
        groups=tuple(
            tuple(read[place][:_EXAMPLE] for place in group[:3]) for group in groups.groups[:_GROUPS]
        ),
        sizes=tuple(len(group) for group in groups.groups[:_GROUPS]),
        telling=_telling(counted, used, codes, sample, contract),
    )


def _telling(
    counted: Documents, used: Codes, codes: Codes, sample: Sample, contract: Contract
) -> tuple[Word, ...]:
    """Return the words that go with the target. A text that repeats counts once, as in its first row."""
    if contract.target is None:
        return ()
    target = target_values(sample, contract)
    rows = np.flatnonzero((codes >= 0) & np.isfinite(target))
    distinct, first = np.unique(codes[rows], return_index=True)
    goal = np.full(int(max(used.max(), codes.max())) + 1, np.nan)
    goal[distinct] = target[rows[first]]
    known = np.isfinite(goal[used])
    if not known.all():
        counted = counted.of(np.flatnonzero(known))
    goals = goal[used][known]
    if contract.task == "regression":
        return by_number(counted, goals)
    return by_class(counted, goals.astype(np.int64), contract.classes)
