import numpy as np
import pytest
from scipy import stats

from interlock.contract import Column, Contract
from interlock.develop.trend import clocks

COLUMNS = tuple(
    Column(name, kind)  # type: ignore[arg-type]
    for name, kind in (("month", "integer"), ("meter", "number"), ("hour", "integer"), ("at", "timestamp"))
)


def test_columns_that_go_with_time_are_found() -> None:
    time = np.linspace(0, 270 * 86_400, 5000)
    month = np.floor(time / (30 * 86_400))
    numbers = np.stack([month, -time - 5, time // 3600 % 24, time], axis=1)
    found = clocks(numbers, time, Contract(COLUMNS))
    assert [(clock.place, clock.name) for clock in found] == [(0, "month"), (1, "meter")]
    assert found[0].correlation == pytest.approx(stats.spearmanr(month, time).statistic)
    assert found[1].correlation == pytest.approx(-1)


def test_missing_values_constants_and_few_rows_are_no_clocks() -> None:
    time = np.arange(50.0)
    numbers = np.stack([np.where(time < 48, np.nan, time), np.full(50, 3.0), time % 2, time], axis=1)
    assert clocks(numbers, time, Contract(COLUMNS)) == ()
    assert clocks(numbers, np.full(50, np.nan), Contract(COLUMNS)) == ()


def test_a_season_within_a_long_table_is_no_clock() -> None:
    time = np.linspace(0, 5 * 365 * 86_400, 50_000)
    numbers = np.stack([time // (30 * 86_400) % 12, np.zeros(50_000), np.zeros(50_000), time], axis=1)
    assert clocks(numbers, time, Contract(COLUMNS)) == ()
