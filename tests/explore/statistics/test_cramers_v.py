from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import stats

from interlock.explore.statistics.cramers_v import cramers_v, pooled

tables = arrays(
    np.int64, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6), elements=st.integers(0, 50)
)
full = tables.filter(lambda table: table.sum(axis=0).min() > 0 and table.sum(axis=1).min() > 0)


@given(full)
def test_p_is_scipys_and_v_is_bergsmas(table: np.ndarray) -> None:
    found = cramers_v(table)
    chi2, p, freedom, _ = stats.chi2_contingency(table, correction=False)
    n, (r, c) = table.sum(), table.shape
    assert found.p == pytest.approx(p, rel=1e-6, abs=1e-12)
    corrected = max(0.0, chi2 / n - freedom / (n - 1))
    sides = [side - (side - 1) ** 2 / (n - 1) for side in (r, c)]
    assert found.value == pytest.approx(min(1.0, math.sqrt(corrected / (min(sides) - 1))), abs=1e-6)


@given(full)
def test_the_interval_holds_the_value_inside_0_to_1(table: np.ndarray) -> None:
    found = cramers_v(table)
    assert 0 <= found.low <= found.value <= found.high <= 1


@given(full)
def test_it_does_not_matter_which_column_comes_first(table: np.ndarray) -> None:
    assert cramers_v(table) == pytest.approx(cramers_v(table.T))


def test_empty_levels_change_nothing_and_one_level_says_nothing() -> None:
    table = np.array([[20, 5], [5, 20]])
    assert cramers_v(np.vstack([table, [0, 0]])) == cramers_v(table)
    assert cramers_v(np.array([[20, 5]])).value == 0.0
    assert cramers_v(np.array([[20, 5]])).p == 1.0


def test_one_column_that_determines_the_other_has_v_of_one() -> None:
    found = cramers_v(np.diag([40, 30, 50]))
    assert found.value == pytest.approx(1.0)
    assert found.low > 0.95


@pytest.mark.parametrize("strength", [0.05, 0.25, 0.6])
def test_the_interval_covers_as_often_as_it_says(strength: float) -> None:
    rng = np.random.default_rng(2)
    signs = np.outer([1, -1, 1, -1], [1, -1]) / 8
    p = 1 / 8 + strength * signs
    truth = math.sqrt(float(np.sum(p**2 / np.outer(p.sum(axis=1), p.sum(axis=0)))) - 1)
    runs = [cramers_v(rng.multinomial(800, p.ravel()).reshape(4, 2)) for _ in range(600)]
    assert np.mean([each.low <= truth <= each.high for each in runs]) >= 0.93
    assert np.mean([each.value for each in runs]) == pytest.approx(truth, abs=0.02)


@given(tables)
def test_pooling_keeps_every_row_and_leaves_no_rare_one_but_the_pool(table: np.ndarray) -> None:
    result = pooled(table)
    assert np.array_equal(result.sum(axis=0), table.sum(axis=0))
    expected = result.sum(axis=1) * table.sum(axis=0).min() / max(table.sum(), 1)
    assert np.sum(expected < 5) <= 1


def test_many_rare_levels_do_not_invent_a_relation() -> None:
    rng = np.random.default_rng(3)
    rejected = 0
    for _ in range(200):
        levels, classes = rng.integers(0, 400, 1000), rng.random(1000) < 0.1
        table = np.stack(
            [np.bincount(levels[classes], minlength=400), np.bincount(levels[~classes], minlength=400)], 1
        )
        rejected += cramers_v(pooled(table)).p < 0.05
    assert rejected <= stats.binom.ppf(0.999, 200, 0.05)
