from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.strategies import (
    HOSTILE_NAMES,
    as_json,
    cleaned_contracts,
    contracts,
    json_values,
    rows,
)

from interlock.contract import MISSING, Checked, CheckedRow, Checker, Column, Contract, Decoder, Flag, Policy
from interlock.contract.decode import source
from interlock.errors import InputError


def _same(one: CheckedRow, other: CheckedRow) -> bool:
    return one[1:] == other[1:] and np.array_equal(one.numbers, other.numbers, equal_nan=True)


def _row_of(checked: Checked, place: int) -> tuple[list[float], list[str], set[Flag], bool]:
    flags = {Flag(v.column, v.code, v.action) for v in checked.violations if place in v.rows}
    return (
        checked.numbers[place].tolist(),
        checked.string_matrix()[place].tolist(),
        flags,
        bool(checked.rejected[place]),
    )


@given(contracts() | cleaned_contracts(), st.data())
@settings(max_examples=260, deadline=None)
def test_a_row_is_the_same_as_dict_as_columns_and_as_bytes(contract: Contract, data: st.DataObject) -> None:
    row = data.draw(rows(contract))
    decoder = Decoder(contract)
    expected = decoder.checker.row(row)
    assert _same(decoder.one(as_json(row).encode()), expected)
    batch = decoder.checker.columns({name: [value] for name, value in row.items()}, rows=1)
    numbers, strings, flags, rejected = _row_of(batch, 0)
    assert np.array_equal(numbers, expected.numbers, equal_nan=True)
    assert (strings, flags, rejected) == (expected.strings, set(expected.flags), expected.rejected)
    assert len(set(expected.flags)) == len(expected.flags)


@given(contracts() | cleaned_contracts(), st.data())
@settings(max_examples=100, deadline=None)
def test_many_rows_are_the_same_as_each_alone(contract: Contract, data: st.DataObject) -> None:
    body = data.draw(st.lists(rows(contract), max_size=4))
    decoder = Decoder(contract)
    many = decoder.many(as_json(body).encode())
    for row, checked, expected in zip(body, many, decoder.checker.rows(body), strict=True):
        assert _same(checked, expected)
        assert _same(decoder.one(as_json(row).encode()), expected)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (Column("c", "integer"), 30.9),
        (Column("c", "integer"), 2**53),
        (Column("c", "integer", minimum=0), -1),
        (Column("c", "number", maximum=5), 5.000000000000001),
        (Column("c", "text"), MISSING),
        (Column("c", "text", max_length=2), "abc"),
        (Column("c", "text", pattern="[a-z]+"), "a\n"),
        (Column("c", "category"), MISSING),
        (Column("c", "category", levels=("a",)), "b"),
        (Column("c", "category", levels=("a", "long"), max_length=2), "long"),
        (Column("c", "timestamp"), "2013-02-30"),
        (Column("c", "timestamp", maximum=0), "1970-01-01T00:00:01Z"),
        (Column("c", "boolean", on=Policy(null="flag")), None),
        (Column("c", "number", on=Policy(null="flag")), None),
        (Column("c", "text", on=Policy(null="flag")), None),
    ],
)
def test_the_typed_decoder_takes_it_and_the_generated_check_still_sees_it(
    column: Column, value: object
) -> None:
    decoder = Decoder(Contract((column,)))
    body = json.dumps({"c": value}).encode()
    decoder._one(body)  # no fallback: raises if the types were at fault
    checked = decoder.one(body)
    assert len(checked.flags) == 1
    assert _same(checked, decoder.checker.row({"c": value}))


@given(contracts(simple_names=True), st.data())
@settings(max_examples=100, deadline=None)
def test_the_tensors_hold_no_infinity_and_nothing_is_silent(contract: Contract, data: st.DataObject) -> None:
    row = {column.name: data.draw(json_values) for column in contract.inputs}
    checked = Decoder(contract).one(as_json(row).encode())
    assert not any(math.isinf(number) for number in checked.numbers)
    flagged = {flag.column for flag in checked.flags}
    tensor: dict[str, Any] = dict(
        zip([column.name for column in contract.numbers], checked.numbers, strict=True)
    )
    tensor |= dict(zip([column.name for column in contract.strings], checked.strings, strict=True))
    for column in contract.inputs:
        sent = row[column.name]
        if column.name in flagged or column.type == "timestamp":
            continue
        if sent is None:
            assert tensor[column.name] == MISSING or math.isnan(tensor[column.name])
        else:
            assert tensor[column.name] == (sent if column.is_string else float(sent))
            assert isinstance(sent, bool) == (column.type == "boolean")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_name_works(name: str) -> None:
    decoder = Decoder(Contract((Column(name, "number", maximum=1), Column("city", "category"))))
    checked = decoder.one(json.dumps({name: 2, "city": "Oslo"}).encode())
    assert checked == ([2.0], ["Oslo"], [Flag(name, "range", "flag")], False)


def test_the_generated_source_holds_no_word_of_the_contract() -> None:
    hostile = "x'''\n__import__('os').system('false')\n'''"
    column = Column(
        hostile, "category", levels=(hostile,), pattern=r"(?s)x.*", fill=hostile, on=Policy(null="impute")
    )
    checker = Checker(Contract((column,)))
    assert "import" not in source(checker.rules)
    assert Decoder(checker.contract).one(json.dumps({hostile: None}).encode()).strings == [hostile]


def test_columns_that_are_not_read_may_hold_anything() -> None:
    contract = Contract(
        (Column("a", "number"), Column("id", "integer", role="id"), Column("x", "text", role="ignore"))
    )
    assert Decoder(contract).one(b'{"a": 1, "id": {"not": ["an", "integer"]}, "x": 5}') == (
        [1.0],
        [],
        [],
        False,
    )


def test_a_repeated_key_counts_with_its_last_value() -> None:
    decoder = Decoder(Contract((Column("a", "number"),)))
    assert decoder.one(b'{"a": 1, "a": 2}').numbers == [2.0]
    assert decoder.one(b'{"a": 1, "zz": 0, "a": 2}').numbers == [2.0]


def test_a_number_of_thousands_of_digits_is_out_of_range_and_not_an_error() -> None:
    decoder = Decoder(Contract((Column("a", "integer"), Column("b", "number"))))
    checked = decoder.one(b'{"a": 1%s, "b": -1%s}' % (b"0" * 9000, b"0" * 9000))
    assert [flag.code for flag in checked.flags] == ["range", "range"]
    assert np.isnan(checked.numbers).all()


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "not JSON: Input data was truncated"),
        (b'{"a": 1', "not JSON: Input data was truncated"),
        (b'{"a": secret}', r"not JSON: invalid character \(byte 6\)"),
        (b'{"a": NaN}', r"not JSON: invalid character \(byte 6\)"),
        (b'{"a": 1} {"a": 2}', r"not JSON: trailing characters"),
        (b'{"s": "\xff"}', "not JSON: not UTF-8"),
        (b'{"x": ' + b"[" * 100_000, "not JSON: nested too deeply"),
        (b'[{"a": 1}]', "a row has to be a JSON object"),
        (b"12", "a row has to be a JSON object"),
    ],
)
def test_a_body_that_is_no_row_is_an_error_that_repeats_no_data(body: bytes, what: str) -> None:
    decoder = Decoder(Contract((Column("a", "number"), Column("s", "text"))))
    with pytest.raises(InputError, match=what) as caught:
        decoder.one(body)
    assert "secret" not in str(caught.value)
    assert "array of such objects" in caught.value.next_step


def test_many_wants_an_array_of_objects() -> None:
    decoder = Decoder(Contract((Column("a", "number"),)))
    assert decoder.many(b"[]") == []
    with pytest.raises(InputError, match="have to be a JSON array"):
        decoder.many(b'{"a": 1}')
    with pytest.raises(InputError, match="a row has to be a JSON object"):
        decoder.many(b'[{"a": 1}, 5]')
    with pytest.raises(InputError, match="not JSON"):
        decoder.many(b'[{"a": 1}, ]')
