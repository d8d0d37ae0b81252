"""What the words of a text say of the target, in one number a class, for trees.

A tree looks at one feature at a time, and no single word says much. A ridge regression on all words does, and
trees combine it with the other columns. Each training row gets it from a fit on other rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from interlock.contract.model import Contract
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.folds import folds, targets
from interlock.develop.prepare.step import Learned, Options
from interlock.develop.prepare.terms import Terms
from interlock.develop.prepare.topics import MOST_TOPIC_TERMS
from interlock.develop.sample import Inputs, Sample

__all__ = ["TextScores", "make_text_scores", "ridge"]

_MOST_ROWS = 20_000
_PENALTY = 10.0
_STEPS = 12

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TextScores:
    """A ridge regression of the target, of each class for several, on the terms of one text.

    Args:
        terms: The words and their weights.
        effects: [terms, width].
        bias: [width].
        names: What the features are called.
    """

    terms: Terms
    effects: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]
    names: tuple[str, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """The text column, once for each feature."""
        return (self.terms.name,) * len(self.names)

    def transform(self, inputs: Inputs) -> Floats:
        """Compute the features of any rows, float64 [n, width]."""
        return np.asarray(self.terms.transform(inputs) @ self._effects + np.array(self.bias), np.float64)

    def emit(self, graph: Graph) -> str:
        """Add the same computation to a graph and return its tensor, double [n, width]."""
        scores = self.terms.emit(graph, self._effects)
        return graph.node("Add", scores, graph.constant(np.array([self.bias])))

    @cached_property
    def _effects(self) -> Floats:
        return np.array(self.effects)


def make_text_scores(rows: Sample, contract: Contract, options: Options) -> tuple[Learned, ...]:
    """Fit one step for each text column, and cross-fit its features."""
    if options.text != "topics":
        return ()
    classes = contract.classes if rows.task == "multiclass" else ("",)
    learned = []
    for place, column in enumerate(contract.strings):
        if column.type == "text":
            terms = Terms.fit(column.name, place, rows.strings[place], most=MOST_TOPIC_TERMS)
            names = tuple(f"{column.name} score {label}".strip() for label in classes)
            learned.append(_learn(terms, names, rows, options.seed))
    return tuple(learned)


def _learn(terms: Terms, names: tuple[str, ...], rows: Sample, seed: int) -> Learned:
    features, target = terms.transform(rows), targets(rows)
    weights = np.ones(len(rows)) if rows.weights is None else rows.weights
    effects, bias = ridge(features, target, weights)
    training = np.empty_like(target)
    for encoded, source in folds(rows, seed=seed):
        own, shift = ridge(features[source], target[source], weights[source])
        training[encoded] = features[encoded] @ own + shift
    step = TextScores(terms, tuple(tuple(row) for row in effects.tolist()), tuple(bias.tolist()), names)
    return Learned(step, training)


def ridge(
    features: sparse.csr_matrix,
    target: Floats,
    weights: Floats,
    *,
    penalty: float = _PENALTY,
    steps: int = _STEPS,
) -> tuple[Floats, Floats]:
    """Regress by conjugate gradients, all targets at once, on at most 20,000 of the rows.

    Args:
        features: Sparse float64 [n, t].
        target: float64 [n, width].
        weights: float64 [n], how much each row counts.
        penalty: The weight of the squared effects.
        steps: Of the conjugate gradients; so few that they hold the effects small as well: without a penalty
            they give partial least squares of as many components.

    Returns:
        Effects [t, width] and bias [width]; nothing but noughts where no row counts.

    Source:
        Hestenes and Stiefel (1952); Hoerl and Kennard (1970), Ridge regression, Technometrics 12; Phatak and
        de Hoog (2002), Exploiting the connection between PLS, Lanczos methods and conjugate gradients.
    """
    every = max(1, -(-len(target) // _MOST_ROWS))
    features, target, weights = features[::every], target[::every], weights[::every, None]
    effects = np.zeros((features.shape[1], target.shape[1]))
    total = weights.sum()
    if not total:
        return effects, np.zeros(target.shape[1])
    centre, mean = (features.T @ weights) / total, (target * weights).sum(axis=0) / total

    def product(vectors: Floats) -> Floats:
        fitted = weights * (features @ vectors - centre.T @ vectors)
        return np.asarray(features.T @ fitted - centre * fitted.sum(axis=0) + penalty * vectors, np.float64)

    weighed = weights * (target - mean)
    left = np.asarray(features.T @ weighed - centre * weighed.sum(axis=0), np.float64)
    direction, size = left.copy(), (left**2).sum(axis=0)
    for _ in range(steps):
        image = product(direction)
        curve = (direction * image).sum(axis=0)
        length = np.divide(size, curve, out=np.zeros_like(size), where=curve > 0)
        effects, left = effects + length * direction, left - length * image
        before, size = size, (left**2).sum(axis=0)
        direction = left + direction * np.divide(size, before, out=np.zeros_like(size), where=before > 0)
    return effects, mean - (centre.T @ effects)[0]
