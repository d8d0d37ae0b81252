import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.develop.candidates import Pruned
from interlock.develop.pruning import Watch, thresholds

LOSSES = st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=4), min_size=1, max_size=8)


@given(LOSSES, st.integers(0, 20))
def test_it_decides_as_optunas_median_pruner(finished: list[list[int]], loss: int) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=0, n_min_trials=2)
    study = optuna.create_study(pruner=pruner)
    for values in finished:
        best = np.minimum.accumulate(values).tolist()
        steps = {step: float(value) for step, value in enumerate(best)}
        study.add_trial(optuna.trial.create_trial(value=best[-1], intermediate_values=steps))
    trial = study.ask()
    trial.report(float(loss), 0)
    own = [list(enumerate(np.minimum.accumulate(values).astype(float).tolist())) for values in finished]
    limit = thresholds(own, least=2).get(0, np.inf)
    assert (loss > limit) == trial.should_prune()


def test_losses_inside_a_fold_are_compared_within_a_candidate() -> None:
    own, others = [[(1, 0.5), (1001, 0.6)]] * 3, [[(1, 9.0), (1001, 0.8)]] * 4
    assert thresholds(own, others, least=3) == {1: 0.5, 1001: 0.8}
    assert thresholds(own, others) == {1001: 0.8}


def test_steps_are_learning_done_and_not_rounds() -> None:
    slow, fast = Watch({}, rate=0.01), Watch({}, rate=0.1)
    for round_ in range(1, 1001):
        slow.report(round_, 1.0)
    for round_ in range(1, 101):
        fast.report(round_, 1.0)
    assert slow.steps == fast.steps
    assert [step for step, _ in fast.steps] == [1, 2, 3, 4, 5, 6, 7]  # 1, √2, 2, ... up to 10


def test_a_fold_that_is_behind_ends_a_trial_unless_it_is_the_last() -> None:
    behind = Watch({1001: 0.5, 1002: 0.5}, folds=2)
    with pytest.raises(Pruned):
        behind.fold(np.full(10, 0.6), None)
    last = Watch({1001: 0.7, 1002: 0.5}, folds=2)
    last.fold(np.full(10, 0.6), None)
    last.fold(np.full(30, 0.8), np.full(30, 1.0))
    assert [step for step, _ in last.steps] == [1001, 1002]
    assert [loss for _, loss in last.steps] == pytest.approx([0.6, 0.75])
