"""The units of a request: the value that one declared column has in each of its rows."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["Units", "text_of"]


class Units:
    """Reads one column of rows, and nothing else of them.

    Args:
        column: Its name, as requests say it.

    Example:
        >>> Units("customer").of(b'[{"customer": 12, "age": 4}, {"customer": "12"}, {"age": 5}]')
        ['12', '12', None]
    """

    def __init__(self, column: str) -> None:
        row: Any = msgspec.defstruct("Row", [("unit", Any, None)], rename={"unit": column}, gc=False)
        self._decoder = msgspec.json.Decoder(row | list[row])

    def of(self, rows: bytes) -> list[str | None]:
        """Return each row's unit as text; None where it has none, and one None for rows that are no rows.

        Args:
            rows: A JSON object, or an array of them.
        """
        try:
            decoded: Any = self._decoder.decode(rows)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return [None]
        each = decoded if isinstance(decoded, list) else [decoded]
        return [text_of(row.unit) for row in each] or [None]


def text_of(value: object) -> str | None:
    """Return a unit's value as the text that is hashed; None for what names nobody.

    Texts stand for themselves, whole numbers are written in decimal digits, so that `12`, `12.0` and `"12"`
    are one unit. Other numbers, booleans, null, empty texts, arrays and objects are no units.

    Example:
        >>> text_of("ada"), text_of(12), text_of(12.0), text_of(0.5), text_of(None)
        ('ada', '12', '12', None, None)
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    whole = isinstance(value, int) or value.is_integer()
    return str(int(value)) if whole else None
