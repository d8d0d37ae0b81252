"""Poisson regression is R's: glm(breaks ~ wool * tension, poisson, warpbreaks, epsilon = 1e-15), vcovHC."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from tests.explore.models.published import warpbreaks

from interlock.errors import InputError
from interlock.explore.models import Model, ols, poisson

RNG = np.random.default_rng(12)
TENSION = "C(tension, Treatment('L'))"


def check(model: Model, name: str) -> tuple[str, str]:
    return next((each.state, each.sentence) for each in model.checks if each.name == name)


def test_estimates_are_rs() -> None:
    expected = {
        "Intercept": (3.7967368499704, 0.0499376169437, 0.14360753002397),
        "wool[B]": (-0.4566271602880, 0.0801921034768, 0.18941120957206),
        f"{TENSION}[M]": (-0.6186830196224, 0.0844002086232, 0.19209155199085),
        f"{TENSION}[H]": (-0.5957987257888, 0.0837773982874, 0.20615429729101),
        f"wool[B]:{TENSION}[M]": (0.6381768143034, 0.1221532109716, 0.25608133297113),
        f"wool[B]:{TENSION}[H]": (0.1883631736934, 0.1298954198620, 0.25737421917016),
    }
    formula = f"breaks ~ wool * {TENSION}"
    plain, robust = (poisson(formula, warpbreaks(), errors=each) for each in ("classical", "HC3"))
    for row, safe in zip(plain.estimates, robust.estimates, strict=True):
        assert (row.estimate, row.standard_error) == pytest.approx(expected[row.term][:2], rel=1e-9)
        assert safe.standard_error == pytest.approx(expected[row.term][2], rel=1e-9)
    assert plain.log_likelihood == pytest.approx(-228.4846044707)
    figures = {each.name: each.value for each in plain.figures}
    assert figures["AIC"] == pytest.approx(468.9692089414)
    assert figures["dispersion"] == pytest.approx(3.763881329314)


def test_clustered_errors_are_near_clubsandwichs() -> None:
    """R: vcovCR(glm(breaks ~ wool + tension, poisson), g, "CR2"); another root of the same matrix."""
    frame = warpbreaks().assign(g=(np.arange(54) ** 2 // 7) % 11)
    rows = poisson(f"breaks ~ wool + {TENSION}", frame, errors="cluster:g").estimates
    expected = {
        "Intercept": (0.1080457334452, 5.93607123179),
        "wool[B]": (0.0961213712064, 8.17729741399),
        f"{TENSION}[M]": (0.1052611434174, 7.76439172308),
        f"{TENSION}[H]": (0.0949214317458, 7.04821575283),
    }
    for row in rows:
        assert (row.standard_error, row.df) == pytest.approx(expected[row.term], rel=0.005)


def test_an_offset_makes_a_rate() -> None:
    hours = RNG.uniform(1, 20, 300)
    x = RNG.normal(size=300)
    frame = pd.DataFrame({"hours": hours, "x": x, "y": RNG.poisson(hours * np.exp(0.2 + 0.5 * x))})
    theirs = smf.glm("y ~ x", frame, family=sm.families.Poisson(), offset=np.log(hours)).fit(tol=1e-14)
    model = poisson("y ~ x + offset(log(hours))", frame, errors="classical")
    assert [row.estimate for row in model.estimates] == pytest.approx(list(theirs.params), rel=1e-9)
    assert model.predict(frame).value == pytest.approx(np.asarray(theirs.fittedvalues), rel=1e-9)


def test_overdispersion_is_found_and_answered() -> None:
    spread = poisson("breaks ~ wool", warpbreaks(), errors="classical")
    assert check(spread, "dispersion")[0] == "warning"
    assert "use `negative_binomial`" in check(spread, "dispersion")[1]
    assert check(poisson("breaks ~ wool", warpbreaks()), "dispersion")[0] == "note"
    x = RNG.normal(size=500)
    calm = poisson("y ~ x", pd.DataFrame({"x": x, "y": RNG.poisson(np.exp(1 + x / 2))}), errors="classical")
    assert check(calm, "dispersion")[0] == "fine"
    assert check(calm, "zeros")[0] == "fine"


@pytest.mark.slow
def test_deans_test_keeps_its_level() -> None:
    """On Poisson counts, 1 % of the checks may call them overdispersed: at most 3 standard errors more."""
    rng, runs = np.random.default_rng(4), 300
    hits = 0
    for _ in range(runs):
        frame = pd.DataFrame({"y": rng.poisson(3, 100), "x": rng.normal(size=100)})
        hits += check(poisson("y ~ x", frame), "dispersion")[0] != "fine"
    assert hits / runs < 0.01 + 3 * math.sqrt(0.01 * 0.99 / runs)


def test_too_many_zeros_are_said() -> None:
    counts = np.where(RNG.random(500) < 0.5, 0, RNG.poisson(4, 500))
    model = poisson("y ~ x", pd.DataFrame({"y": counts, "x": RNG.normal(size=500)}))
    assert check(model, "zeros")[0] == "note"


@pytest.mark.parametrize(
    ("values", "message"), [([-1.0] + [1.0] * 9, "`y` is not a count"), ([0.0] * 10, "`y` is 0 in all rows")]
)
def test_other_responses_are_refused(values: list[float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        poisson("y ~ x", pd.DataFrame({"y": values, "x": range(10)}))


def test_a_level_with_zeros_alone_is_named() -> None:
    frame = warpbreaks()
    frame.loc[frame["tension"] == "M", "breaks"] = 0
    with pytest.raises(InputError, match=r"told apart perfectly by `tension\[M\]`"):
        poisson("breaks ~ wool + tension", frame)


def test_the_words_are_rates() -> None:
    model = poisson("breaks ~ wool", warpbreaks())
    assert "`wool` = B rather than A: the mean of `breaks` times 0.8" in model.text
    with pytest.raises(InputError, match="a model by `ols` has no ratios"):
        _ = ols("breaks ~ wool", warpbreaks()).ratios
