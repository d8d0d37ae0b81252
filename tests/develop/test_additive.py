from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from tests import fixtures_columns
from tests.fixtures_develop import contract, rows

from interlock.contract.model import Task
from interlock.develop.additive import additive
from interlock.develop.calibration import Calibrated, Map
from interlock.develop.candidates import Boosting, Candidate, Fitted, Limits, Linear
from interlock.develop.candidates.blend import Blend
from interlock.develop.candidates.boosting import Trees, booster_of
from interlock.develop.candidates.constant import Constant
from interlock.develop.compiled import string_matrix
from interlock.develop.emit.graph import Graph
from interlock.develop.explanation import explanation
from interlock.develop.sample import Sample
from interlock.release.model import Model

TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")
Fit = Callable[[Task], dict[str, Fitted]]


@pytest.fixture(scope="module")
def fits() -> dict[Task, dict[str, Fitted]]:
    made: dict[Task, dict[str, Fitted]] = {}
    for task in TASKS:
        train, watched, of = rows(task), rows(task, n=400, seed=1), contract(task)
        limits = replace(Limits.of(60), rounds=40)
        boosted = Boosting().fit(train, watched, of, limits)
        line = Linear().fit(train, watched, of, limits)
        constant = Constant((0.2, 0.3, 0.5) if task == "multiclass" else (0.3,), task)
        blend = Blend((boosted, line, constant), (0.5, 0.3, 0.2), ("a", "b", "c"), task)
        made[task] = {"trees": boosted, "linear": line, "blend": blend}
    return made


def score(fitted: Fitted, inputs: Sample, target: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the sums of the attributions, and the model's own scores."""
    how, told = additive(fitted), explanation(fitted, rows(fitted.task), contract(fitted.task))
    assert how is not None
    assert told is not None
    matrix = how.matrix(inputs)
    return np.array([told.attribute(row, target).score for row in matrix]), fitted.score(inputs)[:, target]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", ["trees", "linear", "blend"])
def test_attributions_add_up_to_the_score(fits: dict[Task, dict[str, Fitted]], task: Task, name: str) -> None:
    fitted = fits[task][name]
    for target in range(3 if task == "multiclass" else 1):
        ours, theirs = score(fitted, rows(task, n=40, seed=5), target)
        np.testing.assert_allclose(ours, theirs, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("candidate", [Linear(), Boosting()], ids=lambda each: each.name)
def test_texts_add_what_they_add_as_a_whole(task: Task, candidate: Candidate) -> None:
    train, of = fixtures_columns.rows(task), fixtures_columns.contract(task)
    fitted = candidate.fit(train, train, of, replace(Limits.of(60), rounds=10))
    told, how = explanation(fitted, train, of), additive(fitted)
    assert told is not None
    assert how is not None
    assert {"review", "note"} <= set(how.sources)
    asked = train.take(np.arange(30))
    for target in range(told.width):
        ours = [told.attribute(row, target).score for row in how.matrix(asked)]
        np.testing.assert_allclose(ours, fitted.score(asked)[:, target], atol=1e-12, rtol=1e-12)
    graph = Graph(numbers=4, strings=4)
    output, width = how.emit(graph), len(how.sources)
    model = Model(graph.build(output, width=width, metadata={"texts": "[1, 3]"}))
    np.testing.assert_allclose(
        model.predict(asked.numbers, string_matrix(asked)), how.matrix(asked), atol=1e-12
    )


@pytest.mark.parametrize("map_", [Map("temperature", 0.4), Map("sigmoid", 1.5, -0.2)])
def test_a_linear_calibration_scales_them(fits: dict[Task, dict[str, Fitted]], map_: Map) -> None:
    plain = fits["binary"]["blend"]
    ours, theirs = score(Calibrated(plain, map_, "binary"), rows(n=20, seed=6), 0)
    np.testing.assert_allclose(ours, theirs, atol=1e-12)
    one = rows(n=1, seed=7)
    how = additive(plain)
    assert how is not None
    told = [explanation(each, rows(), contract()) for each in (plain, Calibrated(plain, map_, "binary"))]
    before, after = (each.attribute(how.matrix(one)[0]).contributions for each in told if each)
    np.testing.assert_allclose(after, map_.slope * before)


def test_a_score_that_is_no_sum_has_none(fits: dict[Task, dict[str, Fitted]]) -> None:
    bent = Map("piecewise", knots=(-1.0, 1.0), values=(-2.0, 1.0))
    calibrated = Calibrated(fits["binary"]["trees"], bent, "binary")
    assert additive(calibrated) is None
    assert additive(Blend((calibrated,), (1.0,), ("a",), "binary")) is None
    assert additive(Calibrated(calibrated, Map("temperature", 2.0), "binary")) is None


@pytest.mark.parametrize("task", TASKS)
def test_trees_agree_with_lightgbm_itself(fits: dict[Task, dict[str, Fitted]], task: Task) -> None:
    """LightGBM has Lundberg's algorithm in C++: missing values, unknown levels and category splits too."""
    fitted = fits[task]["trees"]
    assert isinstance(fitted, Trees)
    train, watched = rows(task), rows(task, n=60, seed=9)
    told, matrix = explanation(fitted, train, contract(task)), fitted.matrix(watched)
    assert told is not None
    width = told.width
    theirs = np.asarray(booster_of(fitted.model).predict(matrix, pred_contrib=True))
    theirs = theirs.reshape(len(matrix), width, -1) * fitted.scale
    for target in range(width):
        for row, contributions in zip(matrix, theirs[:, target], strict=True):
            ours = told.attribute(row, target)
            by_column = np.bincount(told.sources, contributions[:-1])
            np.testing.assert_allclose(ours.contributions, by_column, atol=1e-9)
            assert ours.base == pytest.approx(contributions[-1] + fitted.base[target], abs=1e-9)
