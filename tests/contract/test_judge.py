from __future__ import annotations

import calendar
import math
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.contract.judge import ABSENT, BROKEN, Flag, Rule, is_rejected, judge, read_as
from interlock.contract.model import MISSING, Column, Policy

NAN = math.nan
COUNT = Column("n", "integer", minimum=0, maximum=120, fill=40, on=Policy(null="flag"))
AMOUNT = Column("x", "number", minimum=0.5, maximum=1e6, on=Policy(range="reject"))
CITY = Column("c", "category", levels=("Oslo", "Rome"), fill="Rome")


def _judge(column: Column, value: object, **on: Any) -> tuple[object, list[tuple[str, str]]]:
    if on:
        column = Column(
            **{name: getattr(column, name) for name in column.__slots__ if name != "on"}, on=Policy(**on)
        )
    flags: list[Flag] = []
    result = judge(Rule.of(column), value, flags)
    missing = isinstance(result, float) and math.isnan(result)
    return (None if missing else result), [(flag.code, flag.action) for flag in flags]


@pytest.mark.parametrize(
    ("column", "value", "expected", "flags"),
    [
        (COUNT, 30, 30.0, []),
        (COUNT, 30.0, 30.0, []),
        (COUNT, 30.9, None, [("type", "reject")]),
        (COUNT, "30", None, [("type", "reject")]),
        (COUNT, True, None, [("type", "reject")]),
        (COUNT, [30], None, [("type", "reject")]),
        (COUNT, -900, -900.0, [("range", "flag")]),
        (COUNT, None, None, [("null", "flag")]),
        (COUNT, ABSENT, None, [("missing", "flag")]),
        (COUNT, NAN, None, [("null", "flag")]),
        (COUNT, np.int64(7), 7.0, []),
        (COUNT, np.float32(7), 7.0, []),
        (COUNT, np.bool_(True), None, [("type", "reject")]),
        (AMOUNT, 1e12, 1e12, [("range", "reject")]),
        (AMOUNT, True, None, [("type", "reject")]),
        (AMOUNT, "1", None, [("type", "reject")]),
        (AMOUNT, 1, 1.0, []),
        (AMOUNT, math.inf, None, [("range", "reject")]),
        (AMOUNT, 10**400, None, [("range", "reject")]),
        (AMOUNT, None, None, []),
        (AMOUNT, ABSENT, None, []),
        (CITY, "Rome", "Rome", []),
        (CITY, "rome", "rome", [("category", "flag")]),
        (CITY, "", "", [("category", "flag")]),
        (CITY, 5, MISSING, [("type", "reject")]),
        (CITY, MISSING, MISSING, [("type", "reject")]),
        (CITY, "\ud800", MISSING, [("type", "reject")]),
        (CITY, None, MISSING, []),
        (Column("b", "boolean"), True, 1.0, []),
        (Column("b", "boolean"), np.bool_(False), 0.0, []),
        (Column("b", "boolean"), 1, None, [("type", "reject")]),
        (Column("b", "boolean"), "true", None, [("type", "reject")]),
        (Column("t", "timestamp"), 0, None, [("type", "reject")]),
        (Column("t", "timestamp"), "yesterday", None, [("type", "reject")]),
    ],
)
def test_verdicts(column: Column, value: object, expected: object, flags: list[tuple[str, str]]) -> None:
    assert _judge(column, value) == (expected, flags)


def test_what_each_action_puts_into_the_tensor() -> None:
    assert _judge(COUNT, -900, range="clip") == (0.0, [("range", "clip")])
    assert _judge(COUNT, 10**400, range="clip") == (120.0, [("range", "clip")])
    assert _judge(COUNT, 900, range="impute") == (40.0, [("range", "impute")])
    assert _judge(COUNT, 30.9, type="impute") == (40.0, [("type", "impute")])
    assert _judge(COUNT, 30.9, type="flag") == (None, [("type", "flag")])
    assert _judge(COUNT, None, null="impute") == (40.0, [("null", "impute")])
    assert _judge(COUNT, ABSENT, null="impute") == (40.0, [("missing", "impute")])
    assert _judge(COUNT, None, null="reject") == (None, [("null", "reject")])
    assert _judge(CITY, "Bern", category="impute") == ("Rome", [("category", "impute")])
    assert _judge(CITY, "Bern", category="reject") == ("Bern", [("category", "reject")])


def test_a_clip_without_a_bound_on_that_side_leaves_nothing_infinite() -> None:
    column = Column("x", "number", minimum=0, on=Policy(range="clip"))
    assert _judge(column, math.inf) == (None, [("range", "clip")])
    assert _judge(column, -math.inf) == (0.0, [("range", "clip")])


def test_an_integer_that_float64_may_not_hold_is_out_of_range() -> None:
    column = Column("n", "integer")
    for value in (2**53 - 1, -(2**53) + 1):
        assert _judge(column, value) == (value, [])
    for large in (2**53, 2**53 + 1, -(2**63), 1e300):
        assert _judge(column, large)[1] == [("range", "flag")]
    assert _judge(Column("x", "number"), 2**53 + 1) == (2.0**53, [])


def test_a_string_can_break_several_rules_and_all_are_said() -> None:
    column = Column("s", "category", levels=("ab",), max_length=2, pattern="[a-z]+")
    assert _judge(column, "ABC") == ("ABC", [("length", "flag"), ("pattern", "flag"), ("category", "flag")])
    assert _judge(column, "abc", length="clip") == ("ab", [("length", "clip")])


def test_a_pattern_matches_wholly() -> None:
    column = Column("s", "text", pattern=r"\d{3}")
    assert _judge(column, "123") == ("123", [])
    assert _judge(column, "1234")[1] == [("pattern", "flag")]
    assert _judge(column, "123\n")[1] == [("pattern", "flag")]


@given(st.datetimes(timezones=st.just(UTC)))
def test_timestamps_against_the_calendar(moment: datetime) -> None:
    column = Column("t", "timestamp")
    micros = calendar.timegm(moment.timetuple()) * 10**6 + moment.microsecond
    for text in (moment.isoformat(), moment.isoformat(" "), moment.replace(tzinfo=None).isoformat()):
        assert read_as(column, text) == micros / 10**6
    assert read_as(column, moment) == micros / 10**6
    east = moment.astimezone(timezone(timedelta(hours=5, minutes=30))) if 1 < moment.year < 9999 else moment
    assert read_as(column, east.isoformat()) == micros / 10**6


@pytest.mark.parametrize(
    "text",
    [
        "2013-01-02",
        "2013-01-02T03:04",
        "2013-01-02 03:04:05",
        "2013-01-02T03:04:05.678",
        "2013-01-02T03:04:05.678901Z",
        "2013-01-02T03:04:05+02:00",
    ],
)
def test_timestamp_texts_against_pandas(text: str) -> None:
    assert read_as(Column("t", "timestamp"), text) == pd.to_datetime(text, utc=True).timestamp()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2013",
        "20130102",
        "2013-W01-1",
        "2013-1-2",
        "2013-02-30",
        "0000-01-01",
        "1356998400",
        "٢٠١٣-01-02",
    ],
)
def test_texts_that_are_no_timestamp(text: str) -> None:
    assert read_as(Column("t", "timestamp"), text) is BROKEN


def test_python_dates() -> None:
    column = Column("t", "timestamp")
    assert read_as(column, date(1970, 1, 2)) == 86400.0
    assert read_as(column, datetime(1970, 1, 2)) == 86400.0  # noqa: DTZ001 - a naive one is read as UTC
    assert read_as(column, pd.Timestamp("1970-01-02T00:00:00.5Z")) == 86400.5
    assert read_as(column, pd.NaT) is None


def test_is_rejected() -> None:
    assert not is_rejected([])
    assert not is_rejected([Flag("a", "range", "clip")])
    assert is_rejected([Flag("a", "range", "clip"), Flag("b", "type", "reject")])
