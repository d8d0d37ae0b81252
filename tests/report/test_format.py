from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.report.format import count, duration, interval, listed, moment, number, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.5, "-0.5"),
        (2013.0, "2013"),
        (12345.678, "12,346"),
        (1e300, "1e+300"),
        (5e-324, "4.941e-324"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
        (math.nan, "–"),
        (0.999999, "0.999999"),
    ],
)
def test_number_is_what_a_person_would_write(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(-1e12, 1e12))
def test_number_reads_back_within_its_digits(value: float) -> None:
    assert math.isclose(float(number(value).replace(",", "")), value, rel_tol=1e-3, abs_tol=1e-320)


@given(st.floats(0, 1))
def test_percent_is_extreme_only_where_the_share_is(share: float) -> None:
    text = percent(share)
    assert (text == "0 %") == (share == 0)
    assert (text == "100 %") == (share == 1)


@given(st.floats(0.0001, 0.9999))
def test_percent_reads_back(share: float) -> None:
    assert float(percent(share).removesuffix(" %")) / 100 == pytest.approx(share, abs=5.01e-4)


@given(st.datetimes())
def test_moment_reads_back_to_the_minute(when: datetime) -> None:
    when = when.replace(tzinfo=UTC)
    text = moment(when.timestamp())
    shown = datetime.fromisoformat(text).replace(tzinfo=UTC)
    assert 0 <= (when - shown).total_seconds() < 60


def test_moment_of_no_time_is_a_dash_and_of_a_far_one_a_number() -> None:
    assert moment(math.nan) == "–"
    assert moment(1e18) == "1e+18"


def test_count_and_interval() -> None:
    assert count(1_000_000) == "1,000,000"
    assert interval(-1.5, 20000) == "-1.5 to 20,000"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 seconds"),
        (1.0, "1 second"),
        (7200.0, "2 hours"),
        (86_400.0, "1 day"),
        (1_209_600.0, "2 weeks"),
    ],
)
def test_durations_have_the_unit_that_people_use(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("parts", "most", "said"),
    [
        (["a"], None, "a"),
        (["a", "b"], 3, "a and b"),
        (["a", "b", "c"], 3, "a, b and c"),
        (["a"] * 1003, 2, "a, a and 1,001 more"),
    ],
)
def test_lists_end_with_and_or_say_how_many_more(parts: list[str], most: int | None, said: str) -> None:
    assert listed(parts, most) == said
