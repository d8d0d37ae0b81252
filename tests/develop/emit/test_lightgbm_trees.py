import time
from typing import Any

import lightgbm
import numpy as np
import pytest

from interlock.develop.emit.graph import Graph
from interlock.develop.emit.lightgbm_trees import of_lightgbm
from interlock.errors import GateError
from interlock.release.model import Model

RANDOM = np.random.default_rng(0)
QUIET = {"verbosity": -1, "num_threads": 1, "min_data_in_leaf": 3, "min_data_per_group": 3, "cat_smooth": 0.1}


def emitted(booster: Any, features: np.ndarray) -> np.ndarray:
    forest = of_lightgbm(booster.model_to_string())
    graph = Graph(numbers=features.shape[1], strings=0)
    data = graph.build(forest.emit(graph, graph.numbers), width=forest.width, metadata={})
    answer = Model(data).predict(features, np.empty((len(features), 0), object))
    np.testing.assert_allclose(forest.score(features), answer.reshape(len(features), -1), rtol=0, atol=1e-12)
    return answer


def train(
    features: np.ndarray, target: np.ndarray, *, categories: Any = (), rounds: int = 30, **more: Any
) -> Any:
    data = lightgbm.Dataset(features, target, categorical_feature=list(categories))
    return lightgbm.train({**QUIET, **more}, data, rounds)


def thresholds(node: dict[str, Any]) -> list[float]:
    if "split_feature" not in node:
        return []
    here = [node["threshold"]] if node["decision_type"] == "<=" else []
    return here + thresholds(node["left_child"]) + thresholds(node["right_child"])


def test_numbers_at_every_threshold_and_beside_it_and_missing() -> None:
    features = RANDOM.normal(size=(600, 3)) * [1, 1e9, 1e-9]
    features[RANDOM.random((600, 3)) < 0.2] = np.nan
    features[:, 0] = np.nan_to_num(features[:, 0])  # a column without missing values reads NaN as 0
    booster = train(features, np.nansum(features / [1, 1e9, 1e-9], axis=1), num_leaves=15)
    cuts = np.array(
        [t for tree in booster.dump_model()["tree_info"] for t in thresholds(tree["tree_structure"])]
    )
    values = np.concatenate([cuts, np.nextafter(cuts, np.inf), np.nextafter(cuts, -np.inf)])
    zero = float(np.float32(1e-35))
    values = np.concatenate(
        [values, [np.nan, 0.0, -0.0, np.inf, -np.inf, 5e-324, 1e300, zero, -zero, zero / 2]]
    )
    asked = RANDOM.choice(values, (3000, 3))
    np.testing.assert_allclose(emitted(booster, asked), booster.predict(asked), rtol=0, atol=1e-13)


@pytest.mark.parametrize("levels", [3, 60, 300])
def test_categories_known_unknown_and_missing(levels: int) -> None:
    codes = RANDOM.integers(0, levels, 3000).astype(float)
    effect = RANDOM.normal(size=levels)
    features = np.stack([codes, RANDOM.normal(size=3000)], axis=1)
    booster = train(
        features, effect[codes.astype(int)] + features[:, 1], categories=[0], max_cat_threshold=300
    )
    model = booster.dump_model()
    assert '"decision_type": "=="' in str(model).replace("'", '"')
    asked = np.stack([[*range(levels + 3), np.nan] * 2, RANDOM.normal(size=2 * levels + 8)], axis=1)
    np.testing.assert_allclose(emitted(booster, asked), booster.predict(asked), rtol=0, atol=1e-12)


def test_one_target_a_class() -> None:
    features = RANDOM.normal(size=(500, 2))
    target = np.digitize(features.sum(axis=1), [-1, 1])
    booster = train(features, target, objective="multiclass", num_class=3)
    expected = booster.predict(features, raw_score=True)
    np.testing.assert_allclose(emitted(booster, features), expected, rtol=0, atol=1e-12)


def test_a_split_between_missing_and_all_known_numbers() -> None:
    features = np.array([[1.0], [2.0], [np.nan]] * 100)
    booster = train(features, np.isnan(features[:, 0]).astype(float))
    largest = float(np.finfo(float).max)
    asked = np.array([[1e300], [largest], [np.inf], [-largest], [-np.inf], [np.nan]])
    expected = booster.predict(asked)
    assert np.unique(expected).size == 2
    np.testing.assert_allclose(emitted(booster, asked), expected, rtol=0, atol=1e-12)


def test_trees_without_a_split() -> None:
    features = np.zeros((100, 1))
    booster = train(features, np.arange(100.0), rounds=1)
    assert emitted(booster, np.array([[0.0], [np.nan]])).tolist() == [49.5, 49.5]


def test_zeros_as_missing_are_refused() -> None:
    features = RANDOM.normal(size=(200, 1))
    booster = train(features, features[:, 0], zero_as_missing=True)
    with pytest.raises(GateError, match="treats zeros as missing cannot be compiled") as caught:
        emitted(booster, features)
    assert "zero_as_missing" in caught.value.next_step


def test_a_random_forest_is_averaged() -> None:
    features = RANDOM.normal(size=(500, 2))
    target = np.digitize(features.sum(axis=1), [-1, 1])
    more: dict[str, Any] = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}
    booster = train(features, target, objective="multiclass", num_class=3, **more)
    expected = booster.predict(features, raw_score=True) / 30  # LightGBM averages after the raw score
    np.testing.assert_allclose(emitted(booster, features), expected, rtol=0, atol=1e-12)


def test_the_cover_of_a_node_is_what_its_children_have() -> None:
    features = RANDOM.normal(size=(400, 3))
    forest = of_lightgbm(train(features, features[:, 0] * features[:, 1], rounds=5).model_to_string())
    first, second = forest.children.T
    np.testing.assert_array_equal(
        forest.cover[: len(forest.feature)], forest.cover[first] + forest.cover[second]
    )
    np.testing.assert_array_equal(forest.cover[forest.roots], 400)


def test_two_thousand_trees_are_emitted_at_once() -> None:
    features = RANDOM.normal(size=(5000, 10))
    text = train(features, RANDOM.normal(size=5000), rounds=500, num_leaves=31).model_to_string()
    start = time.process_time()
    graph = Graph(numbers=10, strings=0)
    of_lightgbm(text).emit(graph, graph.numbers)
    assert time.process_time() - start < 1
