from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from tests.fixtures_develop import contract, rows

from interlock.contract import Column, Contract
from interlock.develop import Development, develop
from interlock.develop.additive import additive
from interlock.develop.balanced import Balanced, BalancedModel, balanced
from interlock.develop.bring import bring
from interlock.develop.candidates import CANDIDATES, Baseline, Candidate, Limits, Linear
from interlock.develop.candidates.linear import Setting
from interlock.develop.compiled import compile_model
from interlock.develop.parity import parity
from interlock.develop.recipe import candidate_named
from interlock.develop.sample import Sample
from interlock.errors import InputError
from interlock.table import open_table

LEARNING = [each for each in CANDIDATES if each.name not in ("baseline", "network")]
every = pytest.mark.parametrize("candidate", LEARNING, ids=lambda each: each.name)
PLAIN = Contract(
    (*(Column(name, "number") for name in "abc"), Column("y", "boolean", "target")),
    "binary",
    ("false", "true"),
)


def rare(seed: int, n: int = 12_000) -> tuple[Sample, np.ndarray]:
    """Rows of which some 3 % are of the second class, and their true log-odds."""
    random = np.random.default_rng(seed)
    numbers = random.normal(size=(n, 3))
    truth = -5 + 1.5 * numbers[:, 0] - 1.5 * numbers[:, 1]
    target = (random.random(n) < expit(truth)).astype(float)
    return Sample(numbers, (), target, "binary", 2), truth


def limits() -> Limits:
    return replace(Limits.of(60), rounds=60)


@every
def test_a_rare_class_is_found_and_probabilities_are_those_of_the_rows(candidate: Candidate) -> None:
    (train, _), (watched, _), (fresh, truth) = rare(0), rare(1), rare(2)
    model = Balanced(candidate).fit(train, watched, PLAIN, limits())
    share, lost = train.target.mean(), 0.08 if candidate.name == "forest" else 0.02
    assert 0.02 < share < 0.05
    prediction = model.predict(fresh)
    assert roc_auc_score(fresh.target, prediction) > roc_auc_score(fresh.target, truth) - lost
    tenth = np.argsort(-prediction)[: len(fresh) // 10]
    best = np.argsort(-truth)[: len(fresh) // 10]
    assert fresh.target[tenth].sum() > (1 - 3 * lost) * fresh.target[best].sum()
    assert prediction.mean() == pytest.approx(share, rel=0.1)
    assert model.model.predict(fresh).mean() > 4 * share  # what it would say without the correction


def test_it_is_scikit_learns_balanced_regression_with_its_intercept_moved() -> None:
    (train, _), (fresh, _) = rare(0), rare(1)
    mean, spread = train.numbers.mean(axis=0), train.numbers.std(axis=0)
    twin = LogisticRegression(C=1, class_weight="balanced", tol=1e-8, max_iter=1000)
    twin.fit((train.numbers - mean) / spread, train.target)
    share = train.target.mean()
    corrected = twin.decision_function((fresh.numbers - mean) / spread) + np.log(share / (1 - share))
    ours = Balanced(Linear()).fit(train, train, PLAIN, limits(), Setting(1.0, curves=False))
    inside = (np.abs(fresh.numbers - mean) < 3 * spread).all(axis=1)  # beyond what was seen a line is level
    told, expected = ours.score(fresh)[inside, 0], corrected[inside]
    np.testing.assert_allclose(told - told.mean(), expected - expected.mean(), atol=5e-3)
    assert told.mean() == pytest.approx(expected.mean(), abs=0.1)


@every
def test_several_classes_keep_their_shares_and_the_graph_agrees(candidate: Candidate) -> None:
    drawn = rows("multiclass", n=6000)
    random = np.random.default_rng(0)
    kept = np.flatnonzero((drawn.target != 2) | (random.random(6000) < 0.2))
    train, described = drawn.take(kept), contract("multiclass")
    model = Balanced(candidate).fit(train, train, described, replace(limits(), rounds=20))
    told = model.predict(train).mean(axis=0)
    shares = np.bincount(train.target.astype(int)) / len(train)
    assert shares[2] < 0.06
    np.testing.assert_allclose(told, shares, atol=1e-3)
    compiled = compile_model(model, described, candidate="c")
    assert parity(model, compiled, train).largest < 1e-9
    again = Balanced(candidate).refit(model, train, described, replace(limits(), rounds=20))
    assert again.model.setting == model.model.setting


def test_the_sum_that_explains_it_is_moved_too() -> None:
    train, _ = rare(0, n=2000)
    model = Balanced(Linear()).fit(train, train, PLAIN, limits(), Setting(1.0, curves=False))
    found, inner = additive(model), additive(model.model)
    assert found is not None
    assert inner is not None
    features = found.matrix(train)
    assert found.split(features).bias == inner.split(features).bias - np.array(model.shift)


def table(n: int = 3000) -> Any:
    drawn, _ = rare(5, n)
    columns = dict(zip("abc", drawn.numbers.T, strict=True))
    return open_table(pa.table({**columns, "y": drawn.target.astype(bool)}))


def test_a_development_is_saved_explained_and_learned_again(tmp_path: Any) -> None:
    made = develop(table(), PLAIN, candidates=["linear"], trials=1, class_weights="balanced")
    assert made.winner == "linear, balanced"
    assert made.best.scores[0].value < 0.2
    assert made.explanation
    again = Development.load(made.save(tmp_path / "kept"))
    assert again.fitted == made.fitted
    named = candidate_named(made.winner)
    assert isinstance(named, Balanced)
    assert made.recipe is not None
    assert not made.recipe.trouble
    plain = develop(table(), PLAIN, candidates=["linear"], trials=1)
    assert not isinstance(plain.fitted, BalancedModel)


def test_what_does_not_learn_by_weights_is_left_as_it_is_and_named() -> None:
    brought = bring(LogisticRegression(), PLAIN)
    found, notes = balanced([Baseline(), Linear(), brought], "binary", "balanced")
    assert [each.name for each in found] == ["baseline", "linear, balanced", "LogisticRegression"]
    assert notes == ("LogisticRegression does not learn by weights: its classes count by their rows",)
    assert balanced([Linear()], "regression", "none") == ([Linear()], ())


def test_numbers_and_other_words_are_refused() -> None:
    with pytest.raises(InputError, match="a number has no classes to weigh") as caught:
        balanced([Linear()], "regression", "balanced")
    assert "[develop] class_weights" in str(caught.value)
    with pytest.raises(InputError, match="there are no class weights `heavy`"):
        balanced([Linear()], "binary", "heavy")  # type: ignore[arg-type]
