from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pyarrow as pa
import pytest

import interlock as il
from interlock.develop import Development


def test_every_public_name_is_there() -> None:
    for name in il.__all__:
        assert getattr(il, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'deploi'"):
        _ = il.deploi  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "first", ["import interlock.explore", "from interlock.explore import Finding", "pass"]
)
def test_a_stage_is_verb_and_folder_however_it_was_imported_first(first: str) -> None:
    code = (
        f"{first}\nimport interlock as il, pyarrow as pa\n"
        "print(il.explore(pa.table({'x': range(50)})).rows, il.explore.Finding.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "50 Finding\n"


def test_importing_interlock_imports_no_stage() -> None:
    code = "import sys, interlock; print([name for name in sys.modules if name.startswith('interlock.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_later_stage_uses_statistics_without_the_exploration() -> None:
    code = "import sys, interlock.validate, interlock.develop; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "interlock.explore.statistics.midranks" in done.stdout.split()
    assert "interlock.explore.exploration" not in done.stdout.split()


def test_the_verbs_go_from_a_table_to_a_development() -> None:
    rows = 600
    table = pa.table({"x": [row % 7 for row in range(rows)], "y": [row % 7 > 3 for row in range(rows)]})
    exploration = il.explore(table, target="y")
    found = il.develop(
        il.open_table(table), exploration.contract, candidates=["baseline", "linear"], trials=3
    )
    assert isinstance(found, Development)
    assert isinstance(il.release, ModuleType)
