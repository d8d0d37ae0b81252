from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from numpy.typing import NDArray

from interlock.explore.findings.summer_time import summer_time


def _local(zone: str, years: int, keep: float = 1.0) -> NDArray[np.float64]:
    """Hours of some years as a clock on the wall shows them, stored without a zone."""
    start, rng = datetime(2014, 1, 1, tzinfo=UTC), np.random.default_rng(0)
    hours = [start + timedelta(hours=hour) for hour in range(years * 8766) if rng.random() < keep]
    walls = [each.astimezone(ZoneInfo(zone)).replace(tzinfo=UTC) for each in hours]
    return np.array([each.timestamp() for each in walls])


@pytest.mark.parametrize(
    ("zone", "named"),
    [
        ("America/New_York", "the United States"),
        ("Europe/Berlin", "Central Europe"),
        ("Europe/London", "the United Kingdom"),
    ],
)
def test_local_time_is_recognised(zone: str, named: str) -> None:
    (found,) = summer_time("at", _local(zone, 4), "all rows")
    assert f"that {named} skips when summer time begins, on any of 4 days" in found.sentence
    assert (found.effect, found.n) == (1.0, 4)
    assert found.sentence.endswith("one comes twice (it has 2 times the rows).")


def test_hours_that_were_made_unique_are_local_time_as_well() -> None:
    (found,) = summer_time("at", np.unique(_local("Europe/Berlin", 4)), "all rows")
    assert found.sentence.endswith("and one comes twice.")


def test_a_sample_of_the_rows_will_do() -> None:
    (found,) = summer_time("at", _local("America/New_York", 5, keep=0.8), "a sample")
    assert "the United States" in found.sentence


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_a_clock_that_is_never_changed_is_not_local_time(zone: str) -> None:
    assert list(summer_time("at", _local(zone, 4), "all rows")) == []


def test_thin_rows_and_closed_nights_are_no_evidence() -> None:
    assert list(summer_time("at", _local("America/New_York", 4, keep=0.05), "")) == []
    moments = _local("America/New_York", 4)
    assert list(summer_time("at", moments[moments // 3600 % 24 > 6], "")) == []
    assert list(summer_time("at", np.array([-6.2e10, 2.5e11] * 20), "")) == []


@pytest.mark.slow
def test_chance_empties_the_skipped_hours_as_seldom_as_it_may() -> None:
    rng, told = np.random.default_rng(1), 0
    hours = np.arange(3.0 * 8766) * 3600.0 + 1.4e9
    for _ in range(500):
        told += bool(list(summer_time("at", hours[rng.random(len(hours)) < 0.5], "")))
    assert told <= 0.02 * 500
