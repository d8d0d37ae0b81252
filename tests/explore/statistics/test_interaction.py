from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

from interlock.explore.statistics.interaction import of_classes, of_numbers


def _rows(seed: int, n: int = 3000) -> tuple[Any, Any, np.random.Generator]:
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 3, n)
    second = (first + rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])) % 4
    return first, second, rng


def _table(first: Any, second: Any, target: Any) -> Any:
    shape = (first.max() + 1, second.max() + 1, target.max() + 1)
    return (
        np.bincount((first * shape[1] + second) * shape[2] + target, minlength=np.prod(shape)).reshape(shape)
        * 1.0
    )


def test_the_fit_without_interaction_is_statsmodels_log_linear_model() -> None:
    first, second, rng = _rows(0)
    target = (rng.random(len(first)) < 0.2 + 0.1 * first + 0.1 * (second == 2) * first).astype(int)
    table = _table(first, second, target)
    cells = pd.DataFrame(
        [(a, b, c, v) for (a, b, c), v in np.ndenumerate(table)], columns=["a", "b", "c", "v"]
    )
    model = smf.glm("v ~ C(a)*C(b) + C(a)*C(c) + C(b)*C(c)", cells, family=sm.families.Poisson())
    fit = model.fit()
    found = of_classes(table)
    assert found is not None
    freedom = 2 * 3
    assert found.gain.p == pytest.approx(stats.chi2.sf(fit.pearson_chi2, freedom), rel=1e-3)
    shares = table.sum(axis=(0, 1)) / table.sum()
    whole = stats.entropy(shares)
    n = table.sum()
    assert found.gain.value == pytest.approx((fit.deviance - freedom) / (2 * n) / whole, rel=1e-3)


def test_the_test_on_numbers_is_statsmodels_analysis_of_variance() -> None:
    first, second, rng = _rows(1)
    target = first + second + 0.3 * first * (second == 1) + rng.normal(size=len(first))
    frame = pd.DataFrame({"a": first, "b": second, "y": target})
    small, large = smf.ols("y ~ C(a) + C(b)", frame).fit(), smf.ols("y ~ C(a) * C(b)", frame).fit()
    compared = sm.stats.anova_lm(small, large)
    found = of_numbers(first, second, target)
    assert found is not None
    assert found.gain.p == pytest.approx(compared["Pr(>F)"].iloc[1], rel=1e-6)
    assert found.joint == pytest.approx(large.rsquared)
    noise = large.ssr / large.df_resid
    gain = (small.ssr - large.ssr - compared["df_diff"].iloc[1] * noise) / large.centered_tss
    assert found.gain.value == pytest.approx(gain)


def test_exclusive_or_is_all_interaction() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.integers(0, 2, (2, 4000))
    of_bits = of_classes(_table(first, second, first ^ second))
    of_values = of_numbers(first, second, (first ^ second) * 1.0)
    assert of_bits is not None
    assert of_values is not None
    assert of_bits.gain.value == pytest.approx(1, abs=1e-3)
    assert of_values.gain.value == pytest.approx(1, abs=1e-2)


def test_what_adds_up_on_the_log_odds_is_no_interaction_however_strong() -> None:
    first, second, rng = _rows(3, 50_000)
    chance = 1 / (1 + np.exp(-(2.0 * first - 1.5 * second)))
    found = of_classes(_table(first, second, (rng.random(len(first)) < chance).astype(int)))
    assert found is not None
    assert found.joint > 0.2
    assert found.gain.value < 0.002


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_the_p_values_without_interaction_are_uniform(classes: int) -> None:
    p_values = []
    for seed in range(400):
        first, second, rng = _rows(100 + seed, 1500)
        if classes:
            weights = rng.dirichlet(np.ones(classes) * 20, 3)[first].cumsum(axis=1)
            target = (rng.random(len(first))[:, None] > weights).sum(axis=1).clip(max=classes - 1)
            found = of_classes(_table(first, second, target))
        else:
            found = of_numbers(first, second, first + rng.normal(size=len(first)))
        if found is not None:
            p_values.append(found.gain.p)
    # A gain below its bias is not fitted: those p-values would be the large ones.
    share = len(p_values) / 400
    assert np.mean(np.array(p_values) < 0.05) * share == pytest.approx(0.05, abs=0.03)
    assert np.mean(np.array(p_values) < 0.01) * share <= 0.025


@pytest.mark.parametrize("size", [0.0, 0.5, 2.0])
def test_the_intervals_cover_the_truth(size: float) -> None:
    big = _intervals(size, 400_000, 7)
    for place, truth in enumerate((big[0].value, big[1].value)):
        covered = [
            each[place].low <= truth <= each[place].high
            for each in (_intervals(size, 2000, s) for s in range(150))
        ]
        assert np.mean(covered) >= 0.9


def _intervals(size: float, n: int, seed: int) -> tuple[Any, Any]:
    first, second, rng = _rows(seed, n)
    push = 0.5 * first + size * ((first == 1) & (second == 2))
    chance = 1 / (1 + np.exp(-push))
    of_bits = of_classes(_table(first, second, (rng.random(n) < chance).astype(int)), least=-1)
    of_values = of_numbers(first, second, push + rng.normal(size=n), least=-1)
    assert of_bits is not None
    assert of_values is not None
    return of_bits.gain, of_values.gain


def test_small_gains_and_empty_tables_are_passed_over() -> None:
    first, second, rng = _rows(4)
    target = rng.integers(0, 2, len(first))
    assert of_classes(_table(first, second, target), least=0.05) is None
    assert of_numbers(first, second, rng.normal(size=len(first)), least=0.05) is None
    assert of_classes(np.array([[[5.0, 0.0]], [[3.0, 0.0]]])) is None
    assert of_numbers(np.zeros(9, int), np.zeros(9, int), np.arange(9.0)) is None
