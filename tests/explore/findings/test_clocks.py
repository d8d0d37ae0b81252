from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.explore.tables import measured

from interlock.explore.findings.clocks import clocks, order
from interlock.explore.findings.finding import Finding
from interlock.table import open_table
from interlock.table.profiling import profile

HOUR, DAY = 3600.0, 86_400.0
NOW = 1_750_000_000.0


def _found(at: Any, **declared: Any) -> list[Finding]:
    table = pa.table({"at": at})
    sample, contract, _ = measured(table, **declared)
    return list(clocks(profile(open_table(table)), sample, contract, NOW))


def test_a_clock_that_goes_back_is_told_with_how_far() -> None:
    moments = np.arange(2000.0) * 60.0
    moments[900:] -= HOUR
    (found,) = order("at", moments, "all rows")
    assert found.sentence.startswith("The clock `at` goes back once, by 59 minutes, where rows are in order")
    assert found.effect == pytest.approx(1 / 1999)
    moments[900:] -= 60.0
    (found,) = order("at", moments, "all rows")
    assert "by 1 hour" in found.sentence
    assert "The end of summer time looks like this." in found.sentence
    (back,) = order("at", moments[::-1], "all rows")
    assert back.effect == found.effect


def test_rows_in_order_or_in_none_have_no_wrong_clock() -> None:
    rng = np.random.default_rng(0)
    assert list(order("at", np.arange(500.0), "")) == []
    assert list(order("at", np.arange(500.0)[::-1].copy(), "")) == []
    assert list(order("at", np.full(500, 7.0), "")) == []
    assert list(order("at", rng.random(500), "")) == []
    # Several series one after another go back, but each time by nearly all of it.
    assert list(order("at", np.tile(np.arange(200.0), 3), "")) == []


def test_rows_later_than_now_are_counted() -> None:
    at = np.full(100, int((NOW - DAY) * 1e6))
    at[:3] = int((NOW + 500 * DAY) * 1e6)
    found = _found(pa.array(at, pa.timestamp("us")), time="at")
    assert [each.kind for each in found] == ["clock"]
    assert found[0].sentence.startswith("`at` is later than now in 3 % of its values, up to 2026-10-28")
    assert found[0].low < 0.03 < found[0].high
    assert found[0].severity == 0.6
    assert _found(pa.array(at[3:], pa.timestamp("us")), time="at") == []


@pytest.mark.parametrize("unit", ["s", "us"])
def test_the_ends_of_the_calendar_break_nothing(unit: str) -> None:
    ends = np.array(["0001-01-01", "9999-12-31T23:59:59"], "datetime64[s]").astype(f"datetime64[{unit}]")
    found = _found(pa.array(np.repeat(ends, 50)), time="at")
    assert [each.kind for each in found] == ["clock"]
    assert "9999-12-31 23:59" in found[0].sentence


def test_nulls_and_single_rows_say_nothing() -> None:
    assert _found(pa.array([None] * 30, pa.timestamp("us"))) == []
    assert _found(pa.array([0], pa.timestamp("us"))) == []
