from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from interlock.explore.statistics.compare_categories import crossed, crossed_table, fisher_log_p

#: R's data set HairEyeColor, men and women together.
HAIR = np.array([[68, 20, 15, 5], [119, 84, 54, 29], [26, 17, 14, 14], [7, 94, 10, 16]])
HAIR_NAMES, EYES = ["Black", "Brown", "Red", "Blond"], ["Brown", "Blue", "Hazel", "Green"]


def test_hair_and_eyes_are_rs() -> None:
    found = crossed(HAIR_NAMES, EYES, HAIR)  # R 4.2.2: chisq.test(apply(HairEyeColor, c(1, 2), sum))
    assert found.statistic[0] == "chi-square"
    assert found.statistic[1] == pytest.approx(138.2898416)
    assert found.df[0] == 9
    assert math.exp(found.log_p) == pytest.approx(2.325286787e-25)
    assert found.effects[0].low < found.effects[0].value < found.effects[0].high
    assert "Blue makes 74 % of Blond, against 36.3 % of all." in found.text


def test_a_pair_of_groups_is_compared_by_shares() -> None:
    found = crossed("abc", ["no", "yes"], np.array([[50, 50], [60, 30], [10, 90]]))
    assert [(each.first, each.second) for each in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert found.pairs[2].effect.value == pytest.approx(30 / 90 - 0.9)
    assert found.pairs[2].log_p < found.pairs[0].log_p < 0


@given(st.lists(st.integers(0, 30), min_size=4, max_size=4).filter(lambda each: sum(each) > 0))
def test_fisher_is_scipys(cells: list[int]) -> None:
    table = np.array(cells).reshape(2, 2)
    assert math.exp(fisher_log_p(table)) == pytest.approx(
        stats.fisher_exact(table).pvalue, rel=1e-9, abs=1e-12
    )


def test_the_tea_tasting_is_fishers() -> None:
    # T07: one-sided 1/70 and 17/70; the table is symmetric, so the two-sided test doubles them.
    assert math.exp(fisher_log_p(np.array([[4, 0], [0, 4]]))) == pytest.approx(2 / 70)
    assert math.exp(fisher_log_p(np.array([[3, 1], [1, 3]]))) == pytest.approx(34 / 70)
    # R 4.2.2: fisher.test(matrix(c(104, 189, 10933, 10845), 2))
    assert math.exp(fisher_log_p(np.array([[104, 10933], [189, 10845]]))) == pytest.approx(5.03283559972e-07)


def test_fisher_keeps_a_p_value_where_scipy_has_zero() -> None:
    table = np.array([[3000, 10], [10, 3000]])
    assert stats.fisher_exact(table).pvalue == 0
    with mpmath.workdps(50):
        pmf = [
            mpmath.binomial(3010, a) * mpmath.binomial(3010, 3010 - a) / mpmath.binomial(6020, 3010)
            for a in range(11)
        ]
        theirs = mpmath.log(2 * sum(pmf))
    assert fisher_log_p(table) == pytest.approx(float(theirs), rel=1e-9)


def test_larger_tables_are_tried_against_random_ones() -> None:
    # Agresti's job satisfaction, from R's help page of fisher.test, which gives 0.7827 by its own statistic.
    table = np.array([[1, 3, 10, 6], [2, 3, 10, 7], [1, 6, 14, 12], [0, 1, 9, 11]])
    found = crossed("abcd", "wxyz", table, exact=True)
    assert found.method == "chi-square test by random tables"
    theirs = stats.chi2_contingency(
        table, correction=False, method=stats.MonteCarloMethod(50_000, rng=np.random.default_rng(9))
    )
    assert math.exp(found.log_p) == pytest.approx(theirs.pvalue, abs=0.01)
    assert crossed("abcd", "wxyz", table, exact=True).log_p == found.log_p


def test_berkeley_and_its_correction() -> None:
    # S01: R 4.2.2, chisq.test(..., correct = FALSE); with Yates' correction it is 91.6096.
    found = crossed(["men", "women"], ["no", "yes"], np.array([[1493, 1198], [1278, 557]]))
    assert found.statistic[1] == pytest.approx(92.20528041)


@pytest.mark.slow
def test_the_false_positives_are_five_in_a_hundred_and_the_interval_agrees() -> None:
    rng = np.random.default_rng(2)
    tables = rng.multinomial(60, [0.5, 0.3, 0.2], size=(1000, 3))
    found = [crossed("abc", "xyz", table) for table in tables]
    rejected = np.array([each.log_p <= math.log(0.05) for each in found])
    assert rejected.mean() == pytest.approx(0.05, abs=0.021)
    assert [each.effects[0].low > 0 for each in found] == rejected.tolist()


def test_where_there_is_nothing_to_test_words_say_so() -> None:
    assert crossed("ab", "xy", np.array([[3, 0], [4, 0]])).text.startswith(
        "Every value is x: there is no diff"
    )
    assert crossed("ab", "xy", np.array([[3, 1], [0, 0]])).text.startswith("b has no value.")
    assert crossed_table([np.array([0.0, 2.0])], 3).tolist() == [[1, 0, 1]]
