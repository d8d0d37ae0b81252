from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.serve.columns import array, rows_of_columns, rows_of_table
from interlock.serve.message import Refusal

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
tables = st.lists(st.text(min_size=1), min_size=1, max_size=4, unique=True).flatmap(
    lambda names: st.tuples(
        st.just(names), st.lists(st.lists(values, min_size=len(names), max_size=len(names)), max_size=4)
    )
)


def raw(value: Any) -> bytes:
    return json.dumps(value).encode()


@given(tables)
def test_both_forms_are_the_same_rows(table: tuple[list[str], list[list[Any]]]) -> None:
    names, rows = table
    expected = [dict(zip(names, row, strict=True)) for row in rows]
    assert json.loads(rows_of_table(names, [[raw(v) for v in row] for row in rows])) == expected
    columns = {name: [raw(row[i]) for row in rows] for i, name in enumerate(names)}
    assert json.loads(rows_of_columns(columns)) == expected


def test_no_columns_are_no_rows() -> None:
    assert rows_of_columns({}) == array([]) == b"[]"


def test_lengths_and_names_have_to_fit() -> None:
    with pytest.raises(Refusal, match="the columns have different lengths"):
        rows_of_columns({"a": [b"1"], "b": []})
    with pytest.raises(Refusal, match="a column comes twice"):
        rows_of_table(["a", "a"], [])
    with pytest.raises(Refusal, match="another number of values"):
        rows_of_table(["a"], [[b"1", b"2"]])
