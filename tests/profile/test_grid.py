"""The grid against its definition in exact integers, and the order of IEEE 754."""

import math
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from interlock.profile.grid import HIGHEST_LEVEL, bounds, coarsen, keys

finite = st.floats(allow_nan=False, allow_infinity=False)
levels = st.integers(0, HIGHEST_LEVEL)


def _key(value: float) -> int:
    magnitude: int = struct.unpack("<q", struct.pack("<d", abs(value)))[0]
    return -magnitude if value < 0 else magnitude


def _cell(key: int, level: int) -> int:
    width = 1 << (level + 1)
    return key // width + -(-key // width)


@given(st.lists(finite, min_size=1))
def test_keys_are_the_bit_patterns_in_sign_magnitude_order(values: list[float]) -> None:
    assert keys(np.array(values)).tolist() == [_key(value) for value in values]


@given(finite, finite)
def test_keys_keep_the_order(a: float, b: float) -> None:
    first, second = keys(np.array([a, b])).tolist()
    assert (first < second, first == second) == (a < b, a == b)


@given(finite, levels)
def test_coarsen_is_floor_plus_ceiling(value: float, level: int) -> None:
    assert coarsen(keys(np.array([value])), level)[0] == _cell(_key(value), level)


@given(finite, levels, levels)
def test_levels_are_nested(value: float, a: int, b: int) -> None:
    key = keys(np.array([value]))
    if a + b <= HIGHEST_LEVEL:
        assert coarsen(coarsen(key, a), b) == coarsen(key, a + b)


@given(finite, levels)
def test_bounds_hold_the_value_and_nothing_of_the_neighbours(value: float, level: int) -> None:
    cell = coarsen(keys(np.array([value])), level)
    low, high = bounds(cell, level)
    assert low[0] <= value <= high[0]
    outside = np.array([math.nextafter(low[0], -math.inf), math.nextafter(high[0], math.inf)])
    inside = np.isfinite(outside)
    assert not np.any(coarsen(keys(outside[inside]), level) == cell)
    assert np.all(coarsen(keys(np.array([low[0], high[0]])), level) == cell)


def test_the_two_zeros_share_a_cell_at_every_level_alone() -> None:
    values = np.array([-5e-324, -0.0, 0.0, 5e-324])
    for level in range(HIGHEST_LEVEL + 1):
        below, zero, also, above = coarsen(keys(values), level).tolist()
        assert zero == also == 0
        assert below < 0 < above


def test_small_integers_keep_their_own_cells_at_nine_bits() -> None:
    cells = coarsen(keys(np.arange(-512.0, 513.0)), 42)
    low, high = bounds(cells, 42)
    assert np.array_equal(low, high)


def test_three_cells_are_left_at_the_top() -> None:
    values = np.array([-1.7e308, -1.0, -5e-324, 0.0, 5e-324, 1.0, 1.7e308])
    assert coarsen(keys(values), HIGHEST_LEVEL).tolist() == [-1, -1, -1, 0, 1, 1, 1]
