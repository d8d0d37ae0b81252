from __future__ import annotations

from dataclasses import replace

import pytest
from scipy import stats

from interlock.contract import Column, Contract
from interlock.explore.content.distinctive import Word
from interlock.explore.content.text import Text
from interlock.explore.findings.writing import writing
from interlock.report import Bars

PLAIN = Text(
    column="note",
    n=1000,
    different=900,
    looked=900,
    rows=1000,
    cut=0,
    empty=0,
    blank=0,
    characters=(1.0, 2.0, 3.0, 4.0, 5.0),
    words=(1.0, 2.0, 3.0, 4.0, 5.0),
    capitals=0.1,
    classes=(("Latin", 1.0),),
    contains=(),
    compared=500,
)
NOTE = Column("note", "text", role="ignore")
TWO = Contract((NOTE, Column("late", "boolean", role="target")), "binary", ("false", "true"))


def test_ordinary_text_is_no_news() -> None:
    rare = replace(PLAIN, contains=(("HTML", 0.9), ("an e-mail address", 0.0005)))
    assert list(writing([PLAIN, rare], TWO)) == []


def test_private_data_of_two_sorts_is_one_finding() -> None:
    text = replace(PLAIN, contains=(("a telephone number", 0.2), ("an e-mail address", 0.05)))
    (found,) = writing([text], TWO)
    assert "holds a telephone number in 20 % of its texts, an e-mail address in 5 %" in found.sentence
    expected = stats.binomtest(200, 1000).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert isinstance(found.picture, Bars)


def test_wrong_decoding_and_repeats_are_told() -> None:
    text = replace(
        PLAIN, contains=(("broken encoding", 0.01),), alike=50, groups=(("a b c", "a b d"),), sizes=(2,)
    )
    broken, repeated = writing([text], TWO)
    assert broken.kind == "broken text"
    assert "looks wrongly decoded in 1 % of its texts" in broken.sentence
    assert (repeated.kind, repeated.effect, repeated.n) == ("repeated text", 0.1, 500)
    assert "the largest group has 2" in repeated.sentence


def test_words_are_told_with_the_interval_of_the_first() -> None:
    words = (Word("snow", "true", 2.0, 8.0, -34.3, 40), Word("sun", "false", 1.0, 5.0, -14.4, 30))
    (found,) = writing([replace(PLAIN, telling=words)], TWO)
    assert found.sentence == "Words of `note` tell of `late`: “snow” for true; “sun” for false."
    assert (found.low, found.high) == pytest.approx((2 - 1.959964 * 0.25, 2 + 1.959964 * 0.25))
    number = Contract((NOTE, Column("delay", "number", role="target")), "regression")
    (found,) = writing([replace(PLAIN, telling=(Word("snow", "more", 0.4, 9.0, -42.8, 40),))], number)
    assert found.sentence == "Words of `note` tell of `delay`: “snow” with more."
    assert found.method.startswith("correlation, Fisher's z")
