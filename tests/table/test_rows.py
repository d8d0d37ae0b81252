from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from interlock.table import open_table
from interlock.table.rows import first_of_each

cells = st.tuples(st.none() | st.sampled_from(["a", "b", ""]), st.none() | st.sampled_from([0.0, -0.0, 1.5]))


@given(st.lists(cells, min_size=1, max_size=12))
def test_the_first_of_each_kind_of_row_is_kept(rows: list[tuple[str | None, float | None]]) -> None:
    table = pa.table(
        {
            "text": pa.array([row[0] for row in rows], pa.string()),
            "number": pa.array([row[1] for row in rows], pa.float64()),
        }
    )
    seen: set[tuple[str | None, float | None]] = set()
    expected = [not (row in seen or seen.add(row)) for row in rows]  # type: ignore[func-returns-value]
    assert first_of_each(open_table(table)).tolist() == expected


def test_batches_do_not_matter() -> None:
    table = open_table(pa.table({"a": np.arange(200_000) % 70_000}))
    assert np.flatnonzero(first_of_each(table)).tolist() == list(range(70_000))
