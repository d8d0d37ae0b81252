from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.explore.statistics.ranked import ranked

WHOLE = st.integers(-(2**63), 2**63 - 1)
CLOSE = st.integers(-20, 20)


@given(
    st.one_of(
        st.lists(CLOSE).map(lambda each: np.array(each, np.int64)),
        st.lists(CLOSE).map(lambda each: np.array(each, np.float64)),
        st.lists(st.integers(2**53 - 9, 2**53 + 9)).map(lambda each: np.array(each, np.float64)),
        st.lists(WHOLE).map(lambda each: np.array(each, np.int64)),
        st.lists(st.integers(0, 99)).map(lambda each: np.array(each, np.int32)),
        st.lists(st.booleans()).map(lambda each: np.array(each, np.bool_)),
        st.lists(st.floats()).map(lambda each: np.array(each, np.float64)),
    )
)
def test_it_is_what_numpy_sorts_out(values: np.ndarray[Any, Any]) -> None:
    distinct, place = ranked(values)
    expected, inverse = np.unique(values, return_inverse=True)
    np.testing.assert_array_equal(distinct, expected)
    np.testing.assert_array_equal(place, inverse)
    assert distinct.dtype == expected.dtype


@pytest.mark.parametrize("values", [[-0.0, 0.0, 1.0], [0.5, 0.5, -1e308, 1e308]])
def test_zeros_are_one_and_far_ends_do_not_overflow(values: list[float]) -> None:
    expected, inverse = np.unique(values, return_inverse=True)
    distinct, place = ranked(np.array(values))
    assert (distinct.tolist(), place.tolist()) == (expected.tolist(), inverse.tolist())
