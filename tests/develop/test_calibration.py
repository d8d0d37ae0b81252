from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.isotonic import IsotonicRegression
from tests.fixtures_develop import contract, rows

from interlock.develop.calibration import NONE, Calibrated, Kind, Map, calibrate, choose, fit_map
from interlock.develop.candidates import CANDIDATES, Limits
from interlock.develop.compiled import compile_model
from interlock.develop.link import predict_from
from interlock.develop.parity import parity
from interlock.develop.score import losses

Floats = NDArray[np.float64]
MAPS = (
    Map("temperature", 0.4),
    Map("sigmoid", 0.7, -0.3),
    Map("piecewise", knots=(-2.0, 0.0, 0.5, 3.0), values=(-1.5, -1.5, 0.25, 2.0)),
)


def drawn(n: int = 4000, *, seed: int = 0) -> tuple[Floats, Floats]:
    """Draw true log-odds and what came of them."""
    random = np.random.default_rng(seed)
    truth = random.normal(-0.5, 1.5, n)
    return truth, (random.random(n) < expit(truth)).astype(float)


class Given(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of scikit-learn whose scores are its features."""

    def fit(self, features: Floats, target: Floats) -> "Given":
        self.classes_ = np.unique(target)
        self.is_fitted_ = features.shape
        return self

    def decision_function(self, features: Floats) -> Floats:
        return features[:, 0] if features.shape[1] == 1 else features

    def predict(self, features: Floats) -> Floats:
        return np.zeros(len(features))


def by_scikit_learn(method: str, score: Floats, target: Floats) -> Floats:
    model = FrozenEstimator(Given().fit(score, target))
    found = CalibratedClassifierCV(model, method=method).fit(score, target)
    return np.asarray(found.predict_proba(score))


@pytest.mark.parametrize("method", ["sigmoid", "temperature"])
def test_a_binary_map_is_the_one_of_scikit_learn(method: Any) -> None:
    truth, target = drawn()
    score = (2.5 * truth + 0.4)[:, None]
    expected = by_scikit_learn(method, score, target)[:, 1]
    found = fit_map(method, score, target, "binary")
    np.testing.assert_allclose(predict_from("binary", found(score)), expected, atol=2e-4)


def test_a_temperature_of_several_classes_is_the_one_of_scikit_learn() -> None:
    random = np.random.default_rng(1)
    truth = random.normal(size=(3000, 4))
    target = (truth + random.gumbel(size=truth.shape)).argmax(axis=1).astype(float)
    score = 3 * truth
    found = fit_map("temperature", score, target, "multiclass")
    np.testing.assert_allclose(
        softmax(found(score), axis=1), by_scikit_learn("temperature", score, target), atol=2e-4
    )
    assert 1 / found.slope == pytest.approx(3, rel=0.1)


def test_few_knots_come_near_the_isotonic_regression_of_scikit_learn() -> None:
    truth, target = drawn(40_000)
    score = np.sinh(truth)
    isotonic = IsotonicRegression().fit(score, target)
    found = fit_map("piecewise", score[:, None], target, "binary")
    inside = np.sort(score)[2000:-2000]
    apart = predict_from("binary", found(inside[:, None])) - isotonic.predict(inside)
    assert np.sqrt(np.mean(apart**2)) < 0.02
    assert (np.diff(found.values) >= 0).all()
    assert len(found.knots) <= 10


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (lambda truth: truth, "none"),
        (lambda truth: 3 * truth, "temperature"),
        (lambda truth: 0.5 * truth + 2, "sigmoid"),
        (lambda truth: truth + 2.5 * np.tanh(3 * truth), "piecewise"),
    ],
)
def test_what_was_bent_is_bent_back_by_the_simplest_map_that_does(wrong: Any, kind: Kind) -> None:
    truth, target = drawn(8000)
    found = choose(wrong(truth)[:, None], target, "binary")
    assert found.kind == kind
    fresh, came = drawn(8000, seed=1)
    bent = wrong(fresh)[:, None]
    corrected, raw, best = (
        losses("binary", predict_from("binary", score), came).mean()
        for score in (found(bent), bent, fresh[:, None])
    )
    assert corrected <= raw
    assert corrected == pytest.approx(best, abs=0.004)


def test_calibrated_scores_seldom_get_a_map() -> None:
    found = [choose(truth[:, None], came, "binary").kind for truth, came in map_draws(40)]
    assert found.count("none") >= 26  # one standard error: 84 % of the draws for each map that is tried


def map_draws(times: int) -> list[tuple[Floats, Floats]]:
    return [drawn(800, seed=seed) for seed in range(times)]


def test_too_little_to_learn_from_gives_no_map() -> None:
    truth, target = drawn(300)
    few = np.zeros(300)
    few[:19] = 1
    assert choose(3 * truth[:, None], few, "binary") is NONE
    assert choose(np.zeros((300, 1)), target, "binary") is NONE
    assert choose(np.full((300, 1), np.nan), target, "binary") is NONE
    assert choose(truth[:, None], truth, "regression") is NONE
    assert choose(np.zeros((300, 3)), few, "multiclass") is NONE


def test_scores_in_the_wrong_order_are_not_turned_around() -> None:
    truth, target = drawn(2000)
    assert fit_map("sigmoid", -truth[:, None], target, "binary") == NONE


def test_a_separable_table_has_a_finite_slope() -> None:
    score = np.linspace(-1, 1, 400)[:, None]
    found = fit_map("sigmoid", score, (score[:, 0] > 0).astype(float), "binary")
    assert 0 < found.slope < 1e4
    bent = fit_map("piecewise", score, (score[:, 0] > 0).astype(float), "binary")
    assert np.isfinite(bent.values).all()


def test_rows_of_weight_nought_do_not_count() -> None:
    truth, target = drawn(4000)
    score = (3 * truth)[:, None]
    score[2000:], target[2000:] = -score[2000:], 1 - target[2000:]
    counts = np.repeat([1.0, 0.0], 2000)
    kinds: tuple[Kind, ...] = ("temperature", "sigmoid")
    for kind in kinds:
        half = fit_map(kind, score[:2000], target[:2000], "binary")
        both = fit_map(kind, score, target, "binary", counts)
        assert both.slope == pytest.approx(half.slope, rel=1e-3)
        assert both.shift == pytest.approx(half.shift, abs=1e-3)


def test_clusters_stay_together_so_repeats_do_not_make_a_map() -> None:
    truth, target = drawn(60, seed=3)
    score, came = np.repeat(1.3 * truth, 100)[:, None], np.repeat(target, 100)
    clusters = np.repeat(np.arange(60), 100)
    assert choose(score, came, "binary").kind != "none"
    assert choose(score, came, "binary", clusters=clusters) is NONE


@pytest.mark.parametrize("bent", MAPS, ids=lambda each: each.kind)
def test_a_map_rises_and_goes_on_beyond_what_was_seen(bent: Map) -> None:
    score = np.concatenate([[-1e300, -700.0], np.linspace(-4, 4, 1001), [700.0, 1e300]])[:, None]
    mapped = bent(score)[:, 0]
    assert (np.diff(mapped) >= 0).all()
    assert np.isfinite(mapped).all()
    assert mapped[0] < -1e299
    assert mapped[-1] > 1e299


def test_the_map_goes_through_its_knots_and_is_straight_between_them() -> None:
    bent = MAPS[2]
    inside = np.linspace(-2, 3, 77)
    np.testing.assert_allclose(bent(inside[:, None])[:, 0], np.interp(inside, bent.knots, bent.values))
    np.testing.assert_allclose(bent(np.array([[-3.0], [4.0]]))[:, 0], [-2.5, 3.0])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "bent"), [*(("binary", each) for each in MAPS), ("multiclass", MAPS[0])], ids=str
)
def test_it_is_compiled_exactly(task: Any, bent: Map) -> None:
    train = rows(task)
    for candidate in CANDIDATES[1:]:
        fitted = candidate.fit(train, train, contract(task), replace(Limits.of(60), rounds=15))
        mapped = calibrate(fitted, bent)
        assert isinstance(mapped, Calibrated)
        model = compile_model(mapped, contract(task), candidate=candidate.name)
        assert parity(mapped, model, train).largest <= 1e-12
        assert not np.allclose(mapped.predict(train), fitted.predict(train))
        assert (mapped.rounds, mapped.setting) == (fitted.rounds, fitted.setting)


def test_nothing_to_map_leaves_the_model() -> None:
    train = rows()
    fitted = CANDIDATES[0].fit(train, train, contract(), Limits.of(60))
    assert calibrate(fitted, NONE) is fitted


def test_a_map_tells_what_it_does() -> None:
    assert str(NONE) == "none"
    said = str(Map("temperature", 0.5, before=0.51234, after=0.5, n=1200))
    assert said == "temperature 2: log loss 0.5123 → 0.5000 on 1,200 rows, cross-validated"
    assert "0.7 times the log-odds -0.3" in str(MAPS[1])
    assert "4 knots" in str(MAPS[2])


def test_the_log_odds_of_a_part_are_those_of_its_rows() -> None:
    score = np.repeat([0.0, 1.0], 500)[:, None]
    target = np.concatenate([np.arange(500) < 100, np.arange(500) < 300]).astype(float)
    found = fit_map("piecewise", score, target, "binary")
    assert expit(found.values).tolist() == pytest.approx([100.5 / 501, 300.5 / 501])
    assert logit(0.2) == pytest.approx(found.values[0], abs=0.01)


def test_what_changed_nothing_is_said_so() -> None:
    tiny = Map("temperature", slope=2.0, before=2e-7, after=1e-7, n=50)
    assert "log loss 2e-07 → 1e-07 on 50 rows" in str(tiny)
    assert "log loss 1e-07, no other than before, on 50 rows" in str(replace(tiny, before=1e-7))
