from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter
from tests.datasets import load
from tests.explore.tables import measured

from interlock.explore import explore
from interlock.explore.findings.finding import Finding
from interlock.explore.findings.over_time import over_time
from interlock.report import Lines

START = np.datetime64("2015-01-05T00:00:00", "us")


def _found(table: Any, **declared: Any) -> list[Finding]:
    sample, contract, by_column = measured(table, **declared)
    return list(over_time(sorted(by_column.values(), key=lambda each: -each.strength), sample, contract))


def _every(hours: float, n: int) -> NDArray[np.datetime64]:
    step = np.timedelta64(int(hours * 3600), "s").astype("timedelta64[us]")
    return np.asarray(START + np.arange(n) * step)


def _noise(rng: np.random.Generator, n: int, phi: float = 0.0) -> NDArray[np.float64]:
    noise: NDArray[np.float64] = lfilter([1], [1, -phi], rng.normal(size=n + 200))[200:]
    return noise


def _kinds(found: list[Finding]) -> list[tuple[str, str]]:
    return [(each.kind, each.columns[0]) for each in found]


def test_growth_is_told_per_year() -> None:
    n, rng = 4 * 365, np.random.default_rng(0)
    years = np.arange(n) / 365.2425
    season = 3 * np.sin(2 * np.pi * years)
    table = pa.table({"at": _every(24, n), "y": 50 + 2.5 * years + season + _noise(rng, n, 0.5)})
    found = {each.kind: each for each in _found(table, target="y", time="at")}
    assert found["trend"].low < 2.5 < found["trend"].high
    assert found["trend"].high - found["trend"].low < 0.5
    assert found["trend"].sentence.startswith("The mean of `y` grows by 2.")
    assert "a year" in found["trend"].sentence
    assert "cosine long-run variance" in found["trend"].method
    assert "break" not in found
    shown = found["trend"].picture
    assert isinstance(shown, Lines)
    assert shown.time
    assert len(shown.x) <= 60


def test_what_a_season_could_explain_is_said_to_be_so() -> None:
    n, rng = 24 * 200, np.random.default_rng(1)
    late = rng.random(n) < np.linspace(0.2, 0.5, n)
    found = _found(pa.table({"at": _every(1, n), "late": late}), target="late", time="at")
    assert _kinds(found) == [("trend", "late")]
    assert "less than two years cannot tell growth from a season" in found[0].sentence
    assert found[0].sentence.startswith("The share of `late` = true grows by ")
    assert found[0].low < 0.3 < found[0].high


def test_a_slope_beside_a_step_back_is_no_growth() -> None:
    n, rng = 364, np.random.default_rng(3)  # one year of late flights: they rise till August, and fall back
    level = np.where(np.arange(n) < 225, 20 * np.arange(n) / 225, 0.0)
    found = _found(pa.table({"at": _every(24, n), "y": level + _noise(rng, n) * 2}), target="y", time="at")
    assert "trend" not in {each.kind for each in found if each.columns == ("y",)}


def test_a_jump_is_dated() -> None:
    n, rng = 400, np.random.default_rng(2)
    y = _noise(rng, n, 0.4) + 3.0 * (np.arange(n) >= 250)
    found = _found(pa.table({"at": _every(24, n), "y": y}), target="y", time="at")
    assert _kinds(found) == [("break", "y")]
    assert found[0].low < 3 < found[0].high
    day = found[0].sentence.split(" around ")[1].split(":")[0]
    assert abs(np.datetime64(day) - np.datetime64("2015-09-12")) <= np.timedelta64(2, "D")
    assert "jumps up by" in found[0].sentence
    assert " beside trend and season around " in found[0].sentence
    assert found[0].sentence.endswith(" after, trend and season included.")


def test_a_curve_is_no_break() -> None:
    n, rng = 400, np.random.default_rng(3)
    y = _noise(rng, n) + 4 * np.sin(np.linspace(0, np.pi, n))
    found = _found(pa.table({"at": _every(24, n), "y": y}), target="y", time="at")
    assert "break" not in [each.kind for each in found]


def test_more_rows_come_by_day_and_on_workdays() -> None:
    rng = np.random.default_rng(4)
    days = rng.choice(140, 20_000, p=np.tile([1, 1, 1, 1, 1, 0.3, 0.3], 20) / (20 * 5.6))
    seconds = np.clip(rng.normal(14 * 3600, 2 * 3600, 20_000), 0, 86_399)
    at = START + (days * 86_400 + seconds).astype("timedelta64[s]")
    found = _found(pa.table({"at": at.astype("datetime64[us]")}))
    assert [each.kind for each in found] == ["seasonality", "seasonality"]
    hour, weekday = found
    assert "highest at 1" in hour.sentence
    assert "(0 rows)" in hour.sentence
    assert "follows the day of the week: highest on" in weekday.sentence
    assert "lowest on S" in weekday.sentence
    # 20,000 rows in 20 weeks of 5.6 full days: 179 rows on a workday, 54 on a day of the weekend.
    assert weekday.low < 0.7 * 20_000 / (20 * 5.6) < weekday.high


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", ""])
def test_hours_are_those_of_the_columns_zone_and_it_is_said(zone: str) -> None:
    n, rng = 24 * 120, np.random.default_rng(7)
    stored = pa.array(_every(1, n)).cast(pa.timestamp("us", zone) if zone else pa.timestamp("us"))
    hours = np.array([(START + np.timedelta64(place, "h")).astype(object).hour for place in range(n)])
    if zone == "America/New_York":  # from January to May, summer time from March 8th at 7:00 UTC on
        hours = (hours - np.where(stored.to_numpy() < np.datetime64("2015-03-08T07"), 5, 4)) % 24
    y = 3.0 * (hours == 18) - 3.0 * (hours == 4) + rng.normal(size=n)
    found = explore(pa.table({"at": stored, "y": y}), target="y", time="at").findings
    (season,) = [each for each in found if each.kind == "seasonality"]
    name = f"hour of the day ({zone})" if zone else "hour of the day"
    assert season.sentence.startswith(f"`y` follows the {name}: highest at 18:00 (")
    assert ", lowest at 4:00 (" in season.sentence
    assert isinstance(season.picture, Lines)
    assert season.picture.x_title == name


def test_the_clock_and_the_calendar_are_no_news() -> None:
    n, rng = 24 * 365 * 3, np.random.default_rng(5)
    at = _every(1, n)
    hour = np.arange(n) % 24
    y = hour + rng.normal(size=n)
    columns = {
        "at": at,
        "hour": hour,
        "row": np.arange(n),
        "month": at.astype("datetime64[M]").astype(int) % 12,
    }
    found = _found(pa.table({**columns, "y": y}), target="y", time="at")
    assert _kinds(found) == [("seasonality", "y")]


def test_an_input_that_breaks_is_named() -> None:
    n, rng = 24 * 400, np.random.default_rng(6)
    x = _noise(rng, n) + 2.0 * (np.arange(n) >= n // 3)
    y = _noise(rng, n) + np.where(np.arange(n) >= n // 3, x - 2.0, x)
    found = _found(pa.table({"at": _every(1, n), "x": x, "y": y}), target="y", time="at")
    assert ("break", "x") in _kinds(found)
    assert ("break", "y") not in _kinds(found)


def test_a_feed_that_begins_to_fail_is_dated() -> None:
    n, rng = 24 * 300, np.random.default_rng(10)
    gone = rng.random(n) < np.where(np.arange(n) < 24 * 200, 0.02, 0.4)
    table = pa.table({"at": _every(1, n), "x": pa.array(rng.normal(size=n), mask=gone), "y": _noise(rng, n)})
    (found,) = _found(table, target="y", time="at")
    assert (found.kind, found.columns) == ("break", ("x",))
    assert found.sentence.startswith("The share of rows without `x` jumps up by 3")
    assert " around 2015-07-2" in found.sentence
    assert found.low < 0.38 < found.high


def test_without_a_time_nothing_is_said() -> None:
    n, rng = 300, np.random.default_rng(7)
    y = np.arange(n) + rng.normal(size=n)
    assert _found(pa.table({"x": np.arange(n), "y": y}), target="y") == []
    two = {"start": _every(24, n), "end": _every(24, n), "y": y}
    assert _found(pa.table(two), target="y") == []


@pytest.mark.parametrize(
    "at",
    [
        pa.array([None] * 40, pa.timestamp("us")),
        pa.array([0] * 40, pa.timestamp("us")),
        pa.array([0], pa.timestamp("us")),
        pa.array([-62135596800, 253402300799] * 20, pa.timestamp("s")),
        pa.array([*range(0, 39 * 86_400, 86_400), None], pa.timestamp("s")),
    ],
)
def test_hostile_times_say_nothing(at: Any) -> None:
    y = pa.array(np.random.default_rng(8).normal(size=len(at)))
    assert _found(pa.table({"at": at, "y": y})) == []
    if len(at) > 1:
        infinite = pa.array([np.inf, -np.inf, np.nan, *np.linspace(1, 2, len(at) - 3)])
        assert _found(pa.table({"at": at, "x": infinite, "y": y}), target="y", time="at") == []


def test_a_few_wrong_dates_do_not_hide_the_rest() -> None:
    n, rng = 2000, np.random.default_rng(9)
    at = _every(24, n).copy()
    at[[5, 700]] = np.array(["0001-01-01", "9999-12-31"], "datetime64[us]")
    found = _found(pa.table({"at": at, "y": np.arange(n) / 200 + rng.normal(size=n)}), target="y", time="at")
    assert ("trend", "y") in _kinds(found)


@pytest.mark.parametrize(
    ("days", "step", "cycle"), [(20, 1, 24), (60, 1, 24), (120, 24, 168), (600, 24, 8766), (2000, 24, 8766)]
)
def test_a_season_is_no_trend_and_no_break(days: int, step: int, cycle: float) -> None:
    told = 0
    for seed in range(20):
        rng, hours = np.random.default_rng(seed), np.arange(days * 24 // step) * step
        y = 10 * np.sin(2 * np.pi * (hours / cycle + rng.random())) + rng.normal(size=len(hours))
        found = _found(pa.table({"at": _every(step, len(hours)), "y": y}), target="y", time="at")
        told += bool({"trend", "break"} & {each.kind for each in found})
    assert told <= 2


def _white(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return _noise(rng, n)


def _remembering(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    return _noise(rng, n, 0.7)


@pytest.mark.slow
@pytest.mark.parametrize("make", [_white, _remembering])
@pytest.mark.parametrize(("hours", "n"), [(24, 120), (24, 1500), (1, 2000), (168, 150), (730.5, 120)])
def test_noise_moves_in_at_most_one_of_twenty_tables(make: Callable[..., Any], hours: float, n: int) -> None:
    reported, runs = 0, 200
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        columns = {name: make(rng, n) for name in ("y", "a", "b")}
        columns["c"] = pa.array(make(rng, n), mask=make(rng, n) > 1)
        reported += bool(_found(pa.table({"at": _every(hours, n), **columns}), target="y", time="at"))
    assert reported <= 0.05 * runs


@pytest.mark.slow
def test_the_rented_bicycles_grow_and_have_seasons() -> None:
    found = explore(load("bike_hourly"), target="count", time="ts").findings
    told = {(each.kind, each.columns): each for each in found}
    assert told["trend", ("count",)].low > 10
    seasons = [each.sentence for each in found if each.kind == "seasonality" and each.columns == ("count",)]
    assert any("hour of the day: highest at 18:00" in sentence for sentence in seasons)
    assert any("month of the year" in sentence and "lowest in January" in sentence for sentence in seasons)


@pytest.mark.slow
def test_the_employed_stay_calm() -> None:
    found = explore(load("employment_ma"), target="employed").findings
    assert not [each for each in found if each.kind in ("trend", "break", "seasonality", "clock", "gap")]
