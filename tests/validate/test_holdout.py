from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from interlock.contract import Checked, Coded, Column, Contract
from interlock.errors import InputError
from interlock.table import Dataset
from interlock.validate.holdout import digest, open_holdout

COLUMNS = (Column("x", "number"), Column("c", "category"), Column("y", "boolean", "target"))
CONTRACT = Contract(COLUMNS, "binary", ("false", "true"))
DAYS: NDArray[np.float64] = np.linspace(0, 99, 100) * 86400.0


def dataset(n: int = 100, seed: int = 0) -> Dataset:
    generator = np.random.default_rng(seed)
    codes = generator.integers(0, 2, n).astype(np.int32)
    checked = Checked(
        generator.normal(size=(n, 1)),
        (Coded(codes, np.array(["a", "b"], dtype=object)),),
        np.zeros(n, dtype=bool),
        (),
    )
    return Dataset("sealed.parquet", CONTRACT, checked, (np.arange(n) % 2).astype(float), None)


def test_rejected_and_unlabelled_rows_are_left_out_and_counted() -> None:
    sealed = dataset()
    assert sealed.target is not None
    sealed.checked.rejected[[3, 4]] = True
    sealed.target[[4, 7, 8, 9]] = np.nan
    holdout = open_holdout(sealed, CONTRACT)
    rows = holdout.rows
    assert (rows.total, rows.rejected, rows.unlabelled, rows.used) == (100, 2, 3, 95)
    kept = np.setdiff1d(np.arange(100), [3, 4, 7, 8, 9])
    assert holdout.checked.numbers.tolist() == sealed.checked.numbers[kept].tolist()
    assert holdout.checked.string_matrix().tolist() == sealed.checked.string_matrix(kept).tolist()
    assert holdout.target.tolist() == sealed.target[kept].tolist()


def test_rows_of_one_day_are_one_group() -> None:
    seconds = DAYS / 4 + 86400.0 * 11_000
    holdout = open_holdout(replace(dataset(), time=seconds), CONTRACT)
    assert (holdout.rows.groups, holdout.rows.grouping) == (25, "days")
    assert holdout.clusters is not None
    assert holdout.clusters.tolist() == np.repeat(np.arange(25), 4).tolist()
    assert (holdout.rows.first, holdout.rows.last) == (seconds[0], seconds[-1])


def test_groups_of_the_split_come_before_days() -> None:
    sealed = replace(dataset(), time=DAYS, groups=np.arange(100) % 30 * 7)
    holdout = open_holdout(sealed, CONTRACT)
    assert (holdout.rows.groups, holdout.rows.grouping) == (30, "groups")


def test_fewer_than_twenty_days_leave_rows_independent() -> None:
    holdout = open_holdout(replace(dataset(), time=DAYS // 6), CONTRACT)
    assert holdout.clusters is None
    assert (holdout.rows.groups, holdout.rows.grouping) == (100, "rows")


def test_the_digest_knows_every_value() -> None:
    same = [digest(open_holdout(dataset(), CONTRACT)) for _ in range(2)]
    assert same[0] == same[1]
    changed = dataset()
    changed.checked.numbers[5, 0] += 1e-12
    relabelled = dataset()
    relabelled.checked.strings[0].levels[1] = "c"
    others = {digest(open_holdout(each, CONTRACT)) for each in (changed, relabelled, dataset(seed=1))}
    assert len({same[0], *others}) == 4


def test_without_a_target_nothing_can_be_validated() -> None:
    with pytest.raises(InputError, match=r"no target is declared(.|\n)*\[data\]"):
        open_holdout(replace(dataset(), target=None), CONTRACT)


def test_too_few_rows_are_refused_with_the_reason() -> None:
    sealed = dataset(30)
    sealed.checked.rejected[:15] = True
    with pytest.raises(InputError, match=r"too few rows to validate on: 15(.|\n)*30 rows, 15 refused"):
        open_holdout(sealed, CONTRACT)


def test_a_target_of_one_value_is_refused() -> None:
    with pytest.raises(InputError, match=r"one value in the holdout(.|\n)*got: true"):
        open_holdout(replace(dataset(), target=np.ones(100)), CONTRACT)
