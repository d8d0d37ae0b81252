from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy import stats

from interlock.explore.sample import ROWS, Drawing, Sample
from interlock.table import batch_values, open_table


def _draw(table: pa.Table, rows: int = ROWS, seed: int = 0) -> Sample:
    opened = open_table(table)
    drawing = Drawing(opened.count(), len(opened.names), rows=rows, seed=seed)
    for batch in opened.batches():
        drawing.take(batch_values(batch))
    return drawing.sample()


def _table(n: int, chunks: int = 1) -> pa.Table:
    parts = [pa.table({"i": part}) for part in np.array_split(np.arange(n), chunks)]
    return pa.concat_tables(parts)


def test_a_small_table_is_taken_whole_and_in_order() -> None:
    sample = _draw(_table(50))
    assert sample.columns["i"].data.tolist() == list(range(50))
    assert sample.note == "all rows"


def test_a_large_one_is_sampled_without_repetition_in_its_order() -> None:
    sample = _draw(_table(10_000), rows=500)
    drawn = sample.columns["i"].data
    assert sample.rows == len(drawn) == 500
    assert np.all(np.diff(drawn.astype(np.int64)) > 0)
    assert sample.note == "a random sample of 500 of 10,000 rows"


def test_the_draw_depends_on_the_seed_and_not_on_the_batches() -> None:
    one = _draw(_table(9000), rows=300, seed=3)
    many = _draw(_table(9000, chunks=13), rows=300, seed=3)
    other = _draw(_table(9000), rows=300, seed=4)
    assert np.array_equal(one.columns["i"].data, many.columns["i"].data)
    assert not np.array_equal(one.columns["i"].data, other.columns["i"].data)


def test_every_row_is_as_likely() -> None:
    table = _table(200)
    counts = np.zeros(200)
    for seed in range(400):
        sample = _draw(table, rows=20, seed=seed)
        counts[sample.columns["i"].data.astype(np.int64)] += 1
    assert stats.chisquare(counts).pvalue > 1e-3


def test_strings_of_several_chunks_share_one_dictionary() -> None:
    table = pa.concat_tables([pa.table({"s": ["a", "b"]}), pa.table({"s": ["b", "c"]})])
    sample = _draw(table)
    values = sample.columns["s"]
    assert values.dictionary is not None
    assert values.dictionary[values.data.astype(int)].tolist() == ["a", "b", "b", "c"]
    assert len(set(values.dictionary)) == len(values.dictionary)
