from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats

from interlock.explore.statistics.compare import compare
from interlock.report.values import Intervals

mpl.use("Agg")
A, B = np.array([1.0, 2, 3, 4, 9]), np.array([4.0, 5, 6, 9, 11, 12])


def test_groups_are_described_with_their_own_intervals() -> None:
    first, second = compare(A, B, names=["old", "new"]).groups
    assert (first.name, first.n, first.mean, first.median) == ("old", 5, 3.8, 3.0)
    assert first.sd == pytest.approx(A.std(ddof=1))
    low, high = stats.t.interval(0.95, 5, B.mean(), stats.sem(B))
    assert (second.low, second.high) == pytest.approx((low, high))


def test_the_picture_holds_what_was_computed() -> None:
    found = compare({"y": [*A, *B], "g": ["a"] * 5 + ["b"] * 6}, value="y", by="g")
    picture = found.picture
    assert isinstance(picture, Intervals)
    assert picture.title == "Does y differ by g (a, b)?"
    assert (picture.n, picture.counts, picture.x_title) == (11, (5, 6), "mean of y")
    assert picture.values == tuple(each.mean for each in found.groups)
    assert picture.low == tuple(each.low for each in found.groups)


def test_the_picture_of_pairs_is_their_difference_beside_zero() -> None:
    picture = compare(A, B[:5], paired=True).picture
    assert isinstance(picture, Intervals)
    assert picture.labels == ("first − second",)
    assert picture.baseline == 0.0


def test_the_picture_of_categories_is_the_level_that_differs_most() -> None:
    picture = compare({"a": ["x"] * 9 + ["y"], "b": ["x"] * 2 + ["y"] * 4 + ["z"] * 4}).picture
    assert picture.x_title == "share of value = x"
    assert isinstance(picture, Intervals)
    assert picture.values == (0.9, 0.2)


def test_every_result_draws_itself_empty_groups_too() -> None:
    for data in ((A, B), ([], B), ([3.0], B), (A > 2, B > 5), (["x", "y"], ["x"]), ([], [])):
        axes = compare(*data).plot()
        assert axes.get_title(loc="left").startswith("Do the values differ")
        plt.close(axes.figure)


def test_checks_of_concern_are_named_in_the_text() -> None:
    found = compare(A, B)
    assert found.text.endswith("Mind the checks: rows.") or "Mind the checks: rows," in found.text
    assert found.concerns[0].startswith("Few values (first 5, second 6)")
