from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.contract import MISSING, Column, Role, Type
from interlock.contract.domain import column_type, domain, useless
from interlock.profile import ColumnProfile, Kind, Values


def _numbers(kind: Kind, values: Any, valid: Any = None) -> ColumnProfile:
    dtype = {"number": np.float64, "boolean": np.bool_}.get(kind, np.int64)
    mask = None if valid is None else np.array(valid, dtype=bool)
    return ColumnProfile.of(Values(kind, np.array(values, dtype=dtype), mask))


def _strings(values: list[str], valid: list[bool] | None = None) -> ColumnProfile:
    levels, codes = np.unique(np.array(values, dtype=object), return_inverse=True)
    known = None if valid is None else np.array(valid)
    return ColumnProfile.of(Values("string", codes.astype(np.int32), known, levels))


def _learned(found: ColumnProfile, role: Role = "feature", kind: Type | None = None) -> Column:
    return domain(Column("x", kind or column_type(found), role), found)


def test_a_range_is_widened_outward_to_readable_numbers_and_not_across_zero() -> None:
    column = _learned(_numbers("number", [-43.0, 1301.0, 12.0]))
    assert (column.minimum, column.maximum, column.fill) == (-180.0, 1440.0, 12.0)  # 10 % of 1344 is 134.4
    column = _learned(_numbers("number", [0.013, 0.987]))
    assert (column.minimum, column.maximum) == (0.0, 1.085)  # 0.987 + 0.0974, up to the next 0.001
    column = _learned(_numbers("integer", [-1000, -3, -8]))
    assert (column.minimum, column.maximum) == (-1100.0, 0.0)


def test_a_run_of_whole_numbers_such_as_months_is_closed() -> None:
    months = _learned(_numbers("integer", [*range(1, 13)] * 5))
    assert (months.minimum, months.maximum) == (1.0, 12.0)
    counts = _learned(
        _numbers("integer", [0] * 50 + [1] * 30 + [2] * 10 + [3])
    )  # a tail: 4 is to be expected
    assert (counts.minimum, counts.maximum) == (0.0, 4.0)
    gap = _learned(_numbers("integer", [1, 2, 4, 5] * 9))
    assert (gap.minimum, gap.maximum) == (0.0, 6.0)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
@settings(max_examples=200, deadline=None)
def test_what_was_seen_is_always_allowed_and_the_fill_too(values: list[float]) -> None:
    column = _learned(_numbers("number", values))
    low, high = column.minimum, column.maximum
    assert low is not None
    assert high is not None
    assert low <= min(values) <= max(values) <= high
    assert isinstance(column.fill, float)
    assert low <= column.fill <= high
    assert not (low < 0 <= min(values))
    assert not (max(values) <= 0 < high)


@given(
    st.lists(st.integers(-(2**53) + 1, 2**53 - 1), min_size=1, max_size=20),
    st.sampled_from(["integer", "timestamp"]),
)
@settings(max_examples=200, deadline=None)
def test_whole_numbers_likewise(values: list[int], kind: Kind) -> None:
    column = _learned(_numbers(kind, values))
    assert column.minimum is not None
    if kind == "timestamp":
        assert column.minimum <= min(values) / 1e6
        assert column.maximum is None
        return
    assert column.maximum is not None
    assert column.minimum <= min(values)
    assert max(values) <= column.maximum
    assert column.minimum.is_integer()
    assert column.maximum.is_integer()


def test_gaps_that_were_seen_are_allowed_and_others_flagged() -> None:
    assert _learned(_numbers("number", [1, 2])).on.null == "flag"
    assert _learned(_numbers("number", [1, 2, 3], [True, True, False])).on.null == "allow"
    assert _learned(_numbers("number", [1, 2, np.nan])).on.null == "allow"
    assert _learned(_strings(["a", "b"])).on.null == "flag"
    assert _learned(_strings(["a", "b", "b"], [True, True, False])).on.null == "allow"
    assert _learned(_strings(["a", "b"]), kind="text").on.null == "flag"


def test_timestamps_are_said_in_seconds_without_a_maximum_and_the_time_column_has_no_range() -> None:
    days = _numbers("timestamp", np.arange(11) * 86_400_000_000)
    column = _learned(days)
    assert (column.minimum, column.maximum, column.fill) == (0.0, None, 5 * 86_400.0)
    column = _learned(days, "time")
    assert (column.minimum, column.maximum, column.fill) == (None, None, 5 * 86_400.0)


def test_categories() -> None:
    column = _learned(_strings(["b", "b", "a", "", MISSING]))
    assert (column.type, column.levels, column.fill) == ("category", ("", "a", "b"), "b")
    many = _strings([f"level {place % 1001}" for place in range(50_000)])
    column = _learned(many)
    assert (column.type, column.levels, column.max_length) == ("category", None, 20)


_NINE = "pipe {} in block {} leaks since the last storm"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([_NINE.format(place, place % 7) for place in range(960)], "text"),
        ([_NINE.format(place % 600, 1) for place in range(960)], "text"),  # most stand in one row or two
        ([_NINE.format(place % 480, 1) for place in range(960)], "category"),  # each in two rows
        ([_NINE.format(place % 5, 1) for place in range(960)], "category"),
        ([f"case {place:06d} of 2024" for place in range(960)], "text"),  # four words
        ([f"case-{place:06d}" for place in range(960)], "category"),  # an identifier, which is left out
        ([f"Lee {place}" for place in range(960)], "category"),
        ([_NINE.format(place, 1) for place in range(19)], "category"),  # too few to tell
    ],
)
def test_sentences_that_hardly_repeat_are_texts_however_few(values: list[str], kind: Type) -> None:
    column = _learned(_strings(values))
    assert column.type == kind
    assert (column.levels is None) is (kind == "text")


def test_booleans_fill_with_the_more_frequent() -> None:
    assert _learned(_numbers("boolean", [1, 1, 0])).fill is True
    assert _learned(_numbers("boolean", [1, 0, 0])).fill is False


@pytest.mark.parametrize(
    ("found", "kind", "reason"),
    [
        (_numbers("number", [1, 2], [False, False]), "number", "it holds no values"),
        (_numbers("number", [np.nan, np.inf]), "number", "it holds no values"),
        (_numbers("number", [5, 5, 5]), "number", "it is constant"),
        (_strings(["a"] * 5), "category", "it is constant"),
        (_numbers("integer", [2**60, 5]), "integer", r"integers beyond 2**53"),
        (_numbers("integer", range(1000, 1100)), "integer", "as in an identifier"),
        (_strings([f"N{place}" for place in range(30)]), "category", "as in an identifier"),
        (_strings([f"Ann Lee {place}" for place in range(2000)]), "text", "as in an identifier"),
        (_strings([f"{place:08x}-4a2b-41d4-a716" for place in range(30)]), "category", "as in an identifier"),
        (_strings([f"東京{place}" for place in range(30)]), "category", "as in an identifier"),
    ],
)
def test_columns_of_no_use(found: ColumnProfile, kind: Type, reason: str) -> None:
    assert column_type(found) == kind
    assert reason in useless(found)


@pytest.mark.parametrize(
    "found",
    [
        _numbers("number", [5, 5, 5], [True, True, False]),  # constant, but missing says something
        _numbers("integer", np.random.default_rng(0).permutation(10**6)[:500]),  # unique, but it measures
        _numbers("integer", [3, 7]),
        _numbers("number", np.linspace(0, 1, 200)),
        _strings(["a", "b"] * 20),
        _strings(["a", "b", "c"]),
        _strings([f"{place} " * 60 for place in range(30)]),
        _strings([f"N{place % 900}" * 3 for place in range(1100)] + ["x" * 99] * 200),
        _strings([f"shares of firm {place} rise" for place in range(2000)]),
        _strings([f"東京の天気は{place}度" for place in range(2000)]),
    ],
)
def test_columns_of_use(found: ColumnProfile) -> None:
    assert useless(found) == ""
