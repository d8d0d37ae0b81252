import time
from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from tests.fixtures_develop import contract, rows

from interlock.develop.candidates.averaging import Averaging, AveragingSetting
from interlock.develop.candidates.candidate import Limits, Pruned
from interlock.develop.candidates.tree_model import as_matrix

LIMITS = replace(Limits.of(float("inf")), rounds=60)


def test_is_as_good_as_scikit_learns() -> None:
    train, fresh = rows("regression", n=3000), rows("regression", n=3000, seed=1)
    fitted = Averaging().fit(train, train, contract("regression"), LIMITS)
    theirs = RandomForestRegressor(60, min_samples_leaf=5, max_features=0.6, random_state=0)
    theirs.fit(as_matrix(fitted.preparation.transform(train)), train.target)
    errors = [
        float(np.sqrt(np.mean((prediction - fresh.target) ** 2)))
        for prediction in (
            fitted.predict(fresh),
            theirs.predict(as_matrix(fitted.preparation.transform(fresh))),
        )
    ]
    assert errors[0] < 1.03 * errors[1]


def test_an_average_stays_within_what_was_seen() -> None:
    train, asked = rows("regression"), rows("regression", seed=1)
    predicted = Averaging().fit(train, train, contract("regression"), LIMITS).predict(asked)
    assert train.target.min() <= predicted.min()
    assert predicted.max() <= train.target.max()


def test_the_same_seed_gives_the_same_trees_with_any_number_of_threads() -> None:
    train = rows()

    def trees(**changed: int) -> str:
        limits = replace(Limits.of(60), **{"rounds": 10, **changed})  # type: ignore[arg-type]
        return Averaging().fit(train, train, contract(), limits).model.split("parameters:")[0]

    assert trees() == trees(threads=2)
    assert trees() != trees(seed=5)


def test_gives_up_where_the_search_says_so() -> None:
    train = rows(n=600)
    with pytest.raises(Pruned):
        Averaging().fit(train, train, contract(), replace(LIMITS, report=lambda round_, _: round_ >= 3))


def test_comes_to_an_end_at_the_deadline_with_what_it_has() -> None:
    train = rows(n=20_000)
    start = time.monotonic()
    large = AveragingSetting(leaves=1024, least=2)
    fitted = Averaging((large,)).fit(train, train, contract(), Limits.of(0.1))
    assert time.monotonic() - start < 30  # the machine may be busy; the rounds say that it was stopped
    assert 1 <= fitted.rounds < 100
