import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.fixtures_develop import coded, contract, rows

from interlock.contract import MISSING, Column, Contract
from interlock.develop.candidates.candidate import Limits, Pruned
from interlock.develop.candidates.catboost import Catboost, CatboostSetting, CatboostTrees
from interlock.develop.compiled import compile_model
from interlock.develop.parity import hostile, parity
from interlock.develop.sample import Sample
from interlock.develop.score import losses

QUICK = Catboost((CatboostSetting(depth=4, rate=0.2),))
CATEGORIES = tuple(Column(name, "category") for name in ("a", "b", "c"))


def crossed(n: int = 4000, *, classes: int = 2, seed: int = 0) -> Sample:
    """Rows whose class follows from pairs of categories, a third one, and a number with gaps."""
    random = np.random.default_rng(seed)
    number = random.normal(size=n)
    number[random.random(n) < 0.2] = np.nan
    a, b = random.integers(0, 25, n), random.integers(0, 30, n)
    c = random.choice(["x", "y", "z", MISSING], n)
    effect = np.random.default_rng(7).normal(size=(25, 30))
    signal = effect[a, b] + (c == "x") + np.isnan(number) * (b % 2) + 0.3 * random.normal(size=n)
    target = np.searchsorted(np.linspace(0, 1, classes + 1)[1:-1], signal).astype(float)
    strings = (coded([f"a{each}" for each in a]), coded([f"b{each}" for each in b]), coded(c))
    task: Any = "binary" if classes == 2 else "multiclass"
    return Sample(number[:, None], strings, target, task, classes)


def described(classes: int = 2) -> Contract:
    columns = (Column("number", "number"), *CATEGORIES, Column("y", "category", role="target"))
    return Contract(columns, "binary" if classes == 2 else "multiclass", tuple("pqrst"[:classes]))


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("combined", [1, 2, 3])
def test_statistics_of_categories_and_of_their_combinations_compile_exactly(
    classes: int, combined: int
) -> None:
    train = crossed(classes=classes)
    candidate = Catboost((CatboostSetting(depth=5, rate=0.3, combined=combined, hot=3),))
    fitted = candidate.fit(train, train, described(classes), replace(Limits.of(60), rounds=30))
    tables = fitted._compiled[1]
    assert tables is not None
    if combined > 1:
        assert any(" × " in source for source in fitted.sources)
    model = compile_model(fitted, described(classes), candidate="catboost")
    assert parity(fitted, model, train).largest < 1e-9
    asked = hostile(train)
    np.testing.assert_allclose(
        fitted.forest.score(fitted.matrix(asked)), fitted.score(asked), rtol=0, atol=1e-9
    )


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


def test_the_same_seed_gives_the_same_model_with_any_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("interlock.develop.candidates.tree_model._CELLS_OF_A_THREAD", 100)
    train = crossed(1000)

    def trees(**changed: Any) -> str:
        limits = replace(Limits.of(60), rounds=10, **changed)
        return QUICK.fit(train, train, described(), limits).model

    assert trees() == trees(threads=2)
    assert trees() != trees(seed=5)


def test_gives_up_where_the_search_says_so() -> None:
    train = rows(n=600)
    limits = replace(Limits.of(60), report=lambda round_, _: round_ >= 3)
    with pytest.raises(Pruned):
        QUICK.fit(train, train, contract(), limits)


def test_comes_to_an_end_at_the_deadline_with_what_it_has() -> None:
    train = rows(n=20_000)
    slow = Catboost((CatboostSetting(8, 0.001),))
    start = time.monotonic()
    fitted = slow.fit(train, train, contract(), Limits.of(0.2))
    assert time.monotonic() - start < 30  # the machine may be busy; the rounds say that it was stopped
    assert 1 <= fitted.rounds < 1000


def test_strings_alone_and_numbers_alone_are_enough() -> None:
    train = crossed(1000)
    limits = replace(Limits.of(60), rounds=10)
    strings = replace(train, numbers=np.empty((1000, 0)))
    numbers = replace(train, strings=())
    for only, columns in ((strings, CATEGORIES), (numbers, (Column("number", "number"),))):
        about = Contract((*columns, Column("y", "category", role="target")), "binary", ("p", "q"))
        fitted = QUICK.fit(only, only, about, limits)
        assert isinstance(fitted, CatboostTrees)
        assert parity(fitted, compile_model(fitted, about, candidate="catboost"), only).largest < 1e-9
