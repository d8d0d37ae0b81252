from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.fixtures_forest import LEVELS, write_forest

from interlock.release import Model
from interlock.release.trees import Shortcut, shortcut

NUMBERS = st.sampled_from([np.nan, np.inf, -np.inf, -0.0, 0.0, 1.0, 5e-324, 300.0, 700.0, 1.36e9, 1e308])
ROW = st.tuples(st.lists(NUMBERS, min_size=4, max_size=4), st.sampled_from([*LEVELS, "unseen", ""]))


@cache
def opened() -> tuple[Model, Shortcut]:
    """Return a forest's model and the shortcut through it."""
    with TemporaryDirectory() as folder:
        model = write_forest(Path(folder)).model
    found = shortcut(model.data, ["prediction"], together=True)
    assert found is not None
    return model, found


def taken(way: Shortcut, numbers: NDArray[np.float64], words: list[str]) -> NDArray[np.float64]:
    strings = np.array(words, object)[:, None]
    return way.answers(numbers, lambda: strings, way.left(strings), np.arange(len(words)))[0]


@settings(max_examples=25)
@given(rows=st.lists(ROW, min_size=1, max_size=70))
def test_it_gives_the_bits_of_the_graph(rows: list[tuple[list[float], str]]) -> None:
    model, way = opened()
    numbers, words = np.array([numbers for numbers, _ in rows]), [word for _, word in rows]
    expected = [model.one(given, [word]) for given, word in rows]
    assert taken(way, numbers, words).tolist() == expected


@pytest.mark.parametrize("count", [1, 511, 512, 513, 1025])
def test_a_row_left_over_is_added_up_like_all_others(count: int) -> None:
    model, way = opened()
    random = np.random.default_rng(count)
    numbers = random.choice([np.nan, 0.0, 120.0, 300.0, 650.0, 900.0, 1.36e9], (count, 4))
    expected = [model.one(given, ["UA"]) for given in numbers.tolist()]
    assert taken(way, numbers, ["UA"] * count).tolist() == expected


def test_row_by_row_behind_the_trees_is_the_same() -> None:
    model, way = opened()
    alone = shortcut(model.data, ["prediction"], together=False)
    assert alone is not None
    numbers, words = np.array([[1.0, 2.0, np.nan, 4.0]] * 5), ["UA", "unseen", "", "UA", "AA"]
    assert taken(alone, numbers, words).tolist() == taken(way, numbers, words).tolist()


def test_more_splits_than_wanted_are_no_shortcut() -> None:
    assert shortcut(opened()[0].data, ["prediction"], together=True, most_splits=100) is None
