import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import InputError
from interlock.table.forward import split_forward


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), min_size=4, max_size=120), st.integers(0, 3)
)
def test_what_is_held_out_is_later_and_of_nobody_known(rows: list[tuple[int, int]], seed: int) -> None:
    time, groups = np.array(rows, np.float64).T
    try:
        train, holdout, explanation = split_forward(time, groups, seed=seed)
    except InputError:
        shared = [set(groups[time < cut]) & set(groups[time >= cut]) for cut in np.unique(time)[1:]]
        assert not shared or any(shared)  # one time, or a group on both sides of some cut
        return
    assert time[train].max() < time[holdout].min()
    assert not set(groups[train]) & set(groups[holdout])
    unused = len(rows) - len(train) - len(holdout)
    assert f"{unused:,} rows of groups on both sides" in explanation
    assert split_forward(time, groups, seed=seed).holdout.tolist() == holdout.tolist()


def test_groups_that_end_before_the_cut_lose_no_row() -> None:
    time = np.arange(100.0)
    train, holdout, _ = split_forward(time, time // 10, fraction=0.2)
    assert train.tolist() == list(range(80))
    assert holdout.tolist() == list(range(80, 100))


def test_of_groups_on_both_sides_one_in_three_is_held_out() -> None:
    time = np.arange(3000.0)
    groups = np.arange(3000) % 30
    train, holdout, explanation = split_forward(time, groups)
    assert len(np.unique(groups[holdout])) == 10
    assert len(np.unique(groups[train])) == 20
    assert (
        "1,600 rows to learn from and 200 held out, the latest, from 1970-01-01 00:40:00 UTC on"
        in explanation
    )


def test_groups_of_text_and_a_row_without_a_time() -> None:
    time = np.array([np.nan, 1, 2, 3, 4])
    groups = np.array(["a", "a", "b", "c", "d"], object)
    train, holdout, _ = split_forward(time, groups, fraction=0.4)
    assert train.tolist() == [0, 1, 2]
    assert holdout.tolist() == [3, 4]


def test_one_group_on_both_sides_is_refused_and_says_what_to_do() -> None:
    with pytest.raises(InputError) as caught:
        split_forward(np.arange(10.0), np.zeros(10))
    assert "every group has rows before and after the cut" in str(caught.value)
    assert 'by = "time"' in str(caught.value)
