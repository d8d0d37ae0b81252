from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from interlock.explore.content.documents import documents
from interlock.explore.content.similar import LEAST, similar


def _text(rng: np.random.Generator, size: int = 60) -> list[str]:
    return [f"w{code}" for code in rng.integers(0, 5000, size)]


def _changed(rng: np.random.Generator, text: list[str], changes: int) -> list[str]:
    copy = list(text)
    for place in rng.choice(len(copy), changes, replace=False):
        copy[place] = f"new{rng.integers(10**9)}"
    return copy


def _runs(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[place : place + 3]) for place in range(len(words) - 2)}


def _jaccard(first: str, second: str) -> float:
    one, other = _runs(first), _runs(second)
    return len(one & other) / len(one | other)


def test_groups_are_those_of_comparing_every_pair() -> None:
    rng, texts = np.random.default_rng(0), []
    for _ in range(25):
        base = _text(rng)
        texts += [" ".join(_changed(rng, base, changes)) for changes in (0, 1, 2, 3, 6)]
    pairs = {(a, b) for a, b in combinations(range(len(texts)), 2) if _jaccard(texts[a], texts[b]) >= LEAST}
    found = similar(documents(texts))
    told = {pair for group in found.groups for pair in combinations(group, 2)}
    alike = {place for pair in pairs for place in pair}
    reported = {place for group in found.groups for place in group}
    # Precision: whatever is in a group is alike to another one of it. Recall: nearly all that are alike.
    assert reported <= alike
    assert len(reported) >= 0.98 * len(alike)
    assert len(pairs & told) >= 0.97 * len(pairs)
    assert found.compared == len(texts)


def test_unlike_texts_are_left_alone() -> None:
    rng = np.random.default_rng(1)
    assert similar(documents([" ".join(_text(rng, 30)) for _ in range(500)])).groups == ()


def test_short_texts_are_not_compared() -> None:
    assert similar(documents(["yes please", "yes please!", "a b c d e f g"])).compared == 0
    assert similar(documents([])).groups == ()
    assert similar(documents(["one two three four five six seven eight"])).groups == ()


def test_punctuation_and_case_make_no_difference() -> None:
    text = "The quick brown fox jumps over the lazy dog and runs away"
    assert similar(documents([text, text.upper() + "!", "x " * 9])).groups == ((0, 1),)


@pytest.mark.slow
def test_many_long_texts_take_bounded_time() -> None:
    import time

    rng = np.random.default_rng(2)
    texts = [" ".join(_text(rng, 50)) for _ in range(20_000)]
    texts[1] = " ".join(_changed(rng, texts[0].split(), 1))
    counted = documents(texts)
    start = time.process_time()
    found = similar(counted)
    assert found.groups == ((0, 1),)
    assert time.process_time() - start < 10
