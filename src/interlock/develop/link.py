"""From a model's score to its prediction: log-odds, logarithms of probabilities, or the value itself.

Scores of several models may be added, scaled and explained; probabilities may not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from interlock.contract.model import Task
from interlock.develop.emit.graph import Graph

__all__ = ["LEAST", "emit_link", "predict_from", "score_of"]

#: A probability of a score is at least this far from 0 and 1, so that its logarithm is finite.
LEAST = 1e-15


def predict_from(task: Task, score: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn scores into predictions.

    Args:
        task: What is predicted.
        score: float64 [n, width]: log-odds (binary), logarithms of probabilities up to a constant a row
            (multiclass), or values (regression).

    Returns:
        The probability of the positive class or the value, float64 [n]; multiclass [n, classes].

    Example:
        >>> predict_from("binary", np.array([[0.0]]))
        array([0.5])
    """
    if task == "multiclass":
        return np.asarray(softmax(score, axis=1), np.float64)
    return np.asarray(expit(score[:, 0]) if task == "binary" else score[:, 0], np.float64)


def score_of(task: Task, prediction: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn predictions into scores; a probability of 0 or 1 counts as 1e-15 away from it.

    Args:
        task: What is predicted.
        prediction: As `predict_from` returns it.

    Returns:
        float64 [n, width], a copy.
    """
    if task == "regression":
        return np.array(prediction, np.float64).reshape(-1, 1)
    likely = np.clip(prediction, LEAST, 1 - LEAST)
    if task == "multiclass":
        return np.asarray(np.log(likely))
    return np.asarray(np.log(likely) - np.log1p(-likely)).reshape(-1, 1)


def emit_link(graph: Graph, task: Task, score: str) -> str:
    """Add the same as `predict_from` to a graph; a prediction stays double [n, width]."""
    if task == "regression":
        return score
    return graph.node("Sigmoid", score) if task == "binary" else graph.node("Softmax", score, axis=1)
