"""Which format numbers that are written as text have; none where it cannot be told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from interlock.contract.numerals import FORMATS, SYMBOLS, numeral

__all__ = ["Found", "number_format"]

#: Symbols that mean one unit.
_UNITS = (("%",), ("‰",), ("$", "USD"), ("€", "EUR"), ("£", "GBP"), ("¥", "JPY"), ("₹",), ("CHF",))
#: Beyond it a float cannot hold every integer, so a text of digits is no number but a name.
_EXACT = 2.0**53


class Found(NamedTuple):
    """A format of numbers.

    Args:
        format: As a cleaning step states it.
        symbols: What stands before or after the numbers.
        certain: Whether no other reading is possible.
    """

    format: str
    symbols: tuple[str, ...]
    certain: bool


def number_format(texts: Iterable[str]) -> Found | None:
    """Return the format in which every text is a number.

    Args:
        texts: The different texts of a column, words for "unknown" apart.

    Returns:
        None where a text is no number in the format of the others, where two units are mixed, or where digits
        only name something (a leading zero or plus, more than float64 holds).

    Example:
        >>> number_format(["$1,234.50", "($3)"])
        Found(format='1,234.5', symbols=('$',), certain=True)
        >>> number_format(["1,5", "2,75"]).format, number_format(["1,234", "5,678"]).certain
        ('1.234,5', False)
        >>> number_format(["$5", "€5"]) is None, number_format(["007"]) is None
        (True, True)
    """
    plain = [text.strip() for text in texts]
    symbols = tuple(symbol for symbol in SYMBOLS if any(symbol in text for text in plain))
    units = [unit for unit in _UNITS if set(unit) & set(symbols)]
    if not plain or len(units) > 1:
        return None
    if not symbols and any(text.startswith("+") for text in plain):
        return None
    fitting = [example for example in FORMATS if _fits(plain, example, symbols)]
    if not fitting:
        return None
    two = {"1,234.5", "1.234,5"} <= set(fitting) and fitting[0] != "1234.5"
    shares = {any(symbol in text for symbol in symbols) for text in plain}
    return Found(fitting[0], symbols, not two and not (units in ([("%",)], [("‰",)]) and len(shares) > 1))


def _fits(texts: list[str], example: str, symbols: tuple[str, ...]) -> bool:
    read = numeral(example, symbols)
    for text in texts:
        number = read(text)
        if number is None or abs(number) > _EXACT:
            return False
    return True
