from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest
from tests.explore.tables import penguins
from tests.export.tables import hard
from tests.export.test_flat import Broken

from interlock.errors import InputError
from interlock.explore import explore
from interlock.export import to_hyper
from interlock.table import Table, open_table


@pytest.mark.slow
def test_tableau_reads_equal_values_and_types(tmp_path: Path) -> None:
    import pantab

    table = hard()
    path = to_hyper(open_table(table), explore(table), tmp_path / "hard.hyper")
    found = pantab.frame_from_hyper(path, table="table", return_type="pyarrow")
    for name in set(table.column_names) - {"price"}:
        assert found[name].to_pylist() == table[name].to_pylist(), name
    assert {name: str(found.schema.field(name).type) for name in ("big", "yes", "day", "when")} == {
        "big": "int64",
        "yes": "bool",
        "day": "date32[day]",
        "when": "timestamp[us, tz=UTC]",
    }
    assert [each.name for each in tmp_path.iterdir()] == ["hard.hyper"]
    (tmp_path / "plain").touch()
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.slow
def test_findings_and_associations_are_tables_of_their_own(tmp_path: Path) -> None:
    import pantab

    found = explore(penguins(), target="species")
    path = to_hyper(open_table(penguins()), found, tmp_path / "penguins.hyper")
    tables = pantab.frames_from_hyper(path, return_type="pyarrow")
    rows = {
        key[-1].name.unescaped if hasattr(key[-1], "name") else str(key[-1]): len(each)
        for key, each in tables.items()
    }
    assert {name.strip('"'): n for name, n in rows.items()} == {
        "table": 344,
        "findings": len(found.findings),
        "associations": len(found.associations),
    }


@pytest.mark.slow
def test_a_source_that_breaks_off_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = to_hyper(open_table(hard()), explore(hard()), tmp_path / "x.hyper")
    before = path.read_bytes()
    with pytest.raises(InputError, match="broke off"):
        to_hyper(Table("broken", Broken(hard())), explore(hard()), path)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["x.hyper"]


def test_without_pantab_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "pantab":
            message = "No module named 'pantab'"
            raise ModuleNotFoundError(message, name=name)
        return real(name, *rest)

    table, found = open_table(hard()), explore(hard())
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match="needs pantab") as failure:
        to_hyper(table, found, tmp_path / "x.hyper")
    assert failure.value.next_step == "pip install 'interlock[tableau]'"


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ends in \.hyper") as failure:
        to_hyper(open_table(hard()), explore(hard()), tmp_path / "x.tde")
    assert failure.value.next_step == "call it x.hyper"
