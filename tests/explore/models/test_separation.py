from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.explore.models.separation import separating

points = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=4, max_size=12)


@given(points)
@settings(max_examples=50)
def test_one_number_separates_when_the_outcomes_do_not_interleave(rows: list[tuple[int, bool]]) -> None:
    x = np.array([row[0] for row in rows], float)
    y = np.array([row[1] for row in rows])
    if y.all() or not y.any() or not np.ptp(x):
        return
    apart = x[y].min() >= x[~y].max() or x[y].max() <= x[~y].min()
    found = separating(np.column_stack([np.ones(len(x)), x]), np.where(y, 1.0, -1.0))
    assert (found is not None) == apart


def test_a_count_is_free_only_where_all_positive_rows_stay() -> None:
    level = np.array([0.0, 0, 0, 1, 1])
    matrix = np.column_stack([np.ones(5), level])
    assert separating(matrix, np.array([0.0, 0, -1, -1, -1])) is not None
    assert separating(matrix, np.array([0.0, 0, -1, -1, 0])) is None
