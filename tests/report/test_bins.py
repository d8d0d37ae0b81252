from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from interlock.report.bins import bin_edges


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_edges_ascend_and_hold_the_range(low: float, span: float) -> None:
    edges = bin_edges(low, low + span)
    assert edges[0] <= low
    assert edges[-1] >= low + span
    assert all(a <= b for a, b in pairwise(edges))


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**6))
def test_whole_numbers_share_bins_evenly(low: int, span: int) -> None:
    edges = np.array(bin_edges(low, low + span, whole=True))
    assert np.all(edges % 1 == 0.5)
    assert len(set(np.diff(edges))) == 1
    assert edges[0] == low - 0.5
    assert edges[-1] >= low + span + 0.5
    assert len(edges) <= 62


def test_bounds_between_whole_numbers_are_moved_outward() -> None:
    assert bin_edges(1.3, 2.6, whole=True) == (0.5, 1.5, 2.5, 3.5)


def test_a_constant_gets_one_bin_around_it() -> None:
    assert bin_edges(3.0, 3.0) == (1.5, 4.5)
    assert bin_edges(0.0, 0.0) == (-0.5, 0.5)
