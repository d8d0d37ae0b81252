import csv
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import adbc_driver_sqlite.dbapi
import duckdb
import pyarrow as pa
import pytest
from tests.fixtures_project import write_parcels
from tests.table.servers import HOST, postgresql, proxy

from interlock import stages
from interlock.beginning import init
from interlock.contract import read
from interlock.errors import InputError
from interlock.project import Project
from interlock.table import open_table, retry

ROWS = pa.table({"a": list(range(200_000)), "s": [f"x{i % 7}" for i in range(200_000)]})


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    path = tmp_path / "sales.db"
    connection = sqlite3.connect(path)
    connection.execute("create table orders (id, price)")
    connection.executemany("insert into orders values (?, ?)", [(i, i / 2) for i in range(100)])
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


def test_sqlite_by_table_and_by_query(sqlite: str) -> None:
    table = open_table(f"{sqlite}?table=orders")
    assert (table.name, table.count()) == ("orders", 100)
    assert table.read()["price"].to_pylist() == [i / 2 for i in range(100)]
    assert open_table(f"{sqlite}?query=select id from orders where id % 50 = 7").read().to_pydict() == {  # noqa: S608
        "id": [7, 57]
    }
    assert open_table(f"{sqlite}?query=select%20count(*)%20as%20n%20from%20orders").read()[
        "n"
    ].to_pylist() == [100]
    assert table.fingerprint() == open_table(f"{sqlite}?table=orders").fingerprint()


def test_duckdb_by_query_and_as_one_of_several_sources(tmp_path: Path, sqlite: str) -> None:
    path = tmp_path / "d.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table t as select range as id, range * 2 as twice from range(10)")
    address = f"duckdb:///{path}?query=select * from t order by id desc"  # noqa: S608
    assert open_table(address).read()["id"].to_pylist() == list(range(9, -1, -1))
    both = open_table(
        {"d": address, "s": f"{sqlite}?table=orders"},
        sql="select sum(price) as total from d join s using (id)",
    )
    assert both.read()["total"].to_pylist() == [sum(range(10)) / 2]


def test_connections_that_the_caller_holds(sqlite: str) -> None:
    path = sqlite.removeprefix("sqlite:///")
    with adbc_driver_sqlite.dbapi.connect(path) as adbc:
        assert open_table(adbc, sql="select id from orders").count() == 100
    held = sqlite3.connect(path)
    assert open_table(held, sql="select id from orders", name="orders").name == "orders"
    with pytest.raises(InputError, match="a connection needs a query\n  got: Connection\n  next: pass sql="):
        open_table(held)
    with pytest.raises(InputError, match=r"the query does not run to its end\n  where: selec\n"):
        open_table(held, sql="selec")
    held.close()
    with duckdb.connect() as connection:
        connection.execute("create table t as select range as id from range(10)")
        assert open_table(connection, sql="from t").count() == 10


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("{}", r"the address names no table\n  where: sqlite:.*\n  next: add \?table=NAME"),
        ("{}x?table=orders", r"there is no such database\n  where: /.*sales.dbx\n  next: check the path"),
        (
            "{}?table=nope",
            'the query does not run\n  where: select \\* from "nope"\n  got: no such table: nope',
        ),
        (
            "{}?query=drop table orders",
            r"the query does not run\n.*\n  got: attempt to write a readonly database",
        ),
    ],
)
def test_what_sqlite_refuses_is_told(sqlite: str, address: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        open_table(address.format(sqlite))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "d.db").write_text("hello " * 1000, encoding="utf-8")
    with pytest.raises(InputError, match=r"the query does not run\n.*\n  got: file is not a database"):
        open_table(f"sqlite:///{tmp_path}/d.db?table=t")
    with pytest.raises(InputError, match=r"the database cannot be opened\n"):
        open_table(f"duckdb:///{tmp_path}/d.db?table=t")


def test_a_project_begins_with_a_database(tmp_path: Path) -> None:
    write_parcels(tmp_path / "parcels.csv", rows=500)
    with (tmp_path / "parcels.csv").open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    connection = sqlite3.connect(tmp_path / "d.db")
    connection.execute(f"create table parcels ({', '.join(names)})")
    kinds: tuple[Callable[[str], object], ...] = (str, float, int, str, str, "true".__eq__)
    values = [[kind(text) if text else None for kind, text in zip(kinds, row, strict=True)] for row in rows]
    connection.executemany("insert into parcels values (?, ?, ?, ?, ?, ?)", values)
    connection.commit()
    connection.close()
    init(tmp_path, "sqlite:///d.db?table=parcels", target="late", time="sent")
    project = Project(tmp_path)
    stages.explore(project)
    assert project.config.project.name == "parcels"
    assert {each.name: each.type for each in read(project.contract_path).columns} == {
        "sent": "timestamp",
        "weight": "number",
        "distance": "integer",
        "carrier": "category",
        "postcode": "category",
        "late": "integer",
    }
    assert project.is_current("explore")
    os.utime(tmp_path / "d.db", (1, 1))
    assert project.is_current("explore")  # the same bytes under another time are the same table
    with closing(sqlite3.connect(tmp_path / "d.db")) as connection, connection:
        connection.execute("update parcels set distance = distance + 1 where rowid = 1")
    assert not project.is_current("explore")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    from adbc_driver_postgresql import dbapi

    with postgresql() as port:
        with dbapi.connect(f"postgresql://ada:secret@{HOST}:{port}/sales") as connection:
            with connection.cursor() as cursor:
                cursor.adbc_ingest("t", ROWS)
                cursor.execute(
                    "create table kinds as select 1.25::numeric(8,2) as price, null::numeric as nothing,"
                    " '2013-01-01 05:00Z'::timestamptz as day, array[1] as many, true as flag"
                )
            connection.commit()
        yield port


@pytest.fixture
def sales(port: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PGPASSWORD", "secret")
    monkeypatch.setattr(retry, "PAUSE", 0.01)
    return f"postgresql://ada@{HOST}:{port}/sales"


@pytest.mark.slow
def test_postgresql_by_table_and_by_query(sales: str) -> None:
    table = open_table(f"{sales}?table=public.t")
    assert table.name == "t"
    assert table.read().to_pydict() == ROWS.to_pydict()
    assert open_table(f"{sales}?connect_timeout=5&query=select a from t where s = 'x3' and a < 20").read()[  # noqa: S608
        "a"
    ].to_pylist() == [3, 10, 17]


@pytest.mark.slow
def test_postgresql_kinds(sales: str) -> None:
    table = open_table(f"{sales}?table=kinds")
    assert table.skipped == {"many": "list<item: int32>"}
    row = table.read().to_pylist()[0]
    assert (row["price"], row["nothing"], row["flag"]) == (1.25, None, True)
    assert row["day"].isoformat() == "2013-01-01T05:00:00+00:00"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("=t", "=nope", r"the query does not run\n.*\n  got: .*relation \"nope\" does not exist"),
        ("table=t", "query=select 1/(a-150000) from t", r"the query does not run\n.*\n.*division by zero"),
        ("table=t", "query=drop table t", r"the query does not run\n.*\n.*read-only transaction"),
        ("/sales", "/nowhere", r"there is no such database\n  where: postgresql://ada@.*\n"),
        (
            "ada@",
            "ada:hidden@",
            r"the credentials do not open this database\n  where: postgresql://ada:\*\*\*@",
        ),
        ("?table", "?nonsense=1&table", r"the address cannot be read\n"),
    ],
)
def test_what_postgresql_refuses_is_told_without_the_password(
    sales: str, old: str, new: str, message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        open_table(f"{sales}?table=t".replace(old, new))
    assert "hidden" not in f"{raised.value!s}{raised.value.__cause__!s}"


@pytest.mark.slow
def test_an_answer_that_breaks_off_is_read_again_from_its_start(sales: str, port: int) -> None:
    with proxy(port, after=100_000, times=2) as between:
        through = f"{sales}?table=t".replace(f":{port}/", f":{between.port}/")
        assert open_table(through).read().to_pydict() == ROWS.to_pydict()
        assert between.cut >= 2


@pytest.mark.slow
def test_an_answer_that_always_breaks_off_is_refused(sales: str, port: int) -> None:
    before = set(os.listdir("/tmp"))  # noqa: S108, PTH208
    with proxy(port, after=100_000, times=1000) as between:
        through = f"{sales}?table=t".replace(f":{port}/", f":{between.port}/")
        with pytest.raises(
            InputError, match=r"cannot be reached, or its answer broke off; nothing of it was used\n"
        ):
            open_table(through)
    left = set(os.listdir("/tmp")) - before  # noqa: S108, PTH208
    assert not [name for name in left if name.startswith("interlock-")]
    away = f"{sales}?table=t".replace(f":{port}/", f":{between.port}/")
    with pytest.raises(InputError, match=r"cannot be reached.*\n  where: .*\n  got: .*Connection refused"):
        open_table(away)
