from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from interlock.release.trees.masks import AT_MOST, BELOW, MEMBER, Trees, masks

COLUMNS = 4
VALUES = np.array([-np.inf, -1.0, -0.0, 0.0, 0.5, 1.0, np.nextafter(1.0, 2), 2.0, 3.0, np.inf, np.nan])


def grown(seed: int, trees: int, leaves: int, width: int) -> Trees:
    """Grow trees at random: every kind of split, thresholds that rows hit exactly, gaps to either side."""
    random = np.random.default_rng(seed)
    roots: list[int] = []
    children: list[list[int]] = []
    is_leaf: list[list[bool]] = []
    targets: list[int] = []
    for tree in range(trees):
        start, count = len(children), int(random.integers(1, leaves))
        roots.append(start)
        free = [(start, 0), (start, 1)]
        children.append([0, 0])
        is_leaf.append([True, True])
        for _ in range(count - 1):
            split, side = free.pop(int(random.integers(len(free))))
            children[split][side], is_leaf[split][side] = len(children), False
            free += [(len(children), 0), (len(children), 1)]
            children.append([0, 0])
            is_leaf.append([True, True])
        for split, side in free:
            children[split][side] = len(targets)
            targets.append(tree % width)
    splits = len(children)
    mode = random.choice(np.array([AT_MOST, BELOW, MEMBER], np.uint8), splits)
    return Trees(
        np.array(roots),
        random.integers(0, COLUMNS, splits),
        mode,
        random.choice(VALUES[1:-2], splits),
        random.random(splits) < 0.5,
        np.array(children),
        np.array(is_leaf),
        {
            int(at): random.choice(VALUES[1:-2], int(random.integers(1, 4)))
            for at in np.flatnonzero(mode == MEMBER)
        },
        np.array(targets),
        random.normal(size=len(targets)) * 10.0 ** random.integers(-3, 4, len(targets)),
        width,
    )


def walked(trees: Trees, row: NDArray[np.float64]) -> list[float]:
    """Follow one row down each tree, and add up in the order of the trees."""
    total = [0.0] * trees.width
    for root in trees.roots.tolist():
        at, leaf = root, False
        while not leaf:
            value, split = row[trees.feature[at]], trees.split[at]
            if np.isnan(value):
                first = bool(trees.missing[at])
            elif trees.mode[at] == MEMBER:
                first = value in trees.members[at]
            else:
                first = bool(value <= split if trees.mode[at] == AT_MOST else value < split)
            side = 0 if first else 1
            at, leaf = int(trees.children[at, side]), bool(trees.is_leaf[at, side])
        total[int(trees.target[at])] += float(trees.weight[at])
    return total


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 12), st.sampled_from([2, 20, 60]), st.integers(1, 3))
def test_tables_give_the_bits_of_following_each_row_down_each_tree(
    seed: int, count: int, leaves: int, width: int
) -> None:
    trees = grown(seed, count, leaves, width)
    ready = masks(trees)
    assert ready is not None
    rows = np.random.default_rng(seed + 1).choice(VALUES, (40, COLUMNS))
    expected = np.array([walked(trees, row) for row in rows])
    looked = ready.lookups(range(COLUMNS))
    tables = [table for _, table in looked]
    places = [ready.places(columns, [rows[:, column] for column in columns]) for columns, _ in looked]
    assert ready.score(tables, places, len(rows)).tobytes() == expected.tobytes()
    both = [ready.left_by(rows[:, :2], 0), ready.left_by(rows[:, 2:], 2)]
    every = np.arange(len(rows))
    assert ready.score(both, [every, every], len(rows)).tobytes() == expected.tobytes()


def test_the_trees_of_the_test_take_both_ways_at_every_split() -> None:
    trees = grown(3, 30, 20, 1)
    rows = np.random.default_rng(4).choice(VALUES, (200, COLUMNS))
    assert len({tuple(walked(trees, row)) for row in rows}) > 150


def test_what_is_of_another_kind_is_left_to_the_graph() -> None:
    trees = grown(1, 3, 10, 1)
    assert masks(trees._replace(mode=np.full(len(trees.mode), 5, np.uint8))) is None
    assert masks(grown(2, 1, 400, 1)) is None  # more leaves than a word has bits
    two = np.arange(len(trees.target)) % 2
    assert masks(trees._replace(target=two, width=2)) is None


@pytest.mark.parametrize("leaves", [31, 64])
def test_a_tree_of_as_many_leaves_as_a_word_has_bits(leaves: int) -> None:
    splits = leaves - 1  # a chain: each split has one leaf, the last one two
    trees = Trees(
        np.array([0]),
        np.zeros(splits, np.int64),
        np.zeros(splits, np.uint8),
        np.arange(splits, dtype=float),
        np.zeros(splits, bool),
        np.array([[at, at + 1] for at in range(splits - 1)] + [[splits - 1, splits]]),
        np.array([[True, False]] * (splits - 1) + [[True, True]]),
        {},
        np.zeros(leaves, np.int64),
        np.arange(leaves, dtype=float),
        1,
    )
    ready = masks(trees)
    assert ready is not None
    values = np.arange(leaves, dtype=float)
    ((columns, table),) = ready.lookups([0])
    found = ready.score([table], [ready.places(columns, [values])], leaves)
    assert found[:, 0].tolist() == values.tolist()
