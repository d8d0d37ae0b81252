"""Varints against the definition of LEB128, and the errors on bytes that are no summary."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import InputError
from interlock.profile.codec import Reader, Writer, decode

unsigned = st.integers(0, 2**64 - 1)


def _leb128(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


@given(unsigned)
def test_unsigned_is_leb128(value: int) -> None:
    writer = Writer()
    writer.unsigned(value)
    assert writer.to_bytes() == _leb128(value)


@given(st.lists(unsigned), st.integers(), st.floats(allow_nan=False), st.text(), st.binary())
def test_what_is_written_is_read(
    values: list[int], integer: int, number: float, text: str, block: bytes
) -> None:
    writer = Writer(b"head")
    writer.array(np.array(values, dtype=np.uint64))
    writer.integer(integer)
    writer.number(number)
    writer.text(text)
    writer.block(block)
    reader = Reader(writer.to_bytes(), b"head", "test")
    assert reader.array().tolist() == values
    assert (reader.integer(), reader.number(), reader.text(), reader.block()) == (
        integer,
        number,
        text,
        block,
    )
    reader.finish()


def test_lone_surrogates_survive() -> None:
    writer = Writer()
    writer.text("a\ud800b")
    assert Reader(writer.to_bytes(), b"", "test").text() == "a\ud800b"


@pytest.mark.parametrize(
    ("data", "got"),
    [
        (b"XX1", "its first bytes are not those of this form and version"),
        (b"T1", "they end too early"),
        (b"T1\x80", "they end too early"),
        (b"T1\x05\x06", "something follows after the end"),
        (b"T1\x85\x00", "they are not in canonical form"),
        (b"T1" + b"\x80" * 10 + b"\x01", "an integer is too long"),
    ],
)
def test_other_bytes_are_refused_with_the_place(data: bytes, got: str) -> None:
    def read(reader: Reader) -> int:
        value = reader.unsigned()
        reader.finish()
        return value

    with pytest.raises(InputError) as caught:
        decode(data, b"T1", "test", read, lambda value: b"T1" + _leb128(value))
    assert caught.value.what == "these bytes are not a test"
    assert caught.value.got == got
    assert f"of {len(data)}" in caught.value.where
