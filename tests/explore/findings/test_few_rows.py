from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from interlock.explore import explore


def _table(rows: int, inputs: int) -> pa.Table:
    rng = np.random.default_rng(0)
    columns = {f"x{i}": rng.normal(size=rows) for i in range(inputs)}
    return pa.table({**columns, "y": rng.normal(size=rows)})


def test_a_hundred_and_sixty_rows_are_few_for_39_inputs() -> None:
    found = explore(_table(160, 39), target="y")
    (few,) = [each for each in found.findings if each.kind == "few rows"]
    assert few.sentence.startswith("160 rows are few for 39 inputs: at ten rows each they ask for 390.")
    assert few.effect == pytest.approx(160 / 39)
    assert few.n == 160
    assert "few rows" in found.summary[-1]
    assert "Nothing here stands in the way" not in found.summary[-1]


@pytest.mark.parametrize(("rows", "few"), [(39, True), (40, False)])
def test_ten_rows_an_input_are_enough(rows: int, few: bool) -> None:
    kinds = [each.kind for each in explore(_table(rows, 4), target="y").findings]
    assert ("few rows" in kinds) == few


def test_without_a_target_nothing_is_to_be_learned() -> None:
    assert "few rows" not in [each.kind for each in explore(_table(30, 4)).findings]
