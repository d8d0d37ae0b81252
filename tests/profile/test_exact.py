"""Sums against `fractions.Fraction`."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.profile.exact import LARGEST_CHUNK, UNIT, are_whole, float_sums, integer_sums

finite = st.floats(allow_nan=False, allow_infinity=False)
integers = st.integers(-(2**63), 2**63 - 1)
near = st.floats(-1e3, 1e3)
counts = st.integers(1, 2**31)


@given(st.lists(integers, min_size=1))
def test_integer_sums(values: list[int]) -> None:
    assert integer_sums(np.array(values, dtype=np.int64)) == (sum(values), sum(value**2 for value in values))


@given(st.lists(st.tuples(integers | st.integers(-9, 9), counts), min_size=1))
def test_integer_sums_with_counts(pairs: list[tuple[int, int]]) -> None:
    values, weights = (np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True))
    expected = sum(v * c for v, c in pairs), sum(v * v * c for v, c in pairs)
    assert integer_sums(values, weights) == expected


@pytest.mark.parametrize("low", [-(2**63), -(2**40), 0, 2**63 - 2**24])
def test_integer_sums_of_full_chunks_do_not_overflow(low: int) -> None:
    values = np.full(LARGEST_CHUNK, low)
    values[::2] += 2**24 - 1
    listed = values.tolist()
    assert integer_sums(values) == (sum(listed), sum(value**2 for value in listed))


def test_integer_sums_of_the_widest_chunk_do_not_overflow() -> None:
    values = np.full(LARGEST_CHUNK, 2**63 - 1)
    values[0] = -(2**63)
    listed = values.tolist()
    assert integer_sums(values) == (sum(listed), sum(value**2 for value in listed))


@given(st.lists(finite, min_size=1) | st.lists(near, min_size=1))
def test_float_sums(values: list[float]) -> None:
    total, squares = float_sums(np.array(values))
    assert Fraction(total, 2**UNIT) == sum(map(Fraction, values))
    assert Fraction(squares, 2 ** (2 * UNIT)) == sum(Fraction(value) ** 2 for value in values)


@given(st.lists(st.tuples(finite, counts), min_size=1))
def test_float_sums_with_counts(pairs: list[tuple[float, int]]) -> None:
    values, weights = zip(*pairs, strict=True)
    total, squares = float_sums(np.array(values), np.array(weights))
    assert Fraction(total, 2**UNIT) == sum(Fraction(v) * c for v, c in pairs)
    assert Fraction(squares, 2 ** (2 * UNIT)) == sum(Fraction(v) ** 2 * c for v, c in pairs)


@settings(max_examples=5)
@given(st.floats(1e-310, 1e300), st.booleans())
def test_float_sums_of_full_chunks_are_exact(scale: float, odd: bool) -> None:
    mantissa = 2.0 - 2.0**-52 if odd else 1.0 + 2.0**-52
    values = np.full(LARGEST_CHUNK, mantissa * scale)
    total, squares = float_sums(values)
    value = Fraction(values[0].item())
    assert Fraction(total, 2**UNIT) == LARGEST_CHUNK * value
    assert Fraction(squares, 2 ** (2 * UNIT)) == LARGEST_CHUNK * value**2


@pytest.mark.parametrize("scale", [1e-200, 1e-60, 1.0, 1e80, 1e150])
def test_float_sums_of_full_random_chunks_are_exact(scale: float) -> None:
    values = np.random.default_rng(0).normal(size=LARGEST_CHUNK) * scale
    total, squares = float_sums(values)
    exact = [Fraction(value) * 2**UNIT for value in values.tolist()]  # whole numbers
    assert all(value.denominator == 1 for value in exact)
    assert total == sum(value.numerator for value in exact)
    assert squares == sum(value.numerator**2 for value in exact)


def test_are_whole_looks_at_all_values() -> None:
    values = np.zeros(1000)
    assert are_whole(values)
    values[-1] = 0.5
    assert not are_whole(values)
    values[-1] = 2.0**53
    assert not are_whole(values)
