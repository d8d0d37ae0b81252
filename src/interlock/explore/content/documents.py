"""Texts as numbered words: what is counted, compared and told apart afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.profile.words import words

__all__ = ["Documents", "documents"]


class Documents(NamedTuple):
    """Texts, each as the numbers of its words in order.

    Args:
        vocabulary: The different words, by number, in the order in which they first occur.
        words: All words of all texts, one after the other, shape [w].
        starts: Where each text begins in `words`, and the end, shape [n + 1].
    """

    vocabulary: tuple[str, ...]
    words: NDArray[np.int64]
    starts: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The words of each text, shape [n]."""
        return np.diff(self.starts)

    def presence(self) -> Any:
        """Return which text has which word, however often: a `csr_array` of ones, shape [n, vocabulary]."""
        from scipy.sparse import csr_array

        shape = (len(self.starts) - 1, len(self.vocabulary))
        # Copied: what follows sorts the words of each text in place.
        found = csr_array((np.ones(len(self.words)), self.words, self.starts), shape=shape, copy=True)
        found.sum_duplicates()
        found.data[:] = 1.0
        return found

    def of(self, places: NDArray[np.int64]) -> Documents:
        """Return some of the texts, with the whole vocabulary."""
        lengths = self.lengths[places]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        within = np.arange(int(starts[-1])) - np.repeat(starts[:-1], lengths)
        return Documents(
            self.vocabulary, self.words[np.repeat(self.starts[places], lengths) + within], starts
        )

    def growth(self, points: int = 20) -> tuple[tuple[int, int], ...]:
        """Return how many different words are met in the first words read, at evenly spaced places."""
        total = len(self.words)
        if total == 0:
            return ()
        first = np.unique(self.words, return_index=True)[1]
        places = np.unique(np.linspace(total / points, total, points).astype(np.int64))
        return tuple((int(place), int((first < place).sum())) for place in places if place)


def documents(texts: Sequence[str]) -> Documents:
    """Return texts as numbered words.

    Args:
        texts: Each short enough; the caller bounds them.

    Example:
        >>> documents(["red fish", "blue fish"]).words.tolist()
        [0, 1, 2, 1]
    """
    numbers: dict[str, int] = {}
    coded = [[numbers.setdefault(word, len(numbers)) for word in words(text)] for text in texts]
    starts = np.cumsum([0, *map(len, coded)], dtype=np.int64)
    flat = np.fromiter((code for each in coded for code in each), np.int64, int(starts[-1]))
    return Documents(tuple(numbers), flat, starts)
