from dataclasses import replace

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight
from tests.fixtures_develop import contract, rows

from interlock.develop.candidates.balance import prior, weighed_up
from interlock.develop.candidates.boosting import Boosting, Setting
from interlock.develop.candidates.candidate import Limits
from interlock.develop.link import predict_from
from interlock.develop.sample import Sample
from interlock.develop.score import losses


def rare(seed: int = 0) -> Sample:
    """About 4 % of the second class."""
    drawn = rows(n=6000, seed=seed)
    keep = (drawn.target == 0) | (np.random.default_rng(seed).random(6000) < 0.04)
    return drawn.take(np.flatnonzero(keep))


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_at_full_power_the_weights_are_those_of_scikit_learn(task: str) -> None:
    train = rare() if task == "binary" else rows("multiclass")
    weights, _ = weighed_up(train, 1.0)
    expected = compute_sample_weight("balanced", train.target)
    assert weights is not None
    np.testing.assert_allclose(weights, expected)


def test_at_no_power_and_for_a_number_nothing_changes() -> None:
    assert weighed_up(rare(), 0.0)[0] is None
    assert weighed_up(rows("regression"), 1.0)[0] is None
    given = replace(rare(), weights=np.full(len(rare()), 2.0))
    assert weighed_up(given, 0.0)[0] is given.weights


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_the_prior_is_the_score_of_the_shares(task: str) -> None:
    train = rows(task)
    shares = np.bincount(train.target.astype(int)) / len(train)
    told = predict_from(train.task, prior(train)[None])
    np.testing.assert_allclose(told[0], shares[1] if task == "binary" else shares)


def test_probabilities_stay_calibrated() -> None:
    train, watched, fresh = rare(), rare(1), rare(2)
    model, plain = (
        Boosting((Setting(7, 0.05, balance=power),)).fit(train, watched, contract(), Limits.of(60))
        for power in (0.5, 0.0)
    )
    share = fresh.target.mean()
    assert share < 0.06
    assert model.predict(fresh).mean() == pytest.approx(share, abs=3 * np.sqrt(share / len(fresh)))
    loss = losses("binary", model.predict(fresh), fresh.target).mean()
    assert loss < 1.05 * losses("binary", plain.predict(fresh), fresh.target).mean()
