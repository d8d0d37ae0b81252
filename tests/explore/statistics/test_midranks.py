from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import roc_auc_score

from interlock.explore.statistics.midranks import midranks, placements

rows = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=60).filter(
    lambda each: len({positive for _, positive in each}) == 2
)


@given(st.lists(st.floats(-1e6, 1e6)))
def test_midranks_are_scipys(values: list[float]) -> None:
    assert np.array_equal(midranks(np.array(values)), stats.rankdata(values))


@given(rows)
def test_placements_count_the_other_class(each: list[tuple[int, bool]]) -> None:
    values, positive = np.array([a for a, _ in each], float), np.array([b for _, b in each])
    won = np.sign(values[positive][:, None] - values[~positive]) / 2 + 0.5
    found = placements(values, positive)
    np.testing.assert_allclose(found[positive], won.mean(axis=1), atol=1e-12)
    np.testing.assert_allclose(found[~positive], won.mean(axis=0), atol=1e-12)
    assert found[positive].mean() == pytest.approx(roc_auc_score(positive, values))
