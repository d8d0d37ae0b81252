import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesRegressor

from interlock.develop.emit.forest import AT_MOST, BELOW, MEMBER, Forest
from interlock.develop.emit.graph import Graph
from interlock.release.model import Model

VALUES = np.array([[np.nan], [-np.inf], [0.0], [1.0], [np.nextafter(1.0, 2)], [2.0], [3.0], [np.inf]])


def stump(kind: int, *, missing: bool = False, members: tuple[float, ...] = ()) -> Forest:
    """One split at 1; the first child gives 10, the other 20."""
    return Forest(
        roots=np.array([0]),
        feature=np.array([0]),
        comparison=np.array([kind], np.uint8),
        split=np.array([1.0]),
        missing=np.array([missing]),
        children=np.array([[1, 2]]),
        members=np.array(members),
        bounds=np.array([0, len(members)]),
        values=np.array([[10.0], [20.0]]),
        cover=np.array([5.0, 3.0, 2.0]),
        targets=np.array([0]),
        base=np.array([0.5]),
        scale=2.0,
    )


def of_sklearn(model: ExtraTreesRegressor) -> Forest:
    """Read scikit-learn's trees, whose leaves hold one mean for each target."""
    trees = [each.tree_ for each in model.estimators_]
    splits = [np.flatnonzero(tree.children_left >= 0) for tree in trees]
    leaves = [np.flatnonzero(tree.children_left < 0) for tree in trees]
    total, children, first_split, first_leaf = sum(map(len, splits)), [], 0, 0
    for tree, split, leaf in zip(trees, splits, leaves, strict=True):
        place = np.empty(tree.node_count, np.int64)
        place[split] = first_split + np.arange(len(split))
        place[leaf] = total + first_leaf + np.arange(len(leaf))
        children.append(
            np.stack([place[tree.children_left[split]], place[tree.children_right[split]]], axis=1)
        )
        first_split, first_leaf = first_split + len(split), first_leaf + len(leaf)
    pairs = list(zip(trees, splits, leaves, strict=True))
    return Forest(
        roots=np.cumsum([0, *map(len, splits)])[:-1],
        feature=np.concatenate([tree.feature[split] for tree, split, _ in pairs]).astype(np.int64),
        comparison=np.full(total, AT_MOST, np.uint8),
        split=np.concatenate([tree.threshold[split] for tree, split, _ in pairs]),
        missing=np.zeros(total, bool),
        children=np.concatenate(children),
        members=np.empty(0),
        bounds=np.zeros(total + 1, np.int64),
        values=np.concatenate([tree.value[leaf, :, 0] for tree, _, leaf in pairs]),
        cover=np.concatenate(
            [tree.n_node_samples[split] for tree, split, _ in pairs]
            + [tree.n_node_samples[leaf] for tree, _, leaf in pairs]
        ).astype(float),
        targets=np.zeros(len(trees), np.int64),
        base=np.zeros(trees[0].value.shape[1]),
        scale=1 / len(trees),
    )


def emitted(forest: Forest, features: np.ndarray) -> np.ndarray:
    graph = Graph(numbers=features.shape[1], strings=0)
    data = graph.build(forest.emit(graph, graph.numbers), width=forest.width, metadata={})
    return Model(data).predict(features, np.empty((len(features), 0), object)).reshape(-1, forest.width)


@pytest.mark.parametrize(
    ("forest", "first"),
    [
        (stump(AT_MOST), [0, 1, 1, 1, 0, 0, 0, 0]),
        (stump(AT_MOST, missing=True), [1, 1, 1, 1, 0, 0, 0, 0]),
        (stump(BELOW), [0, 1, 1, 0, 0, 0, 0, 0]),
        (stump(BELOW, missing=True), [1, 1, 1, 0, 0, 0, 0, 0]),
        (stump(MEMBER, members=(0.0, 2.0)), [0, 0, 1, 0, 0, 1, 0, 0]),
    ],
)
def test_each_comparison_leads_where_it_says(forest: Forest, first: list[int]) -> None:
    expected = np.where(np.array(first) == 1, 20.5, 40.5)[:, None]
    np.testing.assert_array_equal(forest.score(VALUES), expected)
    np.testing.assert_array_equal(emitted(forest, VALUES), expected)


def test_leaves_of_several_scores_equal_scikit_learn() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(400, 4)).astype(np.float32).astype(float)
    target = np.stack([features[:, 0], features[:, 1] * features[:, 2], features.sum(axis=1)], axis=1)
    model = ExtraTreesRegressor(20, min_samples_leaf=3, random_state=0).fit(features, target)
    forest = of_sklearn(model)
    np.testing.assert_allclose(forest.score(features), model.predict(features), rtol=0, atol=1e-12)
    np.testing.assert_allclose(emitted(forest, features), model.predict(features), rtol=0, atol=1e-12)
    applied = model.apply(features)
    ours = forest.leaves(features)
    for tree in range(20):  # the same rows share a leaf
        assert len(np.unique(np.stack([applied[:, tree], ours[:, tree]]), axis=1).T) == len(
            np.unique(ours[:, tree])
        )


def test_without_trees_the_base_is_the_score() -> None:
    none = np.empty(0, np.int64)
    forest = Forest(
        roots=none,
        feature=none,
        comparison=none.astype(np.uint8),
        split=none.astype(float),
        missing=none.astype(bool),
        children=none.reshape(0, 2),
        members=none.astype(float),
        bounds=np.zeros(1, np.int64),
        values=np.empty((0, 1)),
        cover=none.astype(float),
        targets=none,
        base=np.array([1.0, 2.0]),
    )
    np.testing.assert_array_equal(forest.score(VALUES), np.tile([1.0, 2.0], (8, 1)))
    np.testing.assert_array_equal(emitted(forest, VALUES), np.tile([1.0, 2.0], (8, 1)))
