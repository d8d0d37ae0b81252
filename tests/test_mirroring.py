from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from tests.fixtures_release import write_release

from interlock.errors import InputError
from interlock.mirroring import begin, mirrors_of, tell
from interlock.project import Project
from interlock.registering import registry_of

SMALLEST = '[project]\nname = "flights"\n[data]\nsource = "x.csv"\n[registry]\n'


def project(root: Path, settings: str) -> Project:
    (root / "interlock.toml").write_text(SMALLEST + settings)
    return Project(root)


def test_the_mirrors_are_those_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mirrors_of(project(tmp_path, "")) == ()
    monkeypatch.setenv("INTERLOCK_WEBHOOK_SECRET", "x" * 24)
    every = project(tmp_path, 'git = "."\nmlflow = "http://m:5000"\nwebhooks = ["https://a/hook"]\n')
    assert [each.name for each in mirrors_of(every)] == [
        "webhook https://a/hook",
        f"git {tmp_path.name}",
        "mlflow http://m:5000",
    ]


def test_webhooks_without_a_secret_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INTERLOCK_WEBHOOK_SECRET", raising=False)
    with pytest.raises(InputError, match="a webhook needs a secret"):
        mirrors_of(project(tmp_path, 'webhooks = ["https://a/hook"]\n'))


@pytest.mark.slow
def test_a_process_of_its_own_tells_the_mirrors_and_nobody_waits(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "--quiet"], check=True)
    who = ("-c", "user.name=ada", "-c", "user.email=ada@localhost")
    subprocess.run([*git, *who, "commit", "-q", "--allow-empty", "--no-gpg-sign", "-m", "x"], check=True)
    own = project(tmp_path, 'git = "."\n')
    registry_of(own).register(write_release(tmp_path / "made", "binary").path, person="ada")
    begin(own)
    end = time.monotonic() + 60
    while not (tags := subprocess.run([*git, "tag"], capture_output=True, text=True, check=True).stdout):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert tags == "flights@v0.0.1\n"
    while any(each.sent for each in tell(own)):  # the process may not have written down yet that it told
        assert time.monotonic() < end


def test_without_mirrors_no_process_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", None)
    begin(project(tmp_path, ""))
