from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import mutual_info_score

from interlock.explore.statistics.mutual_information import entropy, mutual_information, uncertainty

tables = st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=2, max_size=5).map(np.array)


@given(tables)
def test_without_its_correction_it_is_sklearns(
    table: Any,
) -> None:
    if table.sum() == 0:
        return
    kept = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    n, freedom = int(kept.sum()), np.count_nonzero(kept) - kept.shape[0] - kept.shape[1] + 1
    expected = mutual_info_score(None, None, contingency=kept) - freedom / (2 * n)
    found = mutual_information(table)
    assert found.value == pytest.approx(max(expected, 0.0) / math.log(2), abs=1e-9)
    assert 0 <= found.low <= found.value <= found.high
    assert 0 <= uncertainty(table).value <= 1


def test_its_test_is_scipys_likelihood_ratio_test() -> None:
    table = np.array([[30, 12, 8], [22, 25, 9], [11, 14, 20]])
    expected = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue
    assert mutual_information(table).p == pytest.approx(expected)


def test_entropy_is_scipys() -> None:
    counts = np.array([5, 3, 0, 12])
    assert entropy(counts) == pytest.approx(stats.entropy(counts, base=2))


def test_the_correction_takes_out_the_bias() -> None:
    rng = np.random.default_rng(0)
    truth = np.array([[0.15, 0.05, 0.05, 0.05], [0.05, 0.15, 0.05, 0.05], [0.05, 0.05, 0.2, 0.1]])
    bits = mutual_information(truth * 1e9).value
    found = [
        mutual_information(each).value for each in rng.multinomial(200, truth.ravel(), 1500).reshape(-1, 3, 4)
    ]
    # The plug-in estimate is 0.02 bits too large here.
    assert np.mean(found) == pytest.approx(bits, abs=0.004)


@pytest.mark.parametrize("dependence", [0.0, 0.1, 0.4, 0.9])
@pytest.mark.parametrize("n", [200, 5000])
def test_the_interval_covers_the_truth(dependence: float, n: int) -> None:
    rng = np.random.default_rng(1)
    even = np.outer([0.5, 0.3, 0.2], [0.6, 0.4])
    truth = (1 - dependence) * even + dependence * np.array([[0.5, 0.0], [0.1, 0.2], [0.0, 0.2]])
    bits = mutual_information(np.round(truth * 1e9)).value
    found = [mutual_information(each) for each in rng.multinomial(n, truth.ravel(), 600).reshape(-1, 3, 2)]
    assert np.mean([each.low <= bits <= each.high for each in found]) >= 0.92


def test_the_p_values_of_independent_columns_are_uniform() -> None:
    rng = np.random.default_rng(2)
    even = np.outer([0.4, 0.3, 0.3], [0.5, 0.3, 0.2]).ravel()
    p_values = [mutual_information(each).p for each in rng.multinomial(2000, even, 800).reshape(-1, 3, 3)]
    assert stats.kstest(p_values, "uniform").pvalue > 1e-3


def test_a_copy_explains_all_and_a_constant_nothing() -> None:
    assert uncertainty(np.diag([300, 200, 500])).value == pytest.approx(1, abs=2e-3)
    assert uncertainty(np.array([[300, 200]])).value == 0.0
    assert uncertainty(np.array([[300], [200]])).value == 0.0
