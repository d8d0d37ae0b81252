from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from interlock.errors import InputError
from interlock.openlineage import append, place, read


@pytest.mark.parametrize(
    ("address", "namespace", "name"),
    [  # as https://openlineage.io/docs/spec/naming has them
        ("/data/rows.csv", "file", "/data/rows.csv"),
        ("rows/*.csv", "file", "/root/rows/*.csv"),
        ("gs://bucket/some/rows.csv", "gs://bucket", "some/rows.csv"),
        ("postgresql://ada:secret@db:5433/sales?table=orders", "postgres://db:5433", "sales.public.orders"),
        ("postgres://db/sales?table=eu.orders", "postgres://db:5432", "sales.eu.orders"),
        ("postgresql://ada@db/sales?query=select * from orders", "postgres://db:5432", "sales"),
        ("sqlite:///sales.db?table=orders", "sqlite:///root/sales.db", "orders"),
        ("duckdb:////var/sales.duckdb?query=select 1", "duckdb:///var/sales.duckdb", "sales"),
    ],
)
def test_a_place_is_named_without_who_asks(address: str, namespace: str, name: str) -> None:
    assert place(address, Path("/root")) == (namespace, name)


def test_half_a_line_harms_no_other(tmp_path: Path) -> None:
    path = tmp_path / "made" / "events.jsonl"
    assert read(path) == []
    append(path, {"a": 1})
    with path.open("ab") as file:
        file.write(b'{"b": ')
    append(path, {"c": 3})
    assert read(path) == [{"a": 1}, {"c": 3}]
    assert [len(line) for line in path.read_bytes().splitlines()] == [8, 6, 8]
    assert json.loads(path.read_bytes().splitlines()[2]) == {"c": 3}


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    with pytest.raises(InputError, match="the run event cannot be written"):
        append(tmp_path / "closed" / "events.jsonl", {})


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(InputError, match="the run event cannot be written") as refused:
        append(tmp_path / "out" / "events.jsonl", {})
    assert "--openlineage" in refused.value.next_step
