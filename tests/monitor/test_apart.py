import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.monitor.apart import apart
from interlock.profile import ColumnProfile, Values

NUMBERS = st.lists(st.integers(-20, 20), min_size=1, max_size=60)
LEVELS = st.lists(st.sampled_from(["", "a", "b", "é"]), min_size=1, max_size=60)


def numbers(values: list[int]) -> ColumnProfile:
    return ColumnProfile.of(Values("integer", np.array(values, np.int64)))


def strings(values: list[str]) -> ColumnProfile:
    levels, codes = np.unique(np.array(values), return_inverse=True)
    return ColumnProfile.of(Values("string", codes.astype(np.int32), dictionary=levels.astype(object)))


@given(NUMBERS, NUMBERS)
def test_numbers_differ_most_where_their_distribution_functions_do(then: list[int], now: list[int]) -> None:
    found = apart(numbers(then), numbers(now))
    assert found is not None
    shares = [(np.mean(np.array(then) <= x), np.mean(np.array(now) <= x)) for x in range(-20, 21)]
    assert found.distance == pytest.approx(max(abs(before - after) for before, after in shares))
    assert isinstance(found.at, float)
    assert found.then == pytest.approx(np.mean(np.array(then) <= found.at))
    assert found.now == pytest.approx(np.mean(np.array(now) <= found.at))
    assert abs(found.now - found.then) == pytest.approx(found.distance)


@given(LEVELS, LEVELS)
def test_levels_differ_by_half_the_sum_of_all_differences(then: list[str], now: list[str]) -> None:
    found = apart(strings(then), strings(now))
    assert found is not None
    gaps = {level: now.count(level) / len(now) - then.count(level) / len(then) for level in {*then, *now}}
    assert found.distance == pytest.approx(sum(map(abs, gaps.values())) / 2)
    assert isinstance(found.at, str)
    assert abs(found.now - found.then) == pytest.approx(max(map(abs, gaps.values())))


def test_too_many_levels_have_a_distance_and_no_place() -> None:
    found = apart(strings([str(i) for i in range(5000)]), strings(["a"]))
    assert found is not None
    assert found.distance > 0.99
    assert found.at is None


def test_strings_and_numbers_are_not_compared() -> None:
    assert apart(numbers([1]), strings(["1"])) is None
