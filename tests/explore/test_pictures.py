from __future__ import annotations

import numpy as np
import pyarrow as pa
from tests.explore.tables import measured, sklearn_table

from interlock.explore import explore
from interlock.explore.pictures import column_picture, drawn_edges, finding_picture, strengths
from interlock.profile import ColumnProfile
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


def test_whole_numbers_have_a_bar_each() -> None:
    svg = column_picture(_profile([1, 2, 2, 3, 3, 3]))
    assert svg.count('class="bar"') == 3
    assert 'height="56.0"' in svg
    assert ">1<" in svg
    assert ">3<" in svg


def test_categories_and_booleans_are_bars_with_their_shares() -> None:
    assert "75 %" in column_picture(_profile(["a", "a", "a", "b"]))
    assert ">true<" in column_picture(_profile([True, False]))
    assert ">(empty)<" in column_picture(_profile([""]))


def test_times_are_written_as_dates() -> None:
    svg = column_picture(_profile(pa.array([0, 86_400_000_000], pa.timestamp("us"))))
    assert ">1970-01-01<" in svg
    assert ">1970-01-02<" in svg


def test_a_column_without_values_has_no_picture() -> None:
    assert column_picture(_profile(pa.array([None, None], pa.float64()))) == ""


def test_strengths_are_shown_in_their_order_with_their_intervals() -> None:
    table, _, _ = sklearn_table("wine")
    found = sorted(measured(table, target="target")[2].values(), key=lambda each: -each.strength)
    chart = strengths(found, most=5)
    assert chart.labels == tuple(each.column for each in found[:5])
    assert all(
        low <= value <= high for low, value, high in zip(chart.low, chart.values, chart.high, strict=True)
    )


def test_a_finding_is_shown_by_what_it_is_about() -> None:
    rng = np.random.default_rng(1)
    y = rng.random(2000) < 0.5
    gone = pa.array(rng.normal(size=2000), mask=y & (rng.random(2000) < 0.5))
    found = explore(pa.table({"x": y + rng.normal(size=2000), "gone": gone, "y": y}), target="y")
    pictures = {
        (each.kind, each.columns[0]): finding_picture(
            each, found.profile, found.relations, found.associations
        )
        for each in found.findings
    }
    assert pictures["association", "x"].count('class="bar"') == 10
    assert "<circle" in pictures["association", "gone"]
    assert 'class="track"' in pictures["missing", "gone"]
