from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.serve.traffic.unit import Units, text_of

#: JSON's own kinds; whole numbers of more than 64 bits are no ids.
whole = st.integers(-(2**63), 2**63 - 1)
number = whole | st.floats(allow_nan=False, allow_infinity=False)
value = st.none() | st.booleans() | number | st.text() | st.lists(whole)


@given(st.lists(st.dictionaries(st.sampled_from(["customer", "age", "ü"]), value), min_size=1))
def test_one_column_is_read_of_any_rows(rows: list[dict[str, Any]]) -> None:
    expected = [text_of(row.get("customer")) for row in rows]
    found = Units("customer").of(json.dumps(rows).encode())
    assert found == expected
    if len(rows) == 1:
        assert Units("customer").of(json.dumps(rows[0]).encode()) == found


@pytest.mark.parametrize("body", [b"", b"{", b"3", b"[3]", b'"a"', b"[]", b"\xff", b"[" * 10_000])
def test_what_holds_no_rows_has_no_unit(body: bytes) -> None:
    assert Units("customer").of(body) == [None]


def test_the_same_unit_in_several_forms() -> None:
    assert {text_of(each) for each in (12, 12.0, "12")} == {"12"}
    nobody: tuple[object, ...] = (True, 0.5, "", None, [1], {})
    assert {text_of(each) for each in nobody} == {None}
