from datetime import UTC, datetime

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from interlock.develop.emit.graph import Graph
from interlock.develop.prepare.calendar import YEAR, Calendar, PartName
from interlock.release.model import Model

PARTS: tuple[PartName, ...] = ("minute_of_day", "day_of_week", "day_of_season")
HOSTILE = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-1e10, 1e10),
    st.sampled_from([np.nan, -0.0, 5e-324, 1e300, -1e300, np.inf, -np.inf, 86_399.999_999_9, -1e-9, 4e11]),
)


def emitted(calendar: Calendar, numbers: np.ndarray) -> np.ndarray:
    graph = Graph(numbers=numbers.shape[1], strings=0)
    model = graph.build(calendar.emit(graph), width=calendar.width, metadata={})
    return Model(model).predict(numbers, np.empty((len(numbers), 0), object))


@given(st.datetimes(datetime(1800, 1, 1), datetime(2400, 1, 1)))  # noqa: DTZ001 - hypothesis wants them naive
def test_parts_are_those_of_datetime(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    calendar = Calendar((0, 0), ("minute_of_day", "day_of_week"))
    parts = calendar.transform(np.array([[moment.timestamp()]]))[0]
    assert parts.tolist() == [moment.hour * 60 + moment.minute, moment.weekday()]


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - hypothesis wants them naive
def test_season_is_within_a_day_and_a_half_of_the_day_of_the_year(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)
    season = Calendar((0,), ("day_of_season",)).transform(np.array([[moment.timestamp()]]))[0, 0]
    apart = abs(season - (moment.timetuple().tm_yday - 1))
    assert min(apart, 365.2425 - apart) <= 1.5


@given(st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=20), st.booleans())
def test_graph_gives_what_numpy_gives(values: list[tuple[float, float]], cyclic: bool) -> None:
    numbers = np.array(values)
    calendar = Calendar((1, 0, 1), PARTS, cyclic)
    expected = calendar.transform(numbers)
    np.testing.assert_allclose(emitted(calendar, numbers), expected, rtol=0, atol=1e-12)


@given(st.lists(HOSTILE, min_size=1, max_size=20))
def test_parts_stay_within_their_period_or_are_missing(values: list[float]) -> None:
    parts = Calendar((0, 0, 0), PARTS).transform(np.array(values)[:, None])
    inside = (parts >= 0) & (parts < [1440, 7, 365.2425])
    assert np.all(inside | np.isnan(parts))


def test_waves_of_a_missing_time_are_zero_and_of_midnight_one_turn() -> None:
    calendar = Calendar((0,), ("minute_of_day",), cyclic=True)
    assert calendar.transform(np.array([[np.nan]])).tolist() == [[0, 0, 0, 0]]
    np.testing.assert_allclose(calendar.transform(np.array([[21_600.0]])), [[1, 0, 0, -1]], atol=1e-15)


def test_season_only_where_a_year_was_seen() -> None:
    short = np.array([[0.0], [YEAR - 60]])
    long = np.array([[0.0], [YEAR + 60]])
    assert Calendar.fit(short, (0,), cyclic=False).parts == ("minute_of_day", "day_of_week")
    assert Calendar.fit(long, (0,), cyclic=False).parts == PARTS


def test_days_without_a_time_of_day_have_no_minutes() -> None:
    dates = np.arange(0.0, 10.0)[:, None] * 86_400
    assert Calendar.fit(dates, (0,), cyclic=False).parts == ("day_of_week",)


@pytest.mark.parametrize("cyclic", [False, True])
def test_every_feature_has_a_name(cyclic: bool) -> None:
    calendar = Calendar((0, 1), ("minute_of_day", "day_of_week"), cyclic)
    names = calendar.names(("left", "came back"))
    assert len(set(names)) == len(names) == calendar.width
    assert names[0].endswith("left minute_of_day")
