from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom
from statsmodels.stats.proportion import confint_proportions_2indep

from interlock.explore.statistics.estimate import z_value
from interlock.explore.statistics.score import (
    difference_interval,
    difference_z,
    odds_ratio_interval,
    paired_difference_interval,
    paired_difference_z,
    ratio_interval,
)

COUNTS = st.tuples(st.integers(0, 60), st.integers(1, 60), st.integers(0, 60), st.integers(1, 60)).map(
    lambda q: (min(q[0], q[1]), q[1], min(q[2], q[3]), q[3])
)


@pytest.mark.parametrize(
    ("counts", "corrected", "low", "high"),
    [
        # Newcombe (1998), table II: methods 5 (Mee) and 6 (Miettinen-Nurminen).
        ((56, 70, 48, 80), False, 0.0533, 0.3377),
        ((56, 70, 48, 80), True, 0.0528, 0.3382),
        ((0, 10, 0, 20), False, -0.1611, 0.2775),
        ((0, 10, 0, 20), True, -0.1658, 0.2844),
        ((10, 10, 0, 20), True, 0.7156, 1.0),
        # R package PropCIs, diffscoreci(7, 34, 1, 34, 0.95), as statsmodels' tests quote it.
        ((7, 34, 1, 34), True, 0.0270416, 0.3452912),
    ],
)
def test_the_difference_is_that_of_the_papers(
    counts: tuple[int, int, int, int], corrected: bool, low: float, high: float
) -> None:
    found = difference_interval(*counts, corrected=corrected)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_ratios_are_those_of_propcis() -> None:
    # R package PropCIs, riskscoreci and orscoreci(7, 34, 1, 34), as statsmodels' tests quote it.
    ratio = ratio_interval(7, 34, 1, 34, corrected=False)
    assert (ratio.low, ratio.high) == pytest.approx((1.220853, 42.575718), abs=1e-6)
    odds = odds_ratio_interval(7, 34, 1, 34)
    assert (odds.low, odds.high) == pytest.approx((1.246309, 56.486130), rel=5e-4)


def _loglikelihood(x: int, n: int, p: float) -> float:
    return (x * math.log(p) if x else 0.0) + ((n - x) * math.log1p(-p) if x < n else 0.0)


@given(COUNTS, st.floats(-0.95, 0.95))
def test_the_restricted_likelihood_is_at_its_highest(q: tuple[int, int, int, int], gap: float) -> None:
    x1, n1, x2, n2 = q
    best = minimize_scalar(
        lambda p: -_loglikelihood(x1, n1, p + gap) - _loglikelihood(x2, n2, p),
        bounds=(max(0, -gap) + 1e-9, min(1, 1 - gap) - 1e-9),
        method="bounded",
        options={"xatol": 1e-11},
    ).x
    variance = (best + gap) * (1 - best - gap) / n1 + best * (1 - best) / n2
    assume(variance > 1e-4)
    z = (x1 / n1 - x2 / n2 - gap) / math.sqrt(variance)
    assert difference_z(*q, gap, corrected=False) == pytest.approx(z, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(
    "q",
    [(56, 70, 48, 80), (104, 11037, 189, 11034), (3, 200_000, 9, 300_000), (5, 9, 17, 20), (33, 40, 2, 50)],
)
def test_ratios_are_statsmodels(q: tuple[int, int, int, int]) -> None:
    for ours, compare in ((ratio_interval(*q), "ratio"), (odds_ratio_interval(*q), "odds-ratio")):
        with np.errstate(all="ignore"):
            theirs = confint_proportions_2indep(*q, method="score", compare=compare)
        assert (ours.low, ours.high) == pytest.approx(theirs, rel=1e-5)


@given(COUNTS, st.booleans())
def test_the_three_intervals_and_the_test_say_the_same(q: tuple[int, int, int, int], corrected: bool) -> None:
    z = abs(difference_z(*q, corrected=corrected))
    assume(abs(z - z_value()) > 1e-6)
    for interval in (difference_interval, ratio_interval, odds_ratio_interval):
        found = interval(*q, corrected=corrected)
        assert (found.low > found.null or found.high < found.null) == (z > z_value())
        assert math.isnan(found.value) or found.low - 1e-9 <= found.value <= found.high + 1e-9


@given(COUNTS)
def test_swapping_the_groups_flips_the_sign(q: tuple[int, int, int, int]) -> None:
    x1, n1, x2, n2 = q
    there, back = difference_interval(*q), difference_interval(x2, n2, x1, n1)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-7)
    ratio, inverse = odds_ratio_interval(*q), odds_ratio_interval(x2, n2, x1, n1)
    assert ratio.low == pytest.approx(1 / inverse.high if inverse.high else math.inf, rel=1e-6, abs=1e-12)


def test_the_interval_covers_what_it_promises() -> None:
    # Over all outcomes, weighted by their probability: no simulation error. Mean coverage near 95 %.
    n1, n2 = 20, 30
    grid = [[difference_interval(x1, n1, x2, n2) for x2 in range(n2 + 1)] for x1 in range(n1 + 1)]
    low = np.array([[each.low for each in row] for row in grid])
    high = np.array([[each.high for each in row] for row in grid])
    covered = []
    for p1, p2 in np.random.default_rng(0).uniform(0.03, 0.97, (300, 2)):
        weight = np.outer(binom.pmf(range(n1 + 1), n1, p1), binom.pmf(range(n2 + 1), n2, p2))
        covered.append(float(weight[(low <= p1 - p2) & (p1 - p2 <= high)].sum()))
    assert np.mean(covered) == pytest.approx(0.955, abs=0.01)
    assert np.quantile(covered, 0.05) > 0.93


def test_pairs_give_the_published_interval() -> None:
    # Bentur et al. (2009): 1 gained, 7 lost of 21. Fagerland, Lydersen, Laake (2014): Tango's interval.
    found = paired_difference_interval(1, 7, 21)
    assert (found.low, found.high) == pytest.approx((-0.517, -0.026), abs=5e-4)
    # Tango (1998): no discordant pair leaves an interval, wider for fewer pairs.
    none = paired_difference_interval(0, 0, 50)
    assert none.low == pytest.approx(-none.high)
    assert 0 < none.high < 0.1


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 60))
def test_pairs_agree_with_mcnemar_and_flip(gained: int, lost: int, agreed: int) -> None:
    n = gained + lost + agreed
    assume(n > 0)
    found = paired_difference_interval(gained, lost, n)
    back = paired_difference_interval(lost, gained, n)
    z = paired_difference_z(gained, lost, n)
    if gained + lost:
        assert z == pytest.approx((gained - lost) / math.sqrt(gained + lost))
        assume(abs(abs(z) - z_value()) > 1e-6)
    assert (found.low > 0 or found.high < 0) == (abs(z) > z_value())
    assert (found.low, found.high) == pytest.approx((-back.high, -back.low), abs=1e-7)
