from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fixtures_develop import by_speed, contract, rows

from interlock.develop.candidates import Limits
from interlock.develop.candidates.memory import draw_memory, fading, memories
from interlock.develop.sample import Sample

DAY = 86_400.0


def moved(n: int = 1200) -> Sample:
    """Rows whose level rose by 10 in the last tenth of the time."""
    drawn = rows("regression", n=n)
    time = np.sort(np.random.default_rng(1).uniform(0, 1000 * DAY, n))
    return replace(drawn, time=time, target=drawn.target + 10 * (time > 900 * DAY))


@given(st.floats(1e-3, 1e6), st.floats(0, 1e4))
def test_a_row_counts_half_after_each_memory(memory: float, age: float) -> None:
    time = np.array([0.0, age * DAY])
    train = Sample(np.zeros((2, 1)), (), np.zeros(2), "regression", 0, time=time)
    weights = fading(train, memory).weights
    assert weights is not None
    np.testing.assert_allclose(weights, [0.5 ** (age / memory), 1.0], rtol=1e-9, atol=1e-300)


def test_weights_that_were_there_are_kept() -> None:
    train = replace(moved(), weights=np.full(1200, 3.0))
    weights, plain = fading(train, 100).weights, fading(moved(), 100).weights
    assert weights is not None
    assert plain is not None
    np.testing.assert_allclose(weights, 3 * plain)


def test_without_a_time_or_a_memory_nothing_changes() -> None:
    train = moved()
    assert fading(train, 0) is train
    timeless = replace(train, time=None)
    assert fading(timeless, 10) is timeless
    assert memories(timeless) == ()
    assert fading(train, 10) is fading(train, 10)


@pytest.mark.parametrize("candidate", by_speed(), ids=lambda each: each.name)
def test_candidates_with_a_short_memory_learn_the_latest_level(candidate: Any) -> None:
    train = moved()
    later = replace(train, target=train.target + 10 * (train.time <= 900 * DAY))  # type: ignore[operator]
    of = contract("regression")
    tried = [each for each in candidate.settings(train) if getattr(each, "memory", 0)]
    if candidate.name == "baseline":
        assert not tried
        return
    assert [each.memory for each in tried] == pytest.approx(list(memories(train)))
    without, short = (
        candidate.fit(train, later, of, Limits.of(60), replace(tried[0], memory=memory))
        for memory in (0.0, tried[0].memory)
    )
    wrong = [float(np.mean((each.predict(later) - later.target) ** 2)) for each in (without, short)]
    assert wrong[1] < 0.6 * wrong[0]
    assert short.setting.endswith(f", rows count half after {tried[0].memory:.3g} days")
    again = candidate.refit(short, train, of, Limits.of(60))
    assert again.chosen == short.chosen


def test_rows_without_a_time_count_as_the_oldest() -> None:
    time = np.array([np.nan, 0.0, 10 * DAY, np.nan])
    train = Sample(np.zeros((4, 1)), (), np.zeros(4), "regression", 0, time=time)
    weights = fading(train, 5).weights
    assert weights is not None
    np.testing.assert_allclose(weights, [0.25, 0.25, 1.0, 0.25])
    assert memories(train) == (0.5, 2.5)


@pytest.mark.parametrize("time", [[np.nan] * 4, [DAY] * 4, [np.nan, DAY, DAY, np.nan]])
def test_without_two_instants_nothing_is_older(time: list[float]) -> None:
    train = Sample(np.zeros((4, 1)), (), np.zeros(4), "regression", 0, time=np.array(time))
    assert memories(train) == ()
    assert draw_memory(None, train) == 0  # type: ignore[arg-type]
    assert fading(train, 5).weights == pytest.approx(np.ones(4))


def test_memories_of_a_minute_are_not_none() -> None:
    time = np.array([0.0, 60.0])
    train = Sample(np.zeros((2, 1)), (), np.zeros(2), "regression", 0, time=time)
    assert memories(train) == pytest.approx((0.05 / 1440, 0.25 / 1440))
