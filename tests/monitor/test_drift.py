from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, ks_2samp

from interlock.contract import Column
from interlock.monitor.apart import apart
from interlock.monitor.drift import Shift, of_rate, shifts
from interlock.profile import ColumnProfile, Values

X = Column("x", "number")


def numbers(values: NDArray[np.float64]) -> ColumnProfile:
    return ColumnProfile.of(Values("number", values, ~np.isnan(values)))


def strings(values: NDArray[np.str_]) -> ColumnProfile:
    levels, codes = np.unique(values, return_inverse=True)
    return ColumnProfile.of(Values("string", codes.astype(np.int32), dictionary=levels.astype(object)))


def by_measure(column: Column, then: ColumnProfile, now: ColumnProfile) -> dict[str, Shift]:
    return {shift.measure: shift for shift in shifts(column, then, now)}


def test_numbers_are_compared_by_kolmogorov_smirnov() -> None:
    random = np.random.default_rng(0)
    then, now = random.normal(size=3000), random.normal(0.5, size=500)
    shift = by_measure(X, numbers(then), numbers(now))["distribution"]
    expected = ks_2samp(then, now)
    assert shift.effect == pytest.approx(expected.statistic, abs=0.004)  # the sketch's grid
    assert expected.pvalue * 0.3 < shift.chance < expected.pvalue * 30
    assert (shift.n, shift.n_then) == (500, 3000)
    assert shift.size > 1


def test_categories_are_compared_by_total_variation() -> None:
    then, now = (
        strings(np.array(["a"] * 60 + ["b"] * 40)),
        strings(np.array(["a"] * 30 + ["b"] * 50 + ["c"] * 20)),
    )
    shift = by_measure(X, then, now)["distribution"]
    assert shift.effect == pytest.approx((0.3 + 0.1 + 0.2) / 2)
    assert shift.sentence == "x: other levels in 30 % of the rows, most of all 'a' 60 % → 30 %"


def test_missing_counts_nulls_and_nan() -> None:
    then = numbers(np.ones(1000))
    now = ColumnProfile.of(
        Values("number", np.array([1.0, np.nan, 1.0, 1.0]), np.array([True, True, False, True]))
    )
    assert by_measure(X, then, now)["missing"].sentence == "x: missing in 0 % → 50 % of the rows"


def test_levels_never_seen_are_named_most_often_first() -> None:
    then = strings(np.array(["a", "b"] * 500))
    now = strings(np.array(["a"] * 90 + ["new"] * 7 + ["newer"] * 3))
    shift = by_measure(X, then, now)["unseen"]
    assert shift.sentence.endswith("in 0 % → 10 % of the rows, most often 'new', 'newer'")
    assert shift.chance < 1e-9


def test_new_levels_are_expected_where_training_had_many_that_occurred_once() -> None:
    """Good and Turing: with a long tail, the next rows hold new levels without any drift."""
    random = np.random.default_rng(1)
    then, now = (random.zipf(1.5, n).astype(str) for n in (4000, 1000))
    shift = by_measure(X, strings(then), strings(now))["unseen"]
    assert "most often" in shift.sentence
    assert shift.chance > 0.001
    assert shift.size < 1


def test_a_side_without_values_is_compared_by_what_is_missing_alone() -> None:
    nothing = numbers(np.full(50, np.nan))
    assert list(by_measure(X, numbers(np.ones(1000)), nothing)) == ["missing"]
    assert apart(numbers(np.ones(3)), nothing) is None


def test_kinds_of_numbers_compare() -> None:
    whole = ColumnProfile.of(Values("integer", np.arange(100)))
    found = apart(numbers(np.arange(100.0)), whole)
    assert found is not None
    assert found.distance == 0.0


def test_rates_rank_by_cohens_h() -> None:
    assert of_rate("x", "violations", 10, 1000, 0, 9000, detail="odd").size == pytest.approx(1.0, abs=0.01)
    assert of_rate("x", "violations", 515, 1000, 4500, 9000, detail="odd").size < 0.2


COLUMNS: dict[str, Callable[[np.random.Generator, int], ColumnProfile]] = {
    "normal": lambda random, n: numbers(random.normal(size=n)),
    "heavy": lambda random, n: numbers(random.standard_cauchy(n)),
    "integer": lambda random, n: numbers(random.poisson(3, n).astype(float)),
    "spike": lambda random, n: numbers(np.where(random.random(n) < 0.9, 0.0, random.random(n))),
    "gaps": lambda random, n: numbers(np.where(random.random(n) < 0.002, np.nan, 1.0)),
    "levels": lambda random, n: strings(random.choice(["a", "b", "c"], n, p=[0.9, 0.09, 0.01])),
    "tail": lambda random, n: strings(random.zipf(1.6, n).astype(str)),
}


@pytest.mark.parametrize("n", [200, 1000, 10_000])
def test_without_drift_chance_alone_keeps_the_budget(n: int) -> None:
    """Streams from the laws of training, without any floor: what is left is chance, and it is shared out."""
    random = np.random.default_rng(n)
    runs, budget = 25, 0.1
    alarmed = 0
    for _ in range(runs):
        found = [
            shift
            for name, draw in COLUMNS.items()
            for shift in shifts(Column(name, "number"), draw(random, 5000), draw(random, n))
        ]
        alarmed += any(shift.chance <= budget / len(found) for shift in found)
    assert alarmed <= binom.ppf(0.999, runs, budget)


@pytest.mark.parametrize(("shifted", "n"), [(0.5, 200), (0.5, 10_000), (1.0, 200)])
def test_drift_worth_an_alarm_is_found_at_every_size(shifted: float, n: int) -> None:
    random = np.random.default_rng(5)
    then = numbers(random.normal(size=50_000))
    found = [by_measure(X, then, numbers(random.normal(shifted, size=n)))["distribution"] for _ in range(50)]
    assert sum(shift.size >= 1 and shift.chance < 0.01 / 50 for shift in found) >= 47


def test_drift_below_the_floor_is_calm_however_many_rows() -> None:
    random = np.random.default_rng(6)
    shift = by_measure(X, numbers(random.normal(size=300_000)), numbers(random.normal(0.05, size=300_000)))
    assert shift["distribution"].chance < 1e-9
    assert shift["distribution"].size < 0.5
