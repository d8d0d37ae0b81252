from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as reference

from interlock.validate.metrics import metrics_for, squared_errors

Floats = NDArray[np.float64]


def binary(seed: int, n: int = 200) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(seed)
    target = (generator.random(n) < 0.3).astype(float)
    target[:2] = 0, 1
    return target, np.round(generator.random(n), 2)


def multiclass(seed: int, n: int = 200) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(seed)
    target = generator.integers(0, 3, n).astype(float)
    target[:3] = 0, 1, 2
    return target, generator.dirichlet([1, 2, 3], n)


def values(task: str, target: Floats, prediction: Floats, **settings: Any) -> dict[str, float]:
    return {metric.name: metric.value(target, prediction) for metric in metrics_for(task, **settings)}


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_binary_metrics_equal_scikit_learn(seed: int) -> None:
    target, prediction = binary(seed)
    ours = values("binary", target, prediction, threshold=0.4)
    said = prediction >= 0.4
    assert ours["log_loss"] == pytest.approx(reference.log_loss(target, prediction), rel=1e-12)
    assert ours["brier"] == pytest.approx(reference.brier_score_loss(target, prediction), rel=1e-12)
    assert ours["accuracy"] == pytest.approx(reference.accuracy_score(target, said))
    assert ours["precision"] == pytest.approx(reference.precision_score(target, said))
    assert ours["recall"] == pytest.approx(reference.recall_score(target, said))


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_multiclass_metrics_equal_scikit_learn(seed: int) -> None:
    target, prediction = multiclass(seed)
    ours = values("multiclass", target, prediction, classes=3)
    said = prediction.argmax(axis=1)
    assert ours["log_loss"] == pytest.approx(reference.log_loss(target, prediction), rel=1e-12)
    assert ours["accuracy"] == pytest.approx(reference.accuracy_score(target, said))
    assert ours["macro_f1"] == pytest.approx(reference.f1_score(target, said, average="macro"))
    assert ours["brier"] == pytest.approx(reference.brier_score_loss(target, prediction, scale_by_half=False))


@given(st.integers(0, 10_000), st.sampled_from([0.0, 1e9]))
def test_regression_metrics_equal_scikit_learn_also_far_from_zero(seed: int, offset: float) -> None:
    generator = np.random.default_rng(seed)
    target = generator.normal(size=100) + offset
    prediction = target + generator.normal(size=100)
    ours = values("regression", target, prediction)
    assert ours["rmse"] == pytest.approx(reference.root_mean_squared_error(target, prediction))
    assert ours["mae"] == pytest.approx(reference.mean_absolute_error(target, prediction))
    assert ours["r2"] == pytest.approx(reference.r2_score(target, prediction), rel=1e-6)


def test_log_loss_of_a_certain_error_is_finite() -> None:
    assert values("binary", np.array([1.0, 0.0]), np.array([0.0, 0.0]))["log_loss"] == pytest.approx(
        reference.log_loss([1, 0], [0.0, 0.0])
    )


def test_lift_is_the_positive_rate_of_the_top_tenth_over_that_of_all() -> None:
    prediction = np.arange(100) / 100
    target = (prediction >= 0.8).astype(float)
    assert values("binary", target, prediction)["lift"] == pytest.approx(1 / 0.2)


def test_lift_takes_all_ties_so_a_constant_has_none() -> None:
    assert values("binary", np.array([0.0, 1.0] * 20), np.full(40, 0.3))["lift"] == pytest.approx(1.0)


def test_precision_is_not_defined_where_nothing_is_said_positive() -> None:
    assert np.isnan(values("binary", np.array([0.0, 1.0]), np.array([0.1, 0.2]))["precision"])


def test_a_class_that_is_neither_there_nor_said_counts_nothing_in_macro_f1() -> None:
    target, prediction = np.array([0.0, 1.0]), np.array([[0.9, 0.1, 0.0], [0.1, 0.9, 0.0]])
    assert values("multiclass", target, prediction, classes=3)["macro_f1"] == pytest.approx(2 / 3)


def test_metrics_are_functions_of_means_so_they_work_on_many_means_at_once() -> None:
    target, prediction = binary(1)
    for metric in metrics_for("binary"):
        means = metric.terms(target, prediction).mean(axis=0)
        both = metric.combine(np.stack([means, means]))
        assert both.tolist() == [metric.value(target, prediction)] * 2


@given(st.integers(0, 1000))
def test_squared_errors_of_classes_equal_those_against_indicators(seed: int) -> None:
    target, prediction = multiclass(seed)
    indicators = np.eye(3)[target.astype(int)]
    expected = np.square(prediction - indicators).sum(axis=1)
    np.testing.assert_allclose(squared_errors(target, prediction), expected, rtol=1e-12, atol=1e-14)
