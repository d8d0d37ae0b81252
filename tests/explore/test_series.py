from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.explore.series import SECONDS, Unit, of_rows, period_of, start_of, unit_for, usual_step, within

_YEARS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def _seconds(when: datetime) -> float:
    return (when - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1)


@given(_YEARS)
def test_periods_begin_where_the_calendar_says(when: datetime) -> None:
    moment, midnight = np.array([_seconds(when)]), when.replace(hour=0, minute=0, second=0, microsecond=0)
    expected = {
        "hour": when.replace(minute=0, second=0, microsecond=0),
        "day": midnight,
        "month": midnight.replace(day=1),
        "year": midnight.replace(day=1, month=1),
    }
    for unit, start in expected.items():
        assert start_of(period_of(moment, unit), unit)[0] == _seconds(start)  # type: ignore[arg-type]
    monday = start_of(period_of(moment, "week"), "week")[0]
    assert monday == _seconds(midnight) - 86_400 * when.weekday()


@given(st.lists(st.floats(0, 30 * 86_400), min_size=1, max_size=200))
def test_rows_are_counted_and_averaged_in_whole_periods(moments: list[float]) -> None:
    values = np.arange(len(moments), dtype=np.float64)
    found = of_rows(np.array(moments), values, "day")
    days = [int(moment // 86_400) for moment in moments]
    inside = list(range(min(days) + 1, max(days)))
    assert found.counts.tolist() == [days.count(day) for day in inside]
    for place, day in enumerate(inside):
        own = [value for value, each in zip(values, days, strict=True) if each == day]
        assert np.isnan(found.means[place]) if not own else found.means[place] == pytest.approx(np.mean(own))
    assert found.starts.tolist() == [86_400.0 * day for day in inside]


def test_the_last_periods_are_kept_where_they_are_too_many() -> None:
    found = of_rows(np.arange(1000.0) * 3600.0, np.ones(1000), "hour", most=10)
    assert len(found.counts) == 10
    assert found.starts[-1] == 998 * 3600.0


@pytest.mark.parametrize(
    ("step", "rows", "unit"),
    [
        (3600.0, 50, "hour"),
        (3600.0, 24 * 20, "hour"),
        (3600.0, 24 * 200, "day"),
        (86_400.0, 1000, "week"),
        (SECONDS["month"], 120, "month"),
        (SECONDS["year"], 60, "year"),
    ],
)
def test_units_make_a_hundred_periods_where_they_can(step: float, rows: int, unit: Unit) -> None:
    assert unit_for(np.arange(float(rows)) * step) == unit


def test_steps_are_usual_where_most_agree() -> None:
    assert usual_step(np.arange(9.0) * 60.0) == 60.0
    assert usual_step(np.array([5.0])) == 0.0
    assert usual_step(np.empty(0)) == 0.0


def test_a_few_wrong_dates_lie_outside() -> None:
    moments = np.r_[np.linspace(1e9, 1.1e9, 1000), -6.2e10, 2.5e11]
    assert within(moments).tolist() == [True] * 1000 + [False] * 2
    assert within(np.array([7.0])).tolist() == [True]
