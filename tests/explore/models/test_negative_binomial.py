"""The negative binomial is that of R's MASS::glm.nb, fitted to warpbreaks and to MASS::quine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from tests.datasets import rdataset
from tests.explore.models.published import warpbreaks

from interlock.errors import InputError
from interlock.explore.models import Model, negative_binomial, poisson

RNG = np.random.default_rng(13)
TENSION = "C(tension, Treatment('L'))"


def check(model: Model, name: str) -> tuple[str, str]:
    return next((each.state, each.sentence) for each in model.checks if each.name == name)


def test_warpbreaks_are_rs() -> None:
    # glm.nb(breaks ~ wool + tension, warpbreaks, control = glm.control(epsilon = 1e-12, maxit = 200))
    model = negative_binomial(f"breaks ~ wool + {TENSION}", warpbreaks())
    expected = {
        "Intercept": (3.6733545665791, 0.09790304729045),
        "wool[B]": (-0.1862110523510, 0.10096139942882),
        f"{TENSION}[M]": (-0.2992272386287, 0.12172849680223),
        f"{TENSION}[H]": (-0.5113955151914, 0.12373986446504),
    }
    for row in model.estimates:
        assert (row.estimate, row.standard_error) == pytest.approx(expected[row.term], rel=1e-6)
    assert model.scale == pytest.approx(1 / 9.9443854359, rel=1e-6)
    assert model.log_likelihood == pytest.approx(-199.381903889, abs=1e-8)
    assert {each.name: each.value for each in model.figures}["AIC"] == pytest.approx(408.763807778, abs=1e-7)


@pytest.mark.slow
def test_absences_from_school_are_rs() -> None:
    # glm.nb(Days ~ Sex + Age + Eth + Lrn, MASS::quine, control = glm.control(epsilon = 1e-12, maxit = 200))
    model = negative_binomial("Days ~ Sex + Age + Eth + Lrn", rdataset("MASS", "quine"))
    expected = [2.89457999024710, 0.08232028414783, -0.44842814987819, 0.08808015211447, 0.35690097143169]
    assert [row.estimate for row in model.estimates][:5] == pytest.approx(expected, rel=1e-6)
    assert model.estimates[5].standard_error == pytest.approx(0.1533333592827, rel=1e-6)
    assert model.scale == pytest.approx(0.7843797702339, rel=1e-6)
    assert model.log_likelihood == pytest.approx(-546.575509145, abs=1e-7)


def test_alpha_is_statsmodels() -> None:
    x = RNG.normal(size=400)
    frame = pd.DataFrame({"x": x, "y": RNG.negative_binomial(2, 2 / (2 + np.exp(1 + x / 2)))})
    theirs = sm.NegativeBinomial(frame["y"], sm.add_constant(x)).fit(disp=0, maxiter=200, gtol=1e-10)
    model = negative_binomial("y ~ x", frame)
    assert model.scale == pytest.approx(float(theirs.params.iloc[-1]), rel=1e-5)
    assert model.log_likelihood == pytest.approx(float(theirs.llf), abs=1e-6)
    assert check(model, "dispersion")[0] == "fine"


def test_counts_without_extra_spread_are_poissons() -> None:
    frame = pd.DataFrame({"x": range(20), "y": [3, 4] * 10})
    model = negative_binomial("y ~ x", frame)
    assert model.scale == 0.0
    assert check(model, "dispersion") == (
        "note",
        "counts spread no more than Poisson's: `poisson` says the same",
    )
    plain = poisson("y ~ x", frame, errors="classical")
    for ours, theirs in zip(model.estimates, plain.estimates, strict=True):
        assert ours[1:] == pytest.approx(theirs[1:], rel=1e-9)


def test_what_is_no_count_is_refused() -> None:
    with pytest.raises(InputError, match="`y` is not a count") as caught:
        negative_binomial("y ~ x", pd.DataFrame({"y": [1, 2, 2.5, 4], "x": [1, 2, 3, 5]}))
    assert (caught.value.where, caught.value.got) == ("row 2 of those used", "2.5")
