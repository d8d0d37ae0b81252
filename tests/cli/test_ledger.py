from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.serve.ledger.folders import entry, header_of, raw, write
from tests.serve.ledger.test_redaction import KEY, personal
from tests.shipping.test_compact import rounds

from interlock.cli import app
from interlock.cli.ledger import _retain_if_there, seconds
from interlock.errors import InputError
from interlock.serve.ledger import Ledger, account
from interlock.serve.ledger.segment import segments
from interlock.shipping import open_ledger


def run(folder: Path, *words: str, code: int = 0, **environment: str) -> str:
    """Run the command in a process of its own, and return what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "interlock", "ledger", *words],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_from_shipping_to_erasing(tmp_path: Path) -> None:
    write(tmp_path / "ledger", range(1000, 1060))
    write(tmp_path / "ledger" / "shadow", range(1000, 1010), header=header_of(role="shadow"))
    assert run(tmp_path, "ship", "ledger", "lake").startswith("✓ 70 requests with 70 rows, and 70 outcomes, ")
    assert run(tmp_path, "ship", "ledger", "lake") == "✓ nothing new to ship\n"
    for place in ("ledger", "lake"):
        said = run(tmp_path, "verify", place).splitlines()
        assert said[0].split()[:4] == ["writer", "state", "received", "logged"]
        assert said[-2].split()[:4] == ["in", "total", "70", "70"]
        assert said[-1].startswith("✓ received = logged")
    erased = run(tmp_path, "erase", "ledger", "--where", "customer=1003")
    assert erased.splitlines() == [
        "✓ erased: 4 rows, 4 outcomes; 0 kept bodies emptied",
        f"  in {tmp_path / 'lake'}, too",
        f"  in {tmp_path / 'lake' / 'shadow'}, too",
    ]
    assert b"person1003@" not in raw(tmp_path / "ledger")
    assert run(tmp_path, "prune", "ledger", "--keep-days", "0").endswith(" are gone\n")
    assert account(tmp_path / "ledger").missing == 0
    assert open_ledger(tmp_path / "lake").account().found == 59
    assert run(tmp_path, "export", "lake", "cloudevents", "events").startswith(
        "✓ 59 rows and 59 outcomes in 2"
    )
    assert (
        json.loads((tmp_path / "events/predictions/000000.jsonl").read_text().splitlines()[0])["specversion"]
        == "1.0"
    )
    assert "shipped files were older than 0 days" in run(tmp_path, "prune", "lake", "--keep-days", "0")
    run(tmp_path, "verify", "lake")


@pytest.mark.slow
def test_what_does_not_add_up_is_an_exit_code_of_one(tmp_path: Path) -> None:
    writer = write(tmp_path / "ledger", range(60))
    segments(tmp_path / "ledger")[1].path.unlink()
    said = run(tmp_path, "verify", "ledger", code=1)
    assert f"! segment 1 of {writer} is missing, with " in said
    assert said.endswith("! it does not add up\n")


@pytest.mark.slow
def test_hashes_are_erased_by_the_key_of_the_environment(tmp_path: Path) -> None:
    write(tmp_path / "ledger", range(1000, 1030), header=header_of(personal(email="hash")), key=KEY)
    where = ("--where", "email=person1003@example.org")
    assert "this is not the key" in run(tmp_path, "erase", "ledger", *where, code=2)
    said = run(tmp_path, "erase", "ledger", *where, INTERLOCK_LEDGER_KEY=KEY.decode())
    assert said.startswith("✓ erased: 1 rows, 1 outcomes")


@pytest.mark.slow
def test_shipping_goes_on_until_it_is_stopped(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger", header_of()) as book:
        command = [sys.executable, "-m", "interlock", "ledger", "ship", "ledger", "lake", "--every", "0.2s"]
        with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
            for person in range(50):
                book.record(entry(book, person))
                time.sleep(0.02)
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                if (tmp_path / "lake" / "_ledger").is_dir() and open_ledger(
                    tmp_path / "lake"
                ).account().found == 50:
                    break
                time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    assert open_ledger(tmp_path / "lake").account().found == 50


def said(*arguments: str) -> str:
    """Return what a command prints; its error is raised."""
    result = CliRunner().invoke(app, ["ledger", *arguments], standalone_mode=False, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_small_files_are_joined_beside_the_ledger_or_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "ledger", range(5))
    with pytest.raises(InputError, match="nothing of this ledger was shipped") as refused:
        said("compact", "ledger")
    assert refused.value.next_step == "ship it first: `interlock ledger ship`"
    for name, there in (("one", "one"), ("two", "two.lake")):
        rounds(tmp_path / name, tmp_path / f"{name}.lake")
        rounds(tmp_path / name / "shadow", tmp_path / f"{name}.lake" / "shadow")
        assert said("compact", there, "--hours", "1e9") == "· there is nothing to join\n"
        assert said("compact", there) == "✓ 24 files became 8, with 96 rows and outcomes\n"
        assert said("compact", there) == "· there is nothing to join\n"
        assert len([*(tmp_path / f"{name}.lake").rglob("*.parquet")]) == 8


def test_shipping_joins_where_the_project_says_so_and_goes_on_where_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = '[project]\nname = "x"\n[data]\nsource = "x.csv"\n[ledger]\ncompact_hours = '
    (tmp_path / "interlock.toml").write_text(f"{settings}1\n")
    rounds(tmp_path / "ledger", tmp_path / "lake")
    rounds(tmp_path / "ledger" / "shadow", tmp_path / "lake" / "shadow")
    joined = "· 24 files became 8, with 96 rows and outcomes\n"
    assert said("ship", "ledger", "lake") == f"✓ nothing new to ship\n{joined}"
    assert said("ship", "ledger", "lake") == "✓ nothing new to ship\n"
    (tmp_path / "interlock.toml").write_text(f"{settings}-1\n")
    _retain_if_there(tmp_path / "ledger", "lake")
    assert capsys.readouterr().out.startswith("! hours are 0 or more")


def test_durations_are_read() -> None:
    assert [seconds(text) for text in ("30s", "15m", "1h", "2d", "0.5")] == [30, 900, 3600, 172_800, 0.5]
    for text in ("", "x", "0s", "-1s", "1w"):
        with pytest.raises(InputError, match=r"this is no duration[\s\S]*next: write 30s, 15m or 1h"):
            seconds(text)
