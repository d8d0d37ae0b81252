from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from interlock import api_keys
from interlock.config import read_config
from interlock.errors import InputError
from interlock.project import Project
from interlock.serve import keys

TOML = '[project]\nname = "flights"\n\n[data]\nsource = "x.csv"\n'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "interlock.toml").write_text(TOML)
    return Project(tmp_path)


def test_the_first_key_makes_the_file_and_names_it(project: Project) -> None:
    path, made = api_keys.create(project, "billing", scopes=["predict"], expires="90d")
    assert path == project.root / "keys.json"
    assert read_config(project.root / "interlock.toml").serve.keys == "keys.json"
    (kept,) = keys.read(path)
    assert keys.find([kept], made.secret.encode()) is kept
    assert kept.expires == pytest.approx(kept.created + 90 * 86_400)
    again = Project(project.root)
    api_keys.create(again, "ada", scopes=["admin", "outcomes"])
    assert [key.name for key in keys.read(path)] == ["billing", "ada"]


def test_rotating_revoking_and_listing(project: Project) -> None:
    path, old = api_keys.create(project, "billing", scopes=["predict"])
    _, new = api_keys.rotate(project, "billing", overlap="1h")
    assert keys.find(keys.read(path), old.secret.encode()) is not None
    lines = api_keys.listing(project).splitlines()
    assert [line.split()[0] for line in lines] == [old.key.id, new.key.id]
    assert "never ends" in lines[1]
    assert old.secret not in api_keys.listing(project)
    assert api_keys.revoke(project, old.key.id) == f"{old.key.id} (billing)"
    assert [key.id for key in keys.read(path)] == [new.key.id]
    api_keys.revoke(project, "billing")
    assert api_keys.listing(project) == "no keys; `interlock keys create NAME` makes one"


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "1 fortnight", "1e9d"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(InputError, match="this is no time"):
        api_keys.seconds(text)


def test_on_the_command_line_the_key_alone_is_on_standard_output(tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "interlock", "keys", *words, "--file", str(tmp_path / "k")]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    made = run("create", "billing", "--scope", "predict", "--scope", "outcomes", "--expires", "90d")
    assert made.returncode == 0
    secret = made.stdout.strip()
    assert keys.find(keys.read(tmp_path / "k"), secret.encode()) is not None
    assert "billing may predict, outcomes" in made.stderr
    assert secret not in run("list").stdout
    assert "predict outcomes" in run("list").stdout
    wrong = run("revoke", "eve")
    assert wrong.returncode == 2
    assert "there is no such key" in wrong.stderr
