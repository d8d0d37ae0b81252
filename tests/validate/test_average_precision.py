import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from interlock.validate.average_precision import average_precision, average_precision_interval
from interlock.validate.influence import standard_error

Floats = NDArray[np.float64]


def drawn(seed: int, n: int = 80, digits: int = 1) -> tuple[Floats, Floats]:
    generator = np.random.default_rng(seed)
    target = np.concatenate([[0, 1], generator.integers(0, 2, n - 2)]).astype(float)
    return target, np.round(generator.normal(size=n) + target, digits)


@given(st.integers(0, 10_000), st.integers(0, 3))
def test_it_is_scikit_learns_ties_included(seed: int, digits: int) -> None:
    target, score = drawn(seed, digits=digits)
    assert average_precision(target, score).value == pytest.approx(average_precision_score(target, score))


def test_what_a_row_adds_is_the_derivative_by_its_weight() -> None:
    target, score = drawn(1)
    found, n, step = average_precision(target, score), len(target), 1e-6
    for row in range(0, n, 7):
        weights = [np.ones(n), np.ones(n)]
        weights[0][row] -= step
        weights[1][row] += step
        less, more = (average_precision_score(target, score, sample_weight=each) for each in weights)
        slope = (more - less) / (2 * step)
        assert found.values[row] * np.sqrt((n - 1) / n) == pytest.approx(slope, abs=1e-8)
    assert found.values.sum() == pytest.approx(0, abs=1e-12)


def test_the_error_is_that_of_repeated_samples_and_the_interval_covers() -> None:
    truth = average_precision(*drawn(99, n=400_000, digits=6)).value
    found = [average_precision(*drawn(seed, n=400, digits=6)) for seed in range(400)]
    errors = [standard_error(each) for each in found]
    assert np.std([each.value for each in found]) == pytest.approx(np.mean(errors), rel=0.1)
    ends = [average_precision_interval(each) for each in found]
    assert 0.92 <= np.mean([low <= truth <= high for low, high in ends]) <= 0.98


def test_groups_widen_the_interval_and_a_perfect_order_has_none() -> None:
    target, score = drawn(2, n=200)
    once = average_precision(target, score)
    twice = average_precision(np.repeat(target, 2), np.repeat(score, 2))
    pairs = np.repeat(np.arange(200), 2)
    assert standard_error(twice, pairs) == pytest.approx(standard_error(once), rel=0.01)
    assert standard_error(twice) < 0.8 * standard_error(twice, pairs)
    assert average_precision_interval(average_precision(np.array([0.0, 1.0]), np.array([0.1, 0.9]))) == (1, 1)
