import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.metrics import confusion_matrix
from tests.fixtures_develop import contract, table

from interlock.develop import Decision, Development, develop
from interlock.develop.decision import best_threshold, capacity_threshold, choose_threshold
from interlock.errors import InputError
from interlock.release.model import Model
from interlock.table import dataset

Floats = NDArray[np.float64]
MAIL = Decision(true_positive=50, false_positive=-5, unit="EUR")


def drawn(n: int = 20_000, seed: int = 0) -> tuple[Floats, Floats]:
    """Draw true probabilities and what came of them."""
    random = np.random.default_rng(seed)
    chance = expit(random.normal(-1.5, 1.5, n))
    return chance, (random.random(n) < chance).astype(float)


@given(
    st.floats(0.1, 100),
    st.floats(-100, -0.1),
    st.floats(-100, 0),
    st.floats(0, 100),
    st.floats(0.001, 0.999),
)
def test_acting_pays_from_the_threshold_on(tp: float, fp: float, fn: float, tn: float, chance: float) -> None:
    decision = Decision(tp, fp, fn, tn)
    acting, leaving = chance * tp + (1 - chance) * fp, chance * fn + (1 - chance) * tn
    if abs(acting - leaving) > 1e-9:
        assert (acting > leaving) == (chance > decision.threshold)


def test_the_threshold_in_closed_form() -> None:
    assert MAIL.threshold == 5 / 55
    assert Decision(false_negative=-9, false_positive=-1).threshold == 0.1
    assert Decision(1, -1, -1, 1).threshold == 0.5


def test_values_are_those_of_the_confusion_matrix_of_scikit_learn() -> None:
    chance, target = drawn(500)
    act = chance > 0.2
    (tn, fp), (fn, tp) = confusion_matrix(target, act)
    found = Decision(7, -3, -11, 2).values(target, act).sum()
    assert found == pytest.approx(7 * tp - 3 * fp - 11 * fn + 2 * tn)


def test_probabilities_that_are_right_take_the_theoretical_threshold() -> None:
    chance, target = drawn()
    chosen = choose_threshold(MAIL, chance, target)
    assert chosen.threshold == MAIL.threshold
    assert chosen.reason == "acting pays from a probability of 0.09091 on"
    assert best_threshold(MAIL, chance, target) == pytest.approx(MAIL.threshold, abs=0.03)


def test_probabilities_that_are_wrong_take_the_best_one_found() -> None:
    chance, target = drawn()
    wrong = expit(logit(chance) - 3)
    chosen = choose_threshold(MAIL, wrong, target)
    assert logit(chosen.threshold) == pytest.approx(logit(MAIL.threshold) - 3, abs=0.4)
    assert "more per 1,000 cases than 0.09091, where acting should pay, in cross-validation" in chosen.reason
    fresh, came = drawn(seed=1)
    worth = [
        MAIL.values(came, expit(logit(fresh) - 3) >= at).mean() for at in (chosen.threshold, MAIL.threshold)
    ]
    assert worth[0] > worth[1]


def brute(decision: Decision, chance: Floats, target: Floats, weights: Floats) -> float:
    """Return the most that any threshold is worth, by trying all."""
    return max(float(weights @ decision.values(target, chance >= at)) for at in [*np.unique(chance), np.inf])


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.integers(0, 3)), min_size=1, max_size=40))
def test_the_best_threshold_is_the_best_of_all(rows: list[tuple[int, bool, int]]) -> None:
    chance, target, weights = (np.array(each, float) for each in zip(*rows, strict=True))
    decision = Decision(3, -2)
    at = best_threshold(decision, chance / 10, target, weights)
    found = float(weights @ decision.values(target, chance / 10 >= at))
    assert found == pytest.approx(brute(decision, chance / 10, target, weights))


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 3)), min_size=1, max_size=40), st.floats(0.01, 0.99)
)
def test_a_capacity_is_kept_and_used(rows: list[tuple[int, int]], at_most: float) -> None:
    chance, weights = (np.array(each, float) for each in zip(*rows, strict=True))
    at = capacity_threshold(chance, at_most, weights)
    assert weights[chance >= at].sum() / weights.sum() <= at_most + 1e-9
    lower = chance[chance < at]
    if len(lower):
        assert weights[chance >= lower.max()].sum() / weights.sum() > at_most


def test_a_capacity_raises_the_threshold_where_it_must() -> None:
    chance, target = drawn()
    chosen = choose_threshold(Decision(50, -5, at_most=0.05), chance, target)
    assert chosen.threshold == pytest.approx(np.quantile(chance, 0.95), abs=1e-3)
    assert chosen.reason == "at most 5 % of the cases can be acted upon"
    alone = choose_threshold(Decision(at_most=0.05), chance, target)
    assert alone == chosen
    loose = choose_threshold(Decision(50, -5, at_most=0.9), chance, target)
    assert loose.threshold == MAIL.threshold


def test_nobody_is_acted_upon_where_it_never_paid() -> None:
    chance = np.array([0.2, 0.7, 0.7])
    assert best_threshold(MAIL, chance, np.zeros(3)) > 0.7
    assert capacity_threshold(chance, 0.5) > 0.7  # the two highest are tied


def test_clusters_of_repeats_are_not_taken_for_evidence() -> None:
    chance, target = drawn(40, seed=4)
    wrong = expit(logit(chance) - 0.8)
    many, came = np.repeat(wrong, 200), np.repeat(target, 200)
    clusters = np.repeat(np.arange(40), 200)
    assert choose_threshold(MAIL, many, came).threshold != MAIL.threshold
    assert choose_threshold(MAIL, many, came, clusters=clusters).threshold == MAIL.threshold


def test_a_capacity_alone_is_a_decision() -> None:
    made = develop(
        table(), contract(), candidates=["linear"], trials=1, decision=Decision(at_most=0.1, unit="letters")
    )
    share = float(np.mean(made.predictor(dataset(table(), contract()).checked) >= made.threshold))
    assert 0.05 < share < 0.15  # a tenth of the rows held back, so about a tenth of all


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"true_positive": 5, "false_positive": 1}, "leave nothing to decide"),
        ({"true_positive": -1, "false_positive": -1}, "leave nothing to decide"),
        ({}, "leave nothing to decide"),
        ({"true_positive": 5, "at_most": 0.1}, "leave nothing to decide"),
        ({"at_most": 5}, "must lie between 0 and 1"),
    ],
)
def test_what_decides_nothing_is_refused(values: Any, what: str) -> None:
    with pytest.raises(InputError, match=what):
        Decision(**values)


def test_a_development_has_the_threshold_in_its_model(tmp_path: Any) -> None:
    told: list[str] = []
    development = develop(
        table(), contract(), candidates=["linear"], trials=1, decision=MAIL, progress=told.append
    )
    assert development.threshold == MAIL.threshold
    metadata = Model(development.model).metadata
    assert float(metadata["threshold"]) == MAIL.threshold
    assert json.loads(metadata["decision"])["true_positive"] == 50
    assert "threshold 0.09091: acting pays from a probability of 0.09091 on" in told
    assert Development.load(development.save(tmp_path)) == development
    given = develop(table(), contract(), candidates=["linear"], trials=1, decision=MAIL, threshold=0.4)
    assert given.threshold == 0.4


def test_other_tasks_have_no_such_decision() -> None:
    with pytest.raises(InputError, match="a regression task has no decision between two classes"):
        develop(table("regression"), contract("regression"), trials=1, decision=MAIL)
