import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit
from sklearn import metrics as reference

from interlock.validate.measure import measure_calibration, measure_metrics

Floats = NDArray[np.float64]


def binary(n: int = 1500) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(0)
    prediction = expit(generator.normal(size=n) - 1)
    return (generator.random(n) < prediction).astype(float), prediction


def test_binary_measurements_are_scikit_learns_each_with_its_interval_n_and_method() -> None:
    target, prediction = binary()
    found = {each.name: each for each in measure_metrics("binary", target, prediction, np.full(1500, 0.3))}
    assert found["auc"].value == pytest.approx(reference.roc_auc_score(target, prediction))
    assert found["log_loss"].value == pytest.approx(reference.log_loss(target, prediction))
    precision = reference.average_precision_score(target, prediction)
    assert found["average_precision"].value == pytest.approx(precision)
    assert found["average_precision_improvement"].value == pytest.approx(precision - target.mean())
    gain = reference.brier_score_loss(target, np.full(1500, 0.3)) - found["brier"].value
    assert found["brier_improvement"].value == pytest.approx(gain)
    assert found["auc_improvement"].value == pytest.approx(found["auc"].value - 0.5)
    for each in found.values():
        assert each.low is not None
        assert each.high is not None
        assert each.low < each.value < each.high
        assert each.n == 1500
        assert each.source == "holdout"
    assert found["auc"].method == "DeLong"
    assert found["brier_improvement"].method == "BCa bootstrap of rows, baseline from the training rows"


def test_only_gains_that_mean_something_are_measured() -> None:
    target, prediction = binary()
    names = {each.name for each in measure_metrics("binary", target, prediction, np.full(1500, 0.3))}
    assert names.isdisjoint({"precision_improvement", "recall_improvement", "lift_improvement"})


def test_what_is_not_defined_is_left_out() -> None:
    target, prediction = binary()
    found = measure_metrics("binary", target, prediction / 10, np.full(1500, 0.3))
    assert "precision" not in {each.name for each in found}


def test_days_are_named_in_the_method() -> None:
    target, prediction = binary()
    days = np.repeat(np.arange(50), 30)
    found = measure_metrics(
        "binary", target, prediction, np.full(1500, 0.3), clusters=days, grouping="days", origin="the holdout"
    )
    methods = {each.name: each.method for each in found}
    assert methods["auc"] == "DeLong by days (Obuchowski)"
    assert methods["accuracy_improvement"] == "BCa bootstrap of days, baseline from the holdout"


def test_the_same_seed_measures_the_same() -> None:
    target, prediction = binary()
    baseline = np.full(1500, 0.3)
    first = measure_metrics("binary", target, prediction, baseline, seed=3)
    assert measure_metrics("binary", target, prediction, baseline, seed=3) == first
    assert measure_metrics("binary", target, prediction, baseline, seed=4) != first


def test_the_error_of_a_regression_is_in_standard_deviations_of_its_target() -> None:
    generator = np.random.default_rng(1)
    prediction = generator.normal(size=1000)
    target = prediction + generator.normal(size=1000)
    _, small = measure_calibration("regression", target, prediction + 0.5)
    _, large = measure_calibration("regression", 1000 * target, 1000 * (prediction + 0.5))
    assert small[0].value == pytest.approx(large[0].value)
    assert small[0].value == pytest.approx(0.5 / target.std(), rel=0.2)


def test_several_classes_are_calibrated_by_the_likeliest() -> None:
    generator = np.random.default_rng(2)
    chances = generator.dirichlet([1, 1, 1], 3000)
    target = (chances.cumsum(axis=1) < generator.random(3000)[:, None]).sum(axis=1).astype(float)
    calibration, measured = measure_calibration("multiclass", target, chances)
    assert measured[0].low == 0
    right = (chances.argmax(axis=1) == target).mean()
    assert sum(each.n * each.observed for each in calibration.bins) / 3000 == pytest.approx(right)
