from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportions_ztest

from interlock.errors import InputError
from interlock.explore.statistics.compare_proportions import compare_proportions, paired_shares, two_shares


def test_t03_is_statsmodels() -> None:
    found = compare_proportions(1100, 10_000, 1000, 10_000, method="pearson")
    assert found.statistic[1] == pytest.approx(2.3066348, abs=1e-6)
    assert found.p == pytest.approx(0.0210752, abs=1e-6)


def test_t04_is_newcombes_paper() -> None:
    # Newcombe (1998), table II; statsmodels' Miettinen-Nurminen, .3440391, is wrong (statsmodels#10269).
    score = compare_proportions(56, 70, 48, 80).effect
    assert (score.low, score.high) == pytest.approx((0.0528, 0.3382), abs=5e-5)
    newcombe = compare_proportions(56, 70, 48, 80, method="newcombe").effect
    assert (newcombe.low, newcombe.high) == pytest.approx((0.0524315, 0.3338727), abs=1e-6)


def test_t05_aspirin_is_rs() -> None:
    found = compare_proportions(104, 11037, 189, 11034, method="pearson", names=("aspirin", "placebo"))
    assert found.statistic[1] ** 2 == pytest.approx(25.013884, abs=1e-5)
    assert found.p == pytest.approx(5.6919e-7, rel=1e-4)
    assert found.effects[2].value == pytest.approx(0.5458537, abs=3e-5)
    assert found.effect.low < -0.0077 < found.effect.high


def test_t06_polio_is_statsmodels() -> None:
    found = compare_proportions(33, 200_745, 115, 201_229, method="pearson")
    assert found.statistic[1] == pytest.approx(-6.7269538, abs=1e-6)
    assert found.p == pytest.approx(1.7325e-11, rel=1e-4)
    assert found.p == pytest.approx(proportions_ztest([33, 115], [200_745, 201_229])[1])


def test_the_score_test_is_pearsons_with_n_minus_1() -> None:
    # Campbell (2007): the "N - 1" chi-square.
    theirs = stats.chi2_contingency([[9, 12], [3, 20]], correction=False).statistic * 43 / 44
    assert compare_proportions(9, 21, 3, 23).statistic[1] ** 2 == pytest.approx(theirs)


def test_small_expected_counts_are_tested_exactly() -> None:
    found = compare_proportions(3, 20, 0, 4)
    assert found.method == "Fisher's exact test"
    assert found.p == pytest.approx(stats.fisher_exact([[3, 17], [0, 4]]).pvalue)
    assert "an expected count below 1" in found.reason


def test_one_share_and_a_known_one_are_rs() -> None:
    found = compare_proportions(60, 100, against=0.5)  # R 4.2.2: prop.test(60, 100, .5, correct = FALSE)
    assert (found.effect.low, found.effect.high) == pytest.approx((0.5020025868, 0.6905987136))
    assert found.p == pytest.approx(2 * stats.norm.sf(2))
    assert found.question == "Is the share of first 0.5?"


def test_shares_forty_standard_errors_apart_keep_a_p_value() -> None:
    found = compare_proportions(80_000, 100_000, 10_000, 100_000)
    assert found.p == 0
    assert found.log_p < -4e4
    assert "p = 0;" not in str(found)
    assert "e-" in found.p_text


def test_extreme_counts_have_results() -> None:
    assert compare_proportions(0, 10, 0, 20).p == 1
    all_or_none = compare_proportions(10, 10, 0, 20)
    assert all_or_none.effect.high == 1
    assert all_or_none.effects[2].value == math.inf
    empty = compare_proportions(0, 0, 3, 4)
    assert empty.text == "first has no value. No test is possible."
    assert empty.p_text == "p is not defined"


def test_pairs_are_mcnemars() -> None:
    # R's help page of mcnemar.test: approval of the president, 794, 86, 150, 570; 34.71 with correction.
    first = np.repeat([1.0, 1.0, 0.0, 0.0], [794, 150, 86, 570])
    second = np.repeat([1.0, 0.0, 1.0, 0.0], [794, 150, 86, 570])
    found = paired_shares(["before", "after"], (first, second))
    theirs = mcnemar([[794, 150], [86, 570]], exact=False, correction=False)
    assert found.statistic[1] ** 2 == pytest.approx(theirs.statistic)
    assert found.statistic[1] ** 2 == pytest.approx(17.356, abs=1e-3)  # R 4.2.2, correct = FALSE
    exact = paired_shares(["before", "after"], (first, second), exact=True)
    assert math.exp(exact.log_p) == pytest.approx(mcnemar([[794, 150], [86, 570]], exact=True).pvalue)
    assert found.effects[0].value == pytest.approx(64 / 1600)


def test_few_pairs_are_rs_and_flagged() -> None:
    first, second = np.array([1.0] * 1 + [0.0] * 20), np.array([0.0] * 1 + [1.0] * 7 + [0.0] * 13)
    exact = paired_shares("ab", (first, second), exact=True)
    assert math.exp(exact.log_p) == pytest.approx(0.0703125)  # R 4.2.2: binom.test(7, 8)
    rough = paired_shares("ab", (first, second))
    assert rough.checks[0].text.startswith("8 pairs differ, 1 of them towards a: few for the approximation")
    assert paired_shares("ab", (first[:0], second[:0])).text.startswith("There are no pairs")
    assert math.exp(paired_shares("ab", (first, first)).log_p) == 1


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_the_false_positives_are_at_most_five_in_a_hundred(p: float) -> None:
    # Over all outcomes, weighted by their probability: no simulation error.
    m, n = 20, 30
    rejected = sum(
        stats.binom.pmf(a, m, p) * stats.binom.pmf(b, n, p)
        for a in range(m + 1)
        for b in range(n + 1)
        if two_shares("ab", (a, b), (m, n))[0].log_p <= math.log(0.05)
    )
    assert 0.03 < rejected < 0.06


def test_what_is_no_count_is_refused() -> None:
    with pytest.raises(InputError, match="is a count out of a whole\n  got: 5 of 3\n  next: give whole"):
        compare_proportions(5, 3, 1, 2)
    with pytest.raises(InputError, match="there is nothing to compare with\n  next: give count2 and n2"):
        compare_proportions(1, 3)
    with pytest.raises(InputError, match="a known share lies between 0 and 1\n  where: against\n  got: 1"):
        compare_proportions(1, 3, against=1)
