from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.contract.moment import BROKEN, read_timestamp

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@given(st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=zones))  # noqa: DTZ001
def test_a_moment_is_the_same_as_text_and_as_an_object(moment: datetime) -> None:
    seconds = (moment - EPOCH).total_seconds()
    assert read_timestamp(moment) == seconds
    assert read_timestamp(moment.isoformat()) == seconds
    assert read_timestamp(moment.isoformat(sep=" ")) == seconds


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(1970, 1, 2), 86400.0),
        (datetime(1970, 1, 2), 86400.0),  # noqa: DTZ001 - without a zone it is UTC
        ("1970-01-02", 86400.0),
        ("1970-01-02T00:00+01:00", 82800.0),
        ("1970-01-02 00:00:00,5", 86400.5),
        (pd.NaT, None),
    ],
)
def test_what_is_a_moment(value: object, expected: float | None) -> None:
    assert read_timestamp(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        *("2013-02-30", "2013-1-31", "20130131", "2013-01-31T24:00", "2013-01-31 ", "31.1.2013"),
        *("", "now", "２０１３-01-31", 86400, 86400.0, True, [], None),
    ],
)
def test_what_is_none(value: object) -> None:
    assert read_timestamp(value) is BROKEN
