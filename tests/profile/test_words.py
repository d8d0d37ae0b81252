from __future__ import annotations

import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.profile.words import LONGEST, bag, words


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


@given(st.lists(st.sampled_from(["a", "b", "Été", "東京", "ﬁ"]), max_size=30))
def test_a_bag_writes_a_word_once_for_every_doubling_of_its_count(chosen: list[str]) -> None:
    text = " ".join(chosen)
    found = bag(text).split()
    counts = Counter(words(text))
    assert list(dict.fromkeys(found)) == list(counts)
    assert all(
        2 ** (found.count(word) - 1) <= count < 2 ** found.count(word) for word, count in counts.items()
    )


@given(st.text(st.characters()))
def test_a_bag_is_words_and_blanks_alone(text: str) -> None:
    assert {*bag(text).split(" ")} - {""} == {*words(text)}


def test_the_work_for_a_long_text_is_bounded() -> None:
    assert bag("ab " * 10_000_000) == bag(("ab " * 10_000)[:LONGEST])
    assert bag("x" * LONGEST + " unread") == "x" * LONGEST
