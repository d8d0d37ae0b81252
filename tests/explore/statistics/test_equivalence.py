from __future__ import annotations

import math
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import ttost_ind, ttost_paired

from interlock.errors import InputError
from interlock.explore.statistics.compare_proportions import compare_proportions
from interlock.explore.statistics.equivalence import equivalence, equivalence_proportions

mpl.use("Agg")

#: R's data set `sleep`.
SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)


def _made(mean: float, sd: float, n: int) -> Any:
    """Return values with exactly this mean and standard deviation."""
    z = np.random.default_rng(n).normal(size=n)
    return mean + sd * (z - z.mean()) / z.std(ddof=1)


def test_lakens_example() -> None:
    # E01: Lakens (2017): m 5.25/5.22, sd .95/.83, n 95/89, bounds 0.43 average standard deviations.
    found = equivalence(_made(5.25, 0.95, 95), _made(5.22, 0.83, 89), margin=0.43, unit="sd")
    assert found.df[0] == pytest.approx(181.1344, abs=1e-4)
    assert found.statistic[1] == pytest.approx(-2.6927715, abs=1e-5)
    assert found.p == pytest.approx(0.0038755, abs=1e-6)
    assert found.text.startswith("Equivalent: first − second is 0.03 (90 % interval")


def test_sleep_is_statsmodels() -> None:
    found = equivalence(*SLEEP, margin=4)  # E02
    assert found.p == pytest.approx(0.0053616241, abs=1e-9)
    theirs = ttost_ind(np.array(SLEEP[0]), np.array(SLEEP[1]), -4, 2, usevar="unequal")
    assert equivalence(*SLEEP, margin=(-4, 2)).p == pytest.approx(theirs[0])
    pairs = equivalence(*SLEEP, margin=(-2.2, 1), paired=True)
    assert pairs.p == pytest.approx(ttost_paired(np.array(SLEEP[0]), np.array(SLEEP[1]), -2.2, 1)[0])


def test_one_side_is_non_inferiority() -> None:
    lower = equivalence(*SLEEP, margin=4, side="lower")
    theirs = stats.ttest_ind(np.array(SLEEP[0]) + 4, SLEEP[1], equal_var=False, alternative="greater")
    assert lower.p == pytest.approx(float(theirs.pvalue))
    assert lower.text.startswith("Not inferior: first − second is -1.58")
    assert "(one-sided Welch t-test, p = 0.0054)" in lower.text
    upper = equivalence(*SLEEP, margin=1, side="upper")
    assert upper.text.startswith("Not higher:")
    assert lower.question == "Is first − second above -4?"


def test_not_shown_and_not_equivalent_are_told_apart() -> None:
    unsure = equivalence(*SLEEP, margin=1)
    assert unsure.text.startswith("Not shown: first − second is -1.58")
    assert "no proof of a difference that matters" in unsure.text
    far = equivalence(np.array(SLEEP[0]) - 20, SLEEP[1], margin=1)
    assert far.text.startswith("Not equivalent:")
    assert "lies wholly outside" in far.text
    assert far.p_text == "p > 0.9999"


VALUES = st.lists(st.integers(-20, 20), min_size=3, max_size=20).map(lambda each: np.array(each, dtype=float))


@given(VALUES, VALUES, st.floats(0.1, 20), st.sampled_from([0.01, 0.05]))
def test_the_interval_is_inside_when_the_claim_is_made(a: Any, b: Any, margin: float, alpha: float) -> None:
    assume(np.ptp(a) + np.ptp(b) > 0)
    found = equivalence(a, b, margin=margin, alpha=alpha)
    assert (found.log_p <= math.log(alpha)) == (-margin < found.effect.low and found.effect.high < margin)
    back = equivalence(b, a, margin=margin, alpha=alpha)
    assert back.log_p == pytest.approx(found.log_p, rel=1e-9, abs=1e-12)


@given(st.integers(1, 60), st.integers(0, 60), st.integers(1, 60), st.integers(0, 60), st.floats(0.02, 0.5))
def test_shares_too(n1: int, x1: int, n2: int, x2: int, margin: float) -> None:
    x1, x2 = min(x1, n1), min(x2, n2)
    found = equivalence_proportions(x1, n1, x2, n2, margin=margin)
    assume(abs(found.log_p - math.log(0.05)) > 1e-6)
    assert (found.log_p <= math.log(0.05)) == (-margin < found.effect.low and found.effect.high < margin)


def test_yes_and_no_are_compared_by_shares() -> None:
    a, b = np.repeat([True, False], [850, 150]), np.repeat([True, False], [860, 140])
    found = equivalence(a, b, margin=0.05)
    counts = equivalence_proportions(850, 1000, 860, 1000, margin=0.05)
    assert found.log_p == counts.log_p
    ninety = compare_proportions(850, 1000, 860, 1000, confidence=0.9).effect
    assert (found.effect.low, found.effect.high) == pytest.approx((ninety.low, ninety.high))
    pairs = equivalence(a, b, margin=0.05, paired=True)
    assert pairs.effect.method == "Tango score"
    assert pairs.n == 1000
    with pytest.raises(InputError, match="a margin of shares is in shares\n  where: unit\n  got: sd"):
        equivalence(a, b, margin=0.5, unit="sd")


def test_the_claim_is_false_in_at_most_five_of_a_hundred() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.5, 1, (3000, 60)), rng.normal(0, 1.5, (3000, 90))
    claims = [equivalence(x, y, margin=0.5).log_p <= math.log(0.05) for x, y in zip(a[:500], b, strict=False)]
    assert np.mean(claims) == pytest.approx(0.05, abs=0.03)
    # Two shares on the bound, over all outcomes weighted by their probability: no simulation error.
    n, p1, p2 = 60, 0.5, 0.7
    at = [stats.binom.pmf(range(n + 1), n, p) for p in (p1, p2)]
    claimed = sum(
        at[0][x] * at[1][y]
        for x in range(15, 46)
        for y in range(26, 58)
        if equivalence_proportions(x, n, y, n, margin=0.2, side="lower").log_p <= math.log(0.05)
    )
    assert 0.03 < claimed < 0.06


def test_far_inside_keeps_a_p_value() -> None:
    x = np.random.default_rng(1).normal(size=4000)
    found = equivalence(x, x + 0.01, margin=5)
    assert -math.inf < found.log_p < -700
    assert "p = 0" not in str(found)


NOTHING: list[Any] = [([], [1.0, 2]), ([1.0], [2.0]), ([1.0, 1], [1.0, 1]), ([], []), ([], [True, False])]


@pytest.mark.parametrize("data", NOTHING)
def test_where_there_is_nothing_to_test_words_say_so(data: Any) -> None:
    found = equivalence(*data, margin=1)
    assert found.text.endswith("No test is possible.")
    assert math.isnan(found.log_p)
    axes = found.plot()
    plt.close(axes.figure)


def test_the_picture_shows_the_margin() -> None:
    picture: Any = equivalence(*SLEEP, margin=(-4, 2)).picture
    assert picture.labels == ("first − second", "margin")
    assert (picture.low[1], picture.high[1]) == (-4, 2)


def test_gaps_are_counted_and_the_reference_chosen() -> None:
    table = {"y": [*SLEEP[0], None, *SLEEP[1]], "g": ["a"] * 11 + ["b"] * 10}
    found = equivalence(table, value="y", by="g", margin=4, reference="a")
    assert found.effect.value == pytest.approx(1.58)
    assert found.missing == 1
    assert "1 row without a value left out." in found.text


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"margin": 0},
            "a margin leaves room for a difference\n  where: margin\n  got: 0\n  next: give",
        ),
        ({"margin": (2, 1)}, "a margin leaves room"),
        ({"margin": 1, "side": "left"}, "there is no such side\n  where: side\n  got: left"),
        ({"margin": 1, "alpha": 5}, "a level lies between 0 and 0.5\n  where: alpha\n  got: 5"),
    ],
)
def test_what_makes_no_sense_is_said(options: Any, text: str) -> None:
    with pytest.raises(InputError) as caught:
        equivalence([1, 2], [2, 3], **options)
    assert text in str(caught.value)
    with pytest.raises(InputError, match="equivalence is of two groups"):
        equivalence([1, 2], [2, 3], [3, 4], margin=1)
    with pytest.raises(InputError, match="a share is a count out of a whole\n  got: 5 of 3"):
        equivalence_proportions(5, 3, 1, 2, margin=0.1)
