"""Quantile regression is R's quantreg 5.94: summary(rq(Y ~ EP + VP, tau, MASS::petrol), se = "nid")."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from tests.explore.models.published import petrol, warpbreaks

from interlock.errors import InputError
from interlock.explore.models import Model, quantile

RNG = np.random.default_rng(21)


def check(model: Model, name: str) -> tuple[str, str]:
    return next((each.state, each.sentence) for each in model.checks if each.name == name)


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        (
            0.5,
            [
                (-38.021414538310, 5.718268777061, 2.73014521657e-07),
                (0.140101698833, 0.014968903823, 2.89853918645e-10),
                (2.577025309141, 0.409684694488, 7.20599056869e-07),
            ],
        ),
        (
            0.25,
            [
                (-43.355019321597, 4.5441194164255, 1.89590565469e-10),
                (0.141914984972, 0.0113798790816, 3.53939100250e-13),
                (3.077028767711, 0.2730791448012, 4.11493061847e-12),
            ],
        ),
    ],
)
def test_estimates_and_errors_are_rs(q: float, expected: list[tuple[float, float, float]]) -> None:
    # R subtracts 1.5e-8 from each density's denominator, so the errors agree to eight digits.
    for row, (estimate, error, p) in zip(
        quantile("Y ~ EP + VP", petrol(), q=q).estimates, expected, strict=True
    ):
        assert row.estimate == pytest.approx(estimate, rel=1e-10)
        assert (row.standard_error, row.p) == pytest.approx((error, p), rel=1e-6 if q == 0.5 else 1e-3)


def test_estimates_are_near_statsmodels() -> None:
    x = RNG.normal(size=600)
    frame = pd.DataFrame({"x": x, "g": RNG.choice(list("ab"), 600), "y": x + RNG.standard_t(3, 600)})
    theirs = smf.quantreg("y ~ x + g", frame).fit(q=0.9, max_iter=5000, p_tol=1e-10)
    ours = {row.term: row.estimate for row in quantile("y ~ x + g", frame, q=0.9).estimates}
    assert ours["x"] == pytest.approx(theirs.params["x"], abs=1e-4)
    assert ours["g[b]"] == pytest.approx(theirs.params["g[T.b]"], abs=1e-4)


def test_an_intercept_alone_is_the_quantile() -> None:
    y = RNG.normal(size=101)
    for q in (0.1, 0.5, 0.75):
        found = quantile("y ~ 1", pd.DataFrame({"y": y}), q=q).estimates[0].estimate
        assert found == pytest.approx(np.quantile(y, q), abs=1e-12)


def test_a_large_offset_costs_few_digits() -> None:
    frame = petrol()
    near, far = (
        quantile("Y ~ EP", each).estimates[1]
        for each in (frame, frame.assign(Y=frame["Y"] + 2**30, EP=frame["EP"] + 2**30))
    )
    assert (far.estimate, far.standard_error) == pytest.approx((near.estimate, near.standard_error), rel=1e-5)


def test_how_far_above_a_row_lies_does_not_matter() -> None:
    frame = petrol()
    frame.loc[3, "Y"] = 1e9  # it lies above the median's line as it is
    near, far = (quantile("Y ~ EP", each).estimates for each in (petrol(), frame))
    assert [row.estimate for row in near] == pytest.approx([row.estimate for row in far], rel=1e-9)


@pytest.mark.slow
def test_the_interval_covers_as_often_as_it_says() -> None:
    rng, runs = np.random.default_rng(2), 300
    hits = 0
    for _ in range(runs):
        x = rng.uniform(0, 1, 200)
        frame = pd.DataFrame({"x": x, "y": 1 + 2 * x + (0.5 + x) * rng.normal(size=200)})
        row = quantile("y ~ x", frame).estimates[1]
        hits += row.low <= 2 <= row.high
    assert 0.91 <= hits / runs <= 0.985


@pytest.mark.slow
def test_clusters_count() -> None:
    """A/A tests of the median by 20 clusters: about 5 % false alarms with them, many more without."""
    rng, runs = np.random.default_rng(3), 200
    firm = np.repeat(np.arange(20), 25)
    hits = {"HC0": 0, "cluster:firm": 0}
    for _ in range(runs):
        arm = rng.permutation(np.arange(20) % 2)[firm]
        y = rng.normal(size=20)[firm] * 0.6 + rng.normal(size=500)
        frame = pd.DataFrame({"y": y, "arm": arm, "firm": firm})
        for errors in hits:
            hits[errors] += quantile("y ~ arm", frame, errors=errors).estimates[1].p < 0.05
    assert hits["cluster:firm"] / runs < 0.10
    assert hits["HC0"] / runs > 0.2


def test_the_words_say_which_quantile(tmp_path: Path) -> None:
    model = quantile("Y ~ EP", petrol(), q=0.9)
    assert "higher at the 90 % quantile" in model.text
    again = Model.load(model.save(tmp_path / "m.json"))
    assert again.text == model.text
    assert again.predict(petrol()).low.tobytes() == model.predict(petrol()).low.tobytes()
    clustered = quantile("Y ~ EP", petrol(), errors="cluster:No")
    assert "clustered by `No` (CR1), 10 clusters" in clustered.text
    assert clustered.estimates[1].df == 9


def test_the_checks_speak_when_they_should() -> None:
    assert check(quantile("Y ~ EP + VP", petrol(), q=0.95), "tail")[0] == "warning"
    ties = quantile("breaks ~ wool + tension", warpbreaks())
    assert check(ties, "uniqueness")[0] == "note"


def test_arguments_are_checked() -> None:
    with pytest.raises(InputError, match="q is a share between 0 and 1"):
        quantile("Y ~ EP", petrol(), q=50)
    with pytest.raises(InputError, match="no errors of this kind"):
        quantile("Y ~ EP", petrol(), errors="HC3")
    with pytest.raises(InputError, match="hardly varies around this quantile"):
        quantile("y ~ x", pd.DataFrame({"y": [0.0] * 20 + [1.0], "x": range(21)}))
