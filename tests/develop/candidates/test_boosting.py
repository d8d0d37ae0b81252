import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.fixtures_develop import contract, rows

from interlock.develop.candidates.boosting import Boosting
from interlock.develop.candidates.candidate import Limits
from interlock.develop.score import losses

QUICK = Boosting("quick", 7, 0.2, 0.8, "")


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_stops_where_the_watched_part_is_best(task: Any) -> None:
    train, watched = rows(task), rows(task, seed=1)

    def loss(rounds: int) -> float:
        limits = replace(Limits.of(60), rounds=rounds)
        fitted = QUICK.fit(train, None, contract(task), limits)
        assert fitted.rounds == rounds
        return float(losses(task, fitted.predict(watched), watched.target).mean())

    fitted = QUICK.fit(train, watched, contract(task), Limits.of(60))
    best = losses(task, fitted.predict(watched), watched.target).mean()
    assert loss(fitted.rounds) == pytest.approx(best)
    assert all(loss(max(1, fitted.rounds + change)) > best for change in (-5, 10))


def test_the_same_seed_gives_the_same_model_with_any_number_of_threads() -> None:
    train = rows()

    def trees(**changed: Any) -> str:
        fitted = QUICK.fit(train, None, contract(), replace(Limits.of(60), rounds=20, **changed))
        return fitted.model.split("parameters:")[0]

    assert trees() == trees(threads=2)
    assert trees() != trees(seed=5)


def test_comes_to_an_end_at_the_deadline_with_what_it_has() -> None:
    train = rows(n=20_000)
    start = time.monotonic()
    fitted = Boosting("slow", 127, 0.001, 1.0, "").fit(train, None, contract(), Limits.of(0.2))
    assert time.monotonic() - start < 5
    assert 1 <= fitted.rounds < 1000


def test_a_regression_far_from_zero_loses_nothing() -> None:
    train = rows("regression")
    limits = replace(Limits.of(60), rounds=30)
    near = QUICK.fit(train, None, contract("regression"), limits).predict(train)
    far = replace(train, target=train.target + 1e12)
    ours = QUICK.fit(far, None, contract("regression"), limits).predict(far)
    np.testing.assert_allclose(ours - 1e12, near, atol=1e-2)
