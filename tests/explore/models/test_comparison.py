from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm
from tests.explore.models.published import petrol, warpbreaks

from interlock.errors import InputError
from interlock.explore.models import compare_models, logit, mixed, ols, poisson, quantile


def test_the_f_test_is_rs() -> None:
    # anova(lm(log(Y) ~ EP, petrol), lm(log(Y) ~ No + EP, petrol)): F 16.82478 on 9 and 21, p 1.0455e-07
    small, large = (ols(f, petrol(), errors="classical") for f in ("log(Y) ~ EP", "log(Y) ~ No + EP"))
    found = compare_models(small, large)
    assert (found.term, found.df, found.rest) == ("No", 9, 21)
    assert found.statistic == pytest.approx(16.82478, abs=1e-5)
    assert math.exp(found.log_p) == pytest.approx(1.0455e-07, rel=1e-4)
    assert str(found) == "No: F(9, 21) = 16.8, p = 1e-7"


def test_the_f_test_is_statsmodels() -> None:
    frame = petrol()
    formulas = ("Y ~ EP", "Y ~ EP * VP + SG")
    theirs = anova_lm(*(smf.ols(each, frame).fit() for each in formulas))
    found = compare_models(*(ols(each, frame, errors="classical") for each in formulas))
    assert found.statistic == pytest.approx(float(theirs["F"].iloc[1]))
    assert math.exp(found.log_p) == pytest.approx(float(theirs["Pr(>F)"].iloc[1]))


def test_the_likelihood_ratio_test_is_statsmodels() -> None:
    frame = warpbreaks().assign(y=lambda each: (each["breaks"] > 26).astype(int))
    formulas = ("y ~ wool", "y ~ wool * tension")
    theirs = [smf.logit(each, frame).fit(disp=0, tol=1e-12) for each in formulas]
    found = compare_models(*(logit(each, frame) for each in formulas))
    assert found.statistic * found.df == pytest.approx(2 * (theirs[1].llf - theirs[0].llf), rel=1e-8)
    assert (found.df, found.rest, found.method) == (4, None, "likelihood ratio chi-square")


def test_robust_errors_make_it_a_wald_test() -> None:
    frame = warpbreaks()
    small, large = (poisson(each, frame) for each in ("breaks ~ wool", "breaks ~ wool + tension"))
    assert compare_models(small, large) == large.test("tension")
    several = compare_models(poisson("breaks ~ 1", frame), large)
    values = np.array([row.estimate for row in large.estimates])[1:]
    back = large.scaling.back()
    inner = (back @ large.covariance @ back.T)[1:, 1:]
    assert several.statistic == pytest.approx(float(values @ np.linalg.solve(inner, values)) / 3)


@pytest.mark.parametrize(
    ("small", "large", "message"),
    [
        (
            lambda t: ols("Y ~ EP", t),
            lambda t: ols("log(Y) ~ EP + VP", t),
            "kind, response, offset and errors",
        ),
        (
            lambda t: ols("Y ~ EP", t),
            lambda t: quantile("Y ~ EP + VP", t),
            "kind, response, offset and errors",
        ),
        (lambda t: ols("Y ~ EP + SG", t), lambda t: ols("Y ~ EP + VP", t), "not within the second"),
        (lambda t: ols("Y ~ EP + VP", t), lambda t: ols("Y ~ EP", t), "not within the second"),
        (lambda t: ols("Y ~ EP", t[:30]), lambda t: ols("Y ~ EP + VP", t), "fitted to different rows"),
        (
            lambda t: ols("Y ~ EP", t, errors="cluster:No"),
            lambda t: ols("Y ~ EP + VP + SG", t, errors="cluster:No"),
            "one term can be added at a time",
        ),
        (
            lambda t: mixed("Y ~ 1", t, group="No"),
            lambda t: mixed("Y ~ EP + VP", t, group="No"),
            "one term can be added at a time",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(small: object, large: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare_models(small(petrol()), large(petrol()))  # type: ignore[operator]


def test_clusters_allow_one_term() -> None:
    small, large = (ols(each, petrol(), errors="cluster:No") for each in ("Y ~ EP", "Y ~ EP + VP"))
    assert compare_models(small, large) == large.test("VP")
