from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from tests.fixtures_develop import coded, contract, rows

from interlock.contract import Column, Contract
from interlock.develop.candidates.candidate import Limits
from interlock.develop.candidates.linear import Linear
from interlock.develop.sample import Sample

LIMITS = Limits.of(60)
PLAIN = Contract(tuple(Column(name, "number") for name in "abc"))


def plain(task: str) -> tuple[Sample, np.ndarray]:
    random = np.random.default_rng(0)
    numbers = random.normal([0, 50, -3], [1, 7, 0.1], (800, 3))
    scaled = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    signal = scaled @ [1, -2, 0.5] + random.normal(size=800)
    target = signal if task == "regression" else np.digitize(signal, [0] if task == "binary" else [-1, 1])
    classes = {"binary": 2, "multiclass": 3, "regression": 0}[task]
    return Sample(numbers, (), target.astype(float), task, classes), scaled  # type: ignore[arg-type]


def test_regression_equals_scikit_learn() -> None:
    train, scaled = plain("regression")
    expected = Ridge(alpha=1).fit(scaled, train.target).predict(scaled)
    ours = Linear().fit(train, train, PLAIN, LIMITS).predict(train)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_classes_equal_scikit_learn(task: str) -> None:
    train, scaled = plain(task)
    model = LogisticRegression(C=1, max_iter=100, tol=1e-3).fit(scaled, train.target)
    expected = model.predict_proba(scaled)
    ours = Linear().fit(train, train, PLAIN, LIMITS).predict(train)
    np.testing.assert_allclose(ours, expected[:, 1] if task == "binary" else expected, rtol=0, atol=1e-6)


def test_levels_have_an_effect_of_their_own() -> None:
    level = np.array(["a", "b", "c"] * 100)
    effect = {"a": 5.0, "b": -1.0, "c": 0.0}
    target = np.array([effect[each] for each in level])
    train = Sample(np.empty((300, 0)), (coded(level),), target, "regression", 0)
    model = Linear(penalty=1e-9).fit(train, train, Contract((Column("s", "category"),)), LIMITS)
    np.testing.assert_allclose(model.predict(train), target, atol=1e-5)
    unknown = replace(train, strings=(coded(["never seen"] * 300),))
    assert np.unique(model.predict(unknown)).shape == (1,)


def test_a_class_that_no_row_has_is_never_likely() -> None:
    train = rows("multiclass")
    two = train.take(np.flatnonzero(train.target != 1))
    prediction = Linear().fit(two, two, contract("multiclass"), LIMITS).predict(two)
    assert prediction[:, 1].max() < 1e-6
    assert np.mean(prediction.argmax(axis=1) == two.target) > 0.8


def test_many_rows_are_drawn_from(monkeypatch: pytest.MonkeyPatch) -> None:
    train = rows(n=4000)
    whole = Linear().fit(train, train, contract(), LIMITS).predict(train)
    monkeypatch.setattr("interlock.develop.candidates.linear._MOST_ROWS", 2000)
    half = Linear().fit(train, train, contract(), LIMITS).predict(train)
    assert 0 < np.abs(whole - half).mean() < 0.05
