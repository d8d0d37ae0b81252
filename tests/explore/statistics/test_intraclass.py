from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from interlock.explore.statistics.intraclass import intraclass

#: Shrout and Fleiss (1979), table 2: six targets rated by four judges; ICC(1,1) = 0.17.
RATINGS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], np.float64
)


def test_the_published_example() -> None:
    found = intraclass(RATINGS.ravel(), np.repeat(np.arange(6), 4))
    assert found.value == pytest.approx(0.17, abs=0.005)
    assert found.p == pytest.approx(stats.f_oneway(*RATINGS).pvalue)
    # R, psych::ICC: lower bound -0.13 (here 0: rows cannot be less than unlike), upper bound 0.72.
    assert found.low == 0.0
    assert found.high == pytest.approx(0.72, abs=0.005)


def test_unequal_groups_agree_with_a_mixed_model() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(300), rng.integers(2, 12, 300))
    values = rng.normal(size=300)[groups] + 1.5 * rng.normal(size=len(groups))
    fit = smf.mixedlm("y ~ 1", pd.DataFrame({"y": values, "g": groups}), groups="g").fit()
    between = float(fit.cov_re.iloc[0, 0])
    assert intraclass(values, groups).value == pytest.approx(between / (between + fit.scale), abs=0.02)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_the_interval_covers_the_truth(share: float) -> None:
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(60), rng.integers(2, 9, 60))
    found = []
    for _ in range(400):
        values = np.sqrt(share) * rng.normal(size=60)[groups]
        found.append(intraclass(values + np.sqrt(1 - share) * rng.normal(size=len(groups)), groups))
    assert np.mean([each.low <= share <= each.high for each in found]) >= 0.92


def test_the_unit_plays_no_part() -> None:
    values, groups = RATINGS.ravel(), np.repeat(np.arange(6), 4)
    found = intraclass(values * 1e305, groups)
    assert found.value == pytest.approx(intraclass(values, groups).value)


def test_without_groups_or_variance_there_is_nothing_in_common() -> None:
    assert intraclass(np.arange(9.0), np.arange(9)).value == 0.0
    assert intraclass(np.ones(9), np.repeat([0, 1, 2], 3)).value == 0.0
    assert intraclass(np.repeat([0.0, 1, 2], 3), np.repeat([0, 1, 2], 3)).value == 1.0
