"""Numbers as people write them: `1,234.5`, `12 %`, `$5`, `(3)`. The format is stated, never guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache

__all__ = ["FORMATS", "SYMBOLS", "numeral"]

#: Formats, each written as an example: the separator of thousands, and that of decimals.
FORMATS: dict[str, tuple[str, str]] = {
    "1234.5": ("", "."),
    "1,234.5": (",", "."),
    "1.234,5": (".", ","),
    "1 234,5": (" ", ","),
    "1 234.5": (" ", "."),
    "1'234.5": ("'", "."),
}
#: What may stand before or after a number: one unit for the whole column, never converted.
SYMBOLS = ("%", "‰", "$", "€", "£", "¥", "₹", "USD", "EUR", "GBP", "CHF", "JPY")

#: Blanks inside a number are no-break or thin ones as often as not, and apostrophes typographic.
_ALIKE = {" ": " \u00a0\u2009\u202f", "'": "'’"}


@cache
def numeral(example: str, symbols: tuple[str, ...] = ()) -> Callable[[str], float | None]:
    """Return what reads a number in one format.

    Thousands may be left without their separator, but where one stands, all stand in their places.
    Parentheses mean minus, as in accounts. A number with leading zeros is an identifier, and is none. A
    symbol is a unit: `12 %` is 12.

    Args:
        example: A key of `FORMATS`.
        symbols: Which of `SYMBOLS` may stand before or after the number.

    Returns:
        A function of a text: the number, or None where the text is no number of this format.

    Example:
        >>> read = numeral("1,234.5", ("$",))
        >>> [read(text) for text in ("$1,234.50", "(3)", "1,23", "007", "12 %")]
        [1234.5, -3.0, None, None, None]
    """
    thousands, point = FORMATS[example]
    marks = _ALIKE.get(thousands, thousands)
    grouped = rf"|[1-9]\d{{0,2}}(?:[{re.escape(marks)}]\d{{3}})+" if thousands else ""
    figures = rf"(?:(?:0|[1-9]\d*{grouped})(?:{re.escape(point)}\d+)?|{re.escape(point)}\d+)(?:[eE][+-]?\d+)?"
    symbol = rf"(?:{'|'.join(map(re.escape, symbols))})" if symbols else "(?!)"
    pattern = rf"([+\-−]?)\s*(?:{symbol}\s*)?([+\-−]?)({figures})(?:\s*{symbol})?"
    matches = re.compile(pattern, re.ASCII).fullmatch

    def read(text: str) -> float | None:
        plain = text.strip()
        inside = plain[1:-1].strip() if plain[:1] == "(" and plain[-1:] == ")" else None
        found = matches(plain if inside is None else inside)
        if found is None:
            return None
        signs = found[1] + found[2]
        if len(signs) + (inside is not None) > 1:
            return None
        digits = found[3]
        for mark in marks:
            digits = digits.replace(mark, "")
        number = float(digits.replace(point, "."))
        if not math.isfinite(number):
            return None
        return -number + 0.0 if inside is not None or (signs in ("-", "−") and signs) else number

    return read
