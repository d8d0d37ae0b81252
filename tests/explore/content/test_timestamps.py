from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.explore.tables import measured

from interlock.explore import explore
from interlock.explore.content.page import content_part
from interlock.explore.content.timestamps import Timestamps, timestamps


def _found(at: Any) -> Timestamps:
    sample, contract, _ = measured(pa.table({"at": at}))
    (found,) = timestamps(sample, contract, {})
    return found


@given(st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), min_size=1, max_size=50))  # noqa: DTZ001
def test_the_calendar_agrees_with_python(times: list[datetime]) -> None:
    found = _found(pa.array(times, pa.timestamp("us")))
    assert found.n == len(times)
    for hour in range(24):
        assert found.hours[hour] == sum(each.hour == hour for each in times)
    for day in range(7):
        assert found.weekdays[day] == sum(each.weekday() == day for each in times)
    for month in range(12):
        assert found.months[month] == sum(each.month == month + 1 for each in times)
    assert found.different == len(set(times))
    assert found.first == min(times).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("seconds", "resolution"),
    [(86_400.0, "day"), (3600.0, "hour"), (1800.0, "minute"), (7.0, "second"), (0.25, "finer")],
)
def test_the_resolution_is_the_coarsest_that_loses_nothing(seconds: float, resolution: str) -> None:
    at = (np.arange(40) * seconds * 1e6).astype("datetime64[us]")
    found = _found(at)
    assert (found.resolution, found.step, found.even) == (resolution, seconds, 1.0)
    assert (found.order, found.back) == ("rising", 0)


def test_steps_against_the_order_are_counted() -> None:
    seconds = np.arange(200)
    seconds[100] = 98
    found = _found(seconds.astype("datetime64[s]"))
    assert (found.order, found.back) == ("mostly rising", 1)
    assert _found(seconds[::-1].astype("datetime64[s]").copy()).order == "mostly falling"
    assert _found(np.random.default_rng(0).permutation(seconds).astype("datetime64[s]")).order == "none"


def test_text_with_several_offsets_is_read_as_times() -> None:
    start = datetime(2024, 3, 1, tzinfo=UTC)
    times = [(start + timedelta(hours=hour)).isoformat() for hour in range(30)]
    moved = [each.replace("+00:00", "+02:00") for each in times[:10]]
    bare = [each.removesuffix("+00:00") for each in times[:5]]
    found = _found(pa.array(times + moved + bare))
    assert found.offsets == (("+00:00", 30), ("+02:00", 10), ("", 5))
    assert found.first == start.timestamp() - 7200
    assert found.n == 45


@pytest.mark.parametrize(
    "texts", [["JFK", "EWR"], ["2024", "20240101"], ["2024-13-45"] * 3, [""], [None, "x"]]
)
def test_other_text_is_not(texts: list[str]) -> None:
    sample, contract, _ = measured(pa.table({"at": pa.array(texts, pa.string())}))
    assert list(timestamps(sample, contract, {})) == []


def test_shares_are_drawn_against_an_even_spread() -> None:
    found = _found((np.arange(48) * 3600).astype("datetime64[s]"))
    assert found.by_hour.baseline == 1 / 24
    assert found.by_hour.values == (2 / 48,) * 24
    assert sum(found.by_weekday.values) == pytest.approx(1)
    assert found.by_weekday.n == 48


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_the_zone_is_named_in_the_report(zone: str | None) -> None:
    at = pa.array(range(0, 30 * 7200, 7200), pa.timestamp("s", zone))
    found = explore(pa.table({"at": at}))
    assert found.content.timestamps[0].zone == (zone or "")
    text = content_part(found.content)
    assert ("Stored with the zone Europe/Berlin" if zone else "Without a time zone.") in text
    assert "30 different times in 30 rows; 100 % of the steps between them are 2 hours." in text
    assert "The rows are in rising order." in text


def test_what_is_even_is_said_and_not_drawn() -> None:
    hours = explore(pa.table({"at": (np.arange(24 * 70) * 3600).astype("datetime64[s]")})).content
    text = content_part(hours)
    assert "The rows are spread evenly over the weekdays and hours." in text
    assert "figure" not in text
    nights = explore(pa.table({"at": (np.arange(70) * 86_400 + 7200).astype("datetime64[s]")})).content
    assert content_part(nights).count('<figure class="chart"') == 1


def test_the_ends_of_the_calendar_are_shown() -> None:
    ends = np.array(["0001-01-01", "9999-12-31"], "datetime64[s]")
    text = content_part(explore(pa.table({"at": np.repeat(ends, 20), "x": np.arange(40)})).content)
    assert "From 0001-01-01 to 9999-12-31" in text


def test_columns_without_times_have_no_section() -> None:
    assert content_part(explore(pa.table({"x": [1, 2, 3]})).content) == ""
    none = pa.array([None] * 5, pa.timestamp("us"))
    assert content_part(explore(pa.table({"at": none, "x": range(5)})).content) == ""
