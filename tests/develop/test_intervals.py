import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import mean_pinball_loss
from tests.fixtures_develop import contract, rows, table

from interlock.contract import Column, Contract
from interlock.develop import Development, Limits, develop
from interlock.develop.candidates import Boosting, Linear
from interlock.develop.candidates.boosting import Trees
from interlock.develop.compiled import string_matrix
from interlock.develop.emit.graph import Graph
from interlock.develop.intervals import (
    Intervals,
    best_of,
    conformal_reach,
    interval_score,
    learn_intervals,
)
from interlock.develop.parity import hostile
from interlock.develop.sample import Sample
from interlock.develop.target import Logarithm
from interlock.errors import InputError
from interlock.release.model import Model

LIMITS = Limits.of(float("inf"))
DESCRIBED = Contract((Column("x", "number"), Column("y", "number", role="target")), "regression")


def spreading(n: int, seed: int) -> Sample:
    """Draw a target whose spread is known: normal, of standard deviation 0.2 + x, around 3 sin 6x."""
    random = np.random.default_rng(seed)
    x = random.uniform(0, 1, n)
    return Sample(x[:, None], (), 3 * np.sin(6 * x) + random.normal(size=n) * (0.2 + x), "regression", 0)


def inside(ends: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (ends[:, 0] <= target) & (target <= ends[:, 1])


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_as_many_rows_to_come_lie_inside_as_asked_and_width_follows_the_spread(level: float) -> None:
    """Over draws of 1,000 rows to calibrate on coverage has a beta distribution of standard deviation 0.013.

    So five of them average within 0.018 of the level (three standard errors); the width is that of the
    normal's quantiles, within three tenths.
    """
    covered, widths = [], []
    fresh = spreading(20_000, 999)
    x = fresh.numbers[:, 0]
    for seed in range(5):
        found = learn_intervals(spreading(4000, seed), spreading(1000, 100 + seed), DESCRIBED, level, LIMITS)
        ends = found.ends(fresh, 3 * np.sin(6 * x))
        covered.append(inside(ends, fresh.target).mean())
        widths.append(ends[:, 1] - ends[:, 0])
    assert np.mean(covered) == pytest.approx(level, abs=0.018)
    true = 2 * stats.norm.ppf(0.5 + level / 2) * (0.2 + x)
    for part in (x < 0.2, (x > 0.4) & (x < 0.6), x > 0.8):
        assert np.mean([width[part].mean() for width in widths]) == pytest.approx(true[part].mean(), rel=0.3)


@settings(max_examples=40)
@given(st.integers(20, 400), st.floats(0.5, 0.95), st.integers(0, 1000))
def test_the_reach_is_the_higher_quantile_of_numpy(n: int, level: float, seed: int) -> None:
    place = (n + 1) * level
    assume(abs(place - round(place)) > 1e-6)  # at a whole place the last bit of the level decides
    beyond = np.random.default_rng(seed).normal(size=n)
    expected = np.quantile(np.append(beyond, np.inf), level, method="inverted_cdf")
    assert conformal_reach(beyond, level) == expected


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_exchangeable_rows_lie_inside_at_least_as_often_as_asked(level: float) -> None:
    """The guarantee is exact: with n rows the chance is ⌈(n + 1) level⌉ / (n + 1), here with n = 19."""
    random = np.random.default_rng(0)
    draws = random.standard_cauchy((20_000, 20))
    hits = [row[19] <= conformal_reach(row[:19], level) for row in draws]
    assert np.mean(hits) == pytest.approx(math.ceil(20 * level) / 20, abs=0.01)


def fitted(target: Any = None) -> tuple[Intervals, Any, Sample]:
    train, unseen = rows("regression", n=1200), rows("regression", n=400, seed=1)
    if target is not None:
        train, unseen = (replace(each, target=target(each.target)) for each in (train, unseen))
    model = Boosting().fit(train, unseen, contract("regression"), replace(LIMITS, rounds=10))
    found = learn_intervals(train, unseen, contract("regression"), 0.9, LIMITS)
    assert (found.logarithm is None) == (target is None)
    return found, model, train


@pytest.mark.parametrize("target", [None, np.exp], ids=["plain", "log"])
def test_it_is_compiled_exactly_and_holds_the_prediction_whatever_comes(target: Any) -> None:
    found, model, train = fitted(target)
    graph = Graph(numbers=3, strings=2)
    prediction = model.emit(graph)
    graph.output("interval", found.emit(graph, prediction), 2)
    compiled = Model(graph.build(prediction, width=1, metadata={"task": "regression"}))
    odd = hostile(train)
    expected = found.ends(odd, model.predict(odd))
    strings = string_matrix(odd)
    for at in range(300):
        said, ends = compiled.ask(("prediction", "interval"), odd.numbers[at].tolist(), strings[at].tolist())
        np.testing.assert_allclose(ends, expected[at], rtol=1e-12, atol=1e-12)
        assert ends[0] <= said <= ends[1]
    assert np.isfinite(expected).all()


def around(target: Any) -> tuple[Intervals, Any, Sample]:
    """Learn a target without noise: the quantile models are far behind the point model."""
    train, unseen = (rows("regression", n=n, seed=seed) for n, seed in ((1200, 0), (400, 1)))
    train, unseen = (replace(each, target=target(3 * each.numbers[:, 0])) for each in (train, unseen))
    model = Linear().fit(train, unseen, contract("regression"), LIMITS)
    found = learn_intervals(train, unseen, contract("regression"), 0.9, LIMITS)
    return best_of(found, model.predict(unseen), unseen), model, train


def compiled_ends(found: Intervals, model: Any, odd: Sample) -> NDArray[np.float64]:
    graph = Graph(numbers=3, strings=2)
    prediction = model.emit(graph)
    graph.output("interval", found.emit(graph, prediction), 2)
    compiled = Model(graph.build(prediction, width=1, metadata={"task": "regression"}))
    return compiled.together(("interval",), odd.numbers, string_matrix(odd))[0]


def test_a_point_model_that_is_far_better_gets_one_distance() -> None:
    found, model, train = around(lambda value: value)
    assert found.low is None
    assert found.high is None
    odd = hostile(train)
    expected = found.ends(odd, model.predict(odd))
    np.testing.assert_allclose(compiled_ends(found, model, odd), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_one_factor_is_compiled_exactly(shift: float) -> None:
    model, train = fitted(np.exp)[1:]
    found = Intervals(0.9, None, None, 0.3, Logarithm(shift, -4.0, 9.0))
    odd = hostile(train)
    expected = found.ends(odd, model.predict(odd))
    np.testing.assert_allclose(compiled_ends(found, model, odd), expected, rtol=1e-12)
    assert np.isfinite(expected).all()


def test_where_the_spread_differs_the_quantile_models_stay() -> None:
    train, unseen = spreading(4000, 0), spreading(1000, 1)
    wide = (
        replace(each, target=each.target * (1 + 9 * (each.numbers[:, 0] > 0.5))) for each in (train, unseen)
    )
    train, unseen = wide
    found = learn_intervals(train, unseen, DESCRIBED, 0.9, LIMITS)
    true = 3 * np.sin(6 * unseen.numbers[:, 0]) * (1 + 9 * (unseen.numbers[:, 0] > 0.5))
    assert best_of(found, true, unseen) is found


def test_the_interval_score_is_made_of_the_pinball_losses_of_scikit_learn() -> None:
    """It is twice the sum of those of both quantiles, over 1 - level."""
    target = np.random.default_rng(0).normal(size=4000)
    for reach in (1.0, 1.645, 2.4):
        ends = np.tile([-reach, reach], (4000, 1))
        pinballs = [
            mean_pinball_loss(target, ends[:, side], alpha=alpha) for side, alpha in ((0, 0.05), (1, 0.95))
        ]
        assert interval_score(0.9, ends, target) == pytest.approx(2 * sum(pinballs) / 0.1)


def test_the_ends_of_a_logarithm_are_positive() -> None:
    found, model, train = fitted(np.exp)
    ends = found.ends(train, model.predict(train))
    assert (ends > 0).all()
    assert inside(ends, train.target).mean() > 0.85


def test_the_same_rows_and_seed_give_the_same_intervals() -> None:
    assert fitted()[0] == fitted()[0]


def test_weights_of_nought_leave_rows_out() -> None:
    train, unseen = spreading(3000, 0), spreading(800, 1)
    spoiled = replace(train, target=np.where(np.arange(3000) < 1000, 1e3, train.target))
    counts = np.where(np.arange(3000) < 1000, 0.0, 1.0)
    found = learn_intervals(replace(spoiled, weights=counts), unseen, DESCRIBED, 0.9, LIMITS)
    ends = found.ends(unseen, 3 * np.sin(6 * unseen.numbers[:, 0]))
    assert np.mean(ends[:, 1] - ends[:, 0]) < 4


@pytest.mark.parametrize(
    ("sample", "level", "what", "next_step"),
    [
        (rows("binary"), 0.9, "a binary task has no intervals", "leave the setting out"),
        (rows("multiclass"), 0.9, "a multiclass task has no intervals", "leave the setting out"),
        (rows("regression"), 90, "must be a share between 0 and 1", "nine rows in ten"),
        (rows("regression", n=98), 0.99, "at least 99 are needed", "ask for a lower level"),
    ],
)
def test_what_cannot_be_is_refused(sample: Sample, level: float, what: str, next_step: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        learn_intervals(sample, sample, contract(sample.task), level, LIMITS)
    assert next_step in str(caught.value)


def test_the_intervals_of_a_development_are_compiled_saved_and_read_again(tmp_path: Any) -> None:
    told: list[str] = []
    development = develop(
        table("regression"),
        contract("regression"),
        candidates=["linear"],
        trials=1,
        interval=0.8,
        progress=told.append,
    )
    compiled = Model(development.model)
    both = ("prediction", "interval")
    assert set(both) <= set(compiled.outputs)
    assert compiled.metadata["interval"] == "0.8"
    assert development.parity.largest < 1e-9
    again = Development.load(development.save(tmp_path))
    assert again == development
    assert again.intervals is not None
    assert any(line.startswith("learning intervals of 0.8 from 1,") for line in told)
    asked = rows("regression", n=4000, seed=5)
    prediction, ends = compiled.together(both, asked.numbers, string_matrix(asked))
    np.testing.assert_allclose(again.intervals.ends(asked, prediction), ends, rtol=1e-12)
    few = 4 * np.sqrt(0.8 * 0.2 / again.intervals.n)
    assert inside(ends, asked.target).mean() == pytest.approx(0.8, abs=few)


def test_a_level_that_cannot_be_is_refused_before_the_search() -> None:
    with pytest.raises(InputError, match="a binary task has no intervals: its probabilities say how sure"):
        develop(table(), contract(), seconds=600, interval=0.9)


def test_time_that_is_up_leaves_intervals_that_cover_all_the_same() -> None:
    train, unseen, fresh = (spreading(n, seed) for n, seed in ((4000, 0), (1000, 1), (4000, 2)))
    found = learn_intervals(train, unseen, DESCRIBED, 0.9, Limits.of(0))
    assert isinstance(found.low, Trees)
    assert found.low.rounds == 1
    ends = found.ends(fresh, 3 * np.sin(6 * fresh.numbers[:, 0]))
    assert inside(ends, fresh.target).mean() == pytest.approx(0.9, abs=0.04)
