"""The wire format, against protobuf's own writer."""

from __future__ import annotations

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto

from interlock.release.wire import contents, fields, numbers, varint


@given(st.lists(st.integers(-(1 << 63), (1 << 63) - 1), min_size=1, max_size=9))
def test_numbers_are_read_as_protobuf_writes_them(values: list[int]) -> None:
    tensor = TensorProto(dims=values)  # not packed
    node = onnx.AttributeProto(ints=values)
    for message, number in ((tensor, 1), (node, 8)):
        view = memoryview(message.SerializeToString())
        found = [value for field in fields(view) if field.number == number for value in numbers(view, field)]
        assert found == values


@given(st.integers(0, (1 << 64) - 1))
def test_a_varint_is_read_as_it_was_written(value: int) -> None:
    tensor = TensorProto.FromString(bytes([2 << 3]) + varint(value & 0x7FFFFFFF))
    assert tensor.data_type == value & 0x7FFFFFFF
    (field,) = fields(memoryview(bytes([1 << 3]) + varint(value)))
    signed = value - (1 << 64) if value >> 63 else value
    assert numbers(memoryview(bytes([1 << 3]) + varint(value)), field) == [signed]


def test_runs_of_numbers_are_left_out_and_nothing_else() -> None:
    attribute = onnx.AttributeProto(name="a", floats=[1.0] * 1000, ints=[1, 1 << 40] * 1000, strings=[b"s"])
    view = memoryview(attribute.SerializeToString())
    assert [field.number for field in fields(view, skip_runs=True)] == [1, 9]
    assert contents(view, 9) == [b"s"]


@pytest.mark.parametrize(
    "data", [b"\x00", b"\x0b", b"\x0a\x05ab", b"\xff" * 11, b"\x08", b"\x82\x80\x80\x80\x10\x00"]
)
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"no number that there is|beyond the file|does not end"):
        list(fields(memoryview(data)))
