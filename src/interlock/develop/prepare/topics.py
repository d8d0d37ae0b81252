"""A text in a few numbers, for trees: the directions in which the texts of the training rows differ most."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from interlock.contract.check import Coded
from interlock.contract.model import MISSING, Contract
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.bags import bags, emit_sums
from interlock.develop.prepare.step import Learned, Options
from interlock.develop.prepare.terms import Terms
from interlock.develop.sample import Inputs, Sample

__all__ = ["MOST_TOPICS", "MOST_TOPIC_TERMS", "Topics", "make_topics"]

MOST_TOPICS = 24
MOST_TOPIC_TERMS = 4000
_MOST_ROWS = 20_000


@dataclass(frozen=True)
class Topics:
    """TF-IDF projected on its first singular vectors, and the number of words; all missing where the text is.

    Args:
        terms: The words and their weights.
        vectors: [words, topics].
    """

    terms: Terms
    vectors: tuple[tuple[float, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What the features are called."""
        name = self.terms.name
        return (*(f"{name} topic {place + 1}" for place in range(self._table.shape[1])), f"{name} words")

    @property
    def sources(self) -> tuple[str, ...]:
        """The text column, once for each feature."""
        return (self.terms.name,) * len(self.names)

    def transform(self, inputs: Inputs) -> NDArray[np.float64]:
        """Compute the features of any rows, float64 [n, topics + 1]."""
        column = inputs.strings[self.terms.column]
        topics = self.terms.transform(inputs)[:, : len(self.vectors)] @ self._table
        features = np.concatenate([topics, _words(column)[:, None]], axis=1)
        features[(column.levels == MISSING)[column.codes]] = np.nan
        return features

    def emit(self, graph: Graph) -> str:
        """Add the same computation to a graph and return its tensor, double [n, topics + 1]."""
        size, topics = self._table.shape
        count = np.concatenate([np.ones(size), [np.nan, 1.0]])[:, None]
        counted = emit_sums(graph, self.terms.column, self.terms.vocabulary, count)
        if not topics:
            return counted
        table = np.concatenate([self._table, np.full((1, topics), np.nan)])
        return graph.node("Concat", self.terms.emit(graph, table), counted, axis=1)

    @cached_property
    def _table(self) -> NDArray[np.float64]:
        topics = len(self.vectors[0]) if self.vectors else 0
        return np.array(self.vectors, np.float64).reshape(len(self.vectors), topics)


def make_topics(rows: Sample, contract: Contract, options: Options) -> tuple[Learned, ...]:
    """Fit one step for each text column.

    Source:
        Deerwester, Dumais, Furnas, Landauer and Harshman (1990), Indexing by latent semantic analysis; the
        vectors as in Halko, Martinsson and Tropp (2011), Finding structure with randomness.
    """
    if options.text != "topics":
        return ()
    texts = [(place, column.name) for place, column in enumerate(contract.strings) if column.type == "text"]
    return tuple(
        Learned(_fit(Terms.fit(name, place, rows.strings[place], most=MOST_TOPIC_TERMS), rows))
        for place, name in texts
    )


def _fit(terms: Terms, rows: Sample) -> Topics:
    column = rows.strings[terms.column]
    every = -(-len(column.codes) // _MOST_ROWS)
    features = terms.of(Coded(column.codes[::every], column.levels))[:, :-1]
    most = min(MOST_TOPICS, features.shape[1] // 2, features.shape[0] // 2)
    return Topics(terms, tuple(tuple(row) for row in _directions(features, most).tolist()))


def _directions(features: sparse.csr_matrix, most: int) -> NDArray[np.float64]:
    if most == 0 or features.nnz == 0:
        return np.empty((features.shape[1], 0))
    from sklearn.utils.extmath import randomized_svd
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # 0.07 s in place of 1.2: such thin matrices only wait for other threads
        vectors = randomized_svd(features, most, n_iter=4, random_state=0)[2]
    return np.asarray(vectors.T, np.float64)


def _words(column: Coded) -> NDArray[np.float64]:
    found, rows = bags(column)
    return np.asarray(found.counts.sum(axis=1), np.float64).ravel()[rows]
