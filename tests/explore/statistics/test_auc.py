from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from interlock.explore.statistics.auc import auc

Counts = list[tuple[int, int]]


def _expand(counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    ones = np.repeat(np.arange(len(counts)), [a for a, _ in counts]).astype(float)
    zeros = np.repeat(np.arange(len(counts)), [b for _, b in counts]).astype(float)
    return ones, zeros


tables = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=12).filter(
    lambda rows: sum(a for a, _ in rows) > 1 and sum(b for _, b in rows) > 1
)


@given(tables)
def test_value_is_sklearns_and_p_is_scipys(counts: Counts) -> None:
    ones, zeros = _expand(counts)
    found = auc(np.array([a for a, _ in counts]), np.array([b for _, b in counts]))
    labels = np.repeat([1, 0], [len(ones), len(zeros)])
    assert found.value == pytest.approx(roc_auc_score(labels, np.concatenate([ones, zeros])))
    if len(np.unique(np.concatenate([ones, zeros]))) > 1:
        theirs = stats.mannwhitneyu(ones, zeros, method="asymptotic", use_continuity=False)
        assert found.p == pytest.approx(theirs.pvalue, rel=1e-9, abs=1e-300)


@given(tables)
def test_the_interval_holds_the_value_and_mirrors_with_the_classes(counts: Counts) -> None:
    ones, zeros = np.array([a for a, _ in counts]), np.array([b for _, b in counts])
    found, mirrored = auc(ones, zeros), auc(zeros, ones)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-9)


def test_the_variance_is_delongs_by_brute_force() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, 40) + 1.0, rng.integers(0, 9, 60).astype(float)
    kernel = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    variance = kernel.mean(axis=1).var(ddof=1) / len(x) + kernel.mean(axis=0).var(ddof=1) / len(y)
    value = kernel.mean()
    half = stats.norm.ppf(0.975) * np.sqrt(variance) / (value * (1 - value))
    found = auc(np.bincount(x.astype(int), minlength=10), np.bincount(y.astype(int), minlength=10))
    logit = np.log(value / (1 - value))
    assert found.low == pytest.approx(1 / (1 + np.exp(half - logit)))
    assert found.high == pytest.approx(1 / (1 + np.exp(-half - logit)))


@pytest.mark.parametrize(("shift", "n"), [(0.0, 60), (0.7, 60), (2.0, 300)])
def test_the_interval_covers_as_often_as_it_says(shift: float, n: int) -> None:
    rng = np.random.default_rng(1)
    truth, runs, hits = stats.norm.cdf(shift / np.sqrt(2)), 400, 0
    for _ in range(runs):
        values = np.concatenate([rng.normal(shift, 1, n), rng.normal(0, 1, 2 * n)])
        order = np.argsort(values)
        ones = (order < n).astype(np.int64)
        found = auc(ones, 1 - ones)
        hits += found.low <= truth <= found.high
    assert 0.92 <= hits / runs <= 0.98


def test_classes_that_do_not_overlap_leave_room_below_one() -> None:
    found = auc(np.array([0, 7]), np.array([30, 0]))
    # The exact bound of Clopper and Pearson for 7 of 7.
    bound = stats.binomtest(7, 7).proportion_ci(method="exact").low
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(bound)


def test_a_constant_says_nothing() -> None:
    found = auc(np.array([5]), np.array([8]))
    assert (found.value, found.p) == (0.5, 1.0)
