from __future__ import annotations

import math
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from sklearn.datasets import load_diabetes

from interlock.errors import InputError
from interlock.explore.statistics.correlate import Coefficient, correlate

mpl.use("Agg")

#: R's data set mtcars.
MPG = [
    21.0, 21.0, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4,
       14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26.0, 30.4, 15.8, 19.7, 15.0, 21.4,
]  # fmt: skip
WEIGHT = [2.620, 2.875, 2.320, 3.215, 3.440, 3.460, 3.570, 3.190, 3.150, 3.440, 3.440, 4.070, 3.730, 3.780,
          5.250, 5.424, 5.345, 2.200, 1.615, 1.835, 2.465, 3.520, 3.435, 3.840, 3.845, 1.935, 2.140, 1.513,
          3.170, 2.770, 3.570, 2.780]  # fmt: skip


def test_cars_are_rs() -> None:
    # R 4.2.2: cor.test(mtcars$mpg, mtcars$wt), and with method = "kendall", "spearman", exact = FALSE
    pearson = correlate(MPG, WEIGHT)
    assert pearson.effect.value == pytest.approx(-0.867659376517)
    assert (pearson.effect.low, pearson.effect.high) == pytest.approx((-0.933826413285, -0.744087196460))
    assert pearson.statistic[1] == pytest.approx(-9.559044146972)
    assert pearson.log_p == pytest.approx(-22.768144649865)
    kendall = correlate(MPG, WEIGHT, method="kendall")
    assert kendall.effect.value == pytest.approx(-7.27832149528e-01)
    assert kendall.p == pytest.approx(6.70577040560e-09)
    spearman = correlate(MPG, WEIGHT, method="spearman")
    assert spearman.effect.value == pytest.approx(-8.86422033270e-01)
    assert spearman.p == pytest.approx(1.48759485813e-11)


def _around(value: float, error: float) -> tuple[float, float]:
    z = math.atanh(value)
    return math.tanh(z - 1.959964 * error), math.tanh(z + 1.959964 * error)


def test_intervals_are_the_closed_forms() -> None:
    r, rho = correlate(MPG, WEIGHT).effects
    assert (r.low, r.high) == pytest.approx(_around(r.value, 29**-0.5))
    assert (rho.low, rho.high) == pytest.approx(_around(rho.value, math.sqrt((1 + rho.value**2 / 2) / 29)))
    tau = correlate(MPG, WEIGHT, method="kendall").effect
    assert (tau.low, tau.high) == pytest.approx(_around(tau.value, math.sqrt(0.437 / 28)))


def test_partial_correlations_are_those_of_a_regression() -> None:
    import statsmodels.api as sm

    diabetes = load_diabetes(as_frame=True).frame
    found = correlate(diabetes, x="bmi", y="target", given=["bp", "s5"])
    model = sm.OLS(diabetes["target"], sm.add_constant(diabetes[["bmi", "bp", "s5"]])).fit()
    t = float(model.tvalues["bmi"])
    assert found.statistic[1] == pytest.approx(t)
    assert found.effect.value == pytest.approx(t / math.sqrt(t * t + model.df_resid))
    assert found.log_p == pytest.approx(math.log(float(model.pvalues["bmi"])))
    assert "with `bp`, `s5` held fixed" in found.question


SAMPLE = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=5, max_size=40)


@given(SAMPLE, st.sampled_from(["pearson", "spearman", "kendall"]), st.sampled_from([0.01, 7.0]))
def test_algebra(rows: list[tuple[int, int]], method: Coefficient, scale: float) -> None:
    a, b = np.array(rows, dtype=float).T
    assume(np.ptp(a) > 0 and np.ptp(b) > 0)
    here = correlate(a, b, method=method)
    for there, sign in (
        (correlate(b, a, method=method), 1),
        (correlate(-a, b, method=method), -1),
        (correlate(a * scale + 3, b, method=method), 1),
        (correlate(a[::-1], b[::-1], method=method), 1),
    ):
        assert there.effect.value == pytest.approx(sign * here.effect.value, abs=1e-12)
        if abs(here.effect.value) < 1 - 1e-9:  # on a line, p is made of the last digits alone
            assert there.log_p == pytest.approx(here.log_p, rel=1e-6, abs=1e-9)
    assert -1 <= here.effect.low <= here.effect.value <= here.effect.high <= 1


def test_no_p_value_is_zero_not_even_of_a_straight_line() -> None:
    x = np.arange(4000.0)
    for method in ("pearson", "spearman", "kendall"):
        found = correlate(x, 2 * x + 1e9, method=method)
        assert found.effect.value == pytest.approx(1)
        assert -math.inf < found.log_p < -3000
        assert "p = 0" not in str(found)


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_intervals_cover_what_they_promise(method: Coefficient) -> None:
    rng = np.random.default_rng(0)
    half = math.pi / 2  # of two normal variables with r = 0.6
    of_normal = {"pearson": 0.6, "spearman": 3 / half * math.asin(0.3), "kendall": math.asin(0.6) / half}
    true = of_normal[method]
    hits = []
    for _ in range(500):
        a = rng.normal(size=40)
        b = 0.6 * a + 0.8 * rng.normal(size=40)
        found = correlate(a, b, method=method).effect
        hits.append(found.low <= true <= found.high)
    assert np.mean(hits) == pytest.approx(0.95, abs=0.03)


def test_a_bend_and_a_single_row_are_concerns() -> None:
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 8, 200)
    assert any("the relation bends" in each for each in correlate(x, np.exp(x)).concerns)
    lone = correlate(np.append(rng.normal(size=40), 30), np.append(rng.normal(size=40), 30))
    told = next(each for each in lone.concerns if "One row decides" in each)
    assert "without the row (30, 30)" in told


def test_leaving_out_a_row_is_what_is_told() -> None:
    from interlock.explore.statistics.correlate import _influence

    a, b = np.array(MPG), np.array(WEIGHT)
    each = [stats.pearsonr(np.delete(a, i), np.delete(b, i)).statistic for i in range(len(a))]
    worst = max(abs(value - stats.pearsonr(a, b).statistic) for value in each)
    assert _influence(a, b, []).text == f"No single row moves Pearson's r by more than {worst:.2g}."


@pytest.mark.parametrize(
    ("a", "b", "text"),
    [
        ([1, 2], [2, 1], "Only 2 rows have both numbers, fewer than 3."),
        ([], [], "Only 0 rows have both numbers"),
        ([1, 1, 1, 1], [1, 2, 3, 4], "Every value of `first` is 1: it cannot go with anything."),
        ([None, 2, 3, 4], [1, None, 3, None], "Only 1 row has both numbers"),
    ],
)
def test_where_there_is_nothing_to_test_words_say_so(a: Any, b: Any, text: str) -> None:
    found = correlate(a, b)
    assert found.text.startswith(text)
    assert found.p_text == "p is not defined"
    axes = found.plot()
    plt.close(axes.figure)


def test_an_offset_costs_no_digits() -> None:
    near = np.random.default_rng(2).integers(-999, 999, (3, 60)) / 1024
    here = correlate({"a": near[0], "b": near[1], "c": near[2]}, x="a", y="b", given=["c"])
    far = correlate({"a": near[0] + 1e9, "b": near[1] - 1e9, "c": near[2] + 1e9}, x="a", y="b", given=["c"])
    assert far.effect.value == pytest.approx(here.effect.value, rel=1e-10)
    assert correlate(near[0] + 1e9, near[1]).log_p == pytest.approx(correlate(*near[:2]).log_p, rel=1e-10)


def test_ties_are_counted_in_each_column() -> None:
    found = correlate([1, 2, 3, 4, 5], [1, 2, 3, 5, 5], method="kendall")
    told = [each.text for each in found.checks if each.name == "ties"]
    assert told[0] == "`first`: no two values are tied."
    assert told[1].startswith("`second`: 40 % of the values are tied")


def test_what_is_held_fixed_may_leave_nothing() -> None:
    table = {"a": [1.0, 3, 2, 5, 4, 9], "b": [2.0, 1, 4, 3, 6, 5]}
    found = correlate(table, x="a", y="b", given=["a"])
    assert found.text.startswith("What is held fixed explains `a` completely: nothing is left of it.")


def test_gaps_are_counted_and_booleans_are_numbers() -> None:
    late, wind = [True, False, True, None, True, False], [3.0, 1.0, 5.0, 2.0, None, 0.5]
    table = pd.DataFrame({"late": late, "wind": wind})
    found = correlate(table, x="wind", y="late")
    assert (found.n, found.missing) == (4, 2)
    assert found.effect.value == pytest.approx(stats.pearsonr([3, 1, 5, 0.5], [1, 0, 1, 0]).statistic)
    assert "2 rows without all values were left out." in found.text


@pytest.mark.parametrize(
    ("data", "options", "text"),
    [
        (([1, 2, 3],), {}, "a correlation is of two columns\n  got: 1 arguments\n  next: give two sequences"),
        ((["a", "b"], [1, 2]), {}, "only numbers correlate\n  where: first\n  got: a, b\n  next: `compare`"),
        (([1, 2], [1, 2, 3]), {}, "both have one value a row\n  got: 2, 3"),
        (
            ([1, 2], [1, 2]),
            {"method": "gamma"},
            "no such coefficient\n  where: method\n  got: gamma",
        ),
        (
            ({"a": [1, 2], "b": [2, 3], "c": [3, 4]},),
            {"x": "a", "y": "b", "given": ["c"], "method": "kendall"},
            "Kendall's tau holds no other columns fixed\n  where: given\n  got: c",
        ),
    ],
)
def test_what_cannot_be_correlated_is_said(data: Any, options: Any, text: str) -> None:
    with pytest.raises(InputError) as caught:
        correlate(*data, **options)
    assert text in str(caught.value)
