"""Tensors as rows; what bytes mean is compared with Triton's own client."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fixtures_release import contract
from tritonclient.utils import serialize_byte_tensor, triton_to_np_dtype

from interlock.contract import Column, Contract
from interlock.serve.message import Refusal
from interlock.serve.tensors import DATATYPES, Tensor, count_of, flat, from_bytes, rows_of_tensors, to_bytes

OF = contract()
NUMBERS = Contract((Column("a", "number"), Column("b", "integer"), Column("c", "number")))


def raw(*values: object) -> list[bytes]:
    return [json.dumps(value).encode() for value in values]


def rows(of: Contract, *tensors: Tensor) -> Any:
    return json.loads(rows_of_tensors(of, tensors))


def test_our_datatypes_are_tritons() -> None:
    for name, kind in DATATYPES.items():
        expected = np.dtype(object) if name == "BYTES" else np.dtype(triton_to_np_dtype(name))
        assert (np.dtype(kind) if kind else np.dtype(object)) == expected, name


@pytest.mark.parametrize("name", [name for name, kind in DATATYPES.items() if kind and name != "BOOL"])
def test_numbers_as_bytes_are_what_numpy_reads(name: str) -> None:
    kind = np.dtype(DATATYPES[name])
    info: Any = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
    values = np.array([info.min, 0, 1, 3, info.max], kind)
    read = [json.loads(bytes(value)) for value in from_bytes(name, values.tobytes(), 5)]
    assert np.array_equal(np.array(read, kind), values)
    assert [float(value) if kind.kind == "f" else int(value) for value in values] == read


@given(st.lists(st.floats(width=64)))
def test_doubles_keep_every_bit_and_nan_is_null(values: list[float]) -> None:
    read = from_bytes("FP64", struct.pack(f"<{len(values)}d", *values), len(values))
    for value, text in zip(values, read, strict=True):
        if np.isnan(value):
            assert bytes(text) == b"null"
        else:
            assert float(bytes(text)).hex() == value.hex()


@given(st.lists(st.text()))
def test_texts_are_tritons(values: list[str]) -> None:
    sent = serialize_byte_tensor(np.array([value.encode() for value in values], dtype=object))
    data = sent.item() if len(values) else b""
    assert to_bytes("BYTES", values) == data
    assert [json.loads(bytes(value)) for value in from_bytes("BYTES", data, len(values))] == values


def test_booleans() -> None:
    assert [bytes(value) for value in from_bytes("BOOL", b"\x00\x01", 2)] == [b"false", b"true"]
    assert to_bytes("BOOL", [True, False]) == b"\x01\x00"


@pytest.mark.parametrize(
    ("datatype", "data"),
    [
        ("FP64", b"1234567"),
        ("FP64", bytes(16)),
        ("BYTES", bytes(8)),
        ("FP80", bytes(8)),
        ("BYTES", b"\x01\x00"),
        ("BYTES", b"\x09\x00\x00\x00ab"),
        ("BYTES", b"\x01\0\0\0\xff"),
    ],
)
def test_bytes_that_are_not_of_the_datatype_are_400(datatype: str, data: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        from_bytes(datatype, data, 1)
    assert refused.value.status == 400


def test_columns_in_any_order_and_a_matrix_in_the_contracts() -> None:
    expected = [{"a": 1.5, "b": 2, "c": 3}, {"a": 4, "b": 5, "c": 6.5}]
    columns = [Tensor("c", [2], "FP64", raw(3, 6.5)), Tensor("a", [2, 1], "FP64", raw(1.5, 4))]
    assert rows(NUMBERS, Tensor("b", [2], "INT8", raw(2, 5)), *columns) == expected
    assert rows(NUMBERS, Tensor("input-0", [2, 3], "FP64", raw(1.5, 2, 3, 4, 5, 6.5))) == expected


def test_nested_data_is_flat() -> None:
    assert [bytes(value) for value in flat(raw([1, 2], [3, 4]), 2)] == raw(1, 2, 3, 4)
    assert flat(raw(1, 2, 3, 4), 2) == raw(1, 2, 3, 4)
    for data, depth in ((raw([1], 2), 2), (raw([1]), 1), (raw([[1]]), 2)):
        with pytest.raises(Refusal, match="nested"):
            flat(data, depth)


def test_nulls_are_listed_for_datatypes_that_have_none() -> None:
    for nulls in ([0, 2], "0,2", " 0, 2 "):
        read = rows(OF, Tensor("seats", [3], "INT64", raw(1, 2, 3), {"nulls": nulls}))
        assert read == [{"seats": None}, {"seats": 2}, {"seats": None}]
    assert rows(OF, Tensor("seats", [1], "INT64", raw(1), {"nulls": ""})) == [{"seats": 1}]
    for wrong in ([3], "-1", [True], 7, {"a": 1}, "x", [10**12]):
        with pytest.raises(Refusal, match="positions of rows"):
            rows(OF, Tensor("seats", [3], "INT64", raw(1, 2, 3), {"nulls": wrong}))


def test_contents_in_base64_are_read_and_unknown_ones_refused() -> None:
    tensor = Tensor("carrier", [2], "BYTES", raw("VUE=", None), {"content_type": "base64"})
    assert rows(OF, tensor) == [{"carrier": "UA"}, {"carrier": None}]
    for wrong in (
        tensor._replace(data=raw("U", "U")),
        tensor._replace(parameters={"content_type": "hg_jsonlist"}),
    ):
        with pytest.raises(Refusal) as refused:
            rows(OF, wrong)
        assert refused.value.status == 400


def test_a_tensor_is_counted_before_it_is_read() -> None:
    assert [count_of(shape, 10) for shape in ([0], [10], [10, 3])] == [0, 10, 30]
    for shape, status in (([], 400), ([1, 1, 1], 400), ([-1], 400), ([11], 413), ([10**12, 10**12], 413)):
        with pytest.raises(Refusal) as refused:
            count_of(shape, 10)
        assert refused.value.status == status
