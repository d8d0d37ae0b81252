from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import InputError
from interlock.serve.ledger.format import (
    FRAME,
    Counts,
    Entry,
    Item,
    Kind,
    Truth,
    blocks,
    decode_entries,
    head,
    is_prediction_id,
    prediction_id,
)

counts = st.builds(Counts, *[st.integers(0, 2**64 - 1)] * len(Counts._fields))
entries = st.lists(
    st.one_of(
        st.builds(
            Entry,
            st.integers(0, 2**60),
            st.sampled_from(["v1", "v2", "mlflow"]),
            st.integers(200, 599),
            numbers=st.lists(st.lists(st.floats(), max_size=3), max_size=3),
            strings=st.lists(st.lists(st.text(), max_size=3), max_size=3),
            predictions=st.lists(st.one_of(st.none(), st.floats(), st.lists(st.floats())), max_size=3),
            body=st.binary(max_size=20),
        ),
        st.builds(
            Truth,
            st.text(),
            st.one_of(st.text(), st.booleans(), st.integers(-(2**63), 2**63), st.floats()),
            st.floats(),
        ),
    ),
    max_size=5,
)


def packed(values: list[Item]) -> bytes:
    return b"".join(msgspec.msgpack.encode(value) for value in values)


def framed(kind: Kind, total: Counts, time: float, values: list[Item]) -> bytes:
    payload = packed(values)
    return head(kind, total, time, payload, len(values)) + payload


@given(counts, entries, entries)
def test_blocks_come_back_whole(total: Counts, first: list[Item], second: list[Item]) -> None:
    content = framed(Kind.ENTRIES, total, 1.5, first)
    content += framed(Kind.CLOSED, total, 2.5, second)
    one, two = blocks(content)
    assert (one.kind, one.counts, one.time, one.torn) == (Kind.ENTRIES, total, 1.5, 0)
    assert two.kind is Kind.CLOSED
    assert packed(decode_entries(one.payload)) == packed(first)
    assert packed(decode_entries(two.payload)) == packed(second)


@given(st.data(), counts, entries)
def test_any_cut_is_a_torn_tail(data: st.DataObject, total: Counts, values: list[Item]) -> None:
    whole = framed(Kind.ENTRIES, total, 1.5, values)
    cut = data.draw(st.integers(1, len(whole) - 1))
    one, tail = blocks(whole + whole[:cut])
    assert one.torn == 0
    assert tail.torn == cut


@given(st.data(), counts, entries)
def test_any_changed_byte_is_noticed(data: st.DataObject, total: Counts, values: list[Item]) -> None:
    whole = bytearray(framed(Kind.ENTRIES, total, 1.5, values))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    (block,) = blocks(bytes(whole))
    assert block.torn == len(whole)


def test_the_frame_is_as_long_as_documented() -> None:
    assert FRAME.size == 80


def test_nan_and_infinity_survive() -> None:
    value = Entry(0, "v1", 200, numbers=[[math.nan, math.inf, -math.inf, -0.0]])
    (back,) = decode_entries(msgspec.msgpack.encode([value]))
    assert isinstance(back, Entry)
    assert math.isnan(back.numbers[0][0])
    assert back.numbers[0][1:3] == [math.inf, -math.inf]
    assert math.copysign(1, back.numbers[0][3]) == -1


@given(st.integers(0, 16**15 - 1))
def test_ids_have_the_form_that_is_asked_for(number: int) -> None:
    assert is_prediction_id(prediction_id("00c0ffee00c0ffee", number))


@pytest.mark.parametrize(
    "text", ["", "x", "00c0ffee00c0ffee", "00c0ffee00c0ffee-", "00C0FFEE00C0FFEE-1", "00c0ffee00c0ffee-1\n"]
)
def test_other_texts_are_no_ids(text: str) -> None:
    assert not is_prediction_id(text)


def test_an_unknown_layout_is_named() -> None:
    with pytest.raises(InputError, match="a ledger block has an unknown layout"):
        decode_entries(msgspec.msgpack.encode([[7, "other"]]))
