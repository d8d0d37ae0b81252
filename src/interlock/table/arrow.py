"""Arrow arrays as the profile and the contract take them: a kind, numpy data, and what is null.

| Arrow | becomes |
|---|---|
| signed and unsigned integers up to 63 bits, decimals without a fraction up to 18 digits | `integer` |
| floats, other decimals, uint64, durations and times of day (in seconds) | `number` |
| dates, timestamps of any unit and zone (one without a zone is read as UTC) | `timestamp` |
| strings of any layout, dictionaries of strings, columns that are null throughout | `string` |
| lists, structs, maps, unions, binary | nothing: `kind_of` is None, and the table skips the column |
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.profile.values import Kind, Values

__all__ = ["batch_values", "kind_of", "values"]

_MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}


def kind_of(arrow: Any) -> Kind | None:
    """Return the kind that a column of this Arrow type has; None where Interlock does not read it.

    Args:
        arrow: A `pyarrow.DataType`; a dictionary counts as what it holds.

    Returns:
        `number`, `integer`, `boolean`, `timestamp` or `string`.

    Example:
        >>> import pyarrow as pa
        >>> kind_of(pa.uint8()), kind_of(pa.list_(pa.int8()))
        ('integer', None)
    """
    arrow = _plain_type(arrow)
    for kind, tests in _KINDS.items():
        if any(test(arrow) for test in tests):
            return kind
    return None


def values(array: Any) -> Values:
    """Return an Arrow array as `Values`; nulls and NaN stay apart, and nothing is copied without need.

    Args:
        array: `pyarrow.Array` or `ChunkedArray` of any type that `kind_of` knows.

    Returns:
        The same values in the same order.

    Raises:
        InputError: If the type is nested or binary.

    Example:
        >>> import pyarrow as pa
        >>> values(pa.array([1.5, None])).valid.tolist()
        [True, False]
    """
    array = _plain(array)
    kind = kind_of(array.type)
    if kind is None:
        raise InputError(
            "a column of this type cannot be read",
            got=array.type,
            next_step="leave it out, or turn it into numbers or strings with sql=...",
        )
    if kind == "string":
        return _string_values(array)
    return Values(kind, _READERS[kind](array), _validity(array))


def batch_values(batch: Any) -> dict[str, Values]:
    """Return the columns of a record batch or table as `Values`; columns that cannot be read are left out.

    Args:
        batch: A `pyarrow.RecordBatch` or `pyarrow.Table`.

    Returns:
        By name, in the order of the batch.

    Example:
        >>> import pyarrow as pa
        >>> list(batch_values(pa.record_batch({"a": [1], "b": [[1, 2]]})))
        ['a']
    """
    return {
        field.name: values(batch.column(index))
        for index, field in enumerate(batch.schema)
        if kind_of(field.type) is not None
    }


#: Extension types whose storage says what they are; another one's may mean anything.
_EXTENSIONS = ("arrow.json", "arrow.bool8")


def _is_string(arrow: Any) -> bool:
    return bool(pt.is_string(arrow) or pt.is_large_string(arrow) or pt.is_string_view(arrow))


def _is_whole_decimal(arrow: Any) -> bool:
    return bool(pt.is_decimal(arrow) and arrow.scale == 0 and arrow.precision <= 18)


def _plain_type(arrow: Any) -> Any:
    while True:
        if isinstance(arrow, pa.BaseExtensionType) and arrow.extension_name in _EXTENSIONS:
            arrow = arrow.storage_type
        elif pt.is_run_end_encoded(arrow) or (pt.is_dictionary(arrow) and not _is_string(arrow.value_type)):
            arrow = arrow.value_type
        else:
            return arrow


_KINDS: dict[Kind, tuple[Any, ...]] = {
    "string": (_is_string, pt.is_dictionary, pt.is_null),
    "boolean": (pt.is_boolean,),
    "integer": (lambda arrow: pt.is_integer(arrow) and not pt.is_uint64(arrow), _is_whole_decimal),
    "number": (pt.is_uint64, pt.is_floating, pt.is_decimal, pt.is_duration, pt.is_time),
    "timestamp": (pt.is_timestamp, pt.is_date),
}


def _plain(array: Any) -> Any:
    """Undo chunks, extensions, run ends, and dictionaries of anything but strings."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if isinstance(array.type, pa.BaseExtensionType):
        return _plain(array.storage)
    if pt.is_run_end_encoded(array.type):
        return _plain(pc.run_end_decode(array))
    if pt.is_dictionary(array.type) and not _is_string(array.type.value_type):
        return _plain(array.dictionary_decode())
    return array


def _validity(array: Any) -> NDArray[np.bool_] | None:
    return None if array.null_count == 0 else _bits(array, 0)


def _bits(array: Any, buffer: int) -> NDArray[np.bool_]:
    """Unpack a buffer of bits; Arrow's own `to_numpy` imports pandas, where there is one, for seconds."""
    first, rest = divmod(array.offset, 8)
    size = -(-(rest + len(array)) // 8)
    packed = np.frombuffer(array.buffers()[buffer], np.uint8, size, first)
    return np.unpackbits(packed, bitorder="little")[rest : rest + len(array)].view(np.bool_)


def _buffer(array: Any, dtype: Any) -> NDArray[Any]:
    """View a fixed-width array's memory as numpy, whatever stands at its nulls."""
    if len(array) == 0:
        return np.empty(0, dtype)
    return np.frombuffer(array.buffers()[1], dtype, len(array), array.offset * np.dtype(dtype).itemsize)


def _booleans(array: Any) -> NDArray[Any]:
    return _bits(array, 1) if len(array) else np.empty(0, np.bool_)


def _integers(array: Any) -> NDArray[Any]:
    if pt.is_decimal(array.type):
        array = pc.cast(array, pa.int64())
    return _buffer(array, array.type.to_pandas_dtype()).astype(np.int64, copy=False)


def _numbers(array: Any) -> NDArray[Any]:
    if pt.is_decimal(array.type):
        array = pc.cast(array, pa.float64())
    if pt.is_duration(array.type) or pt.is_time(array.type):
        return _seconds(array)
    return _buffer(array, array.type.to_pandas_dtype()).astype(np.float64, copy=False)


def _seconds(array: Any) -> NDArray[Any]:
    units = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
    dtype = np.int32 if array.type.bit_width == 32 else np.int64
    return _buffer(array, dtype).astype(np.float64) / units[array.type.unit]


def _timestamps(array: Any) -> NDArray[Any]:
    if pt.is_date32(array.type):
        return _buffer(array, np.int32).astype(np.int64) * 86_400_000_000
    if pt.is_date64(array.type):
        return _buffer(array, np.int64) * 1_000
    stamps = _buffer(array, np.int64)
    if array.type.unit == "ns":
        return stamps // 1_000
    factor = _MICROSECONDS[array.type.unit]
    return stamps if factor == 1 else _scaled(array, stamps, factor)


def _scaled(array: Any, stamps: NDArray[Any], factor: int) -> NDArray[Any]:
    valid = _validity(array)
    present = stamps if valid is None else stamps[valid]
    if present.size and np.abs(present).max() > np.iinfo(np.int64).max // factor:
        raise InputError(
            "a time does not fit 64 bits of microseconds",
            got=f"{present[np.abs(present).argmax()]} {array.type.unit}",
            next_step="replace such times by null with sql=...",
        )
    return stamps * factor


_READERS = {"boolean": _booleans, "integer": _integers, "number": _numbers, "timestamp": _timestamps}


def _string_values(array: Any) -> Values:
    if pt.is_null(array.type):
        none = np.zeros(len(array), np.bool_)
        return Values("string", np.zeros(len(array), np.int32), none, np.empty(0, object))
    if not pt.is_dictionary(array.type):
        array = pc.dictionary_encode(array)
    elif array.dictionary.null_count:
        array = pc.dictionary_encode(array.dictionary_decode())
    indices = array.indices
    codes = _buffer(indices, indices.type.to_pandas_dtype()).astype(np.int32, copy=False)
    valid = _validity(indices)
    if valid is not None:
        codes = np.where(valid, codes, np.int32(0))  # what stands at a null may be no code
    return Values("string", codes, valid, _levels(array.dictionary))


def _levels(dictionary: Any) -> NDArray[np.object_]:
    return np.array(dictionary.to_pylist(), dtype=object)
