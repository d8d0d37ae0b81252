"""Rare classes weighed up in learning, without a lie in the probabilities.

Where each row of a class counts w times, its odds come out w times too high. So boosting begins from scores
that are higher by log w on the rows to learn from, and not elsewhere: what is then learned on top is right as
it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interlock.develop.link import score_of
from interlock.develop.sample import Sample

__all__ = ["class_weights", "prior", "shares", "shift_of", "weighed_up"]


def shares(train: Sample) -> NDArray[np.float64]:
    """Return the weighted share of each class, float64 [classes]."""
    counts = np.bincount(train.target.astype(np.intp), train.weights, minlength=train.classes)
    return np.asarray(counts / counts.sum())


def prior(train: Sample) -> NDArray[np.float64]:
    """Return the score of a model that knows no features, float64 [width]; 0 for a regression."""
    if train.task == "regression":
        return np.zeros(1)
    known = shares(train)
    score = score_of(train.task, known[1:] if train.task == "binary" else known[None])
    return np.asarray(score[0])


def class_weights(train: Sample, power: float) -> NDArray[np.float64]:
    """Return how much a row of each class counts, float64 [classes]; 1 for a class that no row has.

    Args:
        train: The rows to learn from.
        power: 0 lets all rows count the same; 1 all classes.
    """
    known = shares(train)
    return np.where(known > 0, (len(known) * np.maximum(known, 1e-15)) ** -power, 1.0)


def shift_of(train: Sample, power: float) -> NDArray[np.float64]:
    """Return by how much such weights raise the scores that are learned, float64 [width]."""
    raised = np.log(class_weights(train, power))
    return raised if train.task == "multiclass" else raised[1:] - raised[:1]


def weighed_up(train: Sample, power: float) -> tuple[NDArray[np.float64] | None, NDArray[np.float64]]:
    """Weigh classes by their rarity.

    Args:
        train: The rows to learn from.
        power: 0 leaves the weights as they are; 1 lets every class count the same.

    Returns:
        The weight of each row, None where all count alike; and what is to be added to the scores that
        learning begins from, float64 [width].

    Source:
        Elkan (2001), The Foundations of Cost-Sensitive Learning, theorem 2.
    """
    if not power or train.task == "regression":
        return train.weights, np.zeros(train.width)
    weights = class_weights(train, power)[train.target.astype(np.intp)]
    whole = weights if train.weights is None else weights * train.weights
    return whole, shift_of(train, power)
