from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.fixtures_release import write_release
from tests.release.registry.events import A, B, C, chain, challenged, deployed, event
from tests.table.servers import HOST, free_port, running

from interlock.errors import RegistryError
from interlock.release.mirror.delivery import news
from interlock.release.mirror.mlflow import Mlflow, aliases, metrics
from interlock.release.registry.folder import Folder

ROOT = Path(__file__).parents[3]


def test_the_aliases_are_those_of_the_log() -> None:
    story = news(
        chain(
            [
                deployed(A),
                challenged(B, 0.1),
                challenged(C, 0.2),
                deployed(B, "staging"),
                event("shadowed", C, "staging"),
                event("shadowed", B, "dev"),
            ]
        )
    )
    assert aliases(story[-1].after) == {
        "champion": A,
        "challenger": B,
        "challenger-2": C,
        "staging-champion": B,
        "staging-shadow": C,
        "dev-shadow": B,
    }


def test_the_metrics_are_the_numbers_of_the_evidence(tmp_path: Path) -> None:
    kept = Folder(tmp_path).push(write_release(tmp_path / "made", "binary").path)
    assert metrics(kept) == {}
    measured = [
        {"name": "auc", "value": 0.75, "low": 0.7, "high": 0.8},
        {"name": "size (kB)", "value": 12, "low": None, "high": None},
        {"name": "broken", "value": float("nan")},
    ]
    assert metrics(kept._replace(evidence={"measurements": measured})) == {
        "auc": 0.75,
        "auc.low": 0.7,
        "auc.high": 0.8,
        "size -kB-": 12.0,
    }


def test_without_the_extra_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.setitem(sys.modules, "mlflow.tracking", None)
    with pytest.raises(RegistryError, match="MLflow needs an extra that is not installed") as caught:
        Mlflow("http://127.0.0.1:1", Folder(tmp_path)).tell(news(chain([event("registered")]))[0])
    assert caught.value.next_step == "pip install 'interlock[mlflow]'"


@pytest.mark.slow
def test_a_real_server_is_told_of_releases_and_aliases(tmp_path: Path) -> None:
    """The whole of MLflow is too large and too narrow in its pins for the environment of the tests."""
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = str(environment / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "mlflow==3.17.2", f"{ROOT}[registry]"], check=True)
    releases = [
        write_release(tmp_path / "made", "binary", card=f"# {index}\n", gates={"auc": True}).path
        for index in range(2)
    ]
    port = free_port()
    place = f"http://{HOST}:{port}"
    serve = [
        *(python, "-m", "mlflow", "server", "--host", HOST, "--port", str(port), "--workers", "1"),
        *(
            "--backend-store-uri",
            f"sqlite:///{tmp_path}/m.db",
            "--artifacts-destination",
            str(tmp_path / "artifacts"),
        ),
    ]
    quiet = {**os.environ, "DO_NOT_TRACK": "1", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    quiet.pop("PYTHONPATH", None)
    alone = {"env": quiet, "cwd": tmp_path, "start_new_session": True}
    with running(serve, port, seconds=120, **alone) as server, ExitStack() as after:
        after.callback(os.killpg, server.pid, signal.SIGTERM)  # its workers are processes of their own
        nobody = f"http://{HOST}:{free_port()}"
        drive = [python, str(Path(__file__).with_name("driving.py")), place, nobody, str(tmp_path)]
        done = subprocess.run(
            [*drive, *map(str, releases)],
            capture_output=True,
            text=True,
            check=False,
            env=quiet,
            cwd=tmp_path,
        )
    assert done.returncode == 0, done.stderr
    _check(json.loads(done.stdout.splitlines()[-1]))


def _check(story: dict[str, Any]) -> None:
    sent, said = story["first"]
    assert sent == [["flights", 7, 0]]
    assert said["aliases"] == {"champion": "1", "challenger": "2", "staging-champion": "2"}
    assert said["runs"] == 2
    assert said["versions"]["1"]["validation_status"] == "approved"
    assert said["versions"]["2"]["interlock.status"] == "challenger"
    assert "release/model.onnx" in said["artifacts"]
    assert "release/manifest.json" in said["artifacts"]
    assert story["again"] == [[["flights", 0, 0]], said]
    sent, said = story["suspended"]
    assert sent == [["flights", 1, 0]]
    assert said["aliases"] == {"champion": "1"}
    assert said["versions"]["2"]["interlock.suspended"] == "wrong"
    assert story["away"][1:4] == ["flights", 0, 8]
    assert story["away"][4].startswith("MLflow does not take the event")
