from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from interlock.develop.metric import METRICS, metric_of, scores
from interlock.errors import InputError

RANDOM = np.random.default_rng(0)
N = 400
WEIGHTS = RANDOM.uniform(0.1, 3, N)
BINARY = (RANDOM.random(N) < 0.3).astype(float)
CHANCE = np.clip(np.round(RANDOM.random(N) * 0.7 + 0.2 * BINARY, 2), 0.01, 0.99)  # with ties
CLASS = RANDOM.integers(0, 3, N).astype(float)
SHARES = RANDOM.dirichlet([1, 1, 1], N)
NUMBER = RANDOM.normal(size=N)
GUESS = NUMBER + RANDOM.normal(size=N)


def expected(key: str, task: str, weights: Any) -> Any:
    label = SHARES.argmax(axis=1)
    truth = np.arange(3) == CLASS[:, np.newaxis]
    brier = ((SHARES - truth) ** 2).sum(axis=1)
    return {
        ("log_loss", "binary"): lambda: metrics.log_loss(BINARY, CHANCE, sample_weight=weights),
        ("auc", "binary"): lambda: metrics.roc_auc_score(BINARY, CHANCE, sample_weight=weights),
        ("average_precision", "binary"): lambda: metrics.average_precision_score(
            BINARY, CHANCE, sample_weight=weights
        ),
        ("brier", "binary"): lambda: metrics.brier_score_loss(BINARY, CHANCE, sample_weight=weights),
        ("accuracy", "binary"): lambda: metrics.accuracy_score(BINARY, CHANCE >= 0.5, sample_weight=weights),
        ("log_loss", "multiclass"): lambda: metrics.log_loss(CLASS, SHARES, sample_weight=weights),
        ("brier", "multiclass"): lambda: np.average(brier, weights=weights),
        ("accuracy", "multiclass"): lambda: metrics.accuracy_score(CLASS, label, sample_weight=weights),
        ("macro_f1", "multiclass"): lambda: metrics.f1_score(
            CLASS, label, average="macro", sample_weight=weights
        ),
        ("rmse", "regression"): lambda: metrics.root_mean_squared_error(NUMBER, GUESS, sample_weight=weights),
        ("mae", "regression"): lambda: metrics.mean_absolute_error(NUMBER, GUESS, sample_weight=weights),
        ("r2", "regression"): lambda: metrics.r2_score(NUMBER, GUESS, sample_weight=weights),
    }[key, task]()


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
@pytest.mark.parametrize(("key", "task"), [(each.key, task) for each in METRICS for task in each.tasks])
def test_each_metric_equals_scikit_learn(key: str, task: Any, weights: Any) -> None:
    prediction, target = {
        "binary": (CHANCE, BINARY),
        "multiclass": (SHARES, CLASS),
        "regression": (GUESS, NUMBER),
    }[task]
    metric = metric_of(key, task)
    found = metric.measure(task, prediction, target, None, weights)
    assert found.value == pytest.approx(expected(key, task, weights), rel=1e-9)
    assert found.low < found.value < found.high
    assert metric.cost(found) == (-found.value if metric.larger else found.value)


def test_the_one_that_decides_comes_first_and_then_the_usual_ones() -> None:
    assert [each.metric for each in scores("binary", CHANCE, BINARY, metric="brier")] == [
        "Brier score",
        "log loss",
        "AUC",
    ]
    assert [each.metric for each in scores("binary", CHANCE, BINARY, metric="auc")] == ["AUC", "log loss"]


def test_weights_of_whole_numbers_are_repeated_rows() -> None:
    times = np.arange(N) % 3 + 1
    rows = np.repeat(np.arange(N), times)
    once = scores("binary", CHANCE, BINARY, weights=times.astype(float))
    repeated = scores("binary", CHANCE[rows], BINARY[rows], clusters=rows)
    for weighted, each in zip(once, repeated, strict=True):
        assert weighted[1:4] == pytest.approx(each[1:4])


@pytest.mark.parametrize(
    ("name", "task", "message"),
    [
        (
            "rmse",
            "binary",
            "metric does not fit a binary target\n.*\n  got: rmse\n  next: these fit: log_loss",
        ),
        ("acuracy", "binary", "a metric is not known\n.*\n.*\n  next: did you mean `accuracy`"),
        ("auc", "multiclass", "does not fit a multiclass target"),
        ("log_loss", "regression", "does not fit a regression target"),
    ],
)
def test_a_metric_that_does_not_fit(name: str, task: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        metric_of(name, task)
