"""Logistic regression is R's `glm` (with epsilon = 1e-15: its default leaves five digits of the errors)."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from tests.datasets import rdataset
from tests.explore.models.published import warpbreaks

from interlock.errors import InputError
from interlock.explore.models import Model, logit

RNG = np.random.default_rng(11)
FORMULA = "low ~ age + lwt + C(race) + smoke + ht + ui"


def table(n: int = 400) -> pd.DataFrame:
    x, g = RNG.normal(size=n), RNG.choice(list("abc"), n)
    y = RNG.random(n) < 1 / (1 + np.exp(-(0.3 + x - (g == "c"))))
    return pd.DataFrame({"y": y, "x": x, "g": g, "b": RNG.random(n) < 0.5})


def check(model: Model, name: str) -> tuple[str, str]:
    return next((each.state, each.sentence) for each in model.checks if each.name == name)


@pytest.mark.slow
def test_birth_weights() -> None:
    # glm(low ~ age + lwt + factor(race) + smoke + ht + ui, binomial, MASS::birthwt)
    model = logit(FORMULA, rdataset("MASS", "birthwt"))
    expected = {
        "Intercept": (0.43724021895201, 1.19194239136690, 0.71374583379809),
        "age": (-0.01825599645683, 0.03535445632938, 0.60559570164089),
        "lwt": (-0.01628503008989, 0.00685865827245, 0.01757866384453),
        "C(race)[2]": (1.28064058842079, 0.52669895532601, 0.01503864885220),
        "C(race)[3]": (0.90188006494600, 0.43436710115523, 0.03786543602932),
        "smoke": (1.02757056659145, 0.39393508244557, 0.00909461472083),
        "ht": (1.85761692433436, 0.68885258432465, 0.00700339440592),
        "ui": (0.89538677639459, 0.44849602984510, 0.04588814500822),
    }
    for row in model.estimates:
        assert (row.estimate, row.standard_error, row.p) == pytest.approx(expected[row.term], rel=1e-8)
    assert model.log_likelihood == pytest.approx(-101.9740319734, abs=1e-8)
    assert check(model, "events")[0] == "warning"
    assert check(model, "events")[1].startswith("only 59 rows of the rarer outcome, 8.4 a coefficient")


@pytest.mark.parametrize("errors", ["classical", "HC0"])
def test_estimates_and_errors_are_statsmodels(errors: str) -> None:
    frame = table()
    numeric = frame.assign(y=frame["y"].astype(int), b=frame["b"].astype(int))
    theirs = smf.logit("y ~ x * b + C(g)", numeric).fit(
        disp=0, tol=1e-12, cov_type="nonrobust" if errors == "classical" else errors
    )
    ours = {row.term: row for row in logit("y ~ x * b + C(g)", frame, errors=errors).estimates}
    for name, term in (("x", "x"), ("C(g)[T.c]", "C(g)[c]"), ("x:b", "x:b"), ("Intercept", "Intercept")):
        assert ours[term].estimate == pytest.approx(theirs.params[name], rel=1e-7)
        assert ours[term].standard_error == pytest.approx(theirs.bse[name], rel=1e-7)
        assert ours[term].p == pytest.approx(theirs.pvalues[name], rel=1e-6)
    figures = {each.name: each.value for each in logit("y ~ x * b + C(g)", frame).figures}
    assert figures["McFadden's R²"] == pytest.approx(theirs.prsquared)
    assert figures["AIC"] == pytest.approx(theirs.aic)


def test_average_effects_are_statsmodels() -> None:
    frame = table()
    numeric = frame.assign(y=frame["y"].astype(int), b=frame["b"].astype(int))
    margins = smf.logit("y ~ x + b", numeric).fit(disp=0, tol=1e-12).get_margeff(dummy=True)
    effects = logit("y ~ x + b", frame).effects
    assert [row.term for row in effects] == ["one more `x`", "`b` = true rather than false"]
    assert [row.estimate for row in effects] == pytest.approx(margins.margeff.tolist(), rel=1e-5)
    assert [row.standard_error for row in effects] == pytest.approx(margins.margeff_se.tolist(), rel=1e-4)


def test_effects_follow_a_column_through_the_formula() -> None:
    """Of a column that stands in two terms; the closed form is mean(p (1 - p) (b1 + 2 b2 x))."""
    frame = table()
    model = logit("y ~ x + I(x ** 2)", frame)
    b0, b1, b2 = (row.estimate for row in model.estimates)
    x = frame["x"].to_numpy()
    p = 1 / (1 + np.exp(-(b0 + b1 * x + b2 * x**2)))
    assert model.effects[0].estimate == pytest.approx(
        float(np.mean(p * (1 - p) * (b1 + 2 * b2 * x))), rel=1e-5
    )


def test_effects_of_a_category_compare_with_its_base() -> None:
    frame = table()
    model = logit("y ~ x + C(g, Treatment('b'))", frame)
    terms = [row.term for row in model.effects]
    assert terms == ["one more `x`", "`g` = a rather than b", "`g` = c rather than b"]
    means = [model.predict(frame.assign(g=level)).value.mean() for level in "abc"]
    assert model.effects[1].estimate == pytest.approx(means[0] - means[1], rel=1e-9)
    assert model.effects[2].estimate == pytest.approx(means[2] - means[1], rel=1e-9)


def test_clustered_errors_are_near_clubsandwichs() -> None:
    """R: vcovCR(glm(y ~ wool + tension, binomial), g, "CR2"), coef_test; another root of the same matrix."""
    frame = warpbreaks().assign(g=(np.arange(54) ** 2 // 7) % 11, y=lambda each: each["breaks"] > 26)
    rows = logit("y ~ wool + C(tension, Treatment('L'))", frame, errors="cluster:g").estimates
    expected = {
        "Intercept": (0.780583098147, 0.646683013919, 6.34473411892),
        "wool[B]": (-0.172394167797, 0.451151476273, 8.21452637613),
        "C(tension, Treatment('L'))[M]": (-0.694386014249, 0.619245520323, 7.90785503762),
        "C(tension, Treatment('L'))[H]": (-1.949212947609, 0.640402971963, 7.06322049296),
    }
    for row in rows:
        estimate, error, df = expected[row.term]
        assert row.estimate == pytest.approx(estimate, rel=1e-9)
        assert row.standard_error == pytest.approx(error, rel=0.005)
        assert row.df == pytest.approx(df, rel=0.005)


@pytest.mark.slow
@pytest.mark.parametrize("groups", [10, 20])
def test_few_clusters_keep_their_promise(groups: int) -> None:
    """A/A tests assigned by cluster; the tolerance is 3 standard errors of the simulation."""
    rng, runs, hits = np.random.default_rng(groups), 400, 0
    firm = np.repeat(np.arange(groups), 40)
    for _ in range(runs):
        arm = rng.permutation(np.arange(groups) % 2)[firm]
        y = rng.normal(size=groups)[firm] * 0.5 + rng.logistic(size=len(firm)) > 0
        frame = pd.DataFrame({"y": y, "arm": arm, "firm": firm})
        hits += logit("y ~ arm", frame, errors="cluster:firm").estimates[1].p < 0.05
    assert abs(hits / runs - 0.05) < 3 * math.sqrt(0.05 * 0.95 / runs)


def test_perfect_separation_is_an_error_that_names_the_column() -> None:
    frame = table().assign(leak=lambda each: each["x"] + 100 * each["y"])
    with pytest.raises(InputError, match="`y` is told apart perfectly by `leak`") as caught:
        logit("y ~ leak + b", frame)
    assert "leakage" in caught.value.next_step


def test_a_level_with_one_outcome_alone_is_named() -> None:
    frame = table()
    frame.loc[frame["g"] == "b", "y"] = True
    with pytest.raises(InputError, match=r"told apart perfectly by `g\[b\]`: the estimate would be infinite"):
        logit("y ~ x + g", frame)


def test_a_strong_effect_is_no_separation() -> None:
    x = np.linspace(-60, 60, 800)
    y = x + RNG.logistic(size=800) > 0
    row = logit("y ~ x", pd.DataFrame({"x": x, "y": y})).estimates[1]
    assert 0.4 < row.estimate < 2.5


@pytest.mark.parametrize(
    ("values", "message"),
    [([0, 1, 2] * 4, "`y` is not yes or no"), ([1] * 12, "`y` is the same in all rows")],
)
def test_other_responses_are_refused(values: list[int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        logit("y ~ x", pd.DataFrame({"y": values, "x": range(12)}))


def test_predictions_stay_between_0_and_1(tmp_path: Path) -> None:
    frame = table()
    model = logit("y ~ x + g", frame)
    theirs = smf.logit("y ~ x + g", frame.assign(y=frame["y"].astype(int))).fit(disp=0, tol=1e-12)
    found = model.predict(frame)
    np.testing.assert_allclose(found.value, theirs.predict(frame), rtol=1e-7)
    far = model.predict(pd.DataFrame({"x": [-1e3, 1e3], "g": ["a", "b"]}))
    assert (far.low >= 0).all()
    assert (far.high <= 1).all()
    again = Model.load(model.save(tmp_path / "m.json"))
    assert again.predict(frame).high.tobytes() == found.high.tobytes()
    assert again.effects == model.effects
    assert again.text == model.text


def test_the_words_are_odds() -> None:
    model = logit("y ~ x + g", table())
    assert "one more `x`: the odds of `y` times " in model.text
    assert "averaged over the rows, one more `x` moves the probability by " in model.text
    assert model.picture.x_title.startswith("odds ratio")
    assert model.ratios[1].estimate == pytest.approx(math.exp(model.estimates[1].estimate))


def test_a_step_has_no_slope() -> None:
    """The derivative of `x > 0` is nothing or without end: no effect of one more `x` is claimed."""
    effects = logit("y ~ I(x > 0) + b", table()).effects
    assert [row.term for row in effects] == ["`b` = true rather than false"]
