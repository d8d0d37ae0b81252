from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from matplotlib import pyplot as plt
from scipy import stats
from tests.explore.tables import measured, penguins

from interlock.explore.completeness import Completeness, Pattern, completeness


def _of(table: pa.Table) -> Completeness:
    return completeness(measured(table)[0])


def test_rows_are_counted_by_their_gaps_as_pandas_counts_them() -> None:
    frame = penguins().to_pandas()
    found = _of(penguins())
    expected = frame.isna().sum(axis=1).value_counts()
    assert dict(enumerate(found.rows)) == {gaps: expected.get(gaps, 0) for gaps in range(len(found.rows))}
    assert sum(found.rows) == found.n == 344


def test_patterns_are_the_columns_that_are_missing_together() -> None:
    frame = penguins().to_pandas().isna()
    expected = frame[frame.any(axis=1)].value_counts()
    found = _of(penguins())
    assert [each.rows for each in found.patterns] == expected.tolist()
    names = [
        tuple(name for name, gone in zip(frame.columns, key, strict=True) if gone) for key in expected.index
    ]
    assert {each.columns for each in found.patterns} == set(names)
    assert found.patterns[0] in {Pattern(name, rows) for name, rows in zip(names, expected, strict=True)}


def test_nan_is_missing_and_infinity_is_not() -> None:
    assert _of(pa.table({"x": [1.0, float("nan"), float("inf")], "y": [1, 2, 3]})).rows == (2, 1)


def test_a_table_without_gaps_is_complete() -> None:
    found = _of(pa.table({"x": [1, 2, 3]}))
    assert (found.rows, found.patterns) == ((3,), ())
    assert found.complete.value == 1.0


def test_the_share_of_complete_rows_has_wilsons_interval() -> None:
    found = Completeness(100, (90, 10), (Pattern(("x",), 10),))
    low, high = stats.binomtest(90, 100).proportion_ci(method="wilson")
    assert (found.complete.low, found.complete.high) == pytest.approx((low, high))


def test_the_picture_adds_up_what_misses_many() -> None:
    chart = Completeness(40, (1, 2, 3, 4, 5, 6, 7, 1, 1, 4, 6), ()).picture
    assert chart.labels[0] == "complete"
    assert chart.labels[-1] == "more than 8"
    assert sum(chart.values) == pytest.approx(1.0)
    assert chart.values[-1] == 10 / 40
    assert Completeness(3, (3,), ()).plot().get_xlabel() == "share of rows"
    plt.close("all")


def test_a_wide_table_is_counted_too() -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(200, 300))
    gone = rng.random((200, 300)) < 0.01
    table = pa.table({f"c{i}": pa.array(data[:, i], mask=gone[:, i]) for i in range(300)})
    assert _of(table).rows == tuple(np.bincount(gone.sum(axis=1)))
