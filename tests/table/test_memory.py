import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from interlock.errors import InputError
from interlock.table import open_table
from interlock.table.memory import SpooledScan

ROWS = {"a": [1, 2, 3], "b": ["x", None, "z"]}


def batches() -> Iterator[pa.RecordBatch]:
    for row in range(3):
        one = pa.table(ROWS).slice(row, 1).to_batches()[0]
        yield one.set_column(1, "b", one["b"].dictionary_encode())  # another dictionary in each batch


def reader() -> pa.RecordBatchReader:
    schema = pa.schema([("a", pa.int64()), ("b", pa.dictionary(pa.int32(), pa.string()))])
    return pa.RecordBatchReader.from_batches(schema, batches())


SOURCES: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.DataFrame(ROWS),
    "polars": lambda: pl.DataFrame(ROWS),
    "pyarrow table": lambda: pa.table(ROWS),
    "record batch": lambda: pa.table(ROWS).to_batches()[0],
    "reader, once only": reader,
    "duckdb relation": lambda: duckdb.from_arrow(pa.table(ROWS)),
}


@pytest.mark.parametrize("source", SOURCES)
def test_any_arrow_stream_reads_twice(source: str) -> None:
    table = open_table(SOURCES[source]())
    assert table.read().to_pydict() == ROWS
    assert table.read(["b"]).to_pydict() == {"b": ROWS["b"]}
    assert table.count() == 3
    assert pa.table(table).to_pydict() == ROWS


def test_the_same_rows_have_the_same_fingerprint_in_every_library() -> None:
    assert len({open_table(make()).fingerprint() for make in SOURCES.values()}) == 1


def test_polars_and_pyarrow_keep_null_and_nan_apart() -> None:
    column = open_table(pl.DataFrame({"a": [None, float("nan")]})).read()["a"]
    assert column.is_null().to_pylist() == [True, False]


def test_a_polars_query_runs_once_batch_by_batch() -> None:
    frame = pl.LazyFrame({"a": range(200_000), "s": ["x", None] * 100_000})
    table = open_table(frame.filter(pl.col("a") % 2 == 0))
    assert isinstance(table._scan, SpooledScan)
    assert table.read()["a"].to_pylist() == list(range(0, 200_000, 2))
    assert table.read().to_pydict() == table.read().to_pydict()
    with pytest.raises(InputError, match=r"the query does not run\n  where: LazyFrame\n  got: .*nope"):
        open_table(frame.filter(pl.col("nope") > 1))


def test_a_spooled_stream_leaves_no_file_behind() -> None:
    table = open_table(reader())
    assert isinstance(table._scan, SpooledScan)
    path = Path(table._scan.files[0].path)
    assert path.exists()
    rows = table.batches()
    del table
    gc.collect()
    assert sum(batch.num_rows for batch in rows) == 3  # one who still reads keeps it
    del rows
    gc.collect()
    assert not path.exists()


def test_a_stream_that_cannot_be_spooled_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/dev/full/nowhere")
    with pytest.raises(
        InputError, match=r"cannot be kept in a temporary file.*\n.*\n.*\n  next: free disk space"
    ):
        open_table(reader())


def test_a_stream_that_breaks_off_is_told() -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from batches()
        raise ValueError("the line went dead")

    with pytest.raises(InputError, match=r"the stream broke off\n  got: .*the line went dead"):
        open_table(pa.RecordBatchReader.from_batches(reader().schema, broken()))


@pytest.mark.parametrize(
    ("source", "got"),
    [
        (pd.DataFrame({"a": [1, "x"]}), "Conversion failed for column a with type object"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "Duplicate column names found"),
        (pl.Series("a", [1, 2]), "non-struct type"),
    ],
)
def test_what_arrow_cannot_hold_is_refused(source: object, got: str) -> None:
    with pytest.raises(InputError, match=f"the table cannot be read through Arrow\n.*\n  got: .*{got}"):
        open_table(source)


def test_periods_of_pandas_are_skipped_rather_than_read_as_their_numbers() -> None:
    table = open_table(pd.DataFrame({"a": [1], "p": pd.period_range("2020", periods=1, freq="D")}))
    assert (table.names, list(table.skipped)) == (("a",), ["p"])
