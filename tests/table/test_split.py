import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import InputError
from interlock.table import split
from interlock.table.split import Kind

FRACTIONS = st.floats(0.05, 0.95)
SEEDS = st.integers(0, 5)


def check_whole(train: np.ndarray, holdout: np.ndarray, rows: int) -> None:
    """Every row is on exactly one side, in order, and no side is empty."""
    assert sorted([*train, *holdout]) == list(range(rows))
    assert (np.diff(train) > 0).all()
    assert (np.diff(holdout) > 0).all()
    assert train.size > 0
    assert holdout.size > 0


@given(st.integers(2, 300), FRACTIONS, SEEDS)
def test_random(rows: int, fraction: float, seed: int) -> None:
    train, holdout, _ = split(rows, fraction=fraction, seed=seed)
    check_whole(train, holdout, rows)
    assert abs(holdout.size - rows * fraction) <= 1
    assert split(rows, fraction=fraction, seed=seed).holdout.tolist() == holdout.tolist()


def test_every_row_is_held_out_equally_often() -> None:
    held = np.zeros(20)
    for seed in range(2000):
        held[split(20, fraction=0.25, seed=seed).holdout] += 1
    assert abs(held / 2000 - 0.25).max() < 4.5 * np.sqrt(0.25 * 0.75 / 2000)


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, np.nan]), min_size=2, max_size=200), FRACTIONS, SEEDS)
def test_stratified(labels: list[float], fraction: float, seed: int) -> None:
    values = np.array(labels)
    train, holdout, _ = split(values, kind="stratified", fraction=fraction, seed=seed)
    check_whole(train, holdout, values.size)
    for label in (0.0, 1.0, 2.0, np.nan):
        members = np.isnan(values) if np.isnan(label) else values == label
        assert abs(members[holdout].sum() - members.sum() * fraction) <= 1


@given(st.lists(st.integers(0, 20), min_size=2, max_size=200), FRACTIONS)
def test_time(times: list[int], fraction: float) -> None:
    values = np.array(times, np.float64)
    if np.unique(values).size == 1:
        with pytest.raises(InputError, match="all rows are of one time, so none is later"):
            split(values, kind="time", fraction=fraction)
        return
    train, holdout, _ = split(values, kind="time", fraction=fraction)
    check_whole(train, holdout, values.size)
    assert values[train].max() < values[holdout].min()  # so ties never straddle
    sizes = [(values >= start).sum() for start in np.unique(values)[1:]]
    assert abs(holdout.size - fraction * values.size) == min(
        abs(size - fraction * values.size) for size in sizes
    )


def test_times_in_all_their_forms_agree() -> None:
    seconds = np.arange(10) * 86_400.0 + 1e9
    microseconds = (seconds * 1e6).astype(np.int64)
    splits = [split(t, kind="time") for t in (seconds, microseconds, microseconds.astype("datetime64[us]"))]
    assert {each.explanation for each in splits} == {
        "8 rows to learn from and 2 held out (20.0 %), the latest, from 2001-09-17 01:46:40 UTC on"
    }


def test_rows_without_a_time_are_learned_from_and_told() -> None:
    result = split(np.array([np.nan, 1.0, 2.0, 3.0, np.nan]), kind="time", fraction=0.4)
    assert result.holdout.tolist() == [2, 3]
    assert result.explanation.endswith("; 2 rows without a time are among those to learn from")


@given(st.lists(st.integers(0, 15), min_size=2, max_size=200), FRACTIONS, SEEDS)
def test_group(groups: list[int], fraction: float, seed: int) -> None:
    values = np.array(groups)
    if np.unique(values).size == 1:
        with pytest.raises(InputError, match="all rows are of one group, so none can be held out"):
            split(values, kind="group", fraction=fraction, seed=seed)
        return
    train, holdout, _ = split(values, kind="group", fraction=fraction, seed=seed)
    check_whole(train, holdout, values.size)
    assert not set(values[train]) & set(values[holdout])
    largest = np.unique(values, return_counts=True)[1].max()
    assert abs(holdout.size - fraction * values.size) <= largest


def test_groups_may_be_strings_and_nulls() -> None:
    train, holdout, explanation = split(np.array(["a", None, "b", "a"], object), kind="group", fraction=0.5)
    check_whole(train, holdout, 4)
    assert "of 3 groups, whole, chosen at random with seed 0" in explanation


@pytest.mark.parametrize("kind", ["random", "stratified", "group"])
def test_another_seed_is_another_split(kind: Kind) -> None:
    values = 100 if kind == "random" else np.arange(100) // 2
    one, two = (split(values, kind=kind, seed=seed).holdout.tolist() for seed in (0, 1))
    assert one != two


@pytest.mark.parametrize("fraction", [0.0, 1.0, -1.0, float("nan")])
def test_the_share_is_checked(fraction: float) -> None:
    with pytest.raises(InputError, match="the share to hold out must lie between 0 and 1"):
        split(10, fraction=fraction)


def test_one_row_cannot_be_split() -> None:
    with pytest.raises(InputError, match="a split needs at least two rows\n  got: 1 rows"):
        split(1)
