from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from interlock.explore.statistics.reversal import reversal, slopes

#: Charig et al., BMJ 1986: treatment, stone size, successes, patients.
KIDNEY = [("A", "small", 81, 87), ("A", "large", 192, 263), ("B", "small", 234, 270), ("B", "large", 55, 80)]


def _kidney() -> pd.DataFrame:
    rows = [(t, s, 1) for t, s, k, _ in KIDNEY for _ in range(k)]
    rows += [(t, s, 0) for t, s, k, n in KIDNEY for _ in range(n - k)]
    return pd.DataFrame(rows, columns=["treatment", "size", "cured"])


def _frame(seed: int, n: int = 2000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 4, n)
    x = group + rng.normal(size=n)
    return pd.DataFrame({"g": group, "x": x, "y": 2.0 * group - 0.7 * x + rng.normal(size=n) * (1 + group)})


def test_the_slopes_are_statsmodels_with_robust_errors() -> None:
    frame = _frame(0)
    found = reversal(frame["x"].to_numpy(), frame["y"].to_numpy(), frame["g"].to_numpy())
    for estimate, formula in ((found.crude, "y ~ x"), (found.within, "y ~ x + C(g)")):
        fit = smf.ols(formula, frame).fit(cov_type="HC0")
        assert estimate.value == pytest.approx(fit.params["x"])
        assert (estimate.low, estimate.high) == pytest.approx(tuple(fit.conf_int().loc["x"]), rel=1e-6)
        assert estimate.p == pytest.approx(fit.pvalues["x"], rel=1e-4, abs=1e-300)
    for group, estimate in found.levels.items():
        fit = smf.ols("y ~ x", frame[frame["g"] == group]).fit(cov_type="HC0")
        assert estimate.value == pytest.approx(fit.params["x"])


def test_many_slopes_from_a_cross_table_are_the_same() -> None:
    frame = _frame(1)
    x = np.digitize(frame["x"], [0, 1, 2, 3])
    counts = np.zeros((5, 4))
    np.add.at(counts, (x, frame["g"]), 1)
    sums = np.zeros((5, 4))
    np.add.at(sums, (x, frame["g"]), frame["y"])
    scores = np.stack([np.arange(5.0), np.arange(5.0) ** 2, np.ones(5)], axis=1)
    found = slopes(counts, sums, scores)
    for place in (0, 1):
        each = reversal(scores[x, place], frame["y"].to_numpy(), frame["g"].to_numpy())
        assert found.crude[place] == pytest.approx(each.crude.value)
        assert found.within[place] == pytest.approx(each.within.value)
    assert np.isnan(found.crude[2])


def test_kidney_stones_turn_round() -> None:
    frame = _kidney()
    found = reversal(
        (frame["treatment"] == "A").to_numpy(float),
        frame["cured"].to_numpy(float),
        pd.factorize(frame["size"])[0],
    )
    assert found.crude.value == pytest.approx(273 / 350 - 289 / 350)
    by_size = {name: found.levels[place].value for place, name in enumerate(pd.factorize(frame["size"])[1])}
    assert by_size["small"] == pytest.approx(81 / 87 - 234 / 270)
    assert by_size["large"] == pytest.approx(192 / 263 - 55 / 80)
    assert found.within.value > 0 > found.crude.value
    assert found.shift.p < 1e-6


def test_the_shift_is_that_of_the_bootstrap() -> None:
    frame = _kidney()
    x, y = (frame["treatment"] == "A").to_numpy(float), frame["cured"].to_numpy(float)
    g = pd.factorize(frame["size"])[0]
    rng = np.random.default_rng(0)
    shifts = []
    for _ in range(1500):
        rows = rng.integers(0, len(x), len(x))
        shifts.append(reversal(x[rows], y[rows], g[rows]).shift.value)
    found = reversal(x, y, g).shift
    assert (found.high - found.low) / 2 == pytest.approx(1.96 * np.std(shifts), rel=0.08)


def test_a_column_that_has_to_do_with_nothing_does_not_shift_a_slope() -> None:
    p_values = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(2, 400))
        p_values.append(reversal(x, y + 0.2 * x, rng.integers(0, 4, 400)).shift.p)
    # The shift of two unrelated columns is smaller than its error: the test is on the safe side.
    assert np.mean(np.array(p_values) < 0.05) <= 0.07
    assert stats.kstest(p_values, "uniform", alternative="greater").pvalue > 1e-3
