"""The words of a text column, weighed by how rare they are: sparse in training, a sum in the graph."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from interlock.contract.check import Coded
from interlock.contract.model import MISSING
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.bags import Bags, bags, emit_sums
from interlock.develop.sample import Inputs

__all__ = ["LEAST_TERM_ROWS", "MOST_TERMS", "Terms"]

#: Rows in which a word has to occur: rarer ones say little, and could tell whose row was learned from.
LEAST_TERM_ROWS = 5
MOST_TERMS = 20_000
#: The length of a text: as that of a hundred numbers on one scale, so that the penalty that suits numbers
#: suits words.
_LENGTH = 10.0
_NOTHING = 1e-30  # the squared length of a text without a known word; its words add up to 0


@dataclass(frozen=True)
class Terms:
    """TF-IDF of one text column: a feature for each known word, and one that says where the text is missing.

    A text's features are `weight * count`, divided by the root of the sum of `weight² * count`, times 10. The
    count of a word is the one of `words.bag`, logarithmic. So a text is a sum over its words divided by a
    root of a sum over its words, and no graph has to build the features.

    Args:
        name: The text column.
        column: Its place in the string tensor.
        vocabulary: The words, most frequent first.
        weights: Their inverse document frequencies.

    Example:
        >>> terms = Terms("review", 0, ("good", "bad"), (1.0, 2.0))
        >>> terms.of(Coded(np.array([0, 1]), np.array(["Good, good!", "Bad"], object))).toarray().round(2)
        array([[14.14,  0.  ,  0.  ],
               [ 0.  , 10.  ,  0.  ]])
    """

    name: str
    column: int
    vocabulary: tuple[str, ...]
    weights: tuple[float, ...]

    @classmethod
    def fit(
        cls, name: str, place: int, column: Coded, *, least: int = LEAST_TERM_ROWS, most: int = MOST_TERMS
    ) -> Terms:
        """Choose the words and weigh them.

        Args:
            name: The text column.
            place: Its place in the string tensor.
            column: The training rows.
            least: Rows that a word needs.
            most: Words at most; the most frequent ones, by name where two are equally frequent.

        Source:
            Manning, Raghavan and Schütze (2008), Introduction to Information Retrieval, section 6.2; smoothed
            as in scikit-learn: ln((1 + rows) / (1 + rows with the word)) + 1.
        """
        found, rows = bags(column)
        texts = np.bincount(rows, minlength=found.counts.shape[0])
        frequency = (texts @ (found.counts > 0)).astype(np.int64)
        chosen = sorted(
            (-int(count), word)
            for word, count in zip(found.words, frequency, strict=True)
            if count >= least and word != MISSING
        )[:most]
        counts = -np.array([count for count, _ in chosen], np.float64)
        weights = np.log((1 + len(rows)) / (1 + counts)) + 1
        return cls(name, place, tuple(word for _, word in chosen), tuple(weights.tolist()))

    @property
    def size(self) -> int:
        """How many features there are."""
        return len(self.vocabulary) + 1

    @property
    def names(self) -> tuple[str, ...]:
        """What the features are called."""
        return (*(f"{self.name}: {word}" for word in self.vocabulary), f"{self.name} missing")

    def transform(self, inputs: Inputs) -> sparse.csr_matrix:
        """Compute the features of any rows, sparse float64 [n, size]."""
        return self.of(inputs.strings[self.column])

    def of(self, column: Coded) -> sparse.csr_matrix:
        """Compute the features of any texts, sparse float64 [n, size]."""
        found, rows = bags(column)
        counts = self._known(found)
        length = np.sqrt(np.maximum(counts @ self._weights**2, _NOTHING))
        weighed = counts.multiply(self._weights[None, :]).multiply(_LENGTH / length[:, None])
        return weighed.tocsr()[rows]

    def emit(self, graph: Graph, table: NDArray[np.float64]) -> str:
        """Add the product of the features and a table to a graph.

        Args:
            graph: What to add to.
            table: float64 [size, k]: what a feature of 1 is worth.

        Returns:
            Double [n, k].
        """
        weights = self._weights[:, None]
        known = np.concatenate([table * weights * _LENGTH, weights**2], axis=1)
        unknown = np.zeros((1, known.shape[1]))
        sums = emit_sums(graph, self.column, self.vocabulary, np.concatenate([known, unknown]))
        width = table.shape[1]
        length = graph.node("Max", graph.columns(sums, (width,)), graph.constant(np.array(_NOTHING)))
        return graph.node("Div", graph.columns(sums, tuple(range(width))), graph.node("Sqrt", length))

    @cached_property
    def _weights(self) -> NDArray[np.float64]:
        return np.array([*self.weights, 1.0])

    @cached_property
    def _places(self) -> dict[str, int]:
        return {word: place for place, word in enumerate((*self.vocabulary, MISSING))}

    def _known(self, found: Bags) -> sparse.csr_matrix:
        """Return the counts of the known words, in the order of the vocabulary, sparse [texts, size]."""
        places = np.array([self._places.get(word, -1) for word in found.words], np.int64)
        kept = np.flatnonzero(places >= 0)
        move = sparse.csr_matrix(
            (np.ones(len(kept)), (kept, places[kept])), shape=(len(found.words), self.size)
        )
        return found.counts @ move
