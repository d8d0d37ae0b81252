from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from tests.fixtures_project import begin_parcels

from interlock import stages

LAB = {
    "pyarrow",
    "pandas",
    "polars",
    "duckdb",
    "sklearn",
    "lightgbm",
    "scipy",
    "onnx",
    "altair",
    "jinja2",
}
ROOT = Path(__file__).parents[1]
SHOW = """import contextlib, sys, interlock.serve.worker, interlock.release, interlock.contract
with contextlib.suppress(interlock.release.model.ReleaseError):
    interlock.release.Model(b"no model")  # what the model runs in is loaded with the first one
print(*sys.modules)"""
ROW = {"sent": "2024-05-01T00:00:00Z", "weight": 3.5, "distance": 300, "carrier": "slow", "postcode": "01001"}


def test_the_runtime_loads_nothing_of_the_lab() -> None:
    done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "onnxruntime" in loaded
    assert not loaded & LAB


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with `pip install interlock` and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", str(ROOT / "constraints.txt"), str(ROOT)], check=True)
    return folder


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _predict(port: int) -> dict[str, object]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/predict",
        json.dumps(ROW).encode(),
        {"Content-Type": "application/json"},
    )
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - our own address
                return dict(json.load(answer))
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.mark.slow
def test_a_release_of_the_lab_is_served_by_the_runtime_alone(bare: Path, tmp_path: Path) -> None:
    project = begin_parcels(tmp_path)
    for name in stages.RUN:
        getattr(stages, name)(project)
    port = _free_port()
    command = [str(bare / "bin/interlock"), "serve", str(project.release("test"))]
    options = ["--port", str(port), "--ledger", str(tmp_path / "ledger")]
    with subprocess.Popen([*command, *options], cwd=tmp_path / "..") as server:
        try:
            answer = _predict(port)
        finally:
            server.terminate()
    assert server.returncode == 0
    assert isinstance(answer["prediction"], float)
    assert str(answer["release"]).startswith("sha256:")


@pytest.mark.slow
def test_the_runtime_is_small_and_holds_nothing_of_the_lab(bare: Path) -> None:
    packages = next(bare.glob("lib/python*/site-packages"))
    tools = {
        "pip",
        "setuptools",
        "pkg_resources",
        "_distutils_hack",
    }  # what a virtual environment begins with
    own = [entry for entry in packages.iterdir() if entry.name.partition("-")[0] not in tools]
    files = [file for entry in own for file in [entry, *entry.rglob("*")] if file.is_file()]
    assert not {entry.name for entry in own} & LAB
    # Bytecode is left out: pip makes 30 MB of it, an image keeps 10 MB (deploy/test_image.py).
    assert sum(file.stat().st_size for file in files if file.suffix != ".pyc") < 175e6


@pytest.mark.slow
def test_a_command_of_the_lab_names_the_install_that_is_missing(bare: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [bare / "bin/interlock", "init", "x.csv"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install 'interlock[lab]'" in done.stderr
