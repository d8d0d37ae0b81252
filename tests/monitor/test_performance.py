import numpy as np
import pytest
from scipy.stats import ttest_ind_from_stats

from interlock.monitor.metric import metrics
from interlock.monitor.performance import Then, Truths, change, performance, truths
from interlock.validate.evidence import Evidence

BRIER = metrics("binary")[2]


def random_truths(rows: int, seed: int = 0) -> Truths:
    random = np.random.default_rng(seed)
    chance = random.random(rows)
    return Truths("binary", (random.random(rows) < chance).astype(np.float64), chance, None)


def test_rows_without_an_outcome_or_a_prediction_are_left_out() -> None:
    arrived = truths(
        "binary",
        np.array([1.0, np.nan, 0.0]),
        np.array([0.5, 0.5, 0.2]),
        np.arange(3.0),
        np.array([True, False, True]),
    )
    assert arrived.outcome.tolist() == [1.0, 0.0]
    assert arrived.clusters is None


def test_twenty_days_are_clusters() -> None:
    moments = np.repeat(np.arange(20) * 86_400.0, 3)
    arrived = truths("binary", np.ones(60), np.ones(60), moments, np.ones(60, bool))
    assert arrived.clusters is not None
    assert arrived.clusters.tolist() == np.repeat(np.arange(20), 3).tolist()


def test_the_chance_is_that_of_two_means_with_known_errors() -> None:
    arrived = random_truths(4000)
    losses = (arrived.prediction - arrived.outcome) ** 2
    error = 0.004
    then = Then(
        losses.mean() - 0.01, losses.mean() - 0.01 - 1.959964 * error, losses.mean() - 0.01 + 1.959964 * error
    )
    found = change(arrived, BRIER, then)
    # Welch's test with so many rows is the normal one; SciPy has it two-sided.
    expected = ttest_ind_from_stats(
        losses.mean(), losses.std(ddof=1), 4000, then.value, error * 1e4, 10**8, equal_var=False
    )
    assert found.chance == pytest.approx(expected.pvalue / 2, rel=0.02)
    assert found.worse == pytest.approx(0.01)
    assert found.size == pytest.approx(0.01 / (0.05 * then.value))


def test_without_a_holdout_there_is_nothing_to_be_worse_than() -> None:
    found = change(random_truths(200), BRIER, None, "origin = LGA")
    assert (found.then, found.worse, found.chance, found.size, found.part) == (
        None,
        None,
        None,
        0.0,
        "origin = LGA",
    )
    assert "holdout" not in found.sentence


def test_better_is_never_an_alarm() -> None:
    found = change(random_truths(4000), BRIER, Then(0.3, 0.299, 0.301))
    assert found.size < 0
    assert found.chance is not None
    assert found.chance > 0.999


def test_without_change_the_chance_is_uniform() -> None:
    """Streams from the holdout's own law: p-values below x occur in a share of about x."""
    chances = []
    for seed in range(400):
        then = change(random_truths(1000, seed + 10_000), BRIER, None)
        found = change(random_truths(600, seed), BRIER, Then(then.value, then.low, then.high))
        chances.append(found.chance)
    for level in (0.05, 0.2, 0.5):
        assert np.mean(np.array(chances) <= level) == pytest.approx(
            level, abs=4 * np.sqrt(level * (1 - level) / 400)
        )


def test_each_metric_finds_its_measurement(holdout_evidence: Evidence) -> None:
    found = performance(random_truths(500), holdout_evidence)
    assert [each.metric for each in found] == ["auc", "log_loss", "brier", "calibration_in_the_large"]
    assert [each.then for each in found] == [holdout_evidence[each.metric].value for each in found]


def test_too_few_outcomes_are_not_measured(holdout_evidence: Evidence) -> None:
    assert performance(random_truths(30), holdout_evidence) == ()


def test_an_exact_metric_without_error_is_compared_exactly() -> None:
    arrived = Truths("regression", np.zeros(50), np.ones(50), None)
    mae = metrics("regression")[0]
    assert change(arrived, mae, Then(1.0, 1.0, 1.0)).chance == 1.0
    assert change(arrived, mae, Then(0.5, 0.5, 0.5)).chance == 0.0


def test_few_days_tell_too_little_where_days_are_clusters() -> None:
    random = random_truths(2000)
    arrived = random._replace(clusters=np.repeat(np.arange(40), 50))
    assert arrived.enough
    assert not arrived.take(np.arange(2000) < 200).enough
    assert arrived.take(np.arange(2000) < 250).enough
    assert random.take(np.arange(2000) < 200).enough
