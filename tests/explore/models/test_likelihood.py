"""Searches that Newton's steps alone do not finish; statsmodels' own warnings must not reach anyone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from interlock.explore.models import Model, logit, negative_binomial, poisson


def converged(model: Model) -> bool:
    return all(each.name != "convergence" for each in model.checks)


@pytest.mark.parametrize("seed", range(12))
def test_long_tails_are_fitted_to_the_top(seed: int) -> None:
    """At the top the score is 0: the residuals add up to 0 beside each column."""
    rng = np.random.default_rng(seed)
    x = rng.standard_cauchy(300) if seed % 2 else rng.lognormal(0, 2, 300)
    near = x / np.abs(x).max()
    frame = pd.DataFrame(
        {"x": x, "y": rng.random(300) < 1 / (1 + np.exp(-5 * near)), "c": rng.poisson(5, 300)}
    )
    for model, name in ((logit("y ~ x", frame), "y"), (poisson("c ~ x", frame, errors="HC0"), "c")):
        assert converged(model)
        left = frame[name].to_numpy(float) - model.predict(frame).value
        scores = [left.sum(), left @ near]
        assert scores == pytest.approx([0, 0], abs=1e-7)


def test_a_mean_that_runs_below_the_smallest_number_is_0() -> None:
    x = np.concatenate([np.linspace(-1, 1, 199), [1e4]])
    counts = np.random.default_rng(5).poisson(np.exp(1 - x))
    model = poisson("y ~ x", pd.DataFrame({"x": x, "y": counts}), errors="HC0")
    assert converged(model)
    assert all(np.isfinite(each.value) for each in model.figures)


def test_a_rates_pseudo_r_squared_compares_with_the_constant_rate() -> None:
    """With an offset and an intercept alone, Poisson's rate is the sum of counts by the sum of hours."""
    rng = np.random.default_rng(6)
    hours, x = rng.uniform(1, 20, 200), rng.normal(size=200)
    frame = pd.DataFrame({"h": hours, "x": x, "y": rng.poisson(hours * np.exp(0.3 * x))})
    model = poisson("y ~ x + offset(log(h))", frame, errors="HC0")
    y, mean = frame["y"].to_numpy(float), hours * frame["y"].sum() / hours.sum()
    fitted = model.predict(frame).value
    from scipy.stats import poisson as distribution

    expected = 1 - distribution.logpmf(y, fitted).sum() / distribution.logpmf(y, mean).sum()
    assert {each.name: each.value for each in model.figures}["McFadden's R²"] == pytest.approx(expected)


@pytest.mark.parametrize("alpha", [0.02, 0.5, 8.0])
def test_the_negative_binomials_top_is_a_top(alpha: float) -> None:
    """No small step in a coefficient or in alpha leads higher; the likelihood is scipy's."""
    from scipy.stats import nbinom

    rng = np.random.default_rng(7)
    x = rng.normal(size=400)
    y = rng.poisson(np.exp(2 + x / 2) * rng.gamma(1 / alpha, alpha, 400))
    model = negative_binomial("y ~ x", pd.DataFrame({"x": x, "y": y}))
    a, b = (row.estimate for row in model.estimates)

    def height(a: float, b: float, alpha: float) -> float:
        return float(nbinom.logpmf(y, 1 / alpha, 1 / (1 + alpha * np.exp(a + b * x))).sum())

    top = height(a, b, model.scale)
    assert model.log_likelihood == pytest.approx(top, rel=1e-9)
    for sign in (-1e-3, 1e-3):
        around = height(a + sign, b, model.scale), height(a, b + sign, model.scale)
        assert max(*around, height(a, b, model.scale * (1 + sign))) < top
