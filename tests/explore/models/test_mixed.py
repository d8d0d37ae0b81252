"""Mixed models are R's: lme4 1.1-31, lmerTest 3.1 (xtol_abs = ftol_abs = 1e-12), on MASS::petrol."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from tests.datasets import rdataset
from tests.explore.models.published import petrol

from interlock.errors import InputError
from interlock.explore.models import Model, mixed, ols

RNG = np.random.default_rng(31)


def check(model: Model, name: str) -> tuple[str, str]:
    return next((each.state, each.sentence) for each in model.checks if each.name == name)


def figures(model: Model) -> dict[str, float]:
    return {each.name: each.value for each in model.figures}


def test_a_random_intercept_is_lme4s() -> None:
    # lmer(Y ~ SG + VP + EP + V10 + (1 | No), petrol)
    model = mixed("Y ~ SG + VP + EP + V10", petrol(), group="No")
    expected = [
        (-6.134790257619, 14.55418456477626, 5.98441987229, 6.88100702877e-01),
        (0.219398150971, 0.14693792883602, 5.75411916675, 1.88080150084e-01),
        (0.545863101372, 0.52052797519493, 6.26993889025, 3.33060244784e-01),
        (0.157176792794, 0.00558799797307, 22.83307364949, 3.19499608687e-19),
        (-0.154242727636, 0.03996242638749, 6.72071191783, 6.72084991491e-03),
    ]
    for row, values in zip(model.estimates, expected, strict=True):
        found = (row.estimate, row.standard_error, row.df, row.p)
        assert found == pytest.approx(values, rel=1e-5)
    assert model.log_likelihood == pytest.approx(-76.19097687, abs=1e-6)
    assert figures(model)["standard deviation of the groups' intercepts"] == pytest.approx(
        1.444743159, rel=1e-5
    )
    assert figures(model)["residual standard deviation"] == pytest.approx(1.872207469, rel=1e-5)


def test_a_test_of_several_coefficients_is_lmertests() -> None:
    # anova(lmer(Y ~ poly(EP, 2) + VP + (1 | No), petrol))
    test = mixed("Y ~ poly(EP, 2) + VP", petrol(), group="No").test("poly(EP, 2)")
    assert test.statistic == pytest.approx(377.59552, rel=1e-5)
    assert test.rest == pytest.approx(20.27491076888, rel=1e-4)


@pytest.mark.slow
def test_sleep_deprivation() -> None:
    # lmer(Reaction ~ Days + (Days | Subject), sleepstudy)
    table = rdataset("lme4", "sleepstudy")
    model = mixed("Reaction ~ Days", table, group="Subject", slopes=["Days"])
    first, second = model.estimates
    assert (first.estimate, first.standard_error) == pytest.approx((251.4051048485, 6.82459669495), rel=1e-5)
    assert (second.estimate, second.standard_error) == pytest.approx((10.4672859596, 1.54578964391), rel=1e-5)
    assert (first.df, second.df) == pytest.approx((16.99973, 16.99998), rel=1e-3)
    assert model.log_likelihood == pytest.approx(-871.81413598, abs=1e-5)
    assert figures(model)["standard deviation of the groups' intercepts"] == pytest.approx(
        24.740658, rel=1e-4
    )
    assert figures(model)["of their slopes of `Days`"] == pytest.approx(5.9221376589, rel=1e-4)
    single = mixed("Reaction ~ Days", table, group="Subject").estimates
    assert (single[1].standard_error, single[1].df) == pytest.approx((0.804221428945, 161.0), rel=1e-5)
    assert single[0].df == pytest.approx(22.8101989553, rel=1e-4)


def test_a_random_slope_is_statsmodels() -> None:
    group = np.repeat(np.arange(30), 12)
    x = RNG.normal(3, 2, 360)
    own = RNG.multivariate_normal([0, 0], [[1, 0.3], [0.3, 0.5]], 30)[group]
    frame = pd.DataFrame(
        {"g": group, "x": x, "y": 1 + own[:, 0] + (2 + own[:, 1]) * x + RNG.normal(size=360)}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = smf.mixedlm("y ~ x", frame, groups="g", re_formula="~x").fit(gtol=1e-10)
    model = mixed("y ~ x", frame, group="g", slopes=["x"])
    assert [row.estimate for row in model.estimates] == pytest.approx(list(theirs.fe_params), rel=5e-3)
    assert [row.standard_error for row in model.estimates] == pytest.approx(list(theirs.bse_fe), rel=5e-3)
    assert model.log_likelihood is not None
    assert -1e-6 < model.log_likelihood - theirs.llf < 1e-2  # ours comes nearer to the top
    spread = [
        figures(model)[name]
        for name in ("standard deviation of the groups' intercepts", "of their slopes of `x`")
    ]
    assert spread == pytest.approx(np.sqrt(np.diag(theirs.cov_re)).tolist(), rel=5e-3)


def test_groups_that_do_not_differ_are_ols() -> None:
    group = np.tile(np.arange(10), 6)
    y = RNG.normal(size=60)
    y -= np.bincount(group, y)[group] / 6  # no spread between the groups at all
    frame = pd.DataFrame({"g": group, "x": np.repeat(np.arange(6.0), 10), "y": y})
    model, plain = mixed("y ~ x", frame, group="g"), ols("y ~ x", frame, errors="classical")
    assert check(model, "groups' spread") == (
        "note",
        "the groups differ no more than by chance: `ols` says the same",
    )
    for ours, theirs in zip(model.estimates, plain.estimates, strict=True):
        assert ours[1:4] == pytest.approx(theirs[1:4], rel=1e-6, abs=1e-9)


def test_a_large_offset_costs_few_digits() -> None:
    frame = petrol()
    near = mixed("Y ~ EP", frame, group="No").estimates[1]
    far = mixed("Y ~ EP", frame.assign(Y=frame["Y"] + 1e8, EP=frame["EP"] + 1e8), group="No").estimates[1]
    assert far.estimate == pytest.approx(near.estimate, rel=1e-5)
    assert far.standard_error == pytest.approx(near.standard_error, rel=1e-5)


def test_the_words_and_the_file(tmp_path: Path) -> None:
    model = mixed("Y ~ EP", petrol(), group="No")
    assert "with an intercept for each `No`, 10 of them" in model.text
    assert 0 < figures(model)["intraclass correlation"] < 1
    again = Model.load(model.save(tmp_path / "m.json"))
    assert again.text == model.text
    assert again.predict(petrol()).value.tobytes() == model.predict(petrol()).value.tobytes()


@pytest.mark.slow
def test_few_groups_keep_their_promise() -> None:
    """A/A tests by group of 8; the tolerance is 3 standard errors of the simulation."""
    rng, runs, hits = np.random.default_rng(8), 300, 0
    group = np.repeat(np.arange(8), 10)
    for _ in range(runs):
        arm = rng.permutation(np.arange(8) % 2)[group]
        frame = pd.DataFrame({"g": group, "arm": arm, "y": rng.normal(size=8)[group] + rng.normal(size=80)})
        hits += mixed("y ~ arm", frame, group="g").estimates[1].p < 0.05
    assert hits / runs < 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


def test_what_cannot_be_fitted_is_refused() -> None:
    frame = petrol().assign(two=[0, 1] * 16, own=range(32))
    with pytest.raises(InputError, match="at least three groups") as caught:
        mixed("Y ~ EP", frame, group="two")
    assert "C(two)" in caught.value.next_step
    with pytest.raises(InputError, match="cannot tell the groups' own part from chance"):
        mixed("Y ~ EP", frame, group="own")
    with pytest.raises(InputError, match="a slope needs numbers"):
        mixed("Y ~ EP", frame.assign(h=list("abcd") * 8), group="No", slopes=["h"])
