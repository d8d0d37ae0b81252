"""What a column of text holds, judged by every value of the file and never by its head.

A column is the first of these that *every* value present allows: `integer`, `number`, `boolean`,
`timestamp`; otherwise it is `string`. A value such as "00501", "+49", "0x1F" or a whole number beyond 64
bits is an identifier that a number would damage, so it makes its column a string.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
from numpy.typing import NDArray

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
_LONG_WHOLE = r"^\s*-?[0-9]{18,}\s*$"
#: Whole numbers of so many characters fit 64 bits.
_LONG = 18
#: What most columns of numbers soon are, so that one look at each value is enough.
_NUMERIC: tuple[tuple[Text, ...], ...] = (("integer", "number"), ("number",))
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
    if candidates in _NUMERIC and _is_plain(array, candidates[0]):
        return candidates
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
    if text in ("integer", "number"):
        plain = _plainly(array, _TYPES[text])
        if plain is not None:
            return plain
        return _PARSERS[text](_without_tokens(array))
    coded = pc.dictionary_encode(array)  # most columns repeat their values, and these are slow to parse
    return _PARSERS[text](_without_tokens(coded.dictionary)).take(coded.indices)


def _without_tokens(array: Any) -> Any:
    missing = pc.is_in(array, value_set=_tokens())
    return pc.if_else(missing, pa.nulls(len(array), array.type), array)


def _plainly(array: Any, to: Any) -> Any | None:
    """Cast text to numbers where no value is a missing token or has blanks around it; else None."""
    try:
        plain = pc.cast(array, to)
    except pa.ArrowInvalid:
        return None
    # The token "NaN" is missing, and would be read as a number.
    return None if pt.is_floating(to) and pc.any(pc.is_nan(plain)).as_py() else plain


def _is_plain(array: Any, text: Text) -> bool:
    """Tell whether all values are numbers of this kind that nothing is lost of, judged the fast way."""
    starts, lengths = _places(array)
    if (lengths > _LONG).any() and pc.any(pc.match_substring_regex(array, _LONG_WHOLE)).as_py():
        return False
    return not _may_be_damaged(array, starts, lengths) and _plainly(array, _TYPES[text]) is not None


def _places(array: Any) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return where each value that is not empty begins in the array's bytes, and its length."""
    offsets = np.frombuffer(array.buffers()[1], np.int32, len(array) + 1, array.offset * 4)
    starts, lengths = offsets[:-1], np.diff(offsets)
    if lengths.all():
        return starts, lengths
    there = lengths > 0
    return starts[there], lengths[there]


def _may_be_damaged(array: Any, starts: NDArray[np.int32], lengths: NDArray[np.int32]) -> bool:
    """Tell whether a value begins with a plus, or with a zero and one more digit or an x, after a minus."""
    if not len(starts):
        return False
    data = np.frombuffer(array.buffers()[2], np.uint8)
    first = data[starts]
    if (first == ord("-")).any():
        after = (first == ord("-")) & (lengths > 1)
        starts, lengths = starts + after, lengths - after
        first = data[starts]
    led = (first == ord("0")) & (lengths > 1)
    second = data[starts[led] + 1]
    digit = (second >= ord("0")) & (second <= ord("9"))
    return bool((first == ord("+")).any() or (digit | ((second | 32) == ord("x"))).any())


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
    long = present.filter(pc.match_substring_regex(present, _LONG_WHOLE))
    return len(long) > 0 and not _parses(long, pa.int64())


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
    known = pc.is_in(lower, value_set=_strings("true", "false"))
    if pc.any(pc.and_(pc.invert(known), pc.is_valid(lower))).as_py():
        raise pa.ArrowInvalid("neither true nor false")
    return pc.if_else(known, pc.is_in(lower, value_set=_strings("true")), pa.nulls(len(lower), pa.bool_()))


def _timestamps(array: Any) -> Any:
    trimmed = pc.ascii_trim_whitespace(array)
    # Arrow refuses digits beyond the unit; nanoseconds are cut to the microseconds that we keep.
    trimmed = pc.replace_substring_regex(trimmed, pattern=r"(\.[0-9]{6})[0-9]+", replacement=r"\1")
    zoned = pc.match_substring_regex(trimmed, _ZONE)
    absent = pa.nulls(len(trimmed), trimmed.type)
    with_zone = pc.cast(pc.if_else(zoned, trimmed, absent), _TYPES["timestamp"])
    without = pc.cast(pc.if_else(zoned, absent, trimmed), pa.timestamp("us"))
    return pc.coalesce(with_zone, pc.cast(without, _TYPES["timestamp"]))


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "integer": lambda array: _cast(array, pa.int64()),
    "number": lambda array: _cast(array, pa.float64()),
    "boolean": _booleans,
    "timestamp": _timestamps,
}


@cache
def _tokens() -> Any:
    return _strings(*MISSING_TOKENS)


def _strings(*texts: str) -> Any:
    """Return strings as an Arrow array; `pa.array` would import pandas, where there is one, for seconds."""
    encoded = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, encoded)]).astype(np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded)))
