import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.fixtures_develop import contract, rows

from interlock.develop.candidates.boosting import Boosting, Setting
from interlock.develop.candidates.candidate import Limits, Pruned
from interlock.develop.score import losses

QUICK = Boosting((Setting(7, 0.2),))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_stops_where_the_watched_part_is_best(task: Any) -> None:
    train, watched = rows(task), rows(task, seed=1)
    fitted = QUICK.fit(train, watched, contract(task), Limits.of(60))

    def loss(rounds: int) -> float:
        other = QUICK.refit(replace(fitted, rounds=rounds), train, contract(task), Limits.of(60))
        assert other.rounds == rounds
        return float(losses(task, other.predict(watched), watched.target).mean())

    best = losses(task, fitted.predict(watched), watched.target).mean()
    assert loss(fitted.rounds) == pytest.approx(best)
    assert all(loss(max(1, fitted.rounds + change)) > best for change in (-5, 10))


def test_learns_in_the_setting_that_is_asked_for() -> None:
    train, watched = rows(n=600), rows(n=600, seed=1)
    fitted = QUICK.fit(train, watched, contract(), Limits.of(60), Setting(5, 0.1))
    assert fitted.setting == "at most 5 leaves, rate 0.1"
    assert QUICK.refit(fitted, train, contract(), Limits.of(60)).chosen == Setting(5, 0.1)


def test_gives_up_where_the_search_says_so() -> None:
    train = rows(n=600)
    limits = replace(Limits.of(60), report=lambda round_, _: round_ >= 3)
    with pytest.raises(Pruned):
        QUICK.fit(train, train, contract(), limits)


def test_the_same_seed_gives_the_same_model_with_any_number_of_threads() -> None:
    train = rows()

    def trees(**changed: Any) -> str:
        fitted = QUICK.fit(train, train, contract(), replace(Limits.of(60), rounds=20, **changed))
        return fitted.model.split("parameters:")[0]

    assert trees() == trees(threads=2)
    assert trees() != trees(seed=5)


def test_comes_to_an_end_at_the_deadline_with_what_it_has() -> None:
    train = rows(n=20_000)
    slow = Boosting((Setting(127, 0.001),) * 2)
    start = time.monotonic()
    fitted = slow.fit(train, train, contract(), Limits.of(0.2))
    assert time.monotonic() - start < 30  # the machine may be busy; the rounds say that it was stopped
    assert 1 <= fitted.rounds < 1000


def test_a_regression_far_from_zero_loses_nothing() -> None:
    train = rows("regression")
    limits = replace(Limits.of(60), rounds=30)
    near = QUICK.fit(train, train, contract("regression"), limits).predict(train)
    far = replace(train, target=train.target + 1e12)
    ours = QUICK.fit(far, far, contract("regression"), limits).predict(far)
    np.testing.assert_allclose(ours - 1e12, near, atol=1e-2)
