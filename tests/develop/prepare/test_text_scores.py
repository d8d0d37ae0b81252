from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import Ridge
from tests.fixtures_columns import TEXTS
from tests.fixtures_develop import CLASSES, coded

from interlock.contract import MISSING, Column, Contract
from interlock.develop.prepare.step import Options
from interlock.develop.prepare.text_scores import make_text_scores, ridge
from interlock.develop.sample import Sample

random = np.random.default_rng(0)
MATRIX = sparse.random(200, 30, 0.3, "csr", random_state=0)
TARGET = MATRIX @ random.normal(size=(30, 2)) + 3 + random.normal(size=(200, 2))
ONES = np.ones(200)


def contract(task: Any = "binary") -> Contract:
    kind: Any = "number" if task == "regression" else "category"
    return Contract((Column("t", "text"), Column("y", kind, role="target")), task, CLASSES[task])


def sample(texts: list[str], target: Any, task: Any = "binary") -> Sample:
    n = len(texts)
    return Sample(np.empty((n, 0)), (coded(texts),), np.asarray(target, float), task, len(CLASSES[task]))


@pytest.mark.parametrize(
    "weights", [ONES, random.integers(0, 3, 200).astype(float)], ids=["alike", "weighed"]
)
def test_with_enough_steps_it_is_scikit_learns_ridge(weights: Any) -> None:
    effects, bias = ridge(MATRIX, TARGET, weights, penalty=0.7, steps=200)
    theirs = Ridge(alpha=0.7, solver="cholesky").fit(MATRIX.toarray(), TARGET, sample_weight=weights)
    np.testing.assert_allclose(effects.T, theirs.coef_, atol=1e-9)
    np.testing.assert_allclose(bias, theirs.intercept_, atol=1e-9)


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_few_steps_without_a_penalty_are_partial_least_squares(steps: int) -> None:
    effects, bias = ridge(MATRIX, TARGET[:, :1], ONES, penalty=0.0, steps=steps)
    theirs = PLSRegression(n_components=steps, scale=False, tol=1e-12).fit(MATRIX.toarray(), TARGET[:, 0])
    np.testing.assert_allclose(
        MATRIX @ effects + bias, theirs.predict(MATRIX.toarray()).reshape(-1, 1), atol=1e-8
    )


def test_no_rows_and_no_words_give_noughts_and_the_mean() -> None:
    effects, bias = ridge(MATRIX, TARGET, np.zeros(200))
    assert not effects.any()
    assert not bias.any()
    effects, bias = ridge(sparse.csr_matrix((200, 4)), TARGET, ONES)
    assert not effects.any()
    np.testing.assert_allclose(bias, TARGET.mean(axis=0))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_words_that_tell_are_learned(task: Any) -> None:
    liked = random.random(400) < 0.5
    texts = [f"{text} {'lovely' if good else 'awful'}" for text, good in zip(TEXTS, liked, strict=True)]
    step, training = make_text_scores(sample(texts, liked, task), contract(task), Options())[0]
    found = step.transform(sample(["lovely", "awful"], [0, 0], task))
    told = found[:, 1] if task == "multiclass" else found[:, 0]
    assert told[0] > told[1] + 0.5
    assert training is not None
    shown = training[:, 1] if task == "multiclass" else training[:, 0]
    assert np.mean((shown > 0.5) == liked) > 0.95
    assert len(step.names) == len(step.sources) == found.shape[1]


def test_words_of_noise_teach_nothing_on_the_training_rows() -> None:
    noise = random.integers(0, 2, 400)
    step, training = make_text_scores(sample(TEXTS, noise), contract(), Options())[0]
    assert training is not None
    assert abs(np.corrcoef(training[:, 0], noise)[0, 1]) < 0.15  # three standard errors
    assert np.corrcoef(step.transform(sample(TEXTS, noise))[:, 0], noise)[0, 1] > 0.3


def test_a_missing_text_says_what_missing_says() -> None:
    texts = [MISSING if place % 2 else text for place, text in enumerate(TEXTS)]
    missing = [float(text == MISSING) for text in texts]
    step = make_text_scores(sample(texts, missing), contract(), Options())[0].step
    found = step.transform(sample([MISSING, "word1 word2"], [0, 0]))[:, 0]
    assert found[0] > 0.8
    assert found[1] < 0.2
    assert make_text_scores(sample(texts, missing), contract(), Options(text="terms")) == ()
