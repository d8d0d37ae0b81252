from typing import Any

import numpy as np
import pytest
from tests.fixtures_develop import contract, rows

from interlock.develop.rare import Rare, rare, require_two
from interlock.develop.sample import Sample
from interlock.errors import InputError


def counted(task: Any, *counts: int) -> Sample:
    """Rows of so many a class."""
    target = np.repeat(np.arange(len(counts)), counts).astype(float)
    return Sample(np.zeros((len(target), 1)), (), target, task, len(counts))


def test_the_rarest_comes_first_and_a_class_without_rows_is_none() -> None:
    found = rare(counted("multiclass", 4, 1, 9), contract("multiclass"), 5)
    assert found == (Rare("b", 1), Rare("a", 4))
    assert rare(counted("multiclass", 0, 6, 6), contract("multiclass"), 5) == ()
    assert rare(rows("regression"), contract("regression"), 5) == ()


def test_what_is_said_of_them() -> None:
    assert Rare("a", 1).note.endswith("no figure says anything about this class")
    assert Rare("a", 4).note == "class `a` has 4 rows: what the figures say about it rests on these alone"


def test_one_row_of_one_of_two_classes_is_refused() -> None:
    with pytest.raises(InputError, match="has one row, which cannot be both learned from") as caught:
        require_two(counted("binary", 299, 1), contract())
    assert (caught.value.where, caught.value.got) == ("target `y`", "class `yes` in 1 of 300 rows")
    assert "bring more rows of this class" in caught.value.next_step
    require_two(counted("binary", 298, 2), contract())
    require_two(counted("multiclass", 298, 1, 9), contract("multiclass"))
