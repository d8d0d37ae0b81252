"""Distances against SciPy on the raw values."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy, ks_2samp, wasserstein_distance
from tests.profile.shapes import SHAPES

from interlock.errors import InputError
from interlock.profile import (
    Categories,
    ColumnProfile,
    Histogram,
    Values,
    jensen_shannon,
    ks,
    psi,
    total_variation,
    wasserstein,
)

integers = st.lists(st.integers(-30, 30), min_size=1)
words = st.lists(st.sampled_from("abcdef"), min_size=1)
ALL = (ks, wasserstein, jensen_shannon, psi, total_variation)


def _ks_of_scipy(a: Any, b: Any) -> float:
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # about the p value
        return float(ks_2samp(a, b, method="asymp").statistic)


def _shares(values: list[Any], support: list[Any]) -> NDArray[np.float64]:
    return np.array([values.count(value) for value in support]) / len(values)


@given(integers, integers)
def test_numbers_against_scipy(a: list[int], b: list[int]) -> None:
    p, q = Histogram.from_values(a), Histogram.from_values(b)
    support = sorted({*a, *b})
    x, y = _shares(a, support), _shares(b, support)
    assert ks(p, q) == pytest.approx(_ks_of_scipy(a, b), abs=1e-12)
    assert wasserstein(p, q) == pytest.approx(wasserstein_distance(a, b), abs=1e-12)
    assert jensen_shannon(p, q) == pytest.approx(jensenshannon(x, y, base=2), abs=1e-7)
    assert total_variation(p, q) == pytest.approx(np.abs(x - y).sum() / 2, abs=1e-12)


@given(words, words)
def test_categories_against_scipy(a: list[str], b: list[str]) -> None:
    p, q = Categories.from_strings(a), Categories.from_strings(b)
    support = sorted({*a, *b})
    x, y = _shares(a, support), _shares(b, support)
    assert jensen_shannon(p, q) == pytest.approx(jensenshannon(x, y, base=2), abs=1e-7)
    assert total_variation(p, q) == pytest.approx(np.abs(x - y).sum() / 2, abs=1e-12)
    x, y = (np.array([side.count(value) + 0.5 for value in support]) for side in (a, b))
    assert psi(p, q) == pytest.approx(entropy(x, y) + entropy(y, x), abs=1e-12)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_many_values_against_scipy(shape: str) -> None:
    a, b = (SHAPES[shape](np.random.default_rng(seed), n) for seed, n in enumerate((30_000, 20_000)))
    b = b * 1.07
    p, q = Histogram.from_values(a), Histogram.from_values(b)
    assert ks(p, q) == pytest.approx(_ks_of_scipy(a, b), abs=0.005)
    wide = shape in ("many octaves", "heavy tails")  # one octave is then a cell or a few
    expected = wasserstein_distance(a, b)
    assert wasserstein(p, q) == pytest.approx(expected, rel=0.1 if wide else 0.005)


def test_bins_hold_equally_many_of_the_reference() -> None:
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=50_000), generator.normal(0.3, 1, 2_000)
    edges = np.quantile(a, np.arange(1, 10) / 10)
    x, y = (np.bincount(np.searchsorted(edges, side), minlength=10) for side in (a, b))
    p, q = Histogram.from_values(a), Histogram.from_values(b)
    assert jensen_shannon(p, q, bins=10) == pytest.approx(jensenshannon(x, y, base=2), abs=0.003)
    assert total_variation(p, q, bins=10) == pytest.approx(
        np.abs(x / x.sum() - y / y.sum()).sum() / 2, abs=0.003
    )
    expected = entropy(x + 0.5, y + 0.5) + entropy(y + 0.5, x + 0.5)
    assert psi(p, q) == pytest.approx(expected, rel=0.02)


def test_repeated_values_make_fewer_bins() -> None:
    a, b = Histogram.from_values([0] * 80 + [1] * 20), Histogram.from_values([0] * 50 + [1] * 50)
    x, y = np.array([80.5, 20.5]), np.array([50.5, 50.5])
    assert psi(a, b) == pytest.approx(entropy(x, y) + entropy(y, x), abs=1e-12)


@settings(deadline=None)
@given(integers, integers, integers)
def test_they_are_symmetric_and_zero_on_equals_and_keep_the_triangle(
    a: list[int], b: list[int], c: list[int]
) -> None:
    p, q, r = (Histogram.from_values(side) for side in (a, b, c))
    for distance in (ks, wasserstein, jensen_shannon, total_variation):
        assert distance(p, p) == pytest.approx(0, abs=1e-7)
        assert distance(p, q) == pytest.approx(distance(q, p), abs=1e-12)
        assert distance(p, r) <= distance(p, q) + distance(q, r) + 1e-7
    assert psi(p, p) == 0


def test_columns_are_compared_by_what_they_hold() -> None:
    a, b = (ColumnProfile.of(Values("integer", np.array(side))) for side in ([1, 2], [2, 3]))
    assert ks(a, b) == 0.5
    assert ks(a, Histogram.from_values([2, 3])) == 0.5
    words = np.array(["x", "y"], dtype=object)
    c, d = (ColumnProfile.of(Values("string", np.array(side), None, words)) for side in ([0, 1], [0, 0]))
    assert total_variation(c, d) == 0.5


def test_many_categories_are_compared_by_their_hashes() -> None:
    generator = np.random.default_rng(0)
    a, b = (
        Categories.from_strings([f"u{x}" for x in generator.integers(0, high, 9_000)])
        for high in (5_000, 500)
    )
    assert not a.exact
    assert total_variation(a, a) == 0
    x, y = a.buckets() / a.n, b.buckets() / b.n
    assert total_variation(a, b) == pytest.approx(np.abs(x - y).sum() / 2)
    assert jensen_shannon(a, b) == pytest.approx(jensenshannon(x, y, base=2))


@pytest.mark.parametrize("distance", ALL)
def test_strings_against_numbers_are_refused(distance: Callable[..., float]) -> None:
    with pytest.raises(InputError, match="this distance needs two columns of numbers"):
        distance(Histogram.from_values([1]), Categories.from_strings(["a"]))


@pytest.mark.parametrize("distance", [ks, wasserstein])
def test_strings_have_no_such_distance(distance: Callable[..., float]) -> None:
    with pytest.raises(InputError, match="this distance needs two columns of numbers"):
        distance(Categories.from_strings(["a"]), Categories.from_strings(["a"]))


@pytest.mark.parametrize("distance", ALL)
def test_no_values_are_refused(distance: Callable[..., float]) -> None:
    with pytest.raises(InputError, match="a distance needs values on both sides"):
        distance(Histogram.from_values([1]), Histogram())


@pytest.mark.parametrize("distance", [jensen_shannon, psi, total_variation])
def test_no_strings_are_refused(distance: Callable[..., float]) -> None:
    with pytest.raises(InputError, match="a distance needs values on both sides"):
        distance(Categories(), Categories.from_strings(["a"]))
