from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa

from interlock.explore import explore
from interlock.explore.pictures import column_picture, finding_picture
from interlock.profile import ColumnProfile
from interlock.report import Intervals
from interlock.table import values


def _profile(array: object) -> ColumnProfile:
    return ColumnProfile.of(values(pa.array(array)))


def test_whole_numbers_have_a_bar_each() -> None:
    svg = column_picture(_profile([1, 2, 2, 3, 3, 3]))
    assert svg.count("<path") == 3
    assert " 0h" in svg  # the highest reaches the top
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


def test_a_finding_is_shown_by_what_it_is_about() -> None:
    rng = np.random.default_rng(1)
    y = rng.random(2000) < 0.5
    gone = pa.array(rng.normal(size=2000), mask=y & (rng.random(2000) < 0.5))
    level = np.where(rng.random(2000) < 0.8, np.where(y ^ (rng.random(2000) < 0.2), "a", "b"), "c")
    table = pa.table({"x": y + rng.normal(size=2000), "gone": gone, "level": level, "y": y})
    found = explore(table, target="y")
    pictures = {(each.kind, each.columns[0]): finding_picture(each.picture) for each in found.findings}
    assert pictures["association", "x"].count("<path") == 10
    assert ">missing<" in pictures["association", "gone"]
    assert ">b<" in pictures["association", "level"]
    assert ">present<" in pictures["missing", "gone"]


def test_means_are_written_as_numbers_and_shares_as_percentages() -> None:
    picture = Intervals(
        title="t", labels=("a", "b"), values=(0.2, 0.3), low=(0.1, 0.2), high=(0.3, 0.4), x_title="mean of y"
    )
    assert ">0.2<" in finding_picture(picture)
    assert ">20 %<" in finding_picture(dataclasses.replace(picture, x_title="share of rows"))
    assert finding_picture(None) == ""
