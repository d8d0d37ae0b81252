from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.monitor.periods import periods

MOMENTS = st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)), min_size=1, max_size=40)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("days", "unit", "second"),
    [
        (365, "month", "2024-02"),
        (60, "week", "week of 2024-01-08"),
        (20, "day", "2024-01-02"),
        (1, "hour", "2024-01-01 01:00"),
    ],
)
def test_the_longest_period_of_which_there_are_six(days: int, unit: str, second: str) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC).timestamp()  # a Monday
    found = periods(start + np.arange(0, days * 86_400, 1800.0))
    assert (found.unit, found.names[1]) == (unit, second)
    assert len(found.names) >= 6


@given(MOMENTS)
def test_every_moment_is_in_its_own_period_of_the_calendar(moments: list[datetime]) -> None:
    aware = [moment.replace(tzinfo=UTC) for moment in moments]
    found = periods(np.array([moment.timestamp() for moment in aware]))
    for moment, code in zip(aware, found.codes, strict=True):
        start = datetime.fromtimestamp(found.starts[code], UTC)
        begins = {
            "month": moment.replace(day=1, hour=0),
            "week": moment.replace(hour=0) - timedelta(days=moment.weekday()),
            "day": moment.replace(hour=0),
            "hour": moment,
        }
        assert start == begins[found.unit].replace(minute=0, second=0, microsecond=0)
    assert (np.diff(found.starts) > 0).all()


def test_unknown_moments_are_in_no_period() -> None:
    found = periods(np.array([np.nan, 0.0, np.nan]))
    assert (found.unit, found.names, found.codes.tolist()) == ("hour", ("1970-01-01 00:00",), [-1, 0, -1])
    assert periods(np.array([np.nan])).names == ()
