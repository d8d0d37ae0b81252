from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import lsq_linear
from sklearn.metrics import log_loss

from interlock.develop.blend import Mixture, weigh
from interlock.develop.compiled import Cost
from interlock.develop.link import predict_from
from interlock.develop.score import losses
from interlock.errors import InputError

WIDTH = {"binary": 1, "multiclass": 3, "regression": 1}


def drawn(task: Any, seed: int, count: int, n: int = 200) -> tuple[list[NDArray[np.float64]], Any]:
    random = np.random.default_rng(seed)
    truth = random.normal(0, 2, (n, WIDTH[task]))
    scores = [truth * random.uniform(0, 2) + random.normal(0, 2, truth.shape) for _ in range(count)]
    if task == "regression":
        return scores, truth[:, 0]
    if task == "binary":
        return scores, (random.logistic(size=n) < truth[:, 0]).astype(float)
    return scores, (truth + random.gumbel(size=truth.shape)).argmax(axis=1).astype(float)


def mixed(mixture: Mixture, scores: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    parts = zip(mixture.places, mixture.weights, strict=True)
    return np.asarray(sum(weight * scores[place] for place, weight in parts))


@given(st.sampled_from(list(WIDTH)), st.integers(0, 10_000), st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_weights_are_convex_and_never_worse_than_the_best_alone(task: Any, seed: int, count: int) -> None:
    scores, target = drawn(task, seed, count)
    found = weigh(scores, target, task, most=4)
    assert 1 <= len(found.places) <= min(4, count)
    assert len(set(found.places)) == len(found.places) == len(found.weights)
    assert min(found.weights) > 0
    assert sum(found.weights) == pytest.approx(1, abs=1e-12)
    each = [losses(task, predict_from(task, score), target).mean() for score in scores]
    assert found.alone == pytest.approx(min(each), rel=1e-9)
    assert found.loss <= found.alone
    blend = losses(task, predict_from(task, mixed(found, scores)), target).mean()
    assert found.loss == pytest.approx(blend, rel=1e-9)


def test_the_loss_is_scikit_learns() -> None:
    scores, target = drawn("multiclass", 1, 3)
    weights = np.random.default_rng(0).uniform(size=200)
    found = weigh(scores, target, "multiclass", weights=weights)
    likely = predict_from("multiclass", mixed(found, scores))
    assert found.loss == pytest.approx(log_loss(target, likely, sample_weight=weights), rel=1e-9)


def test_regression_weights_are_those_of_bounded_least_squares() -> None:
    scores, target = drawn("regression", 3, 4, n=2000)
    found = weigh(scores, target, "regression", most=4)
    heavy = 1e5  # holds the sum to 1
    columns = np.vstack([np.concatenate(scores, axis=1), np.full(4, heavy)])
    expected = lsq_linear(columns, np.append(target, heavy), (0, np.inf), tol=1e-14).x
    ours = np.zeros(4)
    ours[list(found.places)] = found.weights
    np.testing.assert_allclose(ours, expected, atol=2e-3)


def test_weights_of_rows_count_as_that_many_rows() -> None:
    scores, target = drawn("binary", 5, 3)
    times = np.random.default_rng(1).integers(0, 4, len(target))
    weighted = weigh(scores, target, "binary", weights=times.astype(float))
    repeated = weigh([np.repeat(each, times, axis=0) for each in scores], np.repeat(target, times), "binary")
    assert weighted.places == repeated.places
    np.testing.assert_allclose(weighted.weights, repeated.weights, atol=1e-6)


@pytest.mark.parametrize("task", list(WIDTH))
def test_a_second_of_the_same_is_not_taken(task: Any) -> None:
    scores, target = drawn(task, 2, 1)
    assert weigh(scores * 3, target, task).weights == (1.0,)


def test_a_perfect_one_stands_alone() -> None:
    scores, target = drawn("regression", 0, 3)
    found = weigh([*scores, target.reshape(-1, 1)], target, "regression")
    assert (found.places, found.loss) == ((3,), 0.0)


def test_bounds_are_kept() -> None:
    scores, target = drawn("regression", 0, 5)
    costs = [Cost(1e-5 * (place + 1), 100) for place in range(5)]
    for latency, size in ((1e-5, 1000), (4.5e-5, 200), (1.0, 300)):
        found = weigh(scores, target, "regression", costs=costs, bound=Cost(latency, size))
        assert sum(costs[place].latency for place in found.places) <= latency
        assert 100 * len(found.places) <= size
    with pytest.raises(InputError, match="no candidate is within the bounds of serving") as caught:
        weigh(scores, target, "regression", costs=costs, bound=Cost(5e-6, 1000))
    assert caught.value.got == "the fastest takes 10 µs, the smallest has 100 bytes"
