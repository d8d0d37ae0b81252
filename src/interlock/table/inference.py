"""What a column of text holds, judged by every value of the file and never by its head.

A column is the first of these that *every* value present allows: `integer`, `number`, `boolean`,
`timestamp`; otherwise it is `string`. A value such as "00501", "+49", "0x1F" or a whole number beyond 64
bits is an identifier that a number would damage, so it makes its column a string.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["CANDIDATES", "MISSING_TOKENS", "Text", "arrow_type", "convert", "decide", "narrow"]

Text = Literal["integer", "number", "boolean", "timestamp", "string"]

#: What a column of text may still be before its first value is seen, in order of preference.
CANDIDATES: tuple[Text, ...] = ("integer", "number", "boolean", "timestamp")

#: Without quotes these mean missing in every column; with quotes, only where the column is not a string.
MISSING_TOKENS = ("", "NA", "NaN", "null", "None", "N/A")

_TYPES = {
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
    "string": pa.dictionary(pa.int32(), pa.string()),
}

_DAMAGED_BY_NUMBERS = r"^\s*(\+|-?0[0-9xX])"
_WHOLE = r"^\s*-?[0-9]+\s*$"
_ZONE = r"[T ].*(Z|[+-][0-9]{2}(:?[0-9]{2})?)$"


def arrow_type(text: Text) -> Any:
    """Return the Arrow type that a column of this kind is read as.

    Example:
        >>> arrow_type("integer")
        DataType(int64)
    """
    return _TYPES[text]


def narrow(candidates: tuple[Text, ...], array: Any) -> tuple[Text, ...]:
    """Drop the candidates that one more batch of text rules out.

    Args:
        candidates: What the column may be by the batches so far; `CANDIDATES` at first.
        array: The batch, an Arrow array of strings.

    Returns:
        The candidates that remain, in their order.

    Example:
        >>> import pyarrow as pa
        >>> narrow(CANDIDATES, pa.array(["1", "2.5", None]))
        ('number',)
        >>> narrow(CANDIDATES, pa.array(["10001", "00501"]))
        ()
    """
    if not candidates:
        return ()
    present = array.unique().drop_null()  # most columns repeat their values
    present = present.filter(pc.invert(pc.is_in(present, value_set=_tokens())))
    return tuple(candidate for candidate in candidates if _allows(candidate, present))


def decide(candidates: tuple[Text, ...]) -> Text:
    """Return what a column holds, by the candidates that its whole text left.

    All candidates remain only where no value was ever present; such a column is a `string` of nulls.

    Example:
        >>> decide(("number",)), decide(()), decide(CANDIDATES)
        ('number', 'string', 'string')
    """
    return "string" if candidates in ((), CANDIDATES) else candidates[0]


def convert(array: Any, text: Text) -> Any:
    """Convert one batch of text to the type found for its column.

    Args:
        array: An Arrow array of strings.
        text: What the column holds.

    Returns:
        An Arrow array of `arrow_type(text)`.

    Raises:
        pyarrow.ArrowInvalid: If a value is not of that type.

    Example:
        >>> import pyarrow as pa
        >>> convert(pa.array(["1", "NA"]), "integer").to_pylist()
        [1, None]
    """
    if text == "string":
        return pc.dictionary_encode(array)
    missing = pc.is_in(array, value_set=_tokens())
    return _PARSERS[text](pc.if_else(missing, None, array))


def _allows(candidate: Text, present: Any) -> bool:
    if candidate in ("integer", "number") and _damaged(present):
        return False
    try:
        _PARSERS[candidate](present)
    except pa.ArrowInvalid:
        return False
    return True


def _damaged(present: Any) -> bool:
    """Tell whether a number would lose what is written: a leading zero or plus, a size beyond 64 bits."""
    if pc.any(pc.match_substring_regex(present, _DAMAGED_BY_NUMBERS)).as_py():
        return True
    long = present.filter(pc.greater(pc.binary_length(present), 18))
    whole = long.filter(pc.match_substring_regex(long, _WHOLE))
    return len(whole) > 0 and not _parses(whole, pa.int64())


def _parses(array: Any, to: Any) -> bool:
    try:
        _cast(array, to)
    except pa.ArrowInvalid:
        return False
    return True


def _cast(array: Any, to: Any) -> Any:
    """Cast; blanks around a value are not part of a number or a time, and are rare, so trim only then."""
    try:
        return pc.cast(array, to)
    except pa.ArrowInvalid:
        return pc.cast(pc.ascii_trim_whitespace(array), to)


def _booleans(array: Any) -> Any:
    lower = pc.ascii_lower(pc.ascii_trim_whitespace(array))
    if not pc.all(pc.is_in(lower, value_set=pa.array(["true", "false", None])), min_count=0).as_py():
        raise pa.ArrowInvalid("neither true nor false")
    return pc.equal(lower, "true")


def _timestamps(array: Any) -> Any:
    trimmed = pc.ascii_trim_whitespace(array)
    # Arrow refuses digits beyond the unit; nanoseconds are cut to the microseconds that we keep.
    trimmed = pc.replace_substring_regex(trimmed, pattern=r"(\.[0-9]{6})[0-9]+", replacement=r"\1")
    zoned = pc.fill_null(pc.match_substring_regex(trimmed, _ZONE), fill_value=False)
    with_zone = pc.cast(pc.if_else(zoned, trimmed, None), _TYPES["timestamp"])
    without = pc.cast(pc.if_else(zoned, None, trimmed), pa.timestamp("us"))
    return pc.coalesce(with_zone, pc.cast(without, _TYPES["timestamp"]))


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "integer": lambda array: _cast(array, pa.int64()),
    "number": lambda array: _cast(array, pa.float64()),
    "boolean": _booleans,
    "timestamp": _timestamps,
}


@cache
def _tokens() -> Any:
    """Made at first use: whatever makes an Arrow array imports pandas, where there is one, for seconds."""
    return pa.array(MISSING_TOKENS)
