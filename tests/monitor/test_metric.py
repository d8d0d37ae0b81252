import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    roc_auc_score,
)

from interlock.monitor.metric import Metric, enough, metrics
from interlock.validate.influence import standard_error

RANDOM = np.random.default_rng(0)
CHANCE = RANDOM.random(500)
TRUTH = (RANDOM.random(500) < CHANCE).astype(np.float64)
VALUES = RANDOM.normal(size=500)


def named(task: str, name: str) -> Metric:
    return next(metric for metric in metrics(task) if metric.name == name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("auc", roc_auc_score(TRUTH, CHANCE)),
        ("log_loss", log_loss(TRUTH, CHANCE)),
        ("brier", brier_score_loss(TRUTH, CHANCE)),
        ("calibration_in_the_large", (CHANCE - TRUTH).mean()),
    ],
)
def test_binary_metrics_are_scikit_learns(name: str, expected: float) -> None:
    assert named("binary", name).estimate(TRUTH, CHANCE).value == pytest.approx(expected, rel=1e-12)


def test_regression_metrics_are_scikit_learns() -> None:
    guess = VALUES + 0.3
    assert named("regression", "mae").estimate(VALUES, guess).value == pytest.approx(
        mean_absolute_error(VALUES, guess)
    )
    rmse = named("regression", "rmse").estimate(VALUES, guess + RANDOM.normal(size=500) * 0)
    assert rmse.value == pytest.approx(mean_squared_error(VALUES, guess) ** 0.5)


def test_multiclass_accuracy_is_scikit_learns() -> None:
    chances = RANDOM.dirichlet(np.ones(3), 500)
    classes = RANDOM.integers(0, 3, 500).astype(np.float64)
    expected = accuracy_score(classes, chances.argmax(axis=1))
    assert metrics("multiclass")[0].estimate(classes, chances).value == pytest.approx(expected)


def test_the_standard_error_of_rmse_is_that_of_repetition() -> None:
    rmse = named("regression", "rmse")
    draws = [rmse.estimate(np.zeros(400), row) for row in np.random.default_rng(1).normal(size=(3000, 400))]
    stated = np.mean([standard_error(draw) for draw in draws])
    assert stated == pytest.approx(np.std([draw.value for draw in draws]), rel=0.06)


@pytest.mark.parametrize(
    ("task", "name", "value", "then", "worse"),
    [
        ("binary", "auc", 0.70, 0.75, 0.05),
        ("binary", "log_loss", 0.5, 0.4, 0.1),
        ("binary", "calibration_in_the_large", -0.05, 0.01, 0.04),
        ("regression", "mae", 1.0, 2.0, -1.0),
    ],
)
def test_worse_is_positive(task: str, name: str, value: float, then: float, worse: float) -> None:
    assert named(task, name).worse(value, then) == pytest.approx(worse)


def test_tolerances_are_in_the_metrics_unit() -> None:
    assert named("binary", "auc").tolerance(0.7, TRUTH) == 0.02
    assert named("binary", "brier").tolerance(0.2, TRUTH) == pytest.approx(0.01)
    assert named("regression", "calibration_in_the_large").tolerance(0.0, VALUES) == pytest.approx(
        VALUES.std() / 10
    )


def test_a_binary_metric_needs_twenty_of_each_class() -> None:
    assert enough("binary", np.repeat([0.0, 1.0], [20, 20]))
    assert not enough("binary", np.repeat([0.0, 1.0], [2000, 19]))
    assert enough("regression", np.ones(20))
    assert not enough("multiclass", np.ones(19))
