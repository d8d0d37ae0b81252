import numpy as np
import pytest
from tests.fixtures_develop import contract, rows

from interlock.contract import Contract
from interlock.develop.candidates.candidate import Limits
from interlock.develop.candidates.constant import Baseline


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_predicts_shares_or_the_mean(task: str) -> None:
    train = rows(task)
    prediction = Baseline().fit(train, train, Contract(()), Limits.of(1)).predict(train)
    if task == "multiclass":
        shares = [np.mean(train.target == place) for place in range(3)]
        np.testing.assert_allclose(prediction, np.tile(shares, (len(train), 1)))
    else:
        np.testing.assert_allclose(prediction, np.full(len(train), train.target.mean()))


def test_a_class_that_no_row_has_gets_nothing() -> None:
    train = rows("multiclass")
    few = train.take(np.flatnonzero(train.target != 1))
    assert Baseline().fit(few, few, contract("multiclass"), Limits.of(1)).values[1] == 0
