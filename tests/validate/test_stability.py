import numpy as np
import pytest
from tests.fixtures_validate import solve

from interlock.develop.arrange import arrange
from interlock.develop.sample import Sample
from interlock.validate.stability import _ways, agreement, stability


def test_distances_flips_and_metrics_are_those_of_the_definitions() -> None:
    truth = np.array([0.0, 1.0, 1.0, 0.0])
    said = np.array([0.1, 0.9, 0.6, 0.2])
    answers = [("another seed", np.array([0.2, 0.8, 0.4, 0.2])), ("a fifth left out", said)]
    found = agreement("binary", truth, said, answers)
    assert found.apart.value == pytest.approx((0.1 + 0.1 + 0.2) / 8)
    assert found.flips is not None
    assert found.flips.value == pytest.approx(1 / 8)
    assert [each.apart for each in found.refits] == pytest.approx([0.1, 0.0])
    assert (found.metric, found.value, found.refits[0].value) == ("AUC", 1.0, 1.0)


def test_a_regression_is_in_standard_deviations_and_several_classes_in_half_sums() -> None:
    truth = np.array([0.0, 10.0, 20.0])
    found = agreement("regression", truth, truth, [("another seed", truth + 2)])
    assert found.apart.value == pytest.approx(2 / truth.std())
    assert (found.flips, found.metric, found.refits[0].value) == (None, "RMSE", 2.0)
    said = np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]])
    other = np.array([[0.1, 0.8, 0.1], [0.1, 0.2, 0.7]])
    classes = agreement("multiclass", np.array([0.0, 2.0]), said, [("another seed", other)])
    assert classes.apart.value == pytest.approx(0.6 / 2)
    assert classes.flips is not None
    assert classes.flips.value == 0.5


def test_folds_leave_out_whole_units_and_each_once() -> None:
    units = np.repeat(np.arange(50), 4)
    rows = Sample(np.zeros((200, 1)), (), np.zeros(200), "regression", 0, units=units)
    kept = [rows_ for _, rows_, _ in _ways(rows, 0) if rows_ is not None]
    left_out = [set(units) - set(units[each]) for each in kept]
    assert [len(each) for each in left_out] == [10] * 5
    assert set.union(*left_out) == set(units.tolist())
    seeds = [seed for how, _, seed in _ways(rows, 7) if how == "another seed"]
    assert seeds == [8, 9, 10]


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_the_winner_is_learned_again_eight_times(task: str) -> None:
    found = solve(task).validation.record.stability
    assert found is not None
    assert [each.how for each in found.refits] == [
        *["another seed", "a fifth left out"] * 3,
        *["a fifth left out"] * 2,
    ]
    assert found.stopped == ""
    # A linear model knows no seed; without a fifth of the rows it moves.
    assert [each.apart for each in found.refits if each.how == "another seed"] == [0, 0, 0]
    assert 0 < found.apart.value < 0.1


def test_without_time_or_a_known_candidate_nothing_is_learned_again() -> None:
    solved = solve("binary")
    train = arrange(solved.train, solved.contract, None, 0, lambda _: None)[1]
    fitted = solved.development.fitted
    rows, target = solved.holdout.checked, solved.target
    args = (train, solved.contract, rows, target)
    assert stability(fitted, "linear", *args, seconds=0) is None
    assert stability(fitted, "brought along", *args) is None
    assert stability(fitted, "linear", *args, seconds=1e-6) is None
