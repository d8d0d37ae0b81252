from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from tests.fixtures_project import write_parcels

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BIN = Path(sys.executable).parent


def _block(language: str, holding: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(next(block for block in blocks if holding in block))


def _table(folder: Path, name: str, time: str, target: str) -> None:
    write_parcels(folder / "parcels.csv")
    table = pyarrow.csv.read_csv(folder / "parcels.csv")
    names = {"sent": time, "late": target}
    pq.write_table(
        table.rename_columns([names.get(each, each) for each in table.column_names]), folder / name
    )


def test_every_page_and_picture_that_the_readme_names_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert len(links) > 10
    assert "@@" not in README
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_two_commands_are_targets_of_make() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    commands = re.findall(r"^make ([a-z-]+)", _block("sh", "make demo"), re.MULTILINE)
    assert commands == ["demo", "test"]
    assert set(commands) <= set(targets)


@pytest.mark.slow
def test_the_commands_for_your_own_table_run(tmp_path: Path) -> None:
    _table(tmp_path, "sales.parquet", "ordered_at", "bought")
    environment = {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    lines = [line.partition("#")[0].strip() for line in _block("sh", "interlock init").splitlines()]
    commands = [line for line in lines if line.startswith("interlock") and line != "interlock serve"]
    assert len(commands) == 5
    for command in commands:
        done = subprocess.run(
            shlex.split(command), cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
    done = subprocess.run(
        ["interlock", "status"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("  done  ") == 5


@pytest.mark.slow
def test_the_python_of_the_tour_runs(tmp_path: Path) -> None:
    _table(tmp_path, "flights.parquet", "scheduled", "late")
    code, serving, _ = _block("python", "import interlock as il").partition("il.serve(")
    assert serving
    done = subprocess.run(
        [sys.executable, "-c", code + "print(release.path.name)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("flights-")
