"""Moments: correctly rounded against exact rationals, and the same bytes in any order."""

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.profile.damage import damaged, refused_or_canonical

from interlock.errors import InputError
from interlock.profile import Moments

finite = st.floats(allow_nan=False, allow_infinity=False)
near_a_billion = st.floats(-1, 1).map(lambda x: 1e9 + x)
columns = st.lists(finite, min_size=2) | st.lists(near_a_billion, min_size=2)


def _variance(values: Sequence[float]) -> Fraction:
    exact = [Fraction(value) for value in values]
    mean = sum(exact, Fraction()) / len(exact)
    return sum(((value - mean) ** 2 for value in exact), Fraction()) / (len(exact) - 1)


def _float(exact: Fraction) -> float:
    try:
        return float(exact)  # correctly rounded
    except OverflowError:
        return math.inf


@given(columns)
def test_mean_and_variance_are_correctly_rounded(values: list[float]) -> None:
    moments = Moments.from_values(np.array(values))
    assert moments.n == len(values)
    assert moments.mean == float(sum(map(Fraction, values)) / len(values))
    assert moments.variance == _float(_variance(values))
    assert (moments.minimum, moments.maximum) == (min(values), max(values))


@given(columns)
def test_std_is_correctly_rounded(values: list[float]) -> None:
    variance = _variance(values)
    with localcontext(prec=2000, Emax=10**6, Emin=-(10**6)):
        root = (Decimal(variance.numerator) / Decimal(variance.denominator)).sqrt()
        assert Moments.from_values(np.array(values)).std == _float(Fraction(root))


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2))
def test_integers_stay_exact(values: list[int]) -> None:
    moments = Moments.from_values(np.array(values, dtype=np.int64))
    assert moments.total == sum(values)
    assert moments.squares == sum(value**2 for value in values)
    assert (moments.minimum, moments.maximum) == (min(values), max(values))
    assert moments.variance == float(_variance(values))


@given(st.lists(st.lists(finite | st.integers(-99, 99).map(float)), min_size=1))
def test_any_batching_gives_the_same_bytes(batches: list[list[float]]) -> None:
    parts = [Moments.from_values(np.array(batch, dtype=np.float64)) for batch in batches]
    whole = Moments.from_values(np.array(list(chain(*batches)), dtype=np.float64))
    forwards, backwards, updated = Moments(), Moments(), Moments()
    for part, batch in zip(parts, batches, strict=True):
        forwards, backwards = forwards + part, part + backwards
        updated.update(np.array(batch, dtype=np.float64))
    assert forwards.to_bytes() == whole.to_bytes() == updated.to_bytes()
    assert sum(reversed(parts), Moments()).to_bytes() == whole.to_bytes() == backwards.to_bytes()
    assert Moments.from_bytes(whole.to_bytes()) == whole


def test_many_values_at_an_offset_agree_with_exact_arithmetic() -> None:
    values = 1e9 + np.random.default_rng(1).normal(size=20_000)
    moments = Moments.from_values(values)
    assert moments.variance == float(_variance(values.tolist()))
    assert moments.mean == float(sum(map(Fraction, values.tolist())) / len(values))


def test_counts_are_repetitions() -> None:
    values, counts = np.array([0.5, 2.0, -7.25]), np.array([3, 1, 4])
    weighted = Moments()
    weighted.update(values, counts)
    assert weighted == Moments.from_values(np.repeat(values, counts))


def test_no_values() -> None:
    moments = Moments()
    assert moments.n == 0
    assert all(math.isnan(x) for x in (moments.mean, moments.variance, moments.std, moments.minimum))
    assert math.isnan(Moments.from_values(np.array([1.0])).std)
    assert Moments() + moments == moments
    assert Moments.from_bytes(moments.to_bytes()) == moments


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_are_refused(bad: float) -> None:
    moments = Moments()
    with pytest.raises(InputError, match="moments take finite values"):
        moments.update(np.array([1.0, bad]))
    assert moments.n == 0


@given(st.lists(finite, min_size=1), st.data())
def test_changed_bytes_are_refused_or_canonical(values: list[float], data: st.DataObject) -> None:
    good = Moments.from_values(np.array(values)).to_bytes()
    for changed in damaged(good, data):
        assert refused_or_canonical(Moments, changed)
