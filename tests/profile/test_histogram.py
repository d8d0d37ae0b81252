"""Histograms: the algebra, the ranks on many shapes, exactness of few values, the size, bad bytes."""

import math
from itertools import chain
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.profile.damage import damaged, refused_or_canonical
from tests.profile.shapes import SHAPES

from interlock.errors import InputError
from interlock.profile import Histogram
from interlock.profile.histogram import align

finite = st.floats(allow_nan=False, allow_infinity=False)
lists = st.lists(finite | st.integers(-9, 9).map(float))
budgets = st.integers(3, 20)
shapes = st.sampled_from(sorted(SHAPES))


def _draw(shape: str, n: int, seed: int = 0) -> NDArray[np.float64]:
    return SHAPES[shape](np.random.default_rng(seed), n).astype(np.float64)


def _rank_error(
    values: NDArray[np.float64], answers: NDArray[np.float64], probabilities: NDArray[np.float64]
) -> float:
    """How far each answer's ranks, first to last of its equals, are from the rank asked for."""
    ordered = np.sort(values)
    first, last = (np.searchsorted(ordered, answers, side) / len(values) for side in ("left", "right"))
    return float(np.maximum(first - probabilities, probabilities - last).max())


@given(st.lists(lists, min_size=1), budgets)
def test_any_batching_gives_the_same_bytes(batches: list[list[float]], budget: int) -> None:
    parts = [Histogram.from_values(batch, budget) for batch in batches]
    whole = Histogram.from_values(list(chain(*batches)), budget)
    forwards, backwards, updated = Histogram(budget), Histogram(budget), Histogram(budget)
    for part, batch in zip(parts, batches, strict=True):
        forwards, backwards = forwards + part, part + backwards
        updated.update(batch)
    assert forwards.to_bytes() == whole.to_bytes() == backwards.to_bytes() == updated.to_bytes()
    assert Histogram.from_bytes(whole.to_bytes()) == whole


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(shapes, st.integers(0, 20_000)), min_size=1, max_size=4), st.randoms())
def test_any_batching_of_many_values_gives_the_same_bytes(
    columns: list[tuple[str, int]], random: Random
) -> None:
    parts = [_draw(shape, n, seed) for seed, (shape, n) in enumerate(columns)]
    whole = Histogram.from_values(np.concatenate(parts))
    random.shuffle(parts)
    left = sum((Histogram.from_values(part) for part in parts), Histogram())
    right = Histogram()
    for part in reversed(parts):
        right = Histogram.from_values(part) + right
    assert left.to_bytes() == right.to_bytes() == whole.to_bytes()


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_rank_error_is_below_half_a_percent(shape: str) -> None:
    values = _draw(shape, 200_000)
    probabilities = np.arange(1, 1000) / 1000
    parts = [Histogram.from_values(part) for part in np.array_split(values, 3)]
    merged = sum(parts, Histogram())
    assert merged == Histogram.from_values(values)
    assert _rank_error(values, merged.quantile(probabilities), probabilities) < 0.005
    assert (merged.quantile(0), merged.quantile(1)) == (values.min(), values.max())


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_cdf_is_right_to_half_a_percent(shape: str) -> None:
    values = np.sort(_draw(shape, 50_000))
    points = np.quantile(values, np.linspace(0, 1, 101))
    exact = np.searchsorted(values, points, "right") / len(values)
    assert np.abs(Histogram.from_values(values).cdf(points) - exact).max() < 0.005


@given(st.lists(finite, min_size=1), st.lists(st.floats(0, 1), min_size=1))
def test_few_values_have_exact_quantiles(values: list[float], probabilities: list[float]) -> None:
    histogram = Histogram.from_values(values)
    assert histogram.exact
    ordered = sorted(values)
    answers = histogram.quantile(probabilities)
    for probability, answer in zip(probabilities, answers.tolist(), strict=True):
        place = probability * (len(values) - 1)
        low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
        assert low <= answer <= high
        if place == int(place):
            assert answer == low


@given(st.lists(st.integers(-1000, 1000), min_size=1), st.lists(st.floats(0, 1), min_size=1))
def test_quantiles_of_few_integers_are_those_of_numpy(values: list[int], probabilities: list[float]) -> None:
    expected = np.quantile(np.array(values, dtype=float), probabilities)
    assert Histogram.from_values(values).quantile(probabilities) == pytest.approx(expected, abs=1e-9)


@given(st.lists(finite, min_size=1), st.lists(finite, min_size=1))
def test_cdf_of_few_values_is_exact(values: list[float], points: list[float]) -> None:
    expected = [sum(value <= point for value in values) / len(values) for point in points]
    assert Histogram.from_values(values).cdf(points).tolist() == expected


def test_small_integers_stay_exact_beside_many_others() -> None:
    values = np.random.default_rng(0).integers(0, 20_000, 200_000)
    histogram = Histogram.from_values(values)
    assert not histogram.exact
    for value in (0, 1, 7, 100, 500):
        assert histogram.cdf(value) == np.mean(values <= value)
    assert all(answer == int(answer) for answer in histogram.quantile([0.0001, 0.001, 0.01]))


def test_frequent_round_numbers_stay_exact_beside_a_continuum() -> None:
    values = _draw("spikes", 100_000)
    histogram = Histogram.from_values(values)
    assert not histogram.exact
    assert dict(histogram.top(2)) == {0.0: np.sum(values == 0), 2.5: np.sum(values == 2.5)}
    assert histogram.quantile(float(np.mean(values < 0)) + 0.1) == 0


@given(lists, budgets)
def test_cells_hold_all_values_in_order_within_the_budget(values: list[float], budget: int) -> None:
    left, right, counts = Histogram.from_values(values, budget).cells()
    assert len(counts) <= budget + 2  # the minimum and the maximum
    assert counts.sum() == len(values)
    assert np.all(left <= right)
    assert np.all(right[:-1] < left[1:])
    within = [
        np.sum((np.array(values) >= low) & (np.array(values) <= high))
        for low, high in zip(left, right, strict=True)
    ]
    assert within == counts.tolist()


@pytest.mark.parametrize("n", [100, 4096, 4097, 100_000])
def test_distinct_is_exact_then_estimated(n: int) -> None:
    values = np.tile(np.arange(n) * np.pi, 2)
    assert Histogram.from_values(values).distinct == pytest.approx(n, rel=0 if n <= 4096 else 3 * 0.016)


def test_at_is_coarser_and_equals_the_coarse_copy_of_parts() -> None:
    values = _draw("normal", 10_000)
    whole = Histogram.from_values(values)
    level = whole.level + 4
    parts = Histogram.from_values(values[:99]).at(level) + Histogram.from_values(values[99:]).at(level)
    assert parts == whole.at(level)
    assert whole.at(0) == whole


def test_counts_are_repetitions() -> None:
    values, counts = np.array([3.0, -1.5, 2.0]), np.array([2, 5, 1])
    weighted = Histogram()
    weighted.update(values, counts)
    assert weighted == Histogram.from_values(np.repeat(values, counts))


def test_bins_hold_their_right_edge_and_the_first_both() -> None:
    histogram = Histogram.from_values([0, 1, 1, 2, 3, 3, 3])
    assert histogram.binned([0, 1, 2, 3]).tolist() == [3, 1, 3]
    assert histogram.binned([1, 2]).tolist() == [3]
    assert Histogram().binned([0, 1]).tolist() == [0]


def test_align_puts_two_histograms_on_one_grid() -> None:
    a, b = (Histogram.from_values(_draw("normal", n, seed)) for seed, n in enumerate((50, 30_000)))
    p, q, middles = align(a, b)
    assert (p.sum(), q.sum()) == (50, 30_000)
    assert np.all(np.diff(middles) > 0)
    assert len(middles) <= 4096


def test_no_values() -> None:
    empty = Histogram()
    assert (empty.n, empty.distinct, empty.exact, empty.top()) == (0, 0, True, [])
    assert math.isnan(empty.quantile(0.5))
    assert math.isnan(empty.cdf(0.0))
    assert empty + empty == empty
    assert Histogram.from_bytes(empty.to_bytes()) == empty


def test_the_level_drops_with_the_smaller_budget() -> None:
    a, b = Histogram.from_values(range(50), 10), Histogram.from_values(range(50), 20)
    assert (a + b).to_bytes() == (b + a).to_bytes() == Histogram.from_values([*range(50)] * 2, 10).to_bytes()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_values_that_are_not_finite_are_refused(bad: float) -> None:
    histogram = Histogram()
    with pytest.raises(InputError, match="a histogram takes finite values"):
        histogram.update([1.0, bad])
    assert histogram == Histogram()


@pytest.mark.parametrize("q", [-0.1, 1.1, math.nan])
def test_probabilities_out_of_range_are_refused(q: float) -> None:
    with pytest.raises(InputError, match="a probability lies between 0 and 1"):
        Histogram.from_values([1]).quantile(q)


def test_a_budget_below_three_is_refused() -> None:
    with pytest.raises(InputError, match="a histogram needs at least 3 cells"):
        Histogram(2)


def _worst(spread: NDArray[np.float64]) -> Histogram:
    """Return a histogram of 2**48 - 1 values with cells and counts as long in bytes as they can be."""
    histogram = Histogram()
    values = np.concatenate([spread, [-1.7e308, 1.7e308]])
    counts = np.full(len(values), (2**48 - 1) // len(values))
    histogram.update(values, counts)
    return histogram


def test_the_size_is_at_most_64_kib_minus_what_the_moments_take() -> None:
    generator = np.random.default_rng(0)
    bits = generator.integers(-(2**63), 2**63, 8_000).view(np.float64)
    spread = np.unique(bits[np.isfinite(bits)])
    sizes = [len(_worst(spread[:n]).to_bytes()) for n in (4_000, 4_094, 4_500, 7_000)]
    assert max(sizes) < 64 * 1024 - 1024


@settings(deadline=None)
@given(st.lists(finite, min_size=1), st.sampled_from([3, 4096]), st.data())
def test_changed_bytes_are_refused_or_canonical(
    values: list[float], budget: int, data: st.DataObject
) -> None:
    good = Histogram.from_values(values, budget).to_bytes()
    for changed in damaged(good, data):
        assert refused_or_canonical(Histogram, changed)


def test_prices_stay_prices() -> None:
    values = _draw("prices", 100_000)
    histogram = Histogram.from_values(values)
    assert not histogram.exact
    assert (histogram.digits, histogram.whole) == (2, False)
    assert histogram.cdf(1.99) == np.mean(values <= 1.99)
    middle = histogram.quantile([0.25, 0.5, 0.75])
    assert np.array_equal(middle, np.round(middle, 2))


@pytest.mark.parametrize("shape", ["normal", "integers", "prices"])
def test_values_cut_off_at_both_ends_stay_exact(shape: str) -> None:
    values = _draw(shape, 100_000)
    values = np.concatenate([values, values * np.pi]) if shape == "normal" else values
    low, high = np.quantile(values, [0.2, 0.9], method="nearest")
    cut = np.clip(values, low, high)
    histogram = Histogram.from_values(cut[:70_000]) + Histogram.from_values(cut[70_000:])
    assert histogram.lowest == (low, np.sum(cut == low))
    assert histogram.highest == (high, np.sum(cut == high))
    assert histogram.quantile([0.05, 0.19, 0.91, 0.99]).tolist() == [low, low, high, high]
    assert histogram.cdf(np.nextafter(high, 0)) == 1 - np.mean(cut == high)
    assert histogram == Histogram.from_values(cut)
