from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_wine

from interlock.explore.statistics.compare_ranks import dunn, kruskal_wallis, two_orders, wilcoxon

RNG = np.random.default_rng(0)
#: R's data set InsectSprays.
SPRAYS = [
    np.array(each, dtype=float)
    for each in (
        [10, 7, 20, 14, 14, 12, 10, 23, 17, 20, 14, 13],
        [11, 17, 21, 11, 16, 14, 17, 17, 19, 21, 7, 13],
        [0, 1, 7, 2, 3, 1, 2, 1, 3, 0, 1, 4],
        [3, 5, 12, 6, 4, 3, 5, 5, 5, 5, 2, 4],
        [3, 5, 3, 5, 3, 6, 1, 1, 3, 2, 6, 4],
        [11, 9, 15, 22, 15, 16, 13, 10, 26, 26, 24, 13],
    )
]


def test_kruskal_wallis_of_the_sprays_is_rs() -> None:
    found = kruskal_wallis("ABCDEF", SPRAYS)  # R 4.2.2: kruskal.test(count ~ spray, InsectSprays)
    assert found.statistic[1] == pytest.approx(54.6913446224)
    assert math.exp(found.log_p) == pytest.approx(1.51084443942e-10)
    assert found.effects[0].value == pytest.approx(1 - (71 - 54.6913446224) / (72 - 6), abs=1e-9)  # Kelley
    assert "F tends to the largest values, C to the smallest." in found.text


def test_dunn_is_the_closed_form_adjusted_by_holm() -> None:
    from statsmodels.stats.multitest import multipletests

    groups = SPRAYS[:4]
    ranks = stats.rankdata(np.concatenate(groups)).reshape(4, 12).mean(axis=1)
    everything, counts = np.unique(np.concatenate(groups), return_counts=True)
    spread = 48 * 49 / 12 - np.sum(counts**3 - counts) / (12 * 47)
    pairs = dunn("0123", groups)
    z = [(ranks[int(p.first)] - ranks[int(p.second)]) / math.sqrt(spread * 2 / 12) for p in pairs]
    theirs = multipletests(2 * stats.norm.sf(np.abs(z)), method="holm")[1]
    assert np.exp([each.log_p for each in pairs]) == pytest.approx(theirs)
    assert len(everything) < 48


def test_mann_whitney_and_brunner_munzel_are_scipys() -> None:
    wine = load_wine()
    a, b = (wine.data[wine.target == place, 4] for place in (0, 1))
    found = two_orders("ab", (a, b))
    assert found.log_p == pytest.approx(math.log(stats.mannwhitneyu(a, b).pvalue))
    assert found.effects[0].value == pytest.approx(stats.mannwhitneyu(a, b).statistic / len(a) / len(b))
    other = two_orders("ab", (a, b), brunner_munzel=True)
    assert other.log_p == pytest.approx(math.log(stats.brunnermunzel(a, b).pvalue))
    assert other.statistic[0] == "t"


@pytest.mark.slow
def test_mann_whitney_is_fooled_by_unequal_spread_and_brunner_munzel_is_not() -> None:
    """The reason for offering both."""
    rng = np.random.default_rng(1)
    runs = [(rng.normal(0, 4, 15), rng.normal(0, 1, 60)) for _ in range(800)]
    limit = math.log(0.05)
    assert np.mean([two_orders("ab", run).log_p <= limit for run in runs]) > 0.08
    munzel = [two_orders("ab", run, brunner_munzel=True).log_p <= limit for run in runs]
    assert np.mean(munzel) == pytest.approx(0.05, abs=0.025)


def test_groups_that_do_not_overlap_fall_back_on_mann_whitney() -> None:
    found = two_orders("ab", (np.arange(5.0), np.arange(5.0) + 10), brunner_munzel=True)
    assert math.exp(found.log_p) == pytest.approx(2 / math.comb(10, 5))
    assert any("do not overlap" in each.text for each in found.checks)


def test_wilcoxon_is_scipys_and_says_how_many_pairs_tell_nothing() -> None:
    a, b = RNG.integers(0, 20, 60).astype(float), RNG.integers(0, 20, 60).astype(float)
    found = wilcoxon("ab", (a, b))
    theirs = stats.wilcoxon(a, b, correction=True, method="asymptotic")
    assert math.exp(found.log_p) == pytest.approx(theirs.pvalue)
    assert any(
        each.text == f"{int((a == b).sum())} of the pairs do not differ: they tell nothing."
        for each in found.checks
    )
    assert found.effects[1].value == pytest.approx((a > b).sum() / (a != b).sum())


def test_where_there_is_nothing_to_test_words_say_so() -> None:
    flat = np.array([2.0, 2])
    assert (
        two_orders("ab", (flat, flat)).text
        == "Every value is 2: there is no difference. No test is possible."
    )
    assert two_orders("ab", (flat, np.array([]))).text.startswith("b has no value.")
    assert two_orders("ab", (flat, flat[:1] + 1), brunner_munzel=True).text.startswith("b has one value.")
    assert kruskal_wallis("abc", (flat, flat, flat)).text.startswith("Every value is 2")
    assert wilcoxon("ab", (flat, flat)).text.startswith("No pair differs.")
    assert wilcoxon("ab", (flat[:0], flat[:0])).text.startswith("There are no pairs")


def test_one_value_in_a_group_has_a_p_value_by_ranks() -> None:
    found = two_orders("ab", (np.array([9.0]), np.arange(5.0)))
    assert math.exp(found.log_p) == pytest.approx(2 / 6)
    assert kruskal_wallis("abc", (np.array([9.0]), np.arange(5.0), np.arange(5.0))).checks[1].concern
