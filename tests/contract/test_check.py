from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.strategies import cleaned_contracts, contracts, dirty, words

from interlock.contract import MISSING, Checked, Checker, Column, Contract, Policy
from interlock.errors import InputError
from interlock.profile.values import Kind, Values

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_OBJECTS: dict[str, st.SearchStrategy[object]] = {
    "number": st.one_of(st.integers(-20, 20).map(float), st.floats()),
    "integer": st.one_of(st.integers(-20, 20), st.integers(-(2**63), 2**63 - 1)),
    "boolean": st.booleans(),
    "timestamp": st.datetimes(timezones=st.just(UTC)),
    "string": st.one_of(words, dirty, st.sampled_from(["a", "b", "abc", MISSING, "2013-02-03"])),
}


def _values(kind: Kind, objects: list[object]) -> Values:
    """Build what the table would: an independent route from the same objects."""
    valid = np.array([value is not None for value in objects], dtype=bool)
    if kind == "string":
        dictionary = ["unused", *dict.fromkeys(value for value in objects if value is not None), "unused too"]
        codes = np.array(
            [dictionary.index(value) if value is not None else 10**6 for value in objects], dtype=np.int32
        )
        return Values("string", codes, valid, np.array(dictionary, dtype=object))
    if kind == "timestamp":
        micros = [0 if value is None else _microseconds(value) for value in objects]
        return Values("timestamp", np.array(micros, dtype=np.int64), valid)
    dtype = {"number": np.float64, "integer": np.int64, "boolean": np.bool_}[kind]
    return Values(kind, np.array([0 if value is None else value for value in objects], dtype=dtype), valid)


def _microseconds(moment: object) -> int:
    assert isinstance(moment, datetime)
    past = moment - _EPOCH
    return (past.days * 86400 + past.seconds) * 10**6 + past.microseconds


def _same(one: Checked, other: Checked) -> None:
    np.testing.assert_array_equal(one.numbers, other.numbers)
    np.testing.assert_array_equal(one.string_matrix(), other.string_matrix())
    np.testing.assert_array_equal(one.rejected, other.rejected)
    key = [
        [(*violation[:3], violation.rows.tolist()) for violation in checked.violations]
        for checked in (one, other)
    ]
    assert sorted(key[0]) == sorted(key[1])


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_arrays_and_python_objects_give_the_same_verdicts(data: st.DataObject) -> None:
    checker = Checker(data.draw(contracts() | cleaned_contracts()))
    count = data.draw(st.integers(0, 6))
    arrays: dict[str, Values] = {}
    objects: dict[str, list[object]] = {}
    for column in checker.contract.inputs:
        kind: Kind = data.draw(st.sampled_from(["number", "integer", "boolean", "timestamp", "string"]))
        drawn = data.draw(st.lists(st.none() | _OBJECTS[kind], min_size=count, max_size=count))
        objects[column.name], arrays[column.name] = drawn, _values(kind, drawn)
    _same(checker.columns(arrays, rows=count), checker.columns(objects, rows=count))


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_row_is_judged_the_same_alone_and_in_company(data: st.DataObject) -> None:
    checker = Checker(data.draw(contracts() | cleaned_contracts()))
    count = data.draw(st.integers(1, 5))
    batch = {
        column.name: data.draw(
            st.lists(st.none() | st.one_of(*_OBJECTS.values()), min_size=count, max_size=count)
        )
        for column in checker.contract.inputs
    }
    together = checker.columns(batch, rows=count)
    for place in range(count):
        alone = checker.columns({name: values[place : place + 1] for name, values in batch.items()}, rows=1)
        np.testing.assert_array_equal(together.numbers[place], alone.numbers[0])
        np.testing.assert_array_equal(together.string_matrix()[place], alone.string_matrix()[0])
        assert together.rejected[place] == alone.rejected[0]


def test_inputs_are_not_changed() -> None:
    checker = Checker(Contract((Column("a", "number", maximum=1, on=Policy(range="clip")),)))
    data = np.array([0.5, 5.0, np.nan])
    checker.columns({"a": Values("number", data)})
    np.testing.assert_array_equal(data, [0.5, 5.0, np.nan])


def test_integers_with_nulls_keep_their_values() -> None:
    checker = Checker(Contract((Column("a", "integer"),)))
    values = Values("integer", np.array([1, 99, 3]), np.array([True, False, True]))
    np.testing.assert_array_equal(checker.columns({"a": values}).numbers[:, 0], [1, np.nan, 3])


def test_leading_zeros_survive_and_unseen_levels_pass_as_they_are() -> None:
    checker = Checker(Contract((Column("zip", "category", levels=("001", "002")),)))
    values = Values(
        "string", np.array([1, 0, 1], dtype=np.int32), None, np.array(["003", "001"], dtype=object)
    )
    checked = checker.columns({"zip": values})
    assert checked.string_matrix().tolist() == [["001"], ["003"], ["001"]]
    assert [(*violation[:3], violation.rows.tolist()) for violation in checked.violations] == [
        ("zip", "category", "flag", [1])
    ]


def test_levels_are_distinct_and_hold_missing_only_where_it_occurs() -> None:
    column = Column("c", "text", max_length=1, on=Policy(length="clip"))
    checked = Checker(Contract((column,))).columns({"c": ["ab", "a", "ac", "b"]})
    assert checked.strings[0].levels.tolist() == ["a", "b"]
    assert checked.strings[0].codes.tolist() == [0, 0, 0, 1]
    checked = Checker(Contract((column,))).columns({"c": ["a", None]})
    assert checked.strings[0].levels.tolist() == ["a", MISSING]
    assert checked.strings[0].codes.dtype == np.int32


def test_an_absent_column_is_missing_in_every_row() -> None:
    flagged = Policy(null="flag")
    checker = Checker(
        Contract((Column("a", "number", on=flagged), Column("b", "text", on=flagged), Column("c", "text")))
    )
    checked = checker.columns({}, rows=2)
    assert np.isnan(checked.numbers).all()
    assert checked.string_matrix().tolist() == [[MISSING, MISSING]] * 2
    assert [(v.column, v.code, v.rows.tolist()) for v in checked.violations] == [
        ("a", "missing", [0, 1]),
        ("b", "missing", [0, 1]),
    ]


def test_an_unknown_column_counts_in_every_row() -> None:
    batch = {"zz": [1, 2], "b": [0, 0]}
    contract = Contract((Column("b", "number", role="ignore"),))
    checked = Checker(contract).columns(batch)
    assert checked.rejected.tolist() == [True, True]
    assert [(*v[:3], v.rows.tolist()) for v in checked.violations] == [("zz", "unknown", "reject", [0, 1])]
    flagged = Checker(Contract(contract.columns, unknown="flag"))
    assert flagged.columns(batch).rejected.tolist() == [False, False]
    assert not flagged.row({"zz": 1}).rejected


def test_string_matrix_takes_rows() -> None:
    checked = Checker(Contract((Column("a", "text"), Column("b", "text")))).columns(
        {"a": ["x", "y"], "b": ["u", "v"]}
    )
    assert checked.string_matrix(np.array([1])).tolist() == [["y", "v"]]
    assert checked.string_matrix(slice(0, 1)).tolist() == [["x", "u"]]
    assert Checker(Contract(())).columns({}, rows=3).string_matrix().shape == (3, 0)


def test_an_empty_batch_has_empty_tensors() -> None:
    checked = Checker(Contract((Column("a", "number"), Column("b", "text")))).columns({"a": [], "b": []})
    assert checked.numbers.shape == (0, 1)
    assert checked.string_matrix().shape == (0, 1)


def test_errors_say_which_column() -> None:
    checker = Checker(Contract((Column("a", "number"), Column("b", "number"))))
    with pytest.raises(InputError, match="does not say how many rows") as caught:
        checker.columns({})
    assert caught.value.next_step == "give `rows`"
    with pytest.raises(InputError, match="different lengths") as caught:
        checker.columns({"a": [1], "b": [1, 2]})
    assert caught.value.where == "column 'b'"
    assert caught.value.got == "2 rows, expected 1"
    with pytest.raises(InputError, match="a row has to be an object") as caught:
        checker.rows([[1, 2]])  # type: ignore[list-item]
    assert caught.value.got == "list"
