"""Shapley values against their definition: the mean over all orders of what a feature adds."""

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from interlock.release.shapley import AT_MOST, BELOW, MEMBER, Paths, Trees

FEATURES = 5


@dataclass
class Grown:
    """A forest under construction, in the order in which nodes are drawn."""

    rows: list[tuple[int, int, float, bool, tuple[float, ...]]] = field(default_factory=list)
    children: list[list[int]] = field(default_factory=list)
    values: list[tuple[float, ...]] = field(default_factory=list)
    cover: list[float] = field(default_factory=list)
    leaf_cover: list[float] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)

    def trees(self, targets: list[int]) -> Trees:
        splits = len(self.rows)
        feature, comparison, split, missing, sets = zip(*self.rows, strict=True)
        places = np.array(self.children)
        return Trees(
            roots=np.array(self.roots),
            targets=np.array(targets),
            feature=np.array(feature),
            comparison=np.array(comparison, np.uint8),
            split=np.array(split, float),
            missing=np.array(missing, bool),
            children=np.where(places < 0, splits - 1 - places, places),
            members=np.array([each for one in sets for each in one], float),
            bounds=np.cumsum([0, *(len(one) for one in sets)]),
            values=np.array(self.values),
            cover=np.array([*self.cover, *self.leaf_cover]),
        )


@st.composite
def forests(draw: st.DrawFn, width: int = 1) -> Trees:
    """Draw trees of up to four levels, with all comparisons, repeated features and missing ways."""
    grown = Grown()

    def node(depth: int) -> tuple[int, float]:
        if depth == 0 or (depth < 4 and draw(st.integers(0, 2)) == 0):
            grown.values.append(tuple(draw(st.floats(-10, 10)) for _ in range(width)))
            grown.leaf_cover.append(float(draw(st.integers(1, 50))))
            return -len(grown.values), grown.leaf_cover[-1]
        at = len(grown.rows)
        kind = draw(st.sampled_from([AT_MOST, BELOW, MEMBER]))
        feature = draw(st.integers(0, FEATURES - 1))
        members = tuple(map(float, draw(st.sets(st.integers(0, 3))))) if kind == MEMBER else ()
        split = 0.0 if kind == MEMBER else float(draw(st.integers(0, 3)))
        grown.rows.append((feature, kind, split, kind != MEMBER and draw(st.booleans()), members))
        grown.children.append([0, 0])
        grown.cover.append(0.0)
        found = [node(depth - 1) for _ in range(2)]
        grown.children[at] = [place for place, _ in found]
        grown.cover[at] = sum(cover for _, cover in found)
        return at, grown.cover[at]

    for _ in range(draw(st.integers(1, 3))):
        grown.roots.append(node(4)[0])
    return grown.trees([0] * len(grown.roots))


ROWS = st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, math.nan]), min_size=FEATURES, max_size=FEATURES)


def first(trees: Trees, split: int, value: float) -> bool:
    """Tell which way a value goes at a split."""
    if math.isnan(value):
        return bool(trees.missing[split])
    if trees.comparison[split] == MEMBER:
        return bool(value in trees.members[trees.bounds[split] : trees.bounds[split + 1]])
    return bool(
        value < trees.split[split] if trees.comparison[split] == BELOW else value <= trees.split[split]
    )


def mean(trees: Trees, row: NDArray[np.float64], known: frozenset[int], target: int = 0) -> float:
    """Return the trees' mean where only some features are known, by walking down (Lundberg, EXPVALUE)."""

    def walk(node: int) -> float:
        splits = len(trees.feature)
        if node >= splits:
            return float(trees.values[node - splits, target])
        left, right = trees.children[node]
        if trees.feature[node] in known:
            return walk(left if first(trees, node, row[trees.feature[node]]) else right)
        share = trees.cover[left] / (trees.cover[left] + trees.cover[right])
        return float(share * walk(left) + (1 - share) * walk(right))

    return sum(walk(int(root)) for root in trees.roots)


def shapley(trees: Trees, row: NDArray[np.float64], target: int = 0) -> NDArray[np.float64]:
    """Return the definition's values: over all subsets, by their weights."""
    values = np.zeros(FEATURES)
    for feature in range(FEATURES):
        others = [each for each in range(FEATURES) if each != feature]
        for size in range(FEATURES):
            weight = math.factorial(size) * math.factorial(FEATURES - size - 1) / math.factorial(FEATURES)
            for some in itertools.combinations(others, size):
                more = mean(trees, row, frozenset({*some, feature}), target)
                values[feature] += weight * (more - mean(trees, row, frozenset(some), target))
    return values


@settings(max_examples=60, deadline=None)
@given(trees=forests(), row=ROWS)
def test_they_are_those_of_the_definition(trees: Trees, row: list[float]) -> None:
    features = np.array(row)
    paths = Paths(trees, 0)
    np.testing.assert_allclose(paths.attribute(features), shapley(trees, features), atol=1e-10)
    assert paths.base == pytest.approx(mean(trees, features, frozenset()), abs=1e-10)


@settings(max_examples=200, deadline=None)
@given(trees=forests(width=2), row=ROWS)
def test_they_and_the_mean_add_up_to_the_score(trees: Trees, row: list[float]) -> None:
    features = np.array(row)
    for target in range(2):
        paths = Paths(trees, target)
        score = mean(trees, features, frozenset(range(FEATURES)), target)
        assert paths.base + paths.attribute(features).sum() == pytest.approx(score, abs=1e-10)


def stump(left: float, right: float, *, covers: tuple[float, float, float] = (10, 6, 4)) -> Trees:
    """Return one split of feature 0 at 0.5."""
    one = np.array([0])
    return Trees(
        one,
        one,
        one,
        np.array([AT_MOST], np.uint8),
        np.array([0.5]),
        np.array([False]),
        np.array([[1, 2]]),
        np.empty(0),
        np.array([0, 0]),
        np.array([[left], [right]]),
        np.array(covers, float),
    )


def test_a_stump_is_its_distance_from_the_mean() -> None:
    paths = Paths(stump(1.0, 6.0), 0)
    assert paths.base == pytest.approx(0.6 * 1 + 0.4 * 6)
    assert paths.attribute(np.array([0.0, 9.0])).tolist() == pytest.approx([1 - 3, 0])
    assert paths.attribute(np.array([1.0, 9.0])).tolist() == pytest.approx([6 - 3, 0])


def test_a_tree_of_another_score_and_a_tree_of_one_leaf_add_nothing() -> None:
    assert len(Paths(stump(1.0, 6.0), 1)) == 0
    assert Paths(stump(1.0, 6.0), 1).attribute(np.array([0.0])).tolist() == [0]
    single = stump(2.0, 2.0)
    single = Trees(**{**vars(single), "children": np.array([[1, 1]]), "values": np.array([[2.0]])})
    paths = Paths(Trees(**{**vars(single), "cover": np.array([10.0, 10.0])}), 0)
    assert (paths.base, paths.attribute(np.array([0.3])).tolist()) == (2.0, [0.0])


def test_a_leaf_that_no_row_reached_is_finite() -> None:
    paths = Paths(stump(1.0, 6.0, covers=(10, 10, 0)), 0)
    assert paths.base == pytest.approx(1)
    assert paths.attribute(np.array([1.0])).tolist() == pytest.approx([5])
    assert np.isfinite(Paths(stump(1.0, 6.0, covers=(0, 0, 0)), 0).attribute(np.array([1.0]))).all()
