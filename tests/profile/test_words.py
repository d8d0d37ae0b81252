from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.profile.words import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The quick, brown fox.", ["the", "quick", "brown", "fox"]),
        ("don't ’tis o’clock rock'n'roll '", ["don't", "tis", "o'clock", "rock'n'roll"]),
        ("snake_case e-mail 3.14 10,000", ["snake", "case", "e", "mail", "3", "14", "10", "000"]),
        ("Ça coûte 5 € à Évreux", ["ça", "coûte", "5", "à", "évreux"]),
        ("Straße ÄÖÜ", ["straße", "äöü"]),
        ("Привет, мир!", ["привет", "мир"]),
        ("東京都に行く", ["東京", "京都", "都に", "に行", "行く"]),
        ("我 love 北京", ["我", "love", "北京"]),
        ("한국어 텍스트", ["한국어", "텍스트"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("שָׁלוֹם עולם", ["שָׁלוֹם", "עולם"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("ＦＵＬＬ ｗｉｄｔｈ ﬁne", ["full", "width", "fine"]),
        ("😀😀 <b>bold</b>\x00\ud800x", ["b", "bold", "b", "x"]),
        ("", []),
        ("— … !", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == [unicodedata.normalize("NFKC", word) for word in expected]


@given(st.text(st.characters()))
def test_any_string_is_split_into_words_that_stay_what_they_are(text: str) -> None:
    found = words(text)
    assert all(found)
    assert not any(character.isspace() for word in found for character in word)
    spaced = [word for word in found if word.isascii()]
    assert words(" ".join(spaced)) == spaced


@given(st.text(st.characters(codec="latin-1")))
def test_composed_and_decomposed_accents_are_one(text: str) -> None:
    assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


@given(st.text(st.sampled_from("ab c'.1é")))
def test_ascii_and_the_rest_follow_one_rule(text: str) -> None:
    # The fast way for ASCII and the general one: a far letter of another script forces the second.
    assert [*words(text), "ж"] == words(f"{text} ж")
