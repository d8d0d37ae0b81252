from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.explore.tables import penguins
from tests.export.tables import hard

from interlock.errors import InputError
from interlock.explore import explore
from interlock.export import to_csv, to_parquet
from interlock.table import Table, open_table


class Broken:
    """A source that breaks off after its first batch."""

    def __init__(self, table: pa.Table) -> None:
        self.schema = table.schema
        self._first = table.to_batches()[0]

    def batches(self, names: Any, size: int) -> Iterator[Any]:
        yield self._first
        raise InputError("the source broke off", where="row 8")

    def rows(self) -> int:
        return 99

    def digest(self) -> str:
        return "sha256:0"

    def parts(self) -> tuple[Any, ...]:
        return (self,)


def test_parquet_comes_back_with_equal_values_and_types(tmp_path: Path) -> None:
    table = hard()
    folder = to_parquet(open_table(table), explore(table), tmp_path / "out")
    found = pq.read_table(folder / "table.parquet")
    for name in set(table.column_names) - {"price"}:
        assert found[name].to_pylist() == table[name].to_pylist()
    assert duckdb.read_parquet(str(folder / "table.parquet")).project("big").fetchall()[0] == (2**62,)


def test_csv_is_rfc_4180_and_tells_null_from_empty(tmp_path: Path) -> None:
    table = hard()
    folder = to_csv(open_table(table), explore(table), tmp_path)
    raw = (folder / "table.csv").read_bytes()
    assert raw.endswith(b"\r\n")
    assert b'\r\n"",' in raw
    with (folder / "table.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert [row["text"] for row in rows] == [text or "" for text in table["text"].to_pylist()]
    assert [row["when"] for row in rows[:3]] == [
        "2013-07-04T12:30:15.000000Z",
        "",
        "2013-07-04T12:30:15.250000Z",
    ]
    assert rows[0]["local"] == "2020-01-01T12:00:00.000000"
    assert rows[0]["day"] == "1900-02-28"
    assert [int(row["big"]) for row in rows if row["big"]] == [
        x for x in table["big"].to_pylist() if x is not None
    ]
    assert [float(row["number"]) for row in rows if row["number"]] == [
        x for x in table["number"].to_pylist() if x is not None
    ]


def test_duckdb_reads_the_csv_as_the_same_table(tmp_path: Path) -> None:
    table = hard()
    folder = to_csv(open_table(table), explore(table), tmp_path)
    types = {"big": "BIGINT", "yes": "BOOLEAN", "day": "DATE", "when": "TIMESTAMPTZ", "number": "DOUBLE"}
    read = duckdb.read_csv(str(folder / "table.csv"), dtype=types, header=True)
    found = read.project('big, yes, day, epoch_us("when"), number, text').fetchall()
    expected = table.to_pydict()
    micro = table["when"].cast(pa.int64()).to_pylist()
    assert [row[:5] for row in found] == list(
        zip(expected["big"], expected["yes"], expected["day"], micro, expected["number"], strict=True)
    )
    assert [row[5] or "" for row in found] == [text or "" for text in expected["text"]]


def test_the_schema_says_what_csv_cannot(tmp_path: Path) -> None:
    folder = to_csv(open_table(hard()), explore(hard()), tmp_path)
    schema = json.loads((folder / "schema.json").read_text())
    assert schema["table"]["when"] == "timestamp[us, tz=UTC]"
    assert schema["findings"]["severity"] == "double"


def test_findings_and_associations_are_there(tmp_path: Path) -> None:
    found = explore(penguins(), target="species")
    for write, suffix in ((to_csv, "csv"), (to_parquet, "parquet")):
        folder = write(open_table(penguins()), found, tmp_path / suffix)
        for name, rows in (("findings", found.findings), ("associations", found.associations)):
            path = str(folder / f"{name}.{suffix}")
            read = duckdb.read_csv(path) if suffix == "csv" else duckdb.read_parquet(path)
            assert len(read.fetchall()) == len(rows)


@pytest.mark.parametrize("write", [to_csv, to_parquet])
def test_a_source_that_breaks_off_leaves_the_earlier_file(tmp_path: Path, write: Any) -> None:
    table, found = hard(), explore(hard())
    folder = write(open_table(table), found, tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(InputError, match="broke off"):
        write(Table("broken", Broken(table)), found, tmp_path)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
