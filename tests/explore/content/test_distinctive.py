from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from scipy import stats
from tests.datasets import load
from tests.explore.tables import measured

from interlock.explore.content.distinctive import by_class, by_number, log_odds
from interlock.explore.content.documents import documents
from interlock.explore.content.text import texts as texts_of


def test_log_odds_are_those_of_the_paper() -> None:
    inside, outside, prior = [4.0, 10.0, 1.0], [1.0, 12.0, 7.0], [0.5, 2.0, 0.75]
    effects, z = log_odds(np.array(inside), np.array(outside), np.array(prior))
    n, m, a = sum(inside), sum(outside), sum(prior)
    for place in range(3):
        y, x, w = inside[place], outside[place], prior[place]
        ratio = math.log((y + w) / (n + a - y - w)) - math.log((x + w) / (m + a - x - w))
        assert effects[place] == pytest.approx(ratio)
        assert z[place] == pytest.approx(ratio / math.sqrt(1 / (y + w) + 1 / (x + w)))


def _random(rng: np.random.Generator, n: int) -> list[list[str]]:
    shares = 1 / np.arange(1, 301)
    return [[f"w{code}" for code in rng.choice(300, 20, p=shares / shares.sum())] for _ in range(n)]


def test_planted_words_are_found() -> None:
    rng = np.random.default_rng(0)
    raw, classes = _random(rng, 400), rng.integers(0, 2, 400)
    for text, place in zip(raw, classes, strict=True):
        if rng.random() < (0.4 if place else 0.1):
            text.append("goal")
    found = by_class(documents([" ".join(text) for text in raw]), classes, ["news", "sport"])
    assert [(each.word, each.group) for each in found] == [("goal", "sport")]
    assert found[0].texts == sum("goal" in text for text in raw)
    assert found[0].log_p == pytest.approx(np.log(2) + stats.norm.logsf(found[0].z))


def test_a_word_said_often_in_one_text_is_one_text() -> None:
    rng = np.random.default_rng(1)
    raw, classes = _random(rng, 200), np.repeat([0, 1], 100)
    raw[150] += ["again"] * 500
    for place in (0, 1, 2, 3, 120):
        raw[place].append("again")
    found = by_class(documents([" ".join(text) for text in raw]), classes, ["a", "b"])
    assert found == ()


def test_correlations_are_pearson_s() -> None:
    rng = np.random.default_rng(2)
    raw = _random(rng, 300)
    has = np.array(["w7" in text for text in raw])
    numbers = rng.normal(size=300) + 1.5 * has
    found = {each.word: each for each in by_number(documents([" ".join(text) for text in raw]), numbers)}
    expected = stats.pearsonr(has, numbers)
    assert found["w7"].effect == pytest.approx(expected.statistic)
    assert found["w7"].group == "more"
    assert (found["w7"].log_p < np.log(1e-6)) == (expected.pvalue < 1e-6)


@pytest.mark.slow
def test_words_that_mean_nothing_are_seldom_named() -> None:
    rng, runs, told = np.random.default_rng(3), 300, [0, 0]
    for _ in range(runs):
        texts = documents([" ".join(text) for text in _random(rng, 150)])
        told[0] += bool(by_class(texts, rng.integers(0, 3, 150), ["a", "b", "c"]))
        told[1] += bool(by_number(texts, rng.normal(size=150)))
    assert max(told) <= 0.05 * runs


def test_a_word_beyond_the_smallest_number_keeps_its_p_value() -> None:
    has = np.arange(4000) % 2
    numbers = has + np.random.default_rng(4).normal(0, 0.05, 4000)
    found = by_number(documents([("sun now", "rain now")[code] for code in has]), numbers)
    assert [(each.word, each.group) for each in found] == [("rain", "more"), ("sun", "less")]
    for each in found:
        tail = mpmath.erfc(abs(each.z) / mpmath.sqrt(2))
        assert float(tail) == 0
        assert each.log_p == pytest.approx(float(mpmath.log(tail)))


def test_nothing_to_tell() -> None:
    assert by_class(documents(["a b"] * 9), np.zeros(9, np.int64), ["x", "y"]) == ()
    assert by_class(documents([]), np.empty(0, np.int64), ["x", "y"]) == ()
    assert by_number(documents(["a b", "b c"] * 9), np.ones(18)) == ()


@pytest.mark.slow
def test_the_words_of_reuters_make_sense() -> None:
    sample, contract, _ = measured(load("reuters_r8"), target="Category")
    (found,) = texts_of(sample, contract)
    words = {
        group: {each.word for each in found.telling if each.group == group} for group in contract.classes
    }
    assert {"shares", "acquisition", "stake"} <= words["acq"]
    assert {"oil", "crude", "barrels"} <= words["crude"]
    assert {"net", "loss", "profit"} <= words["earn"]
    assert {"grain", "agriculture", "tonnes"} <= words["grain"]
    assert {"rate", "rates", "bank"} <= words["interest"]
    assert {"currency", "dollar"} <= words["money-fx"]
    assert {"shipping", "port", "ships"} <= words["ship"]
    assert {"trade", "imports", "exports"} <= words["trade"]
