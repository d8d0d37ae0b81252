from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from interlock.errors import InputError
from interlock.explore.statistics.observations import column, observations

NUMBERS: list[Any] = [
    [1, 2, None, 100],
    [Decimal(1), Decimal(2), None, Decimal(100)],
    np.array([1, 2, np.nan, 100], dtype=np.float32),
    np.ma.MaskedArray([1, 2, 7, 100], mask=[False, False, True, False]),
    pd.Series([1, 2, None, 100]),
    pd.Series([1, 2, None, 100], dtype="Int8"),
    pl.Series([1, 2, None, 100], dtype=pl.Int8),
    pl.Series([1, 2, None, 100]).cast(pl.Decimal(10, 2)),
    pa.chunked_array([pa.array([1, 2], pa.int16()), pa.array([None, 100], pa.int16())]),
]


@pytest.mark.parametrize("values", NUMBERS, ids=lambda each: type(each).__name__)
def test_numbers_of_every_type_become_double_precision(values: Any) -> None:
    found = column(values)
    assert found.kind == "number"
    assert found.data.dtype == np.float64
    assert np.array_equal(found.data, [1, 2, np.nan, 100], equal_nan=True)


@pytest.mark.parametrize(
    "values",
    [
        ["b", "a", None],
        pd.Series(["b", "a", None]),
        pd.Categorical(["b", "a", None]),
        pl.Series(["b", "a", None], dtype=pl.Categorical),
        pa.array(["b", "a", None]).dictionary_encode(),
    ],
    ids=lambda each: type(each).__name__,
)
def test_text_becomes_levels_in_order(values: Any) -> None:
    found = column(values)
    assert (found.kind, found.levels) == ("category", ("a", "b"))
    assert np.array_equal(found.data, [1, 0, np.nan], equal_nan=True)


def test_true_and_false_and_zeros_and_ones_are_booleans() -> None:
    assert column([True, None, False]).levels == ("false", "true")
    assert column(np.array([0, 1, 1], dtype=np.int8)).kind == "boolean"
    assert column([1, 1]).kind == "number"
    assert column(pd.Categorical([10, 9, 10])).levels == ("9", "10")
    assert observations([[0, 0, 0], [0, 1, 1]]).kind == "boolean"
    assert observations([[0, 1, 0], [0, 1, 2]]).kind == "number"
    assert observations([[True, False], [0, 1]]).levels == ("false", "true")
    with pytest.raises(InputError, match="the groups hold different kinds of values"):
        observations([[True, False], [0, 3]])


def test_a_table_is_cut_into_groups_and_its_gaps_counted() -> None:
    table = {"delay": [1.0, None, 3.0, 4.0, 5.0], "carrier": ["UA", "AA", "AA", None, "UA"]}
    for each in (table, pa.table(table), pd.DataFrame(table), pl.DataFrame(table)):
        found = observations([each], value="delay", by="carrier")
        assert found.names == ("AA", "UA")
        assert [group.tolist() for group in found.groups] == [[3.0], [1.0, 5.0]]
        assert (found.missing, found.unplaced) == ((1, 0), 1)


def test_numbers_make_groups_in_their_order() -> None:
    found = observations([{"y": [1, 2, 3], "month": [10, 9, 2]}], value="y", by="month")
    assert found.names == ("2", "9", "10")


def test_levels_of_groups_given_apart_are_united() -> None:
    found = observations([["x", "y"], ["z", "x", None]])
    assert found.levels == ("x", "y", "z")
    assert [group.tolist() for group in found.groups] == [[0, 1], [2, 0]]


def test_pairs_are_found_by_their_unit() -> None:
    table = {"y": [1.0, 2.0, 3.0, 4.0, 9.0], "when": list("abbab"), "who": ["p", "p", "q", "q", "r"]}
    found = observations([table], value="y", by="when", pair="who")
    assert [each.tolist() for each in found.complete] == [[1.0, 4.0], [2.0, 3.0]]
    assert found.missing == (1, 0)
    with pytest.raises(InputError, match="`who` occurs more than once in a group of `when`"):
        observations([{**table, "who": ["p", "p", "q", "q", "q"]}], value="y", by="when", pair="who")


@pytest.mark.parametrize(
    ("data", "options", "text"),
    [
        ([[1, "a"], [2]], {}, "these values are not of one kind\n  where: first"),
        ([[1, np.inf], [2]], {}, "there are infinite values\n  where: first\n  got: 1 of 2"),
        ([[1, 2], ["a"]], {}, "the groups hold different kinds of values\n  got: first: number, second: cat"),
        ([[1, 2]], {}, "there is nothing to compare with\n  got: 1 sequence\n  next: give two sequences"),
        ([[1], [2]], {"names": ["a", "a"]}, "two groups have one name\n  where: names\n  got: a, a"),
        (["abc", [1]], {}, "this is one text, not a column\n  where: first\n  got: abc"),
        ([[1e200, 2.0], [1]], {}, "these values cannot be squared\n  where: first\n  got: up to 1e+200"),
        ([[1e-200, 0.0], [1]], {}, "these values cannot be squared\n  where: first\n  got: up to 1e-200"),
        ([[1], [2]], {"names": ["a"]}, "every group needs one name\n  where: names\n  got: 1 for 2"),
        (
            [[1, 2], [1]],
            {"paired": True},
            "paired groups have the same length\n  got: 2, 1\n  next: leave a gap",
        ),
        ([{"y": [1]}], {"value": "y"}, "a table is compared by two of its columns"),
        ([{"y": [1]}], {"value": "y", "by": "z"}, "there is no such column\n  got: z\n  next: use one of: y"),
        (
            [{"y": [1], "g": ["a"]}],
            {"value": "y", "by": "g"},
            "makes no two groups\n  where: g\n  got: one group",
        ),
        (
            [{"y": range(201), "g": range(201)}],
            {"value": "y", "by": "g"},
            "makes too many groups\n  where: g\n  got: 201 levels\n  next: `correlate` is for two numbers",
        ),
        (
            [[f"level {each}" for each in range(201)], ["a"]],
            {},
            "this category has too many levels\n  where: value\n  got: 202 levels\n  next: group the rare",
        ),
        (
            [{"price": [*(f"£{each:,}.50" for each in range(900, 1199)), "?"], "shop": ["a", "b"] * 150}],
            {"value": "price", "by": "shop"},
            "text that holds numbers\n  where: price\n  got: 300 levels, such as £1,000.50\n  next: make",
        ),
        (
            [np.array(["2026-01-01"], "datetime64[s]"), [1]],
            {},
            "these values cannot be compared\n  where: first\n  got: timestamp",
        ),
    ],
)
def test_what_cannot_be_compared_is_said(data: list[Any], options: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError) as caught:
        observations(data, **options)
    assert text in str(caught.value)


def test_an_empty_group_is_a_group() -> None:
    found = observations([[], [1.0, 2.0]])
    assert [len(each) for each in found.groups] == [0, 2]
    assert observations([[None, None], ["a"]]).missing == (2, 0)
