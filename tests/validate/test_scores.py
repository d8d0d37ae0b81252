import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from interlock.validate.scores import scores


def test_binary_scores_are_profiled_whole_and_by_what_came_true() -> None:
    generator = np.random.default_rng(0)
    target = (generator.random(3000) < 0.3).astype(float)
    prediction = np.clip(generator.normal(0.3, 0.1, 3000) + 0.1 * target, 0, 1)
    found = scores("binary", target, prediction)
    assert list(found.columns) == ["prediction", "prediction|0", "prediction|1"]
    ones, whole = found["prediction|1"], found["prediction"]
    assert whole.moments is not None
    assert ones.moments is not None
    assert whole.moments.n == 3000
    assert ones.moments.n == target.sum()
    assert ones.moments.mean == pytest.approx(prediction[target == 1].mean())


def test_the_area_under_the_curve_can_be_read_from_the_two_profiles() -> None:
    generator = np.random.default_rng(1)
    target = (generator.random(5000) < 0.3).astype(float)
    prediction = 1 / (1 + np.exp(-generator.normal(size=5000) - target))
    found = scores("binary", target, prediction)
    grid = np.linspace(0, 1, 2001)
    zeros, ones = (found[f"prediction|{truth}"].histogram for truth in (0, 1))
    assert zeros is not None
    assert ones is not None
    area = np.trapezoid(zeros.cdf(grid), ones.cdf(grid))
    assert area == pytest.approx(roc_auc_score(target, prediction), abs=0.002)


def test_multiclass_scores_name_the_likeliest_label_and_each_probability() -> None:
    prediction = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.5, 0.3, 0.2]])
    found = scores("multiclass", np.zeros(3), prediction, ("bird", "cat", "dog"))
    assert found["prediction"].top(3) == [("bird", 2), ("dog", 1)]
    assert found["probability|dog"].moments is not None
    assert found["probability|dog"].moments.maximum == 0.8


def test_regression_has_one_column() -> None:
    assert list(scores("regression", np.zeros(2), np.array([3.0, 4.0])).columns) == ["prediction"]
