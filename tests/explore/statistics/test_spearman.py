from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from interlock.explore.statistics.spearman import spearman

pairs = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=5, max_size=60)


@given(pairs)
def test_value_and_p_are_scipys(rows: list[tuple[int, int]]) -> None:
    first, second = np.array(rows, float).T
    assume(len(np.unique(first)) > 1 and len(np.unique(second)) > 1)
    found, theirs = spearman(first, second), stats.spearmanr(first, second)
    assert found.value == pytest.approx(theirs.statistic, abs=1e-12)
    assert found.p == pytest.approx(theirs.pvalue, abs=1e-9)
    assert -1 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1


def test_a_constant_says_nothing() -> None:
    assert spearman(np.ones(9), np.arange(9.0)) == (0.0, 0.0, 0.0, 9, 0.0)


def test_a_perfect_order_is_one_and_its_opposite_minus_one() -> None:
    x = np.arange(50.0)
    assert spearman(x, np.exp(x)).value == 1.0
    assert spearman(x, -(x**3)).value == -1.0
    assert spearman(x, x).p < 1e-100


@pytest.mark.parametrize("r", [0.0, 0.5, 0.8])
def test_the_interval_covers_as_often_as_it_says(r: float) -> None:
    rng = np.random.default_rng(5)
    # Of a bivariate normal: Pearson (1907).
    truth = 6 / math.pi * math.asin(r / 2)
    hits = 0
    for _ in range(500):
        x = rng.normal(size=150)
        found = spearman(x, r * x + math.sqrt(1 - r * r) * rng.normal(size=150))
        hits += found.low <= truth <= found.high
    assert 0.92 <= hits / 500 <= 0.985


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_interval_of_a_perfect_correlation_holds_it(sign: float) -> None:
    x = np.array([0.0, 1, 2, 3, 4, 5, 6, 7, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19])
    found = spearman(x, sign * x)
    assert found.low <= found.value <= found.high
    assert abs(found.value) == 1
