from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from interlock import cli
from interlock.config import read_config
from interlock.project import STAGES


def _run(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "interlock", *words],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _refused(*words: str, folder: Path, **environment: str) -> str:
    done = _run(*words, folder=folder, **environment)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_every_stage_has_its_command() -> None:
    commands = set(cli.app.commands)
    assert {stage.name for stage in STAGES} <= commands


def test_help_answers_fast(tmp_path: Path) -> None:
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        assert _run("--help", folder=tmp_path).returncode == 0
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.3


def test_without_a_project_the_next_step_is_named(tmp_path: Path) -> None:
    assert "run `interlock init DATA --target COLUMN`" in _refused("status", folder=tmp_path)


def test_a_broken_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "interlock.toml").write_text('[project]\nname = "x"\n[data]\nsorce = "x.csv"\n')
    assert "did you mean `source`?" in _refused("explore", folder=tmp_path)


def test_a_stage_out_of_order_is_refused(tmp_path: Path) -> None:
    (tmp_path / "interlock.toml").write_text('[project]\nname = "x"\n[data]\nsource = "x.csv"\n')
    assert "run `interlock explore` first" in _refused("develop", folder=tmp_path)


def test_a_project_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "interlock.toml").write_text("mine")
    assert "already" in _refused("init", "x.csv", folder=tmp_path)
    assert (tmp_path / "interlock.toml").read_text() == "mine"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "nowhere.csv" in _refused("init", "nowhere.csv", folder=tmp_path)


def test_another_encoding_is_taken_and_remembered(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("a,y\nCafé,0\nThé,1\n".encode("latin-1"))
    assert 'pass encoding=..., such as "latin-1"' in _refused("init", "x.csv", folder=tmp_path)
    done = _run("init", "x.csv", "--encoding", "latin-1", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert read_config(tmp_path / "interlock.toml").data.encoding == "latin-1"


def test_a_bad_table_exits_with_two_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"a,a\n1,2\n")
    assert "column names are duplicated: 'a'" in _refused("init", "x.csv", folder=tmp_path)


@pytest.mark.parametrize(
    ("said", "shown"), [("saved: linear", "saved: linear"), ("", "what was done before is kept")]
)
def test_ctrl_c_tells_what_the_stage_says(
    said: str, shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def pressed() -> None:
        raise KeyboardInterrupt(*([said] if said else []))

    monkeypatch.setitem(cli.app.commands, "pressed", click.command("pressed")(pressed))
    monkeypatch.setattr(sys, "argv", ["interlock", "pressed"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 130
    assert shown in capsys.readouterr().err
