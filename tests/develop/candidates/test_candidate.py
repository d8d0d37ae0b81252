"""What every candidate promises; a new one is tested by being listed."""

import time
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.fixtures_develop import by_speed, contract, rows

from interlock.develop.candidates import FITTED, Candidate, Fitted, Limits
from interlock.develop.compiled import compile_model, string_matrix
from interlock.develop.parity import hostile, parity
from interlock.release.model import Model

TASKS = ("binary", "multiclass", "regression")
every = pytest.mark.parametrize("candidate", by_speed(), ids=lambda each: each.name)
LIMITS = replace(Limits.of(float("inf")), rounds=15)


@pytest.mark.parametrize("task", TASKS)
@every
def test_compiles_to_the_same_answers(candidate: Candidate, task: Any) -> None:
    train = rows(task)
    fitted = candidate.fit(train, train, contract(task), LIMITS)
    assert isinstance(fitted, Fitted)
    model = compile_model(fitted, contract(task), candidate=candidate.name)
    assert parity(fitted, model, train).largest <= 1e-9
    assert Model(model).metadata["candidate"] == candidate.name


@pytest.mark.parametrize("task", TASKS)
@every
def test_predictions_have_their_shape_and_are_probabilities(candidate: Candidate, task: Any) -> None:
    train = rows(task)
    prediction = candidate.fit(train, train, contract(task), LIMITS).predict(hostile(train))
    assert prediction.dtype == np.float64
    assert prediction.shape == ((2000, 3) if task == "multiclass" else (2000,))
    if task != "regression":
        assert ((prediction >= 0) & (prediction <= 1)).all()
    if task == "multiclass":
        np.testing.assert_allclose(prediction.sum(axis=1), 1)


@every
def test_a_row_has_the_same_answer_alone_and_in_company(candidate: Candidate) -> None:
    train = rows()
    fitted = candidate.fit(train, train, contract(), LIMITS)
    asked = hostile(train, rows=50)
    alone = [fitted.predict(asked.take(np.array([row])))[0] for row in range(50)]
    np.testing.assert_allclose(alone, fitted.predict(asked), rtol=0, atol=1e-15)


@every
def test_is_saved_as_json_and_comes_back_the_same(candidate: Candidate) -> None:
    train = rows()
    fitted = candidate.fit(train, train, contract(), LIMITS)
    kind = next(kind for kind in FITTED.values() if type(fitted) is kind)
    again = msgspec.json.decode(msgspec.json.encode(fitted), type=kind)
    assert again == fitted
    np.testing.assert_array_equal(again.predict(train), fitted.predict(train))


@every
def test_the_rows_are_not_changed_and_the_same_seed_gives_the_same_model(candidate: Candidate) -> None:
    train = rows()
    before = train.numbers.copy(), string_matrix(train), train.target.copy()
    first, second = (candidate.fit(train, rows(seed=1), contract(), Limits.of(60)) for _ in range(2))
    assert first == second
    for ours, theirs in zip(before, (train.numbers, string_matrix(train), train.target), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@every
def test_fitted_again_on_the_same_rows_it_is_the_same_model(candidate: Candidate) -> None:
    train = rows()
    fitted = candidate.fit(train, rows(seed=1), contract(), Limits.of(60))
    again = candidate.refit(fitted, train, contract(), Limits.of(60))
    assert (again.rounds, again.setting) == (fitted.rounds, fitted.setting)
    np.testing.assert_allclose(again.predict(train), fitted.predict(train), rtol=0, atol=1e-12)


def test_limits_end_at_the_sooner_deadline() -> None:
    limits = Limits.of(100, seed=3)
    assert 0.5 < limits.within(1).left <= 1
    assert 99 < limits.within(1000).left <= 100
    assert Limits(time.monotonic() - 1).left == 0
    assert limits.within(1).seed == 3
