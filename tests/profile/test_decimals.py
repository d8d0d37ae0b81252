"""Digits behind the point against `decimal.Decimal` of the shortest literal."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.profile.decimals import ENDLESS, digits, has_steps, step_down, step_up, stepped

finite = st.floats(allow_nan=False, allow_infinity=False)
prices = st.decimals(-(10**9) + 1, 10**9 - 1, places=3).map(float)
few = st.integers(0, 6)


def _digits(value: float) -> int:
    """Count the digits of the shortest literal that reads as this float64."""
    if value == int(value):
        return 0
    behind = -int(Decimal(repr(value)).normalize().as_tuple().exponent)
    return behind if behind <= 6 and abs(value) < 1e9 else ENDLESS


@given(st.lists(finite | prices, min_size=1))
def test_digits_are_those_of_the_shortest_literal(values: list[float]) -> None:
    assert digits(np.array(values)) == max(map(_digits, values))


@given(st.lists(finite | prices, min_size=1), st.lists(prices, min_size=1))
def test_of_two_arrays_it_is_the_larger(a: list[float], b: list[float]) -> None:
    first, second = digits(np.array(a)), digits(np.array(b))
    assert digits(np.array(a + b)) == max(first, second) == digits(np.array(b), first)


def test_it_looks_at_every_value() -> None:
    values = np.full(10_000, 9.99)
    values[-1] = 9.999
    assert digits(values) == 3


@given(st.floats(-9e8, 9e8), few)
def test_steps_lead_to_the_nearest_numbers_on_either_side(value: float, found: int) -> None:
    place = Decimal(1).scaleb(-found)
    above = float(Decimal(value).quantize(place, ROUND_CEILING))
    below = float(Decimal(value).quantize(place, ROUND_FLOOR))
    array = np.array([value])
    near = {stepped(step_up(array, found), found)[0], stepped(step_down(array, found), found)[0]}
    if digits(array) <= found:
        assert near == {value}
    else:
        assert near == {above, below}


@pytest.mark.parametrize(
    ("found", "expected"), [(0, [True, True]), (2, [True, False]), (ENDLESS, [False, False])]
)
def test_steps_are_counted_where_they_are_apart(found: int, expected: list[bool]) -> None:
    assert has_steps(np.array([9.99, 1e12]), found).tolist() == expected
