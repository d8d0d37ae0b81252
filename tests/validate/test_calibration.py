import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from interlock.validate.calibration import calibrate, confidence, effective_n
from interlock.validate.influence import mean

Floats = NDArray[np.float64]


def outcomes(seed: int, n: int, slope: float = 1.0, intercept: float = 0.0) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(seed)
    prediction = expit(generator.normal(size=n))
    truth = expit(slope * logit(prediction) + intercept)
    return (generator.random(n) < truth).astype(float), prediction


def test_bins_hold_every_row_once_in_order() -> None:
    target, prediction = outcomes(0, 1003)
    bins = calibrate(target, prediction, bins=10).bins
    assert [each.n for each in bins] == [101, 100, 100, 100, 101, 100, 100, 100, 100, 101]
    assert [each.predicted for each in bins] == sorted(each.predicted for each in bins)
    whole = sum(each.n * each.observed for each in bins) / 1003
    assert whole == pytest.approx(target.mean())
    assert all(each.low <= each.observed <= each.high for each in bins)


def test_ties_share_a_bin() -> None:
    result = calibrate(np.array([0.0, 1.0] * 50), np.full(100, 0.25))
    assert [(each.n, each.predicted, each.observed) for each in result.bins] == [(100, 0.25, 0.5)]
    assert result.error.value == pytest.approx(0.25)
    assert result.large.value == pytest.approx(-0.25)


def test_the_error_is_the_mean_distance_over_the_bins() -> None:
    target, prediction = outcomes(1, 2000, slope=0.5)
    result = calibrate(target, prediction, bins=15)
    by_hand = sum(each.n * abs(each.observed - each.predicted) for each in result.bins) / 2000
    assert result.error.value == pytest.approx(by_hand)


def test_slope_and_intercept_are_those_of_an_unpenalised_logistic_regression() -> None:
    target, prediction = outcomes(2, 5000, slope=0.7, intercept=-0.4)
    result = calibrate(target, prediction)
    theirs = LogisticRegression(C=np.inf, tol=1e-10).fit(logit(prediction)[:, None], target)
    assert result.slope.value == pytest.approx(theirs.coef_[0, 0], rel=1e-5)
    assert result.intercept.value == pytest.approx(theirs.intercept_[0], rel=1e-4)


def test_for_values_slope_and_intercept_are_those_of_a_linear_regression() -> None:
    generator = np.random.default_rng(3)
    prediction = generator.normal(50, 10, 400)
    target = 3 + 0.9 * prediction + generator.normal(size=400)
    result = calibrate(target, prediction, chances=False)
    theirs = stats.linregress(prediction, target)
    assert result.slope.value == pytest.approx(theirs.slope)
    assert result.intercept.value == pytest.approx(theirs.intercept)
    width = 2 * stats.t.ppf(0.975, 398) * theirs.stderr
    assert result.slope.high - result.slope.low == pytest.approx(width, rel=0.1)


def test_extreme_predictions_do_not_break_the_regression() -> None:
    result = calibrate(np.array([0.0, 1.0, 1.0, 0.0] * 10), np.array([0.0, 1.0, 0.0, 1.0] * 10))
    assert np.isfinite([result.slope.value, result.slope.low, result.error.high]).all()


def test_slope_and_intercept_intervals_cover() -> None:
    covered = np.zeros(2)
    for seed in range(300):
        result = calibrate(*outcomes(seed, 600, slope=0.8, intercept=0.3), bins=5)
        covered += (
            result.slope.low <= 0.8 <= result.slope.high,
            (result.intercept.low <= 0.3 <= result.intercept.high),
        )
    assert (covered / 300 >= 0.915).all()
    assert (covered / 300 <= 0.985).all()


@pytest.mark.parametrize("slope", [1.0, 0.6])
def test_the_errors_interval_covers_at_least_as_often_as_it_says(slope: float) -> None:
    covered = 0
    for seed in range(250):
        target, prediction = outcomes(seed, 500, slope=slope)
        result = calibrate(target, prediction, bins=10)
        # Over the same bins, with the true chances in place of the outcomes.
        truth = calibrate(expit(slope * logit(prediction)), prediction, bins=10).error.value
        covered += result.error.low <= truth <= result.error.high
    assert covered / 250 >= 0.915


def test_a_badly_calibrated_model_is_certainly_so() -> None:
    target, prediction = outcomes(4, 4000)
    assert calibrate(target, np.clip(prediction + 0.2, 0, 1)).error.low > 0.1
    assert calibrate(target, prediction).error.low == 0


def test_rows_that_stand_together_count_for_less() -> None:
    clusters = np.repeat(np.arange(50), 20)
    generator = np.random.default_rng(5)
    together = (generator.random(50) < 0.4).astype(float)[clusters]
    assert effective_n(mean(together), clusters) == pytest.approx(50, rel=0.1)
    apart = (generator.random(1000) < 0.4).astype(float)
    assert effective_n(mean(apart), clusters) > 600
    prediction = np.full(1000, 0.4)
    wide, narrow = calibrate(together, prediction, clusters=clusters), calibrate(together, prediction)
    assert wide.error.high - wide.error.value > 3 * (narrow.error.high - narrow.error.value)
    assert wide.bins[0].high - wide.bins[0].low > 3 * (narrow.bins[0].high - narrow.bins[0].low)


def test_confidence_is_the_likeliest_class_and_whether_it_was_right() -> None:
    right, chance = confidence(np.array([0.0, 2.0]), np.array([[0.5, 0.3, 0.2], [0.1, 0.6, 0.3]]))
    assert right.tolist() == [1, 0]
    assert chance.tolist() == [0.5, 0.6]
