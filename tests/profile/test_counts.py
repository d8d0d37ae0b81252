"""Counts on the grid against `collections.Counter`."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from interlock.profile.counts import NOTHING, at, extend, unite
from interlock.profile.grid import HIGHEST_LEVEL, coarsen, keys

Keys = NDArray[np.int64]

values = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1).map(
    lambda x: keys(np.array(x))
)
budgets = st.integers(3, 12)


def _level(found: Keys, budget: int) -> int:
    return next(
        level for level in range(HIGHEST_LEVEL + 1) if len(set(coarsen(found, level).tolist())) <= budget
    )


@given(values, budgets)
def test_it_is_the_finest_level_that_fits(found: Keys, budget: int) -> None:
    held = extend(NOTHING, found, None, budget)
    assert held.level == _level(found, budget)
    expected = Counter(coarsen(found, held.level).tolist())
    assert dict(zip(held.cells.tolist(), held.counts.tolist(), strict=True)) == expected
    assert held.cells.tolist() == sorted(expected)
    assert (held.registers is None) == (held.level == 0)


@given(values, values, budgets)
def test_unite_is_the_count_of_both(a: Keys, b: Keys, budget: int) -> None:
    united = unite(extend(NOTHING, a, None, budget), extend(NOTHING, b, None, budget), budget)
    whole = extend(NOTHING, np.concatenate([a, b]), None, budget)
    assert united.level == whole.level
    assert np.array_equal(united.cells, whole.cells)
    assert np.array_equal(united.counts, whole.counts)
    if united.registers is None or whole.registers is None:
        assert united.registers is whole.registers
    else:
        assert np.array_equal(united.registers, whole.registers)


@given(values, st.integers(0, HIGHEST_LEVEL))
def test_at_keeps_all_values(found: Keys, level: int) -> None:
    held = at(extend(NOTHING, found, None, 100), level)
    assert held.level >= level
    assert held.counts.sum() == len(found)


def test_wide_and_narrow_and_mixed_keys_are_counted_alike() -> None:
    generator = np.random.default_rng(3)
    for found in (
        generator.integers(-(2**62), 2**62, 5_000),
        generator.integers(-300, 300, 5_000),
        np.concatenate(
            [generator.integers(-(2**40) - 300, -(2**40), 900), generator.integers(2**40, 2**40 + 9, 900)]
        ),
    ):
        held = extend(NOTHING, found, None, 10_000)
        assert dict(zip(held.cells.tolist(), held.counts.tolist(), strict=True)) == Counter(found.tolist())
