from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from interlock.contract import CheckedRow
from interlock.errors import ReleaseError
from interlock.serve.scorer import Scorer


class Linear:
    """A model of three lines; `off` moves the answers of batches, as another kernel's rounding would."""

    shape = (2, 1)
    outputs = ("prediction",)
    data = b""

    def __init__(self, off: float = 0.0) -> None:
        self.off, self.metadata = off, dict[str, str]()

    def one(self, numbers: Sequence[float], strings: Sequence[str]) -> float:
        return numbers[0] + 2 * numbers[1] + len(strings[0])

    def predict(self, numbers: NDArray[np.float64], strings: NDArray[np.object_]) -> NDArray[np.float64]:
        return np.array([self.one(n, s) for n, s in zip(numbers, strings, strict=True)]) + self.off


def scorer(off: float = 0.0) -> Scorer:
    model: Any = Linear(off)
    return Scorer(model)


def row(first: float, *, rejected: bool = False) -> CheckedRow:
    return CheckedRow([first, 0.5], ["ab"], [], rejected)


ROWS = [row(float(i)) for i in range(20)]


def test_rows_run_together_where_the_bits_agree() -> None:
    made = scorer()
    made.choose(ROWS)
    assert made.together


def test_rows_run_alone_where_one_bit_differs() -> None:
    made = scorer(off=2**-50)
    made.choose(ROWS)
    assert not made.together
    assert made.many(ROWS)[0] == [made.one(r.numbers, r.strings) for r in ROWS]


class RarelyOff(Linear):
    """A model whose batches differ on one row in fifty, and on none of the golden rows themselves."""

    def predict(self, numbers: NDArray[np.float64], strings: NDArray[np.object_]) -> NDArray[np.float64]:
        rare = (numbers[:, 0] * 20 + numbers[:, 1]) % 50 == 3
        return np.asarray(super().predict(numbers, strings) + rare * 2**-30)


def test_a_difference_that_none_of_the_golden_rows_shows_is_found_by_mixing_them() -> None:
    golden = [CheckedRow([float(i), float(i)], ["ab"], [], False) for i in range(20)]
    model: Any = RarelyOff()
    made = Scorer(model)
    numbers = np.array([each.numbers for each in golden])
    assert model.predict(numbers, np.full((20, 1), "ab", object)).tolist() == [
        model.one(each.numbers, each.strings) for each in golden
    ]
    made.choose(golden)
    assert not made.together


def test_rejected_rows_get_no_prediction_and_the_others_theirs() -> None:
    mixed = [row(1.0), row(9.0, rejected=True), row(2.0), row(9.0, rejected=True)]
    for together in (False, True):
        made = scorer()
        made.together = together
        assert made.many(mixed)[0] == [4.0, None, 5.0, None]


def test_nothing_but_rejected_rows() -> None:
    made = scorer()
    made.choose([row(1.0, rejected=True)])
    assert not made.together
    assert made.many([row(1.0, rejected=True)])[0] == [None]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_model_that_is_not_finite_is_an_error(value: float) -> None:
    with pytest.raises(ReleaseError, match="not finite"):
        scorer().many([row(value)])


def test_rows_of_which_none_is_rejected_get_what_each_gets_alone() -> None:
    made = scorer()
    made.choose(ROWS)
    predictions, ends = made.many(ROWS)
    assert predictions == [made.one(each.numbers, each.strings) for each in ROWS]
    assert ends == [None] * len(ROWS)
    with pytest.raises(ReleaseError, match="not finite"):
        made.many([*ROWS, row(float("inf"))])
