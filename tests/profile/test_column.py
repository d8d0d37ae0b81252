"""Columns of every kind: what is counted apart, the algebra, the size, refusals."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.profile.damage import damaged, refused_or_canonical
from tests.profile.shapes import SHAPES

from interlock.errors import InputError
from interlock.profile import KINDS, Categories, ColumnProfile, Histogram, Kind, Moments, Values

Rows = list[Any]

WORDS = np.array(["", "a", "b", "longer", "\ud800"], dtype=object)
elements = {
    "number": st.floats() | st.integers(-9, 9).map(float) | st.integers(-(2**60), 2**60).map(float),
    "integer": st.integers(-(2**63), 2**63 - 1) | st.integers(-9, 9),
    "boolean": st.booleans(),
    "timestamp": st.integers(-(2**62), 2**62),
    "string": st.integers(0, len(WORDS) - 1),
}
dtypes = {"number": float, "integer": np.int64, "boolean": bool, "timestamp": np.int64, "string": np.int32}


def _values(kind: Kind, rows: Rows) -> Values:
    valid = np.array([row is not None for row in rows], dtype=bool)
    data = np.array([0 if row is None else row for row in rows], dtype=dtypes[kind])
    return Values(kind, data, None if valid.all() else valid, WORDS if kind == "string" else None)


def _numeric(column: ColumnProfile) -> tuple[Moments, Histogram]:
    assert column.moments is not None
    assert column.histogram is not None
    return column.moments, column.histogram


@st.composite
def batches(draw: st.DrawFn) -> tuple[Kind, list[Rows]]:
    kind: Kind = draw(st.sampled_from(KINDS))
    rows = st.lists(st.none() | elements[kind])
    return kind, draw(st.lists(rows, min_size=1, max_size=5))


@settings(deadline=None)
@given(batches())
def test_any_batching_gives_the_same_bytes(drawn: tuple[Kind, list[Rows]]) -> None:
    kind, listed = drawn
    parts = [ColumnProfile.of(_values(kind, rows)) for rows in listed]
    whole = ColumnProfile.of(_values(kind, [row for rows in listed for row in rows]))
    forwards, backwards, updated = (ColumnProfile(kind) for _ in range(3))
    for part, rows in zip(parts, listed, strict=True):
        forwards, backwards = forwards + part, part + backwards
        updated.update(_values(kind, rows))
    assert forwards.to_bytes() == whole.to_bytes() == backwards.to_bytes() == updated.to_bytes()
    assert ColumnProfile.from_bytes(whole.to_bytes()) == whole
    assert whole.digest == forwards.digest


@given(st.lists(st.none() | elements["number"]))
def test_null_nan_and_infinities_are_counted_apart(rows: Rows) -> None:
    column = ColumnProfile.of(_values("number", rows))
    present = [row for row in rows if row is not None]
    usual = [row for row in present if math.isfinite(row)]
    assert column.rows == len(rows)
    assert column.nulls == rows.count(None)
    assert column.nans == sum(map(math.isnan, present))
    assert column.positive_infinities == present.count(math.inf)
    assert column.negative_infinities == present.count(-math.inf)
    assert column.infinities == present.count(math.inf) + present.count(-math.inf)
    moments, histogram = _numeric(column)
    assert column.n == len(usual) == moments.n == histogram.n
    assert moments.total == sum(map(Fraction, usual))


@given(st.lists(st.none() | elements["string"]))
def test_strings_and_their_lengths(rows: Rows) -> None:
    column = ColumnProfile.of(_values("string", rows))
    words = [str(WORDS[row]) for row in rows if row is not None]
    assert column.categories == Categories.from_strings(words)
    assert column.lengths == Histogram.from_values([len(word) for word in words])
    assert (column.nulls, column.empties, column.n) == (rows.count(None), words.count(""), len(words))


@given(st.lists(elements["integer"], min_size=1))
def test_integers_are_exact_beyond_float64(rows: list[int]) -> None:
    column = ColumnProfile.of(_values("integer", rows))
    assert (column.minimum, column.maximum) == (min(rows), max(rows))
    assert _numeric(column)[0].total == sum(rows)
    assert column.distinct == len(set(map(float, rows)))


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_the_fast_paths_do_not_show(shape: str) -> None:
    values = SHAPES[shape](np.random.default_rng(5), 70_000)
    column = ColumnProfile.of(Values("number", values))
    assert column.moments == Moments.from_values(values)
    assert column.histogram == Histogram.from_values(values)


def test_what_stands_at_a_null_is_never_read() -> None:
    codes, valid = np.array([7, 0, -3], dtype=np.int32), np.array([False, True, False])
    column = ColumnProfile.of(Values("string", codes, valid, np.array(["x"], dtype=object)))
    assert column.top() == [("x", 1)]
    numbers = ColumnProfile.of(Values("number", np.array([np.nan, 1.0, np.inf]), valid))
    assert (numbers.nans, numbers.infinities, numbers.nulls, numbers.mean) == (0, 0, 2, 1.0)


def test_all_nulls() -> None:
    none = np.zeros(3, dtype=bool)
    for kind in KINDS:
        dictionary = np.empty(0, dtype=object) if kind == "string" else None
        column = ColumnProfile.of(Values(kind, np.zeros(3, dtype=dtypes[kind]), none, dictionary))
        assert (column.rows, column.nulls, column.n, column.distinct, column.top()) == (3, 3, 0, 0, [])
        assert math.isnan(column.mean)
        assert ColumnProfile.from_bytes(column.to_bytes()) == column


def test_booleans_are_zero_and_one() -> None:
    column = ColumnProfile.of(Values("boolean", np.array([True, False, True])))
    assert (column.top(), column.mean) == ([(1.0, 2), (0.0, 1)], 2 / 3)


def test_top_of_numbers_and_shortcuts() -> None:
    column = ColumnProfile.of(Values("number", np.array([1.5, 1.5, -2.0, 9.0])))
    assert column.top(2) == [(1.5, 2), (-2.0, 1)]
    assert (column.quantile(0.5), column.cdf(1.5), column.minimum, column.maximum) == (1.5, 0.75, -2.0, 9.0)
    assert column.std == pytest.approx(np.std([1.5, 1.5, -2.0, 9.0], ddof=1), rel=1e-15)


def test_adding_leaves_the_parts_alone() -> None:
    a, b = (
        ColumnProfile.of(Values("number", SHAPES["normal"](np.random.default_rng(s), 5_000))) for s in (1, 2)
    )
    before = a.digest, b.digest
    _ = a + b
    assert (a.digest, b.digest) == before


def test_a_numeric_column_takes_at_most_64_kib() -> None:
    generator = np.random.default_rng(0)
    bits = generator.integers(-(2**63), 2**63, 200_000).view(np.float64)
    values = np.concatenate([bits[np.isfinite(bits)], [1.7e308, 5e-324]])
    for kept in (values, np.unique(values)[:4096]):
        column = ColumnProfile.of(Values("number", kept))
        for summary in _numeric(column):
            summary.update(kept, np.full(len(kept), 2**30))
        assert len(column.to_bytes()) < 64 * 1024


def test_another_kind_is_refused() -> None:
    column = ColumnProfile("integer")
    with pytest.raises(InputError, match="a column of kind integer cannot take values of kind number"):
        column.update(Values("number", np.array([1.0])))
    with pytest.raises(InputError, match="a column of kind integer cannot take values of kind string"):
        _ = column + ColumnProfile("string")


def test_strings_have_no_quantiles() -> None:
    with pytest.raises(InputError, match="strings have no order here"):
        ColumnProfile("string").quantile(0.5)
    with pytest.raises(InputError, match="strings have no order here"):
        ColumnProfile("string").cdf(0.5)


@settings(deadline=None)
@given(batches(), st.data())
def test_changed_bytes_are_refused_or_canonical(drawn: tuple[Kind, list[Rows]], data: st.DataObject) -> None:
    kind, listed = drawn
    good = ColumnProfile.of(_values(kind, listed[0])).to_bytes()
    for changed in damaged(good, data):
        assert refused_or_canonical(ColumnProfile, changed)
