from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from tests.deploy.scoring.fixtures import as_table, rows
from tests.deploy.scoring.test_folder import Killed
from tests.table.servers import HOST, postgresql

from interlock.deploy.scoring import score
from interlock.deploy.scoring.database import DatabaseTable
from interlock.errors import InputError
from interlock.release import Release
from interlock.table import open_table

PARTS, EACH = 6, 40


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "rows.parquet"
    pq.write_table(as_table(rows(PARTS * EACH)), path, row_group_size=EACH)
    return path


@pytest.fixture
def options(releases: dict[str, Release]) -> dict[str, Any]:
    return {"release": releases["forest"].path, "rows_a_part": EACH, "keep": ["seats", "at"]}


def read(address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = open_table(address).read().sort_by("row").to_pylist()
    return found


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("duckdb", marks=pytest.mark.slow)])
def test_a_run_that_ends_anywhere_goes_on_to_each_row_once(
    kind: str, source: Path, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    score(source, tmp_path / "whole", **options)
    expected = pq.read_table(tmp_path / "whole").sort_by("row").to_pylist()
    address = f"{kind}:///{tmp_path}/scores.db?table=late"
    tell, told, ends = DatabaseTable._tell, 0, {1, 3, 4, 8, 10}
    after = {6, 12}

    def dying(self: DatabaseTable, connection: Any, part: int, what: Any) -> None:
        nonlocal told
        told += 1
        if told in ends:
            raise Killed
        tell(self, connection, part, what)
        if told in after:
            raise Killed

    monkeypatch.setattr(DatabaseTable, "_tell", dying)
    died = 0
    for _ in range(len(ends | after) + 1):
        try:
            done = score(source, address, **options)
            break
        except Killed:
            died += 1
    assert died == len(ends | after)
    assert done.manifest.counts.read == PARTS * EACH
    found = read(address)
    assert [row["prediction"] for row in found] == [row["prediction"] for row in expected]
    assert [row["seats"] for row in found] == [row["seats"] for row in expected]
    assert [row["rejected"] for row in found] == [row["rejected"] for row in expected]
    assert score(source, address, **options).nothing_new


def test_rows_and_receipt_are_there_together_or_not_at_all(
    source: Path, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from interlock.deploy.scoring import database

    insert = database._Sqlite.insert

    def dying(self: Any, name: str, table: Any) -> None:
        insert(self, name, table)
        raise Killed

    address = f"sqlite:///{tmp_path}/scores.db?table=late"
    monkeypatch.setattr(database._Sqlite, "insert", dying)
    with pytest.raises(Killed):
        score(source, address, **options)
    monkeypatch.undo()
    with sqlite3.connect(tmp_path / "scores.db") as connection:
        names = {
            name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
        }
    connection.close()
    assert names == {"late__interlock"}
    assert score(source, address, **options).reused == 0


def _sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("create table late (a integer)")
    connection.commit()
    connection.close()


def _duckdb(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table late (a integer)")


@pytest.mark.parametrize(("kind", "make"), [("sqlite", _sqlite), ("duckdb", _duckdb)])
def test_a_table_of_somebody_else_is_refused(
    kind: str, make: Callable[[Path], None], source: Path, options: dict[str, Any], tmp_path: Path
) -> None:
    make(tmp_path / "scores.db")
    address = f"{kind}:///{tmp_path}/scores.db?table=late"
    for anew in (False, True):
        with pytest.raises(InputError, match="the table is there, and is not a scorer's"):
            score(source, address, anew=anew, **options)
    assert open_table(address).names == ("a",)


def test_another_run_is_refused_and_begun_anew_on_demand(
    source: Path, options: dict[str, Any], tmp_path: Path
) -> None:
    address = f"sqlite:///{tmp_path}/scores.db?table=late"
    score(source, address, **options)
    with pytest.raises(InputError, match=r"results of another run\n.*\n  got: --keep changed"):
        score(source, address, **(options | {"keep": []}))
    score(source, address, anew=True, **(options | {"keep": []}))
    assert "seats" not in open_table(address).names
    assert len(read(address)) == PARTS * EACH


def test_two_scorers_on_one_table(
    source: Path, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"sqlite:///{tmp_path}/scores.db?table=late"
    put = DatabaseTable.put

    def twice(self: DatabaseTable, *given: Any) -> Any:
        put(self, *given)  # the other one was faster
        return put(self, *given)

    monkeypatch.setattr(DatabaseTable, "put", twice)
    with pytest.raises(InputError, match="another scorer wrote the same part"):
        score(source, address, **options)
    monkeypatch.undo()
    assert score(source, address, **options).reused == 1
    assert len(read(address)) == PARTS * EACH


def test_an_address_without_a_table_and_a_place_that_cannot_be(
    source: Path, options: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(
        InputError, match=r"names no table\n  where: sqlite:///x.db\n  next: add \?table=NAME"
    ):
        score(source, "sqlite:///x.db", **options)
    with pytest.raises(InputError, match="the destination cannot be written"):
        score(source, f"sqlite:///{tmp_path}/nowhere/x.db?table=t", **options)


@pytest.mark.slow
def test_postgresql_takes_each_row_once(
    source: Path, options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret")
    with postgresql() as port:
        address = f"postgresql://ada@{HOST}:{port}/sales?table=late"
        put, puts = DatabaseTable.put, 0

        def dying(self: DatabaseTable, *given: Any) -> Any:
            nonlocal puts
            puts += 1
            if puts == 3:
                raise Killed
            return put(self, *given)

        monkeypatch.setattr(DatabaseTable, "put", dying)
        with pytest.raises(Killed):
            score(source, address, **options)
        done = score(source, address, **options)
        assert done.reused == 2
        assert score(source, address, **options).nothing_new
        score(source, tmp_path / "whole", **options)
        expected = (
            pq.read_table(tmp_path / "whole").select(["row", "prediction", "seats", "at"]).sort_by("row")
        )
        found = open_table(address).read(["row", "prediction", "seats", "at"]).sort_by("row")
        assert found.to_pylist() == expected.to_pylist()
        with pytest.raises(InputError, match="results of another run"):
            score(source, address, **(options | {"keep": []}))
        score(source, address, anew=True, **(options | {"keep": []}))
        assert len(read(address)) == PARTS * EACH
