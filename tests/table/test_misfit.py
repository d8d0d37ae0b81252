from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.table import open_table
from interlock.table.misfit import first_misfit


@given(values=st.lists(st.sampled_from(["1", "2.5", None, "x", "00501"]), min_size=1), size=st.integers(1, 5))
def test_it_is_the_first_that_python_cannot_read(values: list[str | None], size: int) -> None:
    table = open_table(pa.table({"a": pa.array(values, pa.string())}).to_reader(max_chunksize=size))
    bad = [(row, text) for row, text in enumerate(values, 1) if text in ("x", "00501")]
    assert first_misfit(table, "a", "number") == (bad[0] if bad else None)


@pytest.mark.parametrize("row", [1, 70_000, 200_000])
def test_rows_are_counted_through_the_batches(row: int) -> None:
    values = ["2013-01-01"] * 200_000
    values[row - 1] = "yesterday"
    assert first_misfit(open_table(pa.table({"a": values})), "a", "timestamp") == (row, "yesterday")
