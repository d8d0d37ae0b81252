"""What every candidate of trees promises beyond `test_candidate`, and the linear one of monotone numbers."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.fixtures_develop import COLUMNS, contract, rows

from interlock.contract import Contract
from interlock.develop.candidates import CANDIDATES, Candidate, Limits, Linear, TreeModel
from interlock.develop.candidates.tree_model import directions, most_rounds, standard
from interlock.develop.compiled import compile_model, string_matrix
from interlock.develop.parity import hostile, parity
from interlock.develop.prepare.preparation import Preparation
from interlock.develop.sample import Sample
from interlock.release.model import Model

LIMITS = replace(Limits.of(float("inf")), rounds=40)
TREES = [each for each in CANDIDATES if each.name not in ("baseline", "linear", "network")]
every = pytest.mark.parametrize("candidate", TREES, ids=lambda each: each.name)


def bound(task: str, monotone: Any) -> Contract:
    first, *others = COLUMNS
    return contract(task, columns=(replace(first, monotone=monotone), *others))


def risen(model: bytes, drawn: Sample) -> np.ndarray:
    """The least and the largest change of the compiled predictions as the first number rises."""
    compiled, strings = Model(model), string_matrix(drawn)
    answers = []
    for value in np.linspace(-4, 4, 81):
        numbers = drawn.numbers.copy()
        numbers[:, 0] = value
        answers.append(compiled.predict(numbers, strings))
    steps = np.diff(answers, axis=0)
    return np.array([steps.min(), steps.max()])


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize("candidate", [*TREES, Linear()], ids=lambda each: each.name)
def test_predictions_never_fall_when_a_monotone_number_rises(candidate: Candidate, task: Any) -> None:
    train = rows(task)
    wavy = replace(train, target=_wavy(train, task))
    asked = wavy.take(np.arange(60))
    ranges = {}
    for monotone in ("", "increasing", "decreasing"):
        described = bound(task, monotone)
        fitted = candidate.fit(wavy, wavy, described, LIMITS)
        ranges[monotone] = risen(compile_model(fitted, described, candidate="c"), asked)
    assert ranges[""][0] < -1e-3
    assert ranges[""][1] > 1e-3
    assert ranges["increasing"][0] >= 0
    assert ranges["decreasing"][1] <= 0


def _wavy(train: Sample, task: str) -> np.ndarray:
    wave = np.sin(3 * train.numbers[:, 0]) + 0.3 * np.random.default_rng(1).normal(size=len(train))
    return wave if task == "regression" else (wave > 0).astype(float)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@every
def test_the_forest_over_the_matrix_gives_the_score(candidate: Candidate, task: Any) -> None:
    train = rows(task)
    fitted = candidate.fit(train, train, contract(task), LIMITS)
    assert isinstance(fitted, TreeModel)
    asked = hostile(train)
    matrix = fitted.matrix(asked)
    assert len(fitted.sources) == matrix.shape[1]
    scale = max(1.0, float(np.abs(fitted.score(asked)).max()))
    np.testing.assert_allclose(fitted.forest.score(matrix) / scale, fitted.score(asked) / scale, atol=1e-12)


@every
def test_a_class_that_no_row_has_is_never_likely(candidate: Candidate) -> None:
    train = rows("multiclass")
    two = train.take(np.flatnonzero(train.target != 1))
    fitted = candidate.fit(two, train, contract("multiclass"), LIMITS)
    prediction = fitted.predict(train)
    assert prediction.shape == (len(train), 3)
    assert prediction[:, 1].max() < 1e-6
    assert np.mean(prediction.argmax(axis=1)[train.target != 1] == two.target) > 0.75
    model = compile_model(fitted, contract("multiclass"), candidate="c")
    assert parity(fitted, model, train).largest < 1e-9


@every
def test_a_node_covers_what_its_children_cover(candidate: Candidate) -> None:
    train = rows()
    fitted = candidate.fit(train, train, contract(), LIMITS)
    assert isinstance(fitted, TreeModel)
    forest = fitted.forest
    splits = len(forest.feature)
    together = forest.cover[forest.children].sum(axis=1)
    np.testing.assert_allclose(forest.cover[:splits], together, rtol=1e-4)


@every
def test_what_has_no_weight_teaches_nothing(candidate: Candidate) -> None:
    train = rows(n=3000)
    lies = np.random.default_rng(0).random(3000) < 0.5
    target = np.where(lies, 1 - train.target, train.target)
    taught = replace(train, target=target, weights=np.where(lies, 1e-6, 1.0))
    fitted = candidate.fit(taught, taught, contract(), LIMITS)
    fresh = rows(seed=1)
    assert np.mean((fitted.predict(fresh) > 0.5) == fresh.target) > 0.75


def test_directions_are_those_of_the_contract() -> None:
    train, described = rows(), bound("binary", "decreasing")
    preparation, _ = Preparation.learn(train, described)
    assert preparation.names[0] == "x"
    assert directions(preparation, described, "binary") == (-1,) + (0,) * (len(preparation.names) - 1)
    assert not any(directions(preparation, described, "multiclass"))


def test_a_target_without_spread_is_not_divided_by_it() -> None:
    train = rows("regression")
    assert standard(replace(train, target=np.full(len(train), 3.0))) == (3.0, 1.0)
    assert standard(rows()) == (0.0, 1.0)


def test_rounds_are_fewer_where_trees_are_larger_or_more() -> None:
    assert most_rounds(1, 31) == 2000
    assert most_rounds(1, 255) == 470
    assert most_rounds(8, 31) == 250
    assert most_rounds(5000, 31) == 1
