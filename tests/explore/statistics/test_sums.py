from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.explore.statistics.sums import sums


def _table(n: int = 800, k: int = 6, seed: int = 0) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).integers(1, 100_000, (n, k)) / 100


@given(st.integers(0, 5), st.integers(2, 3), st.integers(0, 10_000))
def test_a_planted_sum_is_found_and_no_other(total: int, size: int, seed: int) -> None:
    table = _table(seed=seed)
    terms = tuple(sorted(np.random.default_rng(seed).permutation([c for c in range(6) if c != total])[:size]))
    table[:, total] = table[:, list(terms)].sum(axis=1)
    found = sums(table)
    assert [(each.total, each.terms, each.share.value) for each in found] == [(total, terms, 1.0)]


def test_random_numbers_have_none() -> None:
    assert sums(_table()) == ()
    assert sums(np.random.default_rng(1).integers(0, 3, (800, 6)).astype(float)) == ()


def test_it_may_fail_in_a_few_rows_and_says_in_how_many_it_holds() -> None:
    table = _table()
    table[:, 0] = table[:, 1] + table[:, 2]
    table[::200, 0] += 1
    (found,) = sums(table)
    assert found.share.value == pytest.approx(796 / 800)
    assert found.share.low < 796 / 800 < found.share.high


def test_a_third_term_counts_only_where_it_makes_the_sum_truer() -> None:
    table = _table()
    table[:, 3] = np.where(np.arange(800) % 125 == 1, 7.5, 0.0)
    table[:, 0] = table[:, 1] + table[:, 2] + table[:, 3]
    assert [(each.total, each.terms) for each in sums(table)] == [(0, (1, 2, 3))]
    table[:, 0] = table[:, 1] + table[:, 2]
    assert [(each.total, each.terms) for each in sums(table)] == [(0, (1, 2))]


def test_constant_columns_and_small_tables_are_passed_over() -> None:
    table = _table()
    table[:, 0] = 0
    table[:, 1] = table[:, 2]
    assert sums(table) == ()
    assert sums(_table(n=20)) == ()
