from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import InputError
from interlock.explore.budget import Budget, Pace, budget_of, resident

MB = 10**6


@pytest.mark.parametrize(
    ("text", "size"), [("500MB", 500 * MB), ("2 GiB", 2 << 30), ("1.5gb", 1500 * MB), (700, 700), ("9", 9)]
)
def test_sizes_are_read_as_people_write_them(text: str | int, size: int) -> None:
    assert budget_of(text).memory == size


@pytest.mark.parametrize("text", ["", "MB", "-5MB", "5 apples", "0"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="this is not a size of memory") as caught:
        budget_of(text)
    assert 'write it as "500MB" or "2GiB"' in str(caught.value)


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan")])
def test_a_time_limit_is_positive(seconds: float) -> None:
    with pytest.raises(InputError, match="a time limit is a positive number of seconds"):
        budget_of(max_seconds=seconds)


def test_without_limits_all_is_afforded() -> None:
    plan = Budget().plan(10**9, 20)
    assert plan.rows == 100_000
    late = Pace(1, 10**9, 20, plan.rows, 1e6, 1e6)
    assert Budget().affords(late)
    Budget().check(late)


@given(st.integers(0, 2000), st.integers(1, 200))
def test_more_memory_never_gives_a_smaller_sample(extra: int, width: int) -> None:
    base = resident() + 200 * MB
    small, large = (Budget(base + more * MB).plan(10**7, width).rows for more in (0, extra))
    assert 1000 <= small <= large + 1000  # this process's own memory moves a little in between


def test_too_little_memory_says_what_is_needed() -> None:
    with pytest.raises(InputError, match="the memory does not suffice") as caught:
        Budget(50 * MB).plan(10**6, 10)
    assert "allow about" in str(caught.value)
    needed = float(str(caught.value).split("allow about ")[1].split(" MB")[0])
    assert Budget(int(needed * MB)).plan(10**6, 10).rows >= 1000


def test_too_little_time_says_what_is_needed() -> None:
    with pytest.raises(InputError, match="the time does not suffice") as caught:
        Budget(seconds=0.2).plan(10**6, 10)
    needed = float(str(caught.value).split("allow about ")[1].split(" s")[0])
    assert Budget(seconds=needed).plan(10**6, 10).rows >= 1000


def test_summaries_are_given_up_before_the_sample_is() -> None:
    budget = Budget(seconds=10.0, start=time.perf_counter() - 1)
    # A tenth is done in one second of which half was reading: 10 s for everything, 5 s for reading alone.
    pace = Pace(100_000, 1_000_000, 10, 1000, 1.0, 0.5)
    assert not budget.affords(pace)
    budget.check(pace)
    with pytest.raises(InputError, match=r"after 1\.0 s 100,000 of 1,000,000 rows are read"):
        budget.check(pace._replace(reading=1.0))


def test_memory_in_use_beyond_the_limit_stops_the_pass() -> None:
    with pytest.raises(InputError, match="MB are in use"):
        Budget(memory=10 * MB).check(Pace(1, 2, 3, 4, 5.0, 5.0))
