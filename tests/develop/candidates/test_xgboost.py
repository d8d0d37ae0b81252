import time
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.fixtures_develop import contract, rows

from interlock.develop.candidates.candidate import Limits, Pruned
from interlock.develop.candidates.xgboost import Xgboost, XgboostSetting, XgboostTrees
from interlock.develop.parity import hostile
from interlock.develop.score import losses

QUICK = Xgboost((XgboostSetting(3, 0.2),))


def fitted(task: Any = "binary", **changed: Any) -> XgboostTrees:
    limits = replace(Limits.of(60), **{"rounds": 30, **changed})
    return QUICK.fit(rows(task), rows(task, seed=1), contract(task), limits)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_sums_in_double_are_those_of_xgboost_up_to_float32(task: Any) -> None:
    import xgboost  # once the candidate has said how its threads wait

    model, asked = fitted(task), hostile(rows(task))
    booster = xgboost.Booster(model_file=bytearray(model.model))
    data = xgboost.DMatrix(
        model.matrix(asked).astype(np.float32), feature_types=booster.feature_types, enable_categorical=True
    )
    data.set_base_margin(np.zeros((len(asked), len(model.base)), np.float32))
    margin = booster.predict(data, output_margin=True).reshape(len(asked), -1)
    theirs = margin.astype(float) * model.scale + np.array(model.base)
    np.testing.assert_allclose(model.score(asked), theirs, rtol=0, atol=5e-6 * model.scale)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_forest_scores_as_the_model_does(task: Any) -> None:
    model, asked = fitted(task), hostile(rows(task))
    scores = model.forest.score(model.matrix(asked))
    np.testing.assert_allclose(scores, model.score(asked), rtol=0, atol=1e-12)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_stops_where_the_watched_part_is_best(task: Any) -> None:
    train, watched = rows(task), rows(task, seed=1)
    model = QUICK.fit(train, watched, contract(task), Limits.of(60))

    def loss(rounds: int) -> float:
        other = QUICK.refit(replace(model, rounds=rounds), train, contract(task), Limits.of(60))
        assert other.rounds == rounds
        return float(losses(task, other.predict(watched), watched.target).mean())

    best = losses(task, model.predict(watched), watched.target).mean()
    assert loss(model.rounds) == pytest.approx(best)
    assert all(loss(max(1, model.rounds + change)) > best for change in (-5, 10))


def test_the_same_seed_gives_the_same_model_with_any_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("interlock.develop.candidates.tree_model._CELLS_OF_A_THREAD", 100)
    models = [fitted(threads=threads, rounds=2).model for threads in (1, 2)]
    assert models[0] == models[1]
    assert models[0] != fitted(seed=5, rounds=2).model


def test_gives_up_where_the_search_says_so() -> None:
    with pytest.raises(Pruned):
        fitted(report=lambda round_, _: round_ >= 3)


def test_comes_to_an_end_at_the_deadline_with_what_it_has() -> None:
    train = rows(n=20_000)
    slow = Xgboost((XgboostSetting(9, 0.001),))
    start = time.monotonic()
    model = slow.fit(train, train, contract(), Limits.of(0.2))
    assert time.monotonic() - start < 30  # the machine may be busy; the rounds say that it was stopped
    assert 1 <= model.rounds < 200


def test_a_weight_is_as_good_as_repeating_the_row() -> None:
    train = rows(n=600)
    twice = train.take(np.repeat(np.arange(600), np.where(train.numbers[:, 0] > 0, 3, 1)))
    weighed = replace(train, weights=np.where(train.numbers[:, 0] > 0, 3.0, 1.0))
    plain = Xgboost((XgboostSetting(3, 0.2, rows=1.0, features=1.0, least=0.0),))
    limits = replace(Limits.of(60), rounds=10)
    ours, theirs = (plain.fit(each, each, contract(), limits).predict(train) for each in (weighed, twice))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.98
    unweighed = plain.fit(train, train, contract(), limits).predict(train)
    assert np.abs(ours - theirs).mean() < np.abs(unweighed - theirs).mean()


def test_its_setting_is_said_and_kept() -> None:
    model = fitted()
    assert model.setting == "depth 3, rate 0.2"
    again = msgspec.json.decode(msgspec.json.encode(model), type=XgboostTrees)
    assert again == model
