import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy import stats
from sklearn import metrics

from interlock.develop.metric import scores
from interlock.develop.score import auc, losses, mean_loss, paired

PAIRS = st.lists(st.tuples(st.floats(1e-6, 1 - 1e-6), st.booleans()), min_size=4, max_size=60).filter(
    lambda rows: len({late for _, late in rows}) == 2
)


@given(PAIRS)
def test_binary_equals_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    prediction, target = np.array([p for p, _ in rows]), np.array([float(late) for _, late in rows])
    loss, area = scores("binary", prediction, target)
    assert (loss.metric, area.metric, loss.n, area.n) == ("log loss", "AUC", len(rows), len(rows))
    assert area.value == pytest.approx(metrics.roc_auc_score(target, prediction))
    assert loss.value == pytest.approx(metrics.log_loss(target, prediction), rel=1e-9)
    assert loss.low <= loss.value <= loss.high
    assert 0 <= area.low <= area.value <= area.high <= 1


def test_multiclass_and_regression_equal_scikit_learn() -> None:
    random = np.random.default_rng(0)
    probabilities = random.dirichlet([1, 1, 1], 300)
    target = random.integers(0, 3, 300).astype(float)
    (loss,) = scores("multiclass", probabilities, target)
    assert loss.value == pytest.approx(metrics.log_loss(target, probabilities))
    prediction, value = random.normal(size=(2, 300))
    (error,) = scores("regression", prediction, value)
    assert error.value == pytest.approx(metrics.root_mean_squared_error(value, prediction))
    assert error.low < error.value < error.high


def test_interval_of_a_mean_is_the_normal_one() -> None:
    each = np.random.default_rng(1).exponential(size=400)
    expected = stats.norm.interval(0.95, each.mean(), stats.sem(each))
    assert mean_loss(each) == pytest.approx((each.mean(), *expected))


def test_rows_that_stand_and_fall_together_make_the_interval_wider() -> None:
    random = np.random.default_rng(4)
    truth, held, narrow = 0.5, 0, 0
    for _ in range(300):
        days = np.repeat(np.arange(40), 25)
        each = random.normal(truth, 0.2, 40)[days] + random.normal(0, 0.2, 1000)
        _, low, high = mean_loss(each, days)
        held += low <= truth <= high
        _, low, high = mean_loss(each)
        narrow += low <= truth <= high
    assert stats.binomtest(held, 300, 0.95).pvalue > 1e-3
    assert narrow < 200


def test_area_of_repeated_rows_is_as_sure_as_of_the_rows() -> None:
    random = np.random.default_rng(5)
    target = (random.random(300) < 0.4).astype(float)
    prediction = random.random(300) + 0.3 * target
    once = auc(prediction, target)
    repeated = auc(np.repeat(prediction, 7), np.repeat(target, 7), np.repeat(np.arange(300), 7))
    assert repeated[1:4] == pytest.approx(once[1:4])
    assert (repeated.n, repeated.units, once.units) == (2100, 300, 300)


def test_interval_of_the_area_holds_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(2)
    truth = stats.norm.cdf(1 / np.sqrt(2))  # of two normal scores one standard deviation apart
    held = 0
    for _ in range(300):
        target = (random.random(200) < 0.3).astype(float)
        area = auc(random.normal(size=200) + target, target)
        held += area.low <= truth <= area.high
    assert stats.binomtest(held, 300, 0.95).pvalue > 1e-3


def test_distance_is_paired() -> None:
    random = np.random.default_rng(3)
    common = random.exponential(size=500)
    best, worse = common + random.normal(0, 0.01, 500), common + 0.05
    value, low, high = paired(worse, best)
    expected = stats.ttest_rel(worse, best).confidence_interval(0.95)
    assert value == pytest.approx((worse - best).mean())
    assert (low, high) == pytest.approx(tuple(expected), abs=1e-4)


def test_one_class_has_no_area_and_a_sure_mistake_is_finite() -> None:
    assert [score.metric for score in scores("binary", np.array([0.2, 0.3]), np.zeros(2))] == ["log loss"]
    assert losses("binary", np.array([0.0]), np.array([1.0]))[0] == pytest.approx(-np.log(1e-15))
