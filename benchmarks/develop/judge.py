"""How good predictions are on the judged rows, and how far two tools are apart, with paired intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from problems import Problem
from sklearn.metrics import f1_score

_DRAWS = 1000
_LEAST = 1e-15
#: How many digits each metric is shown with.
DIGITS = {"AUC": 4, "log loss": 4, "RMSE": 1}


class Judgement(NamedTuple):
    """What one tool reached.

    Args:
        value: The metric.
        draws: The metric on each bootstrap sample of the judged rows, the same samples for every tool.
        extra: Another figure to know: the macro F1 of classes.
    """

    value: float
    draws: NDArray[np.float64]
    extra: str = ""


class Apart(NamedTuple):
    """How much worse a tool is than another: above 0 is worse. With its paired bootstrap interval."""

    value: float
    low: float
    high: float


def judge(problem: Problem, classes: list[str], prediction: NDArray[np.float64]) -> Judgement:
    test = pd.read_parquet(problem.folder / "test.parquet")
    counts = _counts(test, problem)
    if problem.task == "regression":
        each = (prediction - test[problem.target].to_numpy()) ** 2
        return Judgement(float(np.sqrt(each.mean())), np.sqrt(counts @ each / counts.sum(axis=1)))
    truth = test[problem.target].map({label: at for at, label in enumerate(classes)}).to_numpy()
    if problem.metric == "AUC":
        return _auc(
            prediction[:, classes.index(problem.positive)], truth == classes.index(problem.positive), counts
        )
    likely = np.clip(prediction, _LEAST, 1)
    likely = (likely / likely.sum(axis=1, keepdims=True))[np.arange(len(truth)), truth]
    each = -np.log(likely)
    f1 = f1_score(truth, prediction.argmax(axis=1), average="macro")
    return Judgement(float(each.mean()), counts @ each / counts.sum(axis=1), f"macro F1 {f1:.3f}")


def worse(problem: Problem, ours: Judgement, theirs: Judgement) -> Apart:
    """Return by how much ours is worse than theirs."""
    sign = -1 if problem.metric == "AUC" else 1
    low, high = np.quantile(sign * (ours.draws - theirs.draws), [0.025, 0.975])
    return Apart(sign * (ours.value - theirs.value), float(low), float(high))


def _counts(test: pd.DataFrame, problem: Problem) -> NDArray[np.float64]:
    """Return how often each row is in each bootstrap sample; rows of one day are drawn together."""
    random = np.random.default_rng(0)
    units = test[problem.time].dt.floor("D") if problem.time else pd.Series(np.arange(len(test)))
    places, names = pd.factorize(units)
    drawn = random.multinomial(len(names), np.full(len(names), 1 / len(names)), _DRAWS)
    return drawn[:, places].astype(np.float32)


def _auc(score: NDArray[np.float64], positive: NDArray[np.bool_], counts: NDArray[np.float64]) -> Judgement:
    """Return the area under the ROC curve, weighted by each sample's counts; ties count half."""
    order = np.argsort(score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) > 0, True))
    positive = positive[order]

    def area(weights: NDArray[np.float64]) -> float:
        up = np.diff(np.cumsum(np.where(positive, weights, 0.0))[ends], prepend=0.0)
        down = np.diff(np.cumsum(np.where(positive, 0.0, weights))[ends], prepend=0.0)
        below = np.cumsum(down) - down / 2
        return float(up @ below / (up.sum() * down.sum()))

    draws = np.array([area(each[order].astype(np.float64)) for each in counts])
    return Judgement(area(np.ones(len(score))), draws)
