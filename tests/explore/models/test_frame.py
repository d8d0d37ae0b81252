from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from interlock.errors import InputError
from interlock.explore.models.frame import labels_of, read


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array([1, -2], pa.int8()), [1, -2]),
        (pa.array([True, False]), [1, 0]),
        (pa.array([Decimal("1.25"), Decimal("-2.50")]), [1.25, -2.5]),
        (pa.array([0.1, 0.2], pa.float32()), [float(np.float32(0.1)), float(np.float32(0.2))]),
        (pa.array([dt.date(1970, 1, 2), dt.date(2020, 1, 1)]), [1, 18262]),
        (pa.array([129_600, -86_400], pa.timestamp("s")), [1.5, -1]),
        (pa.array([2**63, 5], pa.uint64()), [2.0**63, 5]),
    ],
)
def test_every_kind_of_number_is_double(array: Any, expected: list[float]) -> None:
    values = read(pa.table({"x": array}), ["x"]).frame.columns["x"].numbers
    assert values.dtype == np.float64
    assert values.tolist() == expected


@pytest.mark.parametrize("wrap", [pd.DataFrame, pl.DataFrame, pa.table])
def test_any_library_gives_the_same(wrap: Any) -> None:
    frame = read(wrap({"x": [1.5, 2.5], "g": ["b", "a"]}), ["x", "g"]).frame
    assert frame.columns["x"].numbers.tolist() == [1.5, 2.5]
    assert frame.columns["g"].levels == ("a", "b")
    assert frame.columns["g"].codes.tolist() == [1, 0]


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,g\n1,a\n2,b\n")
    assert read(tmp_path / "t.csv", ["x"]).frame.columns["x"].numbers.tolist() == [1, 2]


def test_the_order_of_a_categorys_dictionary_does_not_matter() -> None:
    category = pd.Categorical(["b", "a", "b"], categories=["c", "b", "a"], ordered=True)
    column = read(pd.DataFrame({"g": category}), ["g"]).frame.columns["g"]
    assert (column.codes.tolist(), column.levels) == ([1, 0, 1], ("a", "b"))


def test_missing_rows_are_counted_by_column() -> None:
    table = pa.table({"x": [1.0, None, float("nan"), 4.0], "g": ["a", None, "b", "c"], "other": [None] * 4})
    with pytest.raises(InputError, match="2 of 4 rows lack a value that the model needs: `x` in 2, `g` in 1"):
        read(table, ["x", "g"])
    rows = read(table, ["x", "g"], "drop")
    assert (rows.total, rows.missing, rows.frame.rows) == (4, {"x": 2, "g": 1}, 2)
    assert rows.frame.places.tolist() == [0, 3]
    assert rows.frame.columns["g"].levels == ("a", "c")


def test_infinite_values_are_refused_by_column_and_row() -> None:
    table = pa.table({"x": [None, 1.0, float("inf"), float("-inf")]})
    with pytest.raises(InputError, match="column `x` holds 2 infinite values") as caught:
        read(table, ["x"], "drop")
    assert "row 2" in caught.value.where


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InputError, match="there is no column 'xx'"):
        read(pa.table({"x": [1]}), ["xx"])


def test_identifiers_beyond_double_precision_stay_apart() -> None:
    column = read(pa.table({"id": [2**60, 2**60 + 1, 2**60]}), ["id"]).frame.columns["id"]
    codes, levels = labels_of(column)
    assert (codes.tolist(), levels) == ([0, 1, 0], (str(2**60), str(2**60 + 1)))
    unsigned = pa.array([2**63 + 1, 2**63 + 2], pa.uint64())
    with pytest.raises(InputError, match="cannot be told apart in double precision"):
        labels_of(read(pa.table({"id": unsigned}), ["id"]).frame.columns["id"])


@pytest.mark.parametrize(
    ("array", "levels"),
    [
        ([10, 9, 10], ("9", "10")),
        ([1.5, 1.0, 2.0], ("1", "1.5", "2")),
        ([True, False, True], ("false", "true")),
        ([dt.date(2020, 5, 1), dt.date(2019, 1, 1)], ("2019-01-01", "2020-05-01")),
    ],
)
def test_numbers_become_levels_by_value(array: list[Any], levels: tuple[str, ...]) -> None:
    column = read(pa.table({"k": array}), ["k"]).frame.columns["k"]
    assert labels_of(column)[1] == levels
