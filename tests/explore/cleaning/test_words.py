from __future__ import annotations

import pytest

from interlock.explore.cleaning.words import missing_words


@pytest.mark.parametrize(
    ("texts", "alone", "expected"),
    [
        (["Oslo", "?", "NA", " n/a ", "-"], False, ("-", "?", "NA", "n/a")),
        (["Oslo", "", "Rome"], False, ("",)),
        (["tea", "none", "coffee"], False, ()),
        (["tea", "none", "coffee", "?"], False, ("?", "none")),
        (["1", "2", "unknown"], True, ("unknown",)),
        (["+", "-"], False, ()),
        (["DE", "FR", "NA", "ZA", "US", "GB"], False, ()),
        (["DE", "FR", "NA", "ZA", "US", "GB", "?"], False, ("?",)),
        (["Oslo", "Nan", "nan"], False, ("Nan", "nan")),
        (["Oslo", "Rome"], False, ()),
    ],
)
def test_signs_mean_nothing_and_words_only_beside_signs(
    texts: list[str], alone: bool, expected: tuple[str, ...]
) -> None:
    assert missing_words(dict.fromkeys(texts, 5), alone=alone) == expected
