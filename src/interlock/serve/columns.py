"""Columns of undecoded JSON values, put together as rows for the one decoder that all protocols share.

Whatever form a request has, its values reach the contract as the same bytes, so they get the same verdict.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from interlock.serve.message import Refusal

__all__ = [
    "NAN",
    "RAWS",
    "Raw",
    "array",
    "decoded",
    "mended",
    "raws",
    "rows_of_columns",
    "rows_of_instances",
    "rows_of_table",
]

Form = TypeVar("Form")

#: One undecoded JSON value.
Raw = msgspec.Raw | bytes
#: Splits a JSON array into undecoded values.
RAWS = msgspec.json.Decoder(list[msgspec.Raw])
#: What a refusal says of a body that does not parse; Python and R write NaN where JSON has no such word.
NAN = "the body is not JSON, which has neither NaN nor infinity: send null for a missing number"
_WORDS = re.compile(rb'"(?:[^"\\]|\\.)*"|NaN|-?Infinity', re.DOTALL)
_MENDED = {b"NaN": b"null", b"Infinity": b"1e999", b"-Infinity": b"-1e999"}
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_FEATURES = "features"


def rows_of_columns(columns: Mapping[str, Sequence[Raw]]) -> bytes:
    """Return a JSON array of objects.

    Args:
        columns: Undecoded values by column name.

    Raises:
        Refusal: 400 where the columns have different lengths.

    Example:
        >>> rows_of_columns({"age": [b"41", b"null"], "city": [b'"Oslo"', b'"Rome"']})
        b'[{"age":41,"city":"Oslo"},{"age":null,"city":"Rome"}]'
    """
    if len({len(values) for values in columns.values()}) > 1:
        raise Refusal(400, "shape", "the columns have different lengths")
    return _join([*columns], zip(*columns.values(), strict=True))


def rows_of_table(names: Sequence[str], rows: Sequence[Sequence[Raw]]) -> bytes:
    """Return a JSON array of objects.

    Args:
        names: Of the columns.
        rows: Undecoded values, row by row.

    Raises:
        Refusal: 400 where a name comes twice or a row has another length.

    Example:
        >>> rows_of_table(["age"], [[b"41"]])
        b'[{"age":41}]'
    """
    if len(set(names)) != len(names):
        raise Refusal(400, "shape", "a column comes twice")
    if any(len(row) != len(names) for row in rows):
        raise Refusal(400, "shape", "a row has another number of values than there are columns")
    return _join(names, rows)


def rows_of_instances(names: Sequence[str], instances: Iterable[Raw]) -> bytes:
    """Return a JSON array of objects, of instances in any of the forms that platforms send.

    An instance is an object by name; or an array of values in the order of the contract; or, as SageMaker's
    own algorithms have it, `{"features": [...]}`.

    Args:
        names: The contract's inputs, in its order.
        instances: Undecoded.

    Raises:
        Refusal: 400 where an array has another number of values than the contract has inputs.

    Example:
        >>> rows_of_instances(["age", "city"], [b'{"age":41}', b'[41,"Oslo"]', b'{"features":[7,null]}'])
        b'[{"age":41},{"age":41,"city":"Oslo"},{"age":7,"city":null}]'
    """
    keys = _keys(names)
    wrapped = _FEATURES not in names
    return array(_instance(keys, bytes(each), wrapped=wrapped) for each in instances)


def _instance(keys: Sequence[bytes], instance: bytes, *, wrapped: bool) -> bytes:
    if wrapped and instance.startswith(b"{") and b"features" in instance[:16]:
        held = _OBJECT.decode(instance)
        if held.keys() == {_FEATURES}:
            instance = bytes(held[_FEATURES])
    if not instance.startswith(b"["):
        return instance  # an object, or what the decoder will refuse
    values = RAWS.decode(instance)
    if len(values) != len(keys):
        message = f"an instance without names has {len(values)} values; the contract has {len(keys)} inputs"
        raise Refusal(400, "shape", message)
    return _row(keys, values)


def raws(values: Sequence[object]) -> list[Raw]:
    """Return plain values as JSON: NaN is null, infinity a number beyond float64, as the contract reads them.

    Example:
        >>> [bytes(value) for value in raws([1.5, float("nan"), float("-inf"), "Oslo"])]
        [b'1.5', b'null', b'-1e999', b'"Oslo"']
    """
    encoded: list[Raw] = list(RAWS.decode(msgspec.json.encode(values)))
    for place, value in enumerate(values):
        if isinstance(value, float) and math.isinf(value):
            encoded[place] = b"1e999" if value > 0 else b"-1e999"
    return encoded


def decoded(decoder: msgspec.json.Decoder[Form], body: bytes, otherwise: str, *, mend: bool = False) -> Form:
    """Return a body as one of a protocol's forms.

    Args:
        decoder: Of the forms.
        body: As sent.
        otherwise: What a refusal says of JSON in another form.
        mend: Whether Python's words for NaN and infinity are taken, too.

    Raises:
        Refusal: 400 where it is not JSON, or has none of the forms.

    Example:
        >>> decoded(msgspec.json.Decoder(list[float | None]), b"[1.5, NaN]", "not a list", mend=True)
        [1.5, None]
    """
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Refusal(400, "malformed", f"{otherwise}: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if mend:
            return decoded(decoder, mended(body), otherwise)
        raise Refusal(400, "malformed", NAN) from None


def mended(body: bytes) -> bytes:
    """Return a body with what Python's `json` writes for NaN and infinity as the contract reads these.

    MLflow's and Triton's own clients send these words, which their servers take and JSON does not have.

    Args:
        body: What did not parse.

    Raises:
        Refusal: 400 where there is no such word.

    Example:
        >>> mended(b'{"a": [NaN, -Infinity], "b": "NaN"}')
        b'{"a": [null, -1e999], "b": "NaN"}'
    """
    changed = _WORDS.sub(lambda word: _MENDED.get(word[0], word[0]), body)
    if changed == body:
        raise Refusal(400, "malformed", NAN)
    return changed


def array(values: Iterable[Raw]) -> bytes:
    """Return a JSON array of undecoded values.

    Example:
        >>> array([b"{}", b"1"])
        b'[{},1]'
    """
    return b"[" + b",".join(values) + b"]"


def _join(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    keys = _keys(names)
    return array(_row(keys, row) for row in rows)


def _keys(names: Sequence[str]) -> list[bytes]:
    return [msgspec.json.encode(name) + b":" for name in names]


def _row(keys: Sequence[bytes], values: Sequence[Any]) -> bytes:
    return b"{" + b",".join([k + v for k, v in zip(keys, values, strict=True)]) + b"}"
