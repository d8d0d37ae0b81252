from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.explore.content.characters import capitals_and_classes, class_of, contains


@given(st.lists(st.text(st.characters())))
def test_every_character_has_one_class(texts: list[str]) -> None:
    capitals, classes = capitals_and_classes(texts)
    assert sum(share for _, share in classes) == pytest.approx(1.0 if any(texts) else 0.0)
    assert 0 <= capitals <= 1


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("é", "Latin"),
        ("\u0301", "other letters"),
        ("ß", "Latin"),
        ("Ω", "Greek"),
        ("я", "Cyrillic"),
        ("한", "CJK"),
        ("の", "CJK"),
        ("ع", "Arabic"),
        ("ש", "Hebrew"),
        ("न", "Indic"),
        ("ก", "Thai"),
        ("٣", "digits"),
        ("\u200f", "control"),
        ("\x00", "control"),
        ("\ud800", "broken"),
        (chr(0xFFFD), "broken"),
        ("€", "symbols"),
        ("\u00a0", "spaces"),
        ("☃", "emoji"),
    ],
)
def test_classes(character: str, name: str) -> None:
    assert class_of(character) == name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to ada.lovelace+x@mail.example.co.uk now", ["an e-mail address"]),
        ("(212) 555-0142", ["a telephone number"]),
        ("+49 30 901820", ["a telephone number"]),
        ("see https://example.org/a", ["a web address"]),
        ("<script>alert(1)</script>", ["HTML"]),
        ("fish &amp; chips", ["HTML"]),
        ("CafÃ© crÃ¨me", ["broken encoding"]),
        ("itâ€™s", ["broken encoding"]),
        ("lost \ufffd", ["broken encoding"]),
        ("2013-01-31 10:30:00", []),
        ("1,234,567.89 and 12.345.678", []),
        ("a < b and c > d & e", []),
        ("@home me@ a@b", []),
        ("São Paulo, Ångström", []),
        ("order 4400123456789", []),
    ],
)
def test_contents(text: str, expected: list[str]) -> None:
    assert contains(text) == expected


@pytest.mark.parametrize("part", ["a@", "a.", "<a ", "0", "1-", "+1 ", "https://", "www.a", "&#", "Ã", "("])
def test_no_text_makes_a_pattern_run_away(part: str) -> None:
    start = time.process_time()
    contains(part * (100_000 // len(part)))
    assert time.process_time() - start < 1.0
