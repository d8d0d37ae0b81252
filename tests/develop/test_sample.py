from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.fixtures_develop import coded

from interlock.contract import Checked, Column, Contract
from interlock.develop import develop
from interlock.develop.sample import sample
from interlock.errors import InputError
from interlock.table import open_table

CONTRACT = Contract(
    (Column("x", "number"), Column("c", "category"), Column("y", "category", "target")),
    "binary",
    ("no", "yes"),
)


def data(x: Any, c: Any, y: Any, rejected: Any = None) -> Any:
    refused = np.zeros(len(x), bool) if rejected is None else np.array(rejected)
    checked = Checked(np.array(x, float)[:, None], (coded(c),), refused, ())
    return SimpleNamespace(checked=checked, target=np.array(y, float))


def test_rejected_and_unlabelled_rows_are_left_out() -> None:
    x = np.arange(30.0)
    y = x % 2
    y[[3, 4]] = np.nan
    kept, places = sample(data(x, ["a", "b"] * 15, y, x == 7), CONTRACT)
    assert places.tolist() == [place for place in range(30) if place not in (3, 4, 7)]
    assert kept.numbers[:, 0].tolist() == places.tolist()
    assert kept.strings[0].levels[kept.strings[0].codes].tolist() == [["a", "b"][p % 2] for p in places]
    assert (kept.task, kept.classes, kept.width, len(kept)) == ("binary", 2, 1, 27)


@pytest.mark.parametrize("rows", [1, 19])
def test_too_few_rows(rows: int) -> None:
    with pytest.raises(
        InputError, match=f"too few rows to learn from: {rows} of {rows + 1} can be used"
    ) as caught:
        sample(
            data(np.arange(rows + 1.0), ["a"] * (rows + 1), np.arange(rows + 1) % 2, [True] + [False] * rows),
            CONTRACT,
        )
    assert "1 rows rejected by the contract, 0 without a target" in str(caught.value)
    assert "relax the policies" in caught.value.next_step


def test_a_target_without_values() -> None:
    with pytest.raises(InputError, match="0 of 40 can be used") as caught:
        sample(data(np.arange(40.0), ["a"] * 40, np.full(40, np.nan)), CONTRACT)
    assert "40 without a target" in caught.value.got


def test_a_target_with_one_value() -> None:
    with pytest.raises(InputError, match="the target has one value, so there is nothing to learn") as caught:
        sample(data(np.arange(40.0), ["a"] * 40, np.ones(40)), CONTRACT)
    assert caught.value.got == "yes"
    assert "`y`" in caught.value.where


@pytest.mark.parametrize("largest", [1.1e18, 1e300, -1e300])
def test_a_target_whose_squares_cannot_be_added_up(largest: float) -> None:
    of = Contract((*CONTRACT.columns[:2], Column("y", "number", "target")), "regression")
    drawn = data(np.arange(40.0), ["a"] * 40, np.linspace(0.1, 1, 40) * largest)
    with pytest.raises(InputError, match=r"numbers beyond 1e\+18 are too large to learn from") as caught:
        sample(drawn, of)
    assert (caught.value.where, caught.value.got) == ("target `y`", f"{abs(largest):.3g}")
    assert caught.value.next_step.startswith("divide the column, for example with SQL")


@pytest.mark.parametrize(
    "candidate",
    ["linear", "lightgbm", *(pytest.param(each, marks=pytest.mark.slow) for each in ("xgboost", "catboost"))],
)
def test_the_largest_target_that_is_taken_is_learned(candidate: str) -> None:
    x = np.linspace(-1, 1, 400)
    of = Contract((Column("x", "number"), Column("y", "number", "target")), "regression")
    found = develop(
        open_table(pa.table({"x": x, "y": 1e18 * x})), of, candidates=["baseline", candidate], trials=2
    )
    assert found.winner == candidate
    assert 0 < found.best.score.value < 1e17  # a tenth of the target's reach


def test_weights_that_cannot_be_added_up() -> None:
    x = np.linspace(0, 1, 100)
    columns = (Column("x", "number"), Column("w", "number", "weight"), Column("y", "number", "target"))
    rows = open_table(pa.table({"x": x, "w": np.full(100, 1e308), "y": x}))
    with pytest.raises(InputError, match="too large to learn from") as caught:
        develop(rows, Contract(columns, "regression"), trials=1)
    assert (caught.value.where, caught.value.got) == ("weight `w`", "1e+308")


def test_no_usable_feature() -> None:
    with pytest.raises(InputError, match="every input is constant or empty") as caught:
        sample(data(np.full(40, np.nan), ["a"] * 40, np.arange(40) % 2), CONTRACT)
    assert caught.value.got == "x, c"


@pytest.mark.parametrize(
    ("x", "c"), [(np.r_[np.nan, np.ones(39)], ["a"] * 40), (np.ones(40), ["a"] * 39 + ["b"])]
)
def test_a_feature_that_varies_at_all_is_usable(x: Any, c: Any) -> None:
    assert len(sample(data(x, c, np.arange(40) % 2), CONTRACT)[0]) == 40


def test_no_target() -> None:
    with pytest.raises(InputError, match="no target is declared") as caught:
        sample(data(np.arange(40.0), ["a"] * 40, np.arange(40) % 2), Contract(CONTRACT.columns[:2]))
    assert "name the column to predict" in caught.value.next_step
