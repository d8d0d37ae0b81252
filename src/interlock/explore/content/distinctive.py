"""The words that set the texts of one class apart, or go with a number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from interlock.explore.content.documents import Documents
from interlock.explore.statistics.discoveries import RATE, discoveries
from interlock.explore.statistics.log_tail import log_normal_tail, two_sided

__all__ = ["Word", "by_class", "by_number"]

#: Words in fewer texts than this are not tested.
_TEXTS = 5
#: The prior weighs as much as so many words, spread as in all texts.
_PRIOR = 500.0
#: The most words that are named for a class, or at each end of a number.
_MOST = 10
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Word:
    """A word that sets some texts apart.

    Args:
        word: In lower case.
        group: The class that has it more often; of a number `more` or `less`.
        effect: The logarithm of the ratio of its odds inside and outside the class; of a number the
            correlation with having the word.
        z: The effect in standard errors.
        log_p: The natural logarithm of the two-sided p-value of no effect; words are named at a false
            discovery rate of 1 % over all words.
        texts: How many texts have it.
    """

    word: str
    group: str
    effect: float
    z: float
    log_p: float
    texts: int


def by_class(texts: Documents, classes: NDArray[np.int64], names: Sequence[str]) -> tuple[Word, ...]:
    """Return the words that set each class apart from the others, the most telling first, at most ten each.

    A text counts a word once, however often it says it: words of one text are not independent.

    Args:
        texts: The texts, n of them.
        classes: The class of each, 0 to k - 1, shape [n].
        names: Of the classes, k of them.

    Source:
        B. L. Monroe, M. P. Colaresi, K. M. Quinn, Fightin' words (2008), equations 15, 20 and 22: log-odds
        with an informative Dirichlet prior.
    """
    presence = texts.presence()
    totals = np.asarray(presence.sum(axis=0)).ravel()
    tested = np.flatnonzero(totals >= _TEXTS)
    present = [place for place in range(len(names)) if (classes == place).any()]
    if len(tested) == 0 or len(present) < 2:
        return ()
    prior = _PRIOR * totals / totals.sum()
    inside = np.array([np.asarray(presence[classes == place].sum(axis=0)).ravel() for place in present])
    effects, z = log_odds(inside, totals - inside, prior)
    held = discoveries((2 * ndtr(-np.abs(z[:, tested]))).ravel(), RATE).reshape(len(present), -1)
    found: list[Word] = []
    for row, place in enumerate(present):
        kept = tested[held[row] & (z[row, tested] > 0)]
        best = kept[np.argsort(-z[row, kept], kind="stable")][:_MOST]
        found += [_word(texts, code, names[place], effects[row, code], z[row, code], totals) for code in best]
    return tuple(found)


def log_odds(inside: Numbers, outside: Numbers, prior: Numbers) -> tuple[Numbers, Numbers]:
    """Return the log-odds ratio of each word and its z-score.

    Args:
        inside: Counts in the class, shape [..., words].
        outside: Counts elsewhere, likewise.
        prior: Pseudo-counts, shape [words].

    Returns:
        The ratio and the z-score, shaped as `inside`.
    """
    first, second = inside + prior, outside + prior
    odds = [np.log(each / (each.sum(axis=-1, keepdims=True) - each)) for each in (first, second)]
    effect: Numbers = odds[0] - odds[1]
    score: Numbers = effect / np.sqrt(1 / first + 1 / second)
    return effect, score


def by_number(texts: Documents, numbers: Numbers) -> tuple[Word, ...]:
    """Return the words whose texts have a higher or lower number, the most telling first, at most ten each.

    Args:
        texts: The texts, n of them.
        numbers: One a text, finite, shape [n].

    Source:
        R. A. Fisher, Frequency distribution of the values of the correlation coefficient (1915): the
        transformed correlation is normal with variance 1 / (n - 3).
    """
    n, presence = len(numbers), texts.presence()
    totals = np.asarray(presence.sum(axis=0)).ravel()
    tested = np.flatnonzero((totals >= _TEXTS) & (totals <= n - _TEXTS))
    spread = float(numbers.std())
    if len(tested) == 0 or not 0 < spread < math.inf:
        return ()
    sums = np.asarray(presence.T @ (numbers - numbers.mean())).ravel()[tested]
    share = totals[tested] / n
    effects = np.clip(sums / n / (spread * np.sqrt(share * (1 - share))), -1 + 1e-12, 1 - 1e-12)
    z = np.arctanh(effects) * math.sqrt(n - 3)
    held = discoveries(2 * ndtr(-np.abs(z)), RATE)
    found: list[Word] = []
    for group, sign in (("more", 1), ("less", -1)):
        kept = np.flatnonzero(held & (sign * z > 0))
        best = kept[np.argsort(-np.abs(z[kept]), kind="stable")][:_MOST]
        found += [_word(texts, tested[place], group, effects[place], z[place], totals) for place in best]
    return tuple(found)


def _word(texts: Documents, code: int, group: str, effect: float, z: float, totals: Numbers) -> Word:
    log_p = two_sided(log_normal_tail(abs(z)))
    return Word(texts.vocabulary[code], group, float(effect), float(z), log_p, int(totals[code]))
