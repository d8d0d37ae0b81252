from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from tests.explore.tables import measured, sklearn_table

from interlock.explore.charts import column_chart, drawn_edges, share_bars, strengths
from interlock.profile import ColumnProfile
from interlock.report import Bars, Distribution
from interlock.table import values


def _profile(array: object) -> ColumnProfile:
    return ColumnProfile.of(values(pa.array(array)))


def test_a_histogram_shows_all_of_a_short_range_and_the_bulk_of_a_long_one() -> None:
    short = np.random.default_rng(0).uniform(size=5000)
    edges = drawn_edges(_profile(short))
    assert (edges[0], edges[-1]) == (short.min(), short.max())
    normal = np.random.default_rng(0).normal(size=5000)
    heavy = _profile(np.append(normal, [1e6, -1e6]))
    edges = drawn_edges(heavy)
    assert -10 < edges[0] < edges[-1] < 10
    assert heavy.cdf(edges[-1]) - heavy.cdf(edges[0]) > 0.99


def test_strengths_are_shown_in_their_order_with_their_intervals() -> None:
    table, _, _ = sklearn_table("wine")
    found = sorted(measured(table, target="target")[2].values(), key=lambda each: -each.strength)
    chart = strengths(found, most=5)
    assert chart.labels == tuple(each.column for each in found[:5])
    assert all(
        low <= value <= high for low, value, high in zip(chart.low, chart.values, chart.high, strict=True)
    )


def test_the_rows_that_a_histogram_does_not_show_are_counted() -> None:
    chart = column_chart("x", _profile(np.append(np.random.default_rng(0).normal(size=5000), [1e6, -1e6])))
    assert isinstance(chart, Distribution)
    assert sum(chart.counts) + chart.outside == pytest.approx(5002)
    assert chart.outside >= 2


def test_times_are_in_seconds_and_levels_are_shares_of_what_is_there() -> None:
    times = column_chart("t", _profile(pa.array([0, 86_400_000_000], pa.timestamp("us"))))
    assert isinstance(times, Distribution)
    assert times.time
    assert (times.left[0], times.right[-1]) == pytest.approx((0, 86_400), abs=1)
    levels = column_chart("g", _profile(pa.array(["a", "a", "", None])))
    assert isinstance(levels, Bars)
    assert dict(zip(levels.labels, levels.values, strict=True)) == pytest.approx(
        {"a": 2 / 3, "(empty)": 1 / 3}
    )
    assert column_chart("n", _profile(pa.array([None], pa.float64()))) is None


def test_shares_lie_in_their_intervals() -> None:
    bars = share_bars("t", {"a": 1, "b": 0, "c": 9}, 10, even=0.5)
    assert all(a <= b <= c for a, b, c in zip(bars.low, bars.values, bars.high, strict=True))
    assert (bars.n, bars.baseline, bars.x_title) == (10, 0.5, "share of rows")
