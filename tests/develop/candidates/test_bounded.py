from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import lsq_linear
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge

from interlock.develop.candidates.bounded import fit_bounded
from interlock.develop.sample import Sample

FREE = np.zeros(4, int)


def drawn(task: str) -> tuple[sparse.csr_matrix, Sample]:
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 4))
    signal = x @ [2, -1, 0.5, 0] + 0.3 + random.normal(size=400)
    target = 100 + 10 * signal if task == "regression" else (signal > 0).astype(float)
    weights = random.uniform(0.5, 2, 400)
    classes = 0 if task == "regression" else 2
    return sparse.csr_matrix(x), Sample(x, (), target, task, classes, weights=weights)  # type: ignore[arg-type]


def test_without_bounds_it_is_scikit_learns_ridge() -> None:
    x, train = drawn("regression")
    twin = Ridge(alpha=5.0).fit(x.toarray(), train.target, sample_weight=train.weights)
    weights, bias = fit_bounded(x, train, FREE, 5.0)
    np.testing.assert_allclose([*weights, bias], [*twin.coef_, twin.intercept_], rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize("l1", [0.0, 0.5, 1.0])
def test_without_bounds_it_is_scikit_learns_logistic_regression(l1: float) -> None:
    x, train = drawn("binary")
    twin = LogisticRegression(C=1 / 5, l1_ratio=l1, solver="saga", tol=1e-8, max_iter=10_000, random_state=0)
    twin.fit(x.toarray(), train.target, sample_weight=train.weights)
    weights, bias = fit_bounded(x, train, FREE, 5.0, l1=l1)
    np.testing.assert_allclose([*weights, bias], [*twin.coef_[0], *twin.intercept_], atol=2e-3)


def test_an_elastic_net_held_above_zero_is_scikit_learns_positive_one() -> None:
    x, train = drawn("regression")
    assert train.weights is not None
    alpha = 50.0 / train.weights.sum()
    twin = ElasticNet(alpha=alpha, l1_ratio=0.7, positive=True, tol=1e-10, max_iter=100_000)
    twin.fit(x.toarray(), train.target, sample_weight=train.weights)
    weights, bias = fit_bounded(x, train, FREE + 1, 50.0, l1=0.7)
    np.testing.assert_allclose([*weights, bias], [*twin.coef_, twin.intercept_], rtol=2e-3, atol=1e-2)


def test_bounded_least_squares_are_scipys() -> None:
    x, train = drawn("regression")
    assert train.weights is not None
    root = np.sqrt(train.weights)[:, None]
    design = np.vstack([root * np.column_stack([x.toarray(), np.ones(400)]), np.eye(4, 5)])
    wanted = np.concatenate([root[:, 0] * train.target, np.zeros(4)])
    low, high = [-np.inf, 0, -np.inf, 0, -np.inf], [0.0, np.inf, np.inf, np.inf, np.inf]
    expected = lsq_linear(design, wanted, (low, high), tol=1e-12).x
    weights, bias = fit_bounded(x, train, np.array([-1, 1, 0, 1]), 1.0)
    np.testing.assert_allclose([*weights, bias], expected, rtol=1e-3, atol=1e-2)
    assert weights[0] == weights[1] == 0


def test_where_it_begins_does_not_matter() -> None:
    x, train = drawn("binary")
    signs = np.array([1, 1, 0, 0])
    first = fit_bounded(x, train, signs, 1.0)
    again = fit_bounded(x, train, signs, 1.0, start=fit_bounded(x, train, signs, 300.0))
    np.testing.assert_allclose(again[0], first[0], atol=2e-3)


def test_a_constant_target_has_no_spread_to_divide_by() -> None:
    x, train = drawn("regression")
    level = replace(train, target=np.full(400, 7.0))
    weights, bias = fit_bounded(x, level, FREE + 1, 1.0)
    np.testing.assert_allclose([*weights, bias], [0, 0, 0, 0, 7], atol=1e-9)
