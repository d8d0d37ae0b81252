from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from tests.fixtures_develop import coded, contract, rows

from interlock.contract import Column, Contract
from interlock.develop.candidates.candidate import Limits
from interlock.develop.candidates.linear import Linear, Setting
from interlock.develop.sample import Sample
from interlock.develop.score import losses

LIMITS = Limits.of(float("inf"))
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
    ours = Linear().fit(train, train, PLAIN, LIMITS, Setting(1.0, curves=False)).predict(train)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_classes_equal_scikit_learn(task: str) -> None:
    train, scaled = plain(task)
    model = LogisticRegression(C=1, max_iter=1000, tol=1e-8).fit(scaled, train.target)
    expected = model.predict_proba(scaled)
    ours = Linear().fit(train, train, PLAIN, LIMITS, Setting(1.0, curves=False)).predict(train)
    np.testing.assert_allclose(ours, expected[:, 1] if task == "binary" else expected, rtol=0, atol=1e-3)


def test_levels_have_an_effect_of_their_own() -> None:
    level = np.array(["a", "b", "c"] * 100)
    effect = {"a": 5.0, "b": -1.0, "c": 0.0}
    target = np.array([effect[each] for each in level])
    train = Sample(np.empty((300, 0)), (coded(level),), target, "regression", 0)
    model = Linear().fit(train, train, Contract((Column("s", "category"),)), LIMITS, Setting(1e-9))
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


def test_a_curve_is_followed_and_not_extended() -> None:
    random = np.random.default_rng(0)
    x = random.uniform(-2, 2, (2000, 1))
    train = Sample(x, (), x[:, 0] ** 2, "regression", 0)
    of = Contract((Column("x", "number"),))
    line, curve = (
        Linear().fit(train, train, of, LIMITS, Setting(1e-6, curves=curves)) for curves in (False, True)
    )
    assert np.abs(curve.predict(train) - train.target).max() < 0.2 < np.abs(line.predict(train) - 1).max()
    beyond = replace(train, numbers=np.array([[-2.0], [-50.0]]))
    ends = curve.predict(replace(train, numbers=np.array([[x.min()], [x.min()]])))
    np.testing.assert_allclose(curve.predict(beyond), ends, atol=0.05)
    assert curve.predict(beyond)[1] == ends[0]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_penalty_is_the_best_on_the_watched_rows(task: str) -> None:
    train, watched = rows(task, n=300), rows(task, n=300, seed=1)
    found = Linear().fit(train, watched, contract(task), LIMITS)
    each = {
        penalty: losses(
            train.task,
            Linear().fit(train, watched, contract(task), LIMITS, Setting(penalty)).predict(watched),
            watched.target,
        ).mean()
        for penalty in (300.0, 30.0, 0.3, found.chosen.penalty)
    }
    assert each[found.chosen.penalty] < min(each.values()) * 1.002
    again = Linear().refit(found, train, contract(task), LIMITS)
    assert again.chosen == found.chosen


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_an_elastic_net_leaves_out_columns_that_say_nothing(task: str) -> None:
    random = np.random.default_rng(2)
    numbers = random.normal(size=(200, 60))
    signal = 2 * numbers[:, 0] - 2 * numbers[:, 1]
    target = signal if task == "regression" else (signal > 0).astype(float)
    train = Sample(numbers, (), target, task, 0 if task == "regression" else 2)  # type: ignore[arg-type]
    of = Contract(tuple(Column(f"x{at}", "number") for at in range(60)))
    assert Linear().settings(train)[0].l1 > 0
    model = Linear().fit(train, train, of, LIMITS, Setting(20.0, l1=1.0, curves=False))
    weights = np.abs(np.array(model.weights)[:, 0])
    assert set(np.argsort(weights)[-2:]) == {0, 1}
    assert np.count_nonzero(weights[2:]) < 15
    assert "20, 1 of it absolute" in model.setting


def test_weights_of_rows_count_as_that_many_rows() -> None:
    train, _ = plain("regression")
    times = np.random.default_rng(3).integers(1, 4, len(train))
    weighted = replace(train, weights=times.astype(float))
    repeated = train.take(np.repeat(np.arange(len(train)), times))
    ours = Linear().fit(weighted, weighted, PLAIN, LIMITS, Setting(1e-3, curves=False)).predict(train)
    theirs = Linear().fit(repeated, repeated, PLAIN, LIMITS, Setting(1e-3, curves=False)).predict(train)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
