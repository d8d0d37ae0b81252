from __future__ import annotations

import sys
from pathlib import Path

import pytest

from interlock.errors import InputError, RegistryError
from interlock.release.registry.database import Database


@pytest.mark.parametrize("url", ["mysql://host/db", "s3://bucket/db", "duckdb:///x.db"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(InputError, match="a registry lives in SQLite or PostgreSQL"):
        Database(url)


def test_a_path_is_sqlite_and_a_password_is_never_shown(tmp_path: Path) -> None:
    assert Database(str(tmp_path / "r.db")).url == f"sqlite:///{tmp_path / 'r.db'}"
    assert Database("postgresql://ada:hidden@host/db").name == "postgresql://ada:***@host/db"


def test_a_name_with_odd_characters_is_a_name(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "100 % über # me.db"))
    database.create()
    assert (tmp_path / "100 % über # me.db").is_file()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RegistryError, match="the registry cannot be made") as caught:
        Database(str(tmp_path / "file" / "registry.db")).create()
    assert caught.value.next_step == "give a path in a folder that you may write to"


def test_a_password_that_a_driver_repeats_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "from-the-environment")
    database = Database("postgresql://ada:hidden@host/db")
    told = database._told(RuntimeError("tried hidden and from-the-environment at host"))
    assert told.got == "tried *** and *** at host"


def test_without_the_extra_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(RegistryError, match="a registry needs an extra that is not installed") as caught:
        Database(str(tmp_path / "r.db")).create()
    assert caught.value.next_step == "pip install 'interlock[registry]'"
