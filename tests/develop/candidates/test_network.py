"""The network: what it learns, that it learns the same again, and what it costs."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss, roc_auc_score
from tests.fixtures_develop import contract, rows

torch = pytest.importorskip("torch")

from interlock.develop.candidates import Linear, Network  # noqa: E402
from interlock.develop.candidates.candidate import Limits  # noqa: E402
from interlock.develop.candidates.network_model import Setting  # noqa: E402
from interlock.develop.sample import Sample  # noqa: E402

pytestmark = pytest.mark.slow  # importing torch takes seconds
QUICK = Setting(epochs=10, width=32)


def fitted(train: Sample, setting: Setting = QUICK, watched: Sample | None = None) -> Any:
    of = contract(train.task)
    return Network().fit(train, train if watched is None else watched, of, Limits.of(60), setting)


def crossed(n: int, seed: int) -> Sample:
    """Rows whose target is a product: no sum of curves can tell."""
    drawn = rows(n=n, seed=seed)
    target = (drawn.numbers[:, 0] * np.nan_to_num(drawn.numbers[:, 1], nan=1.0) > 0).astype(float)
    return replace(drawn, target=target)


def test_it_learns_an_interaction_that_a_linear_model_cannot() -> None:
    train, later = crossed(4000, 0), crossed(2000, 1)
    linear = Linear().fit(train, later, contract(), Limits.of(60))
    assert roc_auc_score(later.target, linear.predict(later)) < 0.7
    assert roc_auc_score(later.target, fitted(train, watched=later).predict(later)) > 0.95


def test_any_number_of_threads_gives_the_same_model() -> None:
    train, found, threads = rows(n=600), [], torch.get_num_threads()
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            found.append(fitted(train))
    finally:
        torch.set_num_threads(threads)
    assert found[0] == found[1]
    assert found[0] != Network().fit(train, train, contract(), replace(Limits.of(60), seed=1), QUICK)


def test_a_row_that_weighs_nothing_is_not_learned_from() -> None:
    train = rows(n=800)
    wrong = np.arange(800) % 2 == 0
    spoilt = replace(
        train, target=np.where(wrong, 1 - train.target, train.target), weights=np.where(wrong, 0.0, 1.0)
    )
    later = rows(n=800, seed=1)
    assert roc_auc_score(later.target, fitted(spoilt, watched=later).predict(later)) > 0.8


def test_probabilities_stay_honest_where_a_rare_class_is_weighed_up() -> None:
    drawn = rows(n=6000)
    random = np.random.default_rng(0)
    train = drawn.take(np.flatnonzero((drawn.target == 0) | (random.random(6000) < 0.1)))
    share = train.target.mean()
    assert share < 0.12
    balanced = fitted(train, replace(QUICK, balance=0.5))
    assert balanced.predict(train).mean() == pytest.approx(share, rel=0.25)
    constant = log_loss(train.target, np.full(len(train), share))
    assert log_loss(train.target, balanced.predict(train)) < 0.8 * constant


def test_a_regression_is_in_the_units_of_its_target() -> None:
    train = rows("regression", n=3000)
    far = replace(train, target=1e6 + 1000 * train.target)
    found = fitted(far).predict(far)
    assert np.corrcoef(found, far.target)[0, 1] > 0.85
    assert found.mean() == pytest.approx(far.target.mean(), rel=1e-3)


def test_a_deadline_that_is_over_gives_what_there_is() -> None:
    train = rows(n=600)
    found = Network().fit(train, train, contract(), Limits.of(0), QUICK)
    assert found.chosen.stop == 1
    assert np.isfinite(found.predict(train)).all()


def test_it_says_what_was_chosen() -> None:
    assert fitted(rows(n=400), replace(QUICK, epochs=2)).setting == "2 × 32 units, 2 epochs"
