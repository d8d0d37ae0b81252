import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.fixtures_develop import contract, rows

from interlock.contract.model import Task
from interlock.develop import explanation as module
from interlock.develop.calibration import Calibrated, Map
from interlock.develop.candidates import Boosting, Limits, Linear
from interlock.develop.candidates.boosting import Trees, booster_of
from interlock.develop.candidates.constant import Constant
from interlock.develop.compiled import compile_model, string_matrix
from interlock.develop.explanation import explanation, sum_of
from interlock.develop.target import Logarithm, LoggedModel
from interlock.release import shapley as release
from interlock.release.explanation import Explanation
from interlock.release.model import Model
from interlock.release.shapley import Paths


def trees(task: Task = "binary", rounds: int = 20) -> Trees:
    return Boosting().fit(
        rows(task), rows(task, n=300, seed=1), contract(task), replace(Limits.of(60), rounds=rounds)
    )


def made(fitted: Any, task: Task = "binary") -> Explanation:
    told = explanation(fitted, rows(task), contract(task))
    assert told is not None
    return told


def test_contributions_are_those_of_declared_columns() -> None:
    told = made(trees())
    assert told.columns == ("x", "gap", "when", "colour", "town")
    assert len(told.sources) > len(told.columns)  # the time has several parts


def test_the_unit_is_that_of_the_score() -> None:
    assert made(trees()).unit == "log-odds"
    assert made(trees("multiclass"), "multiclass").unit == "log probability, up to a constant of the row"
    fitted = trees("regression")
    assert made(fitted, "regression").unit == "unit of y"
    of = contract("regression")
    target = replace(of.columns[-1], unit="kWh")
    told = explanation(fitted, rows("regression"), replace(of, columns=(*of.columns[:-1], target)))
    assert told is not None
    assert told.unit == "kWh"


def test_before_a_bent_calibration_the_score_is_explained() -> None:
    fitted = trees()
    bent = Calibrated(fitted, Map("piecewise", knots=(-1.0, 1.0), values=(-2.0, 1.0)), "binary")
    found = sum_of(bent)
    assert found is not None
    assert found.fitted is fitted
    assert made(bent).unit == "log-odds before calibration"
    assert made(bent).to_bytes() != b""


def test_a_logarithm_is_explained_as_one() -> None:
    fitted = trees("regression")
    logged = LoggedModel(fitted, Logarithm(0.0, -9.0, 9.0), 1.0)
    told, drawn = made(logged, "regression"), rows("regression", n=1, seed=3)
    assert told.unit == "logarithm of unit of y"
    attribution = told.attribute(fitted.matrix(drawn)[0])
    assert np.exp(attribution.score) == pytest.approx(logged.predict(drawn)[0])


def test_what_asks_no_column_and_what_is_too_large_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum_of(Constant((0.5,), "binary")) is None
    monkeypatch.setattr(module, "MOST_STEPS", 10)
    assert explanation(trees(), rows(), contract()) is None


def test_the_means_are_those_of_the_training_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    train = rows()
    fitted = Linear().fit(train, train, contract(), Limits.of(60))
    base = made(fitted).attribute(np.zeros(len(made(fitted).sources))).base
    assert base == pytest.approx(fitted.score(train).mean())
    monkeypatch.setattr(module, "_MOST_ROWS", 500)
    drawn = made(fitted).attribute(np.zeros(len(made(fitted).sources))).base
    assert drawn != base
    assert drawn == pytest.approx(base, abs=4 * float(fitted.score(train).std()) / 500**0.5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:LightGBM binary classifier with TreeExplainer:UserWarning")
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_trees_agree_with_the_shap_package(task: Task) -> None:
    """With missing values, unknown levels and category splits."""
    fitted = trees(task)
    told, matrix = made(fitted, task), fitted.matrix(rows(task, n=100, seed=8))
    explainer = _shap().TreeExplainer(booster_of(fitted.model), feature_perturbation="tree_path_dependent")
    values = np.asarray(explainer.shap_values(matrix)).reshape(*matrix.shape, -1) * fitted.scale
    expected = np.atleast_1d(explainer.expected_value) * fitted.scale + np.array(fitted.base)
    for target in range(told.width):
        ours = [told.attribute(row, target) for row in matrix]
        theirs = [np.bincount(told.sources, row) for row in values[..., target]]
        np.testing.assert_allclose([each.contributions for each in ours], theirs, atol=1e-6)
        assert ours[0].base == pytest.approx(expected[target], abs=1e-6)


@pytest.mark.slow
def test_trees_agree_with_the_shap_packages_own_algorithm() -> None:
    """Of LightGBM it asks LightGBM; of scikit-learn's trees it computes itself."""
    from sklearn.ensemble import RandomForestRegressor

    random = np.random.default_rng(0)
    data = random.normal(size=(500, 4)).astype(np.float32).astype(np.float64)
    target = data[:, 0] * data[:, 1] + np.abs(data[:, 2])
    model = RandomForestRegressor(10, max_depth=8, random_state=0).fit(data, target)
    explainer = _shap().TreeExplainer(model, feature_perturbation="tree_path_dependent")
    ours = [Paths(_of_sklearn(each.tree_), 0) for each in model.estimators_]
    for row, theirs in zip(data[:50], explainer.shap_values(data[:50]), strict=True):
        np.testing.assert_allclose(np.mean([each.attribute(row) for each in ours], axis=0), theirs, atol=1e-6)
    assert np.mean([each.base for each in ours]) == pytest.approx(
        float(explainer.expected_value[0]), abs=1e-6
    )


def _of_sklearn(tree: Any) -> release.Trees:
    """Number the splits first and the leaves after them."""
    leaf = tree.children_left < 0
    order = np.argsort(leaf, kind="stable")
    place = np.argsort(order)
    splits = order[: np.count_nonzero(~leaf)]
    n = len(splits)
    return release.Trees(
        roots=np.array([0]),
        targets=np.array([0]),
        feature=tree.feature[splits],
        comparison=np.zeros(n, np.uint8),
        split=tree.threshold[splits],
        missing=np.zeros(n, bool),
        children=place[np.stack([tree.children_left, tree.children_right], axis=1)[splits]],
        members=np.empty(0),
        bounds=np.zeros(n + 1, np.int64),
        values=tree.value[order[n:], 0],
        cover=tree.weighted_n_node_samples[order],
    )


@pytest.mark.slow
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_linear_terms_agree_with_the_shap_package(task: Task) -> None:
    shap = _shap()
    train = rows(task)
    train = replace(train, numbers=np.nan_to_num(train.numbers))
    fitted = Linear().fit(train, train, contract(task), Limits.of(60))
    told = explanation(fitted, train, contract(task))
    found = sum_of(fitted)
    assert told is not None
    assert found is not None
    matrix = found.additive.matrix(train)
    numbers, codes = matrix[:, :-2], matrix[:, -2:].astype(int)
    sizes = [levels.size for levels in fitted.preparation.levels]
    hot = np.concatenate(
        [numbers, *(np.eye(size)[column] for size, column in zip(sizes, codes.T, strict=True))], 1
    )
    weights = np.array([*fitted.weights, *fitted.effects])[:, 0]
    explainer = shap.LinearExplainer(
        (weights, fitted.bias[0]), shap.maskers.Independent(hot, max_samples=len(hot))
    )
    values = explainer.shap_values(hot[:100])
    names = (*found.additive.sources[:-2], *("colour",) * sizes[0], *("town",) * sizes[1])
    by_column = np.array([told.columns.index(name) for name in names])
    for row, theirs in zip(matrix[:100], values, strict=True):
        ours = told.attribute(row)
        np.testing.assert_allclose(ours.contributions, np.bincount(by_column, theirs), atol=1e-6)
        assert ours.base == pytest.approx(float(explainer.expected_value), abs=1e-6)


def _shap() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap
    return shap


def test_the_compiled_graph_gives_what_is_explained() -> None:
    fitted, drawn = trees(), rows(n=20, seed=4)
    model = Model(compile_model(fitted, contract(), candidate="lightgbm"))
    told, strings = made(fitted), string_matrix(drawn)
    for numbers, texts, score in zip(drawn.numbers, strings, fitted.score(drawn)[:, 0], strict=True):
        features, given = model.ask(("features", "score"), numbers.tolist(), texts.tolist())
        assert given[0] == pytest.approx(score, abs=1e-12)
        assert told.attribute(features).score == pytest.approx(given[0], abs=1e-9)
    constant = Model(compile_model(Constant((0.5,), "binary"), contract(), candidate="baseline"))
    assert constant.outputs == ("prediction",)
