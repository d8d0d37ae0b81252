import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtr
from sklearn.metrics import roc_auc_score

from interlock.validate.auc import auc, auc_interval
from interlock.validate.influence import standard_error

Floats = NDArray[np.float64]


def by_pairs(target: Floats, score: Floats) -> tuple[float, float]:
    """DeLong's estimate and standard error, from every pair, as in the paper's formulas."""
    ours, others = score[target == 1], score[target == 0]
    wins = (ours[:, None] > others) + 0.5 * (ours[:, None] == others)
    variance = wins.mean(axis=1).var(ddof=1) / len(ours) + wins.mean(axis=0).var(ddof=1) / len(others)
    return wins.mean(), np.sqrt(variance)


@given(st.integers(0, 10_000), st.integers(0, 3))
def test_area_and_error_equal_the_count_over_all_pairs_ties_included(seed: int, digits: int) -> None:
    generator = np.random.default_rng(seed)
    target = np.concatenate([[0, 0, 1, 1], generator.integers(0, 2, 60)]).astype(float)
    score = np.round(generator.normal(size=64) + target, digits)
    found = auc(target, score)
    area, error = by_pairs(target, score)
    assert found.value == pytest.approx(area, abs=1e-12)
    assert found.value == pytest.approx(roc_auc_score(target, score), abs=1e-12)
    assert standard_error(found) == pytest.approx(error, abs=1e-12)


def test_the_order_of_the_rows_does_not_matter() -> None:
    generator = np.random.default_rng(0)
    target, score = generator.integers(0, 2, 300).astype(float), np.round(generator.normal(size=300), 1)
    order = np.argsort(score, kind="stable")
    assert auc(target, score).value == pytest.approx(auc(target[order], score[order]).value, abs=1e-15)


def test_a_constant_score_has_area_one_half_and_no_error() -> None:
    found = auc(np.array([0.0, 1.0, 1.0]), np.full(3, 0.2))
    assert found.value == 0.5
    assert standard_error(found) == 0


@pytest.mark.parametrize("ours", [25, 200])
def test_the_interval_covers_the_true_area(ours: int) -> None:
    generator = np.random.default_rng(1)
    truth, covered, rounds = ndtr(1.2 / np.sqrt(2)), 0, 600
    target = np.repeat([1.0, 0.0], [ours, 150])
    for _ in range(rounds):
        score = generator.normal(size=len(target)) + 1.2 * target
        low, high = auc_interval(target, auc(target, score))
        covered += low <= truth <= high
    assert 0.925 <= covered / rounds <= 0.98


def test_the_interval_of_clustered_rows_covers_where_that_of_rows_does_not() -> None:
    generator = np.random.default_rng(2)
    clusters = np.repeat(np.arange(40), 25)
    # A day's mood moves both score and outcome: the population's area by a large sample of the same process.
    area = auc(*_days(generator, np.repeat(np.arange(20_000), 25))).value
    covered = naive = 0
    for _ in range(300):
        target, score = _days(generator, clusters)
        found = auc(target, score)
        low, high = auc_interval(target, found, clusters)
        covered += low <= area <= high
        low, high = auc_interval(target, found)
        naive += low <= area <= high
    assert 0.91 <= covered / 300 <= 0.985
    assert naive < covered


def test_perfect_order_leaves_a_lower_bound_that_depends_on_the_pairs() -> None:
    target = np.repeat([0.0, 1.0], [100, 10])
    assert auc_interval(target, auc(target, target)) == pytest.approx((0.025 ** (1 / 10), 1.0))
    assert auc_interval(target, auc(target, -target)) == pytest.approx((0.0, 1 - 0.025 ** (1 / 10)))


def _days(generator: np.random.Generator, clusters: NDArray[np.int64]) -> tuple[Floats, Floats]:
    mood = generator.normal(size=clusters.max() + 1)[clusters]
    score = generator.normal(size=len(clusters)) + mood
    target = (score + 2 * mood + 2 * generator.normal(size=len(clusters)) > 0.5).astype(float)
    return target, score
