from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from interlock.errors import InputError
from interlock.table import open_table, profile
from interlock.table.source import Table

RANDOM = np.random.default_rng(3)
ROWS = pa.table(
    {
        "number": RANDOM.lognormal(size=5000),
        "integer": RANDOM.integers(0, 50, 5000),
        "text": RANDOM.choice(["a", "b", "c", ""], 5000),
        "gaps": pa.array([None if i % 3 else i for i in range(5000)]),
        "when": pa.array(RANDOM.integers(0, 2**50, 5000)).cast(pa.timestamp("us", "UTC")),
    }
)


@pytest.fixture
def table(tmp_path: Path) -> Table:
    for index in range(2):
        pq.write_table(ROWS.slice(index * 2500, 2500), tmp_path / f"{index}.parquet", row_group_size=700)
    return open_table(tmp_path / "*.parquet")


def test_the_profile_is_that_of_the_rows(table: Table) -> None:
    result = profile(table)
    number = ROWS["number"].to_numpy()
    moments = result["number"].moments
    assert moments is not None
    assert (moments.minimum, moments.maximum) == (number.min(), number.max())
    assert moments.mean == pytest.approx(number.mean(), rel=1e-13)
    assert (result["gaps"].nulls, result["text"].empties) == (3333, (ROWS["text"].to_numpy() == "").sum())


def test_one_digest_whatever_the_source_the_batches_and_the_executor(table: Table) -> None:
    expected = profile(table).digest
    assert profile(open_table(ROWS)).digest == expected
    assert profile(open_table(pl.DataFrame(ROWS).rechunk())).digest == expected
    assert profile(open_table(ROWS.to_reader(max_chunksize=17))).digest == expected
    with ThreadPoolExecutor(2) as executor:
        assert profile(table, executor=executor).digest == expected


@pytest.mark.slow
def test_parts_profiled_by_other_processes_are_the_same(table: Table) -> None:
    with ProcessPoolExecutor(2, get_context("spawn")) as executor:
        assert profile(table, executor=executor).digest == profile(table).digest


def test_only_the_columns_asked_for(table: Table) -> None:
    assert list(profile(table, ["text"]).columns) == ["text"]


def test_progress_reaches_the_end(table: Table) -> None:
    seen: list[tuple[int, int]] = []
    profile(table, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (5000, 5000)
    seen.clear()
    with ThreadPoolExecutor(1) as executor:
        profile(table, executor=executor, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == [700, 1400, 2100, 2500, 3200, 3900, 4600, 5000]


def test_a_csv_file_and_its_parquet_twin_have_one_profile(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"n": [1, None, 3], "x": [0.1, 2.5, None], "s": ["a", "", None], "b": [True, None, False]}
    )
    frame.write_csv(tmp_path / "d.csv", quote_style="non_numeric", null_value="NA")
    text = (tmp_path / "d.csv").read_text(encoding="utf-8").replace('"NA"', "NA").replace('"true"', "true")
    (tmp_path / "d.csv").write_text(text, encoding="utf-8")
    frame.write_parquet(tmp_path / "d.parquet")
    assert (
        profile(open_table(tmp_path / "d.csv")).digest == profile(open_table(tmp_path / "d.parquet")).digest
    )


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(InputError, match="the table has no rows\n  where: nothing"):
        profile(open_table(pa.table({"a": pa.array([], pa.int64())}), name="nothing"))


def test_a_column_that_is_not_there_is_refused(table: Table) -> None:
    with pytest.raises(InputError, match="there is no column 'txt'"):
        profile(table, ["txt"])
