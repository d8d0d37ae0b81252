from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.contract.numerals import FORMATS, SYMBOLS, numeral

numbers = st.floats(-1e12, 1e12, allow_nan=False).map(lambda value: round(value, 2) + 0.0)


@given(numbers, st.sampled_from([*FORMATS]))
def test_what_python_formats_is_read_back_exactly(number: float, example: str) -> None:
    thousands, point = FORMATS[example]
    written = f"{number:,.2f}".translate({ord(","): thousands, ord("."): point})
    assert numeral(example)(written) == number
    accounts = f"({written.removeprefix('-')})"
    assert numeral(example)(accounts) == -abs(number)


@given(numbers, st.sampled_from(SYMBOLS))
def test_a_symbol_stands_on_either_side(number: float, symbol: str) -> None:
    read = numeral("1,234.5", (symbol,))
    for text in (
        f"{symbol}{number:,}",
        f"{symbol} {number:,}",
        f"{number:,}{symbol}",
        f" {number:,} {symbol} ",
    ):
        assert read(text) == number
    assert numeral("1,234.5")(f"{symbol}{number:,}") is None


@pytest.mark.parametrize(
    ("example", "text", "expected"),
    [
        ("1,234.5", "1,23", None),
        ("1,234.5", "12,34,567", None),
        ("1,234.5", "1234,567", None),
        ("1,234.5", "1234567.5", 1234567.5),
        ("1,234.5", "1.234,5", None),
        ("1.234,5", "1,5", 1.5),
        ("1.234,5", "1.5", None),
        ("1 234,5", "1\u202f234,5", 1234.5),
        ("1'234.5", "1’234.5", 1234.5),
        ("1234.5", "1,234", None),
        ("1234.5", ".5", 0.5),
        ("1234.5", "1e5", 1e5),
        ("1234.5", "-3", -3.0),
        ("1234.5", "−3", -3.0),
        ("1234.5", "- 3", -3.0),
        ("1234.5", "(0)", 0.0),
        ("1234.5", "(-3)", None),
        ("1234.5", "--3", None),
        ("1234.5", "(3", None),
        ("1234.5", "()", None),
        ("1234.5", "(", None),
        ("1234.5", "", None),
        ("1234.5", "-", None),
        ("1234.5", "007", None),
        ("1234.5", "0", 0.0),
        ("1234.5", "0.5", 0.5),
        ("1234.5", "0x1F", None),
        ("1234.5", "nan", None),
        ("1234.5", "inf", None),
        ("1234.5", "1e400", None),
        ("1234.5", "1" * 400, None),
        ("1234.5", "١٢", None),
        ("1234.5", "1_000", None),
    ],
)
def test_what_is_a_number_and_what_is_none(example: str, text: str, expected: float | None) -> None:
    assert numeral(example)(text) == expected


def test_minus_zero_is_zero() -> None:
    assert str(numeral("1234.5")("-0")) == "0.0"
