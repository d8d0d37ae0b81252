import json
from pathlib import Path
from tempfile import TemporaryDirectory

import catboost
import numpy as np

from interlock.develop.emit.category_tables import CategoryTables, category_hashes
from interlock.develop.emit.graph import Graph
from interlock.release.model import Model


def test_the_hashes_are_those_of_catboost() -> None:
    """A model that compares categories one by one keeps the hash of each."""
    for codes in (np.arange(12), np.arange(90, 110), np.arange(990, 1010)):
        column = np.repeat(codes, 40)
        target = np.random.default_rng(0).permutation(column % 2)
        names = np.array([str(code).encode() for code in column], object)[:, None]
        pool = catboost.Pool(catboost.FeaturesData(cat_feature_data=names), target)
        options = {"iterations": 60, "depth": 8, "one_hot_max_size": 255, "verbose": 0, "learning_rate": 1.0}
        model = catboost.CatBoostClassifier(**options, allow_writing_files=False).fit(pool)
        kept = {split["value"] for split in _splits(model)}
        assert len(kept) > 5
        assert kept <= set(category_hashes()[codes].astype(np.int64).tolist())


def _splits(model: catboost.CatBoost) -> list[dict[str, int]]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        trees = json.loads(path.read_text())["oblivious_trees"]
    return [split for tree in trees for split in tree["splits"] or ()]


def test_figures_are_looked_up_by_codes_thresholds_and_hits() -> None:
    tables = CategoryTables(
        codes=np.array([1, 2]),
        above=np.array([0]),
        thresholds=np.array([0.5]),
        missing=np.array([True]),
        equal=np.array([2]),
        hits=np.array([3]),
        factors=np.array([[2, 0], [0, 2], [1, 0], [0, 1]]),
        offsets=np.array([0, 100]),
        keys=np.array([3, 2, 107]),
        values=np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [-1.0, -10.0], [-2.0, -20.0]]),
    )
    matrix = np.array(
        [
            [0.6, 1.0, 3.0],  # above: 2 * 1 + 1 = 3; a hit: 2 * 3 + 1 = 7
            [0.5, 1.0, 3.0],  # not above: 2
            [np.nan, 1.0, 2.0],  # missing counts as above: 3; 4 was never seen
            [9.0, 7.0, 0.0],  # never seen
        ]
    )
    expected = [[1, 10, 3, 30], [2, 20, 3, 30], [1, 10, -2, -20], [-1, -10, -2, -20]]
    np.testing.assert_array_equal(tables.transform(matrix), expected)
    graph = Graph(numbers=3, strings=0)
    data = graph.build(tables.emit(graph, graph.numbers), width=4, metadata={})
    answer = Model(data).predict(matrix, np.empty((4, 0), object))
    np.testing.assert_array_equal(answer, expected)
    assert tables.width == 4
    assert [tables.columns_of(at) for at in (0, 1)] == [[0, 1], [2]]
