from __future__ import annotations

import csv
import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import interlock
from interlock.deploy.wheel import wheel


def test_it_is_the_package_that_runs_and_always_the_same_bytes() -> None:
    made = wheel()
    assert made == wheel()
    assert made.sha256 == hashlib.sha256(made.data).hexdigest()
    root = Path(interlock.__file__).parent
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        names = archive.namelist()
        assert archive.read("interlock/errors.py") == (root / "errors.py").read_bytes()
        record = csv.reader(io.StringIO(archive.read(names[-1]).decode()))
        assert [row[0] for row in record] == names
    assert "interlock/deploy/templates/docker/Dockerfile" in names
    assert not [name for name in names if name.endswith(".pyc")]


@pytest.mark.slow
def test_pip_installs_it_and_its_command_runs(tmp_path: Path) -> None:
    made = wheel()
    (tmp_path / made.name).write_bytes(made.data)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*pip, "--target", tmp_path / "site", tmp_path / made.name], check=True)
    done = subprocess.run(
        [sys.executable, "-m", "interlock", "version"],
        env={"PYTHONPATH": str(tmp_path / "site")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == interlock.__version__
    assert (tmp_path / "site" / "bin" / "interlock").exists()
