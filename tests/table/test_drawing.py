import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import chisquare

from interlock.errors import InputError
from interlock.table import open_table
from interlock.table.drawing import draw


def test_every_row_is_as_likely_as_any_other_whichever_batch_it_is_in() -> None:
    batches = [pa.record_batch({"a": np.arange(at, at + size)}) for at, size in ((0, 3), (3, 40), (43, 7))]
    table = open_table(pa.Table.from_batches(batches))
    counts = np.zeros(50)
    for seed in range(2000):
        found = draw(table, 10, seed=seed).read()["a"].to_numpy()
        assert len(np.unique(found)) == 10
        assert (np.diff(found) > 0).all()
        counts[found] += 1
    assert chisquare(counts).pvalue > 1e-4


def test_a_small_table_is_returned_as_it_is() -> None:
    table = open_table(pa.table({"a": [1, 2, 3]}))
    assert draw(table, 3) is table
    assert draw(table, 2, seed=1).read() == draw(table, 2, seed=1).read()
    with pytest.raises(InputError, match="no rows are to be drawn"):
        draw(table, 0)
