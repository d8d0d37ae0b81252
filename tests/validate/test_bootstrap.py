import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from interlock.validate.bootstrap import bootstrap, compare, resample
from interlock.validate.metrics import metrics_for

Floats = NDArray[np.float64]


def first(means: Floats) -> Floats:
    return means[..., :1]


def test_the_interval_is_the_one_that_scipy_finds() -> None:
    sample = np.random.default_rng(0).lognormal(size=150)
    value, low, high = bootstrap(sample[:, None], first, replicates=20_000)[0]
    theirs = stats.bootstrap(
        (sample,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(1)
    ).confidence_interval
    assert value == pytest.approx(sample.mean())
    width = theirs.high - theirs.low
    assert low == pytest.approx(theirs.low, abs=0.02 * width)
    assert high == pytest.approx(theirs.high, abs=0.02 * width)


def test_intervals_of_skewed_losses_cover() -> None:
    generator = np.random.default_rng(2)
    covered, rounds = 0, 250
    for seed in range(rounds):
        _, low, high = bootstrap(generator.exponential(size=(200, 1)), first, replicates=400, seed=seed)[0]
        covered += low <= 1 <= high
    assert 0.9 <= covered / rounds <= 0.985


def test_clustered_rows_are_drawn_by_cluster() -> None:
    generator = np.random.default_rng(3)
    clusters = np.repeat(np.arange(40), 10)
    covered = naive = 0
    for seed in range(120):
        sample = (generator.normal(size=400) + generator.normal(size=40)[clusters])[:, None]
        _, low, high = bootstrap(sample, first, clusters=clusters, replicates=200, seed=seed)[0]
        covered += low <= 0 <= high
        _, low, high = bootstrap(sample, first, replicates=200, seed=seed)[0]
        naive += low <= 0 <= high
    assert 0.88 <= covered / 120 <= 0.99
    assert naive / 120 < 0.75


def test_resamples_have_the_mean_and_the_spread_of_the_theory() -> None:
    sample = np.random.default_rng(4).normal(size=500)
    sums = np.stack([sample, np.ones(500)], axis=1)
    drawn = resample(sums, first, replicates=4000, seed=0)[:, 0]
    error = sample.std() / np.sqrt(500)
    assert drawn.mean() == pytest.approx(sample.mean(), abs=4 * error / np.sqrt(4000))
    assert drawn.std() == pytest.approx(error, rel=0.05)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    sample = np.random.default_rng(5).normal(size=(100, 1))
    assert bootstrap(sample, first, seed=1).tolist() == bootstrap(sample, first, seed=1).tolist()
    assert bootstrap(sample, first, seed=1).tolist() != bootstrap(sample, first, seed=2).tolist()


def test_what_is_not_defined_has_no_interval() -> None:
    found = compare(np.array([0.0, 1.0] * 20), np.full(40, 0.1), np.full(40, 0.2), metrics_for("binary"))
    by_name = {each.name: each for each in found}
    assert np.isnan([by_name["precision"].value, by_name["precision"].low, by_name["precision"].high]).all()
    assert by_name["brier"].low < by_name["brier"].value < by_name["brier"].high


def test_a_metric_without_spread_has_an_interval_without_width() -> None:
    target = np.array([0.0, 1.0] * 20)
    accuracy = compare(target, target, 1 - target, metrics_for("binary")[2:3])
    assert [(each.low, each.value, each.high) for each in accuracy] == [(1, 1, 1), (1, 1, 1)]


def test_improvements_are_paired_and_positive_where_the_prediction_is_better() -> None:
    generator = np.random.default_rng(6)
    hard = generator.normal(scale=10, size=300)  # what both predictions miss
    target = generator.normal(size=300) + hard
    better, worse = np.zeros(300), np.full(300, 3.0)
    metrics = metrics_for("regression")
    found = {each.name: each for each in compare(target, better, worse, metrics)}
    gain = found["rmse_improvement"]
    assert gain.value == pytest.approx(metrics[0].value(target, worse) - metrics[0].value(target, better))
    assert gain.high - gain.low < found["rmse"].high - found["rmse"].low
    losses = {each.name: each.value for each in compare(target, worse, better, metrics)}
    assert losses["rmse_improvement"] == pytest.approx(-gain.value)
    assert losses["r2_improvement"] < 0


def test_paired_intervals_cover_the_true_improvement() -> None:
    generator = np.random.default_rng(7)
    covered = 0
    for seed in range(200):
        chance = generator.uniform(0.05, 0.95, 200)
        target = (generator.random(200) < chance).astype(float)
        _, gain = compare(
            target, chance, np.full(200, 0.5), metrics_for("binary")[1:2], replicates=300, seed=seed
        )
        # E[(p-1/2)^2] for a uniform p: what knowing p takes off the Brier score of one half.
        covered += gain.low <= 0.9**2 / 12 <= gain.high
    assert 0.9 <= covered / 200 <= 0.985
