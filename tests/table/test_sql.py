import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from interlock.errors import InputError
from interlock.table import open_table
from interlock.table.sql import query


def test_a_query_over_one_source(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("zip,n\n00501,1\n10001,2\n00501,5\n", encoding="utf-8")
    table = open_table(
        tmp_path / "d.csv", sql="select zip, sum(n)::int as n from data group by zip order by zip"
    )
    assert table.name == "d.csv"
    assert table.read().to_pydict() == {"zip": ["00501", "10001"], "n": [6, 2]}
    assert table.read().to_pydict() == {"zip": ["00501", "10001"], "n": [6, 2]}


def test_a_query_over_named_sources_of_different_kinds(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("id,name\n1,one\n2,two\n", encoding="utf-8")
    sources = {"names": tmp_path / "names.csv", "hits": pa.table({"id": [2, 2, 1]})}
    table = open_table(
        sources, sql="select name, count(*) as n from names join hits using (id) group by all order by n"
    )
    assert table.read().to_pydict() == {"name": ["one", "two"], "n": [1, 2]}
    assert table.name == "names and hits"


def test_a_source_may_be_read_twice_in_one_query() -> None:
    rows = pa.RecordBatchReader.from_batches(
        pa.schema([("a", pa.int64())]), iter(pa.table({"a": [1, 2]}).to_batches())
    )
    table = open_table(rows, sql="select count(*) as n from data as one, data as two")
    assert table.read()["n"].to_pylist() == [4]


def test_the_same_query_gives_its_rows_in_the_same_order() -> None:
    rows = pa.table({"k": [i * 7919 % 5003 for i in range(200_000)], "v": range(200_000)})
    sql = "select k, sum(v)::bigint as v from data group by k"
    assert len({open_table(rows, sql=sql).fingerprint() for _ in range(3)}) == 1


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "selec a from data",
            "the query does not run\n  where: selec a from data\n  got: Parser Error: syntax error",
        ),
        ("select b from data", 'Referenced column "b" not found'),
        ("select a from dat", 'Did you mean "data"'),
        ("with x as (select 'x' as a) select a::int from x", "^the query does not run\n  "),
        ("select a::int from (select 'x' as a)", "Could not convert string 'x'"),
        ("create table x (a int)", "this is not one query"),
        ("select 1 as a; select 2 as a", "this is not one query"),
        ("", "this is not one query"),
    ],
)
def test_a_query_that_does_not_run_says_why(sql: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_table(pa.table({"a": [1]}), sql=sql)


def test_a_source_that_breaks_inside_a_query_tells_its_own_story(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    table = open_table(path)
    path.write_text("a\nx\n", encoding="utf-8")
    with pytest.raises(InputError, match="the file changed while it was read"):
        query({"data": table}, "select * from data")


def test_an_hour_is_the_same_on_machines_in_every_zone(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "d.db")) as connection:
        connection.execute("create table t as select timestamptz '1970-01-01 00:00+00' as day")
    program = (
        "import pyarrow as pa; from interlock.table import open_table;"
        "at = pa.array([0]).cast(pa.timestamp('us', 'UTC'));"
        "read = open_table(pa.table({'day': at}), sql='select day, hour(day) as hour from data').read();"
        "print(read['hour'].to_pylist(), read.schema.field('day').type);"
        "read = open_table('duckdb:///d.db?query=select hour(day) as hour from t').read();"
        "print(read['hour'].to_pylist())"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "[0] timestamp[us, tz=UTC]\n[0]\n"


def test_named_sources_need_a_query() -> None:
    with pytest.raises(InputError, match="several named tables need a query\n  got: a, b"):
        open_table({"a": pa.table({"x": [1]}), "b": pa.table({"x": [1]})})


def test_duplicated_names_in_a_result() -> None:
    with pytest.raises(InputError, match="column names are duplicated: 'a'"):
        open_table(pa.table({"a": [1]}), sql="select a, a from data")
