from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold, TimeSeriesSplit

from interlock.develop.folds import Kind, folds
from interlock.errors import InputError

COUNTS = st.integers(2, 6)


@given(st.lists(st.integers(0, 2), min_size=12, max_size=80), COUNTS, st.integers(0, 3))
def test_each_row_is_watched_once_and_classes_keep_their_shares(target: Any, count: int, seed: int) -> None:
    values = np.array(target, np.float64)
    found = folds(Kind("multiclass", values), count=count, seed=seed)
    assert sorted(np.concatenate([fold.watched for fold in found])) == list(range(len(values)))
    for fold in found:
        assert not set(fold.learn) & set(fold.watched)
        assert len(fold.learn) + len(fold.watched) == len(values)
        for label in np.unique(values):
            expected = (values == label).sum() / count
            assert abs((values[fold.watched] == label).sum() - expected) <= 1


def test_as_even_as_scikit_learns() -> None:
    target = np.random.default_rng(0).integers(0, 2, 103).astype(np.float64)
    ours = sorted(len(fold.watched) for fold in folds(Kind("binary", target)))
    theirs = sorted(len(held) for _, held in StratifiedKFold(5).split(target, target))
    assert ours == theirs


def test_a_regression_is_as_spread_in_each_fold() -> None:
    target = np.random.default_rng(0).lognormal(size=500)
    for fold in folds(Kind("regression", target)):
        assert np.median(target[fold.watched]) == pytest.approx(np.median(target), rel=0.05)


@given(st.lists(st.integers(0, 30), min_size=10, max_size=100), COUNTS)
def test_time_goes_forward_and_ties_stay_together(times: list[int], count: int) -> None:
    time = np.array(times, np.float64)
    kind = Kind("regression", np.zeros(len(time)), time)
    if len(np.unique(time)) < 2:
        with pytest.raises(InputError, match="rows cannot be cut into folds"):
            folds(kind, count=count)
        return
    for fold in folds(kind, count=count):
        assert time[fold.learn].max() < time[fold.watched].min()


def test_without_ties_the_blocks_are_those_of_scikit_learn() -> None:
    time = np.random.default_rng(0).permutation(60).astype(np.float64)
    order = np.argsort(time)
    found = folds(Kind("regression", np.zeros(60), time), count=5)
    for fold, (learn, watched) in zip(found, TimeSeriesSplit(5).split(order), strict=True):
        assert set(fold.learn) == set(order[learn])
        assert set(fold.watched) == set(order[watched])


def test_a_row_without_a_time_is_learned_from_and_never_watched() -> None:
    time = np.array([np.nan, 1, 2, 3, 4, 5, 6, 7])
    found = folds(Kind("regression", np.zeros(8), time), count=3)
    assert all(0 not in fold.watched for fold in found)
    assert 0 in found[0].learn


@given(st.lists(st.integers(0, 9), min_size=20, max_size=100), st.booleans(), st.integers(0, 3))
def test_no_group_is_learned_from_and_watched(members: list[int], timed: bool, seed: int) -> None:
    groups = np.array(members)
    time = np.arange(len(groups), dtype=np.float64) if timed else None
    try:
        found = folds(Kind("regression", np.zeros(len(groups)), time, groups), seed=seed)
    except InputError:
        assert timed or len(np.unique(groups)) < 2
        return
    for fold in found:
        assert not set(groups[fold.learn]) & set(groups[fold.watched])
        if time is not None:
            assert time[fold.learn].max() < time[fold.watched].min()


def test_a_group_column_that_is_unique_is_no_group_at_all() -> None:
    found = folds(Kind("regression", np.zeros(50), None, np.arange(50)))
    assert [len(fold.watched) for fold in found] == [10] * 5


def test_one_group_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        folds(Kind("regression", np.zeros(50), None, np.zeros(50, np.int64)))
    assert "rows cannot be cut into folds" in str(caught.value)
    assert "50 rows" in str(caught.value)
