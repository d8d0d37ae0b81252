import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from interlock.validate.enough import LeftOut, Rule, Unjudged, lacking, unjudged
from interlock.validate.partitions import Partition
from interlock.validate.slices import worst_slices

ROWS = np.arange(1200)
RARE = ROWS % 40 == 0  # 30 of 1,200


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        (ROWS < 0, "no row"),
        (ROWS < 99, "fewer than 100 rows, which `slice_rows` asks for"),
        (ROWS < 1101, "fewer than 100 rows outside, which `slice_rows` asks for"),
        (ROWS < 585, "fewer than 20 positive or 20 negative rows, in the slice or in the rest"),
    ],
)
def test_each_rule_is_named(inside: NDArray[np.bool_], why: str) -> None:
    assert lacking(inside, RARE, None, 100) == why


def test_days_count_where_rows_stand_or_fall_together() -> None:
    days = ROWS // 200  # six days
    assert lacking(ROWS < 600, None, days, 100) == "rows of fewer than five days or groups"
    assert lacking(ROWS % 2 == 0, None, days, 100) == ""


def test_what_is_not_judged_is_named_and_counted() -> None:
    half = Partition("plan", ("Basic", "Pro"), np.where(ROWS < 585, 0, 1))
    same = Partition("tier", ("low", "high"), np.where(ROWS < 585, 0, 1))
    small = Partition("town", ("Rome", "Oslo"), np.where(ROWS < 20, 0, -1))
    declared = (("basics", np.full(1200, -1)), ("few", np.where(ROWS < 7, 0, -1)))
    named = [Partition(name, (name,), codes) for name, codes in declared]
    found = unjudged("binary", RARE.astype(float), [half, same, small], named, minimum=100)
    assert found == Unjudged(
        (
            LeftOut("basics", 0, "no row"),
            LeftOut("few", 7, "fewer than 100 rows, which `slice_rows` asks for"),
        ),
        (
            Rule("fewer than 20 positive or 20 negative rows, in the slice or in the rest", 2, 615),
            Rule("fewer than 100 rows, which `slice_rows` asks for", 1, 20),
        ),
    )
    assert found.sentence == (
        "2 have fewer than 20 positive or 20 negative rows, in the slice or in the rest; "
        "the largest has 615 rows. "
        "1 has fewer than 100 rows, which `slice_rows` asks for; the largest has 20 rows"
    )


@given(st.integers(1, 399), st.integers(1, 200))
def test_a_declared_slice_is_judged_or_left_out_never_lost(n: int, minimum: int) -> None:
    target, spread = np.zeros(400), np.tile([1.0, 2.0], 200)
    mine = Partition("mine", ("mine",), np.where(np.arange(400) < n, 0, -1))
    judged = worst_slices(
        "regression", target, spread, np.full(400, 2.0), [], declared=[mine], minimum=minimum
    )
    left = unjudged("regression", target, [], [mine], minimum=minimum).declared
    assert len(judged) + len(left) == 1
