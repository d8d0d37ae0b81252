from __future__ import annotations

import pytest

from interlock.explore.cleaning.numerals import number_format


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["$1,234.50", "$5"], ("1,234.5", ("$",), True)),
        (["12%", "5 %"], ("1234.5", ("%",), True)),
        (["12%", "0.5"], ("1234.5", ("%",), False)),
        (["1,5", "0,25"], ("1.234,5", (), True)),
        (["1.234,5", "0,25"], ("1.234,5", (), True)),
        (["1,234", "12,345"], ("1,234.5", (), False)),
        (["1,234", "12,345,678"], ("1,234.5", (), True)),
        (["1 234,5", "7"], ("1 234,5", (), True)),
        (["1'234.5", "7"], ("1'234.5", (), True)),
        (["(3)", "4"], ("1234.5", (), True)),
        (["5 EUR", "€5"], ("1234.5", ("€", "EUR"), True)),
    ],
)
def test_the_format_of_numbers(texts: list[str], expected: tuple[str, tuple[str, ...], bool]) -> None:
    assert number_format(texts) == expected


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["$5", "€5"],
        ["$5", "5%"],
        ["007"],
        ["+4912345", "+123"],
        ["1,234.5", "1.234,5"],
        ["5", "five"],
        ["12345678901234567890"],
        ["1.2.3"],
        ["12:30"],
        ["A1", "A2"],
    ],
)
def test_what_is_no_column_of_numbers(texts: list[str]) -> None:
    assert number_format(texts) is None
