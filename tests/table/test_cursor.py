import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from interlock.errors import InputError
from interlock.table.cursor import read_cursor


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t (n, x, s, day, gaps)")
    rows = [
        (i, i if i < 30_000 else i + 0.5, f"s{i % 3}", "2013-01-01T05:00:00Z", None if i < 20_000 else i)
        for i in range(40_000)
    ]
    connection.executemany("insert into t values (?, ?, ?, ?, ?)", rows)
    yield connection
    connection.close()


def test_a_column_is_what_all_its_values_are(connection: sqlite3.Connection) -> None:
    scan = read_cursor(connection.execute("select * from t"))
    kinds = [str(field.type) for field in scan.schema]
    assert kinds == [
        "int64",
        "double",
        "dictionary<values=string, indices=int32, ordered=0>",
        "timestamp[us, tz=UTC]",
        "int64",
    ]
    rows = pa.Table.from_batches(scan.batches(scan.schema.names, 0))
    assert rows["n"].to_pylist() == list(range(40_000))
    assert rows["x"].to_pylist() == [i if i < 30_000 else i + 0.5 for i in range(40_000)]
    assert rows["gaps"].to_pylist() == [None if i < 20_000 else i for i in range(40_000)]
    assert rows["day"][0].as_py() == datetime(2013, 1, 1, 5, tzinfo=UTC)
    assert scan.rows() == 40_000


def test_a_column_that_changes_its_type_is_told_with_row_and_value(connection: sqlite3.Connection) -> None:
    connection.execute("update t set n = 'many' where n = 35000")
    with pytest.raises(
        InputError,
        match=r"column 'n' holds values of different types\n  where: row 35,001 of the result\n"
        r"  got: 'many' after 32768\n  next: cast it in the query, such as cast\(n as text\)",
    ):
        read_cursor(connection.execute("select * from t"))


def test_a_type_that_changes_between_batches_is_told(connection: sqlite3.Connection) -> None:
    connection.execute("update t set n = 'x' || n where n >= 32768")
    with pytest.raises(
        InputError, match=r"where: row 32,769 of the result\n  got: 'x32768' after values of type int64"
    ):
        read_cursor(connection.execute("select * from t order by rowid"))


def test_names_that_repeat_and_statements_without_rows(connection: sqlite3.Connection) -> None:
    with pytest.raises(InputError, match=r"column names are duplicated: 'n'\n.*\n  next: give every column"):
        read_cursor(connection.execute("select n, n from t"))
    with pytest.raises(InputError, match="this is not one query"):
        read_cursor(connection.execute("create table u (a)"))


def test_no_rows_are_a_table_of_nulls(connection: sqlite3.Connection) -> None:
    scan = read_cursor(connection.execute("select * from t where n < 0"))
    assert (scan.rows(), scan.schema.names) == (0, ["n", "x", "s", "day", "gaps"])
