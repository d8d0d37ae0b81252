from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from interlock.monitor import load
from interlock.project import Project
from interlock.serve import account


@pytest.mark.slow
def test_the_demo_goes_from_two_files_to_a_monitored_service(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "interlock", "demo", str(tmp_path / "demo"), "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    for stage in ("explore", "develop", "validate", "release", "sign", "serve", "traffic", "monitor"):
        assert f"✓ {stage}: " in done.stdout
    assert done.stderr == ""

    project = Project(tmp_path / "demo")
    *before, monitored = project.states()
    assert {state.state for state in before} == {"done"}
    assert monitored.state == "stale"  # the server has closed its ledger since
    found = account(project.ledger)
    assert found.received == found.logged == 84_292
    assert found.dropped == found.torn == found.unclosed == 0
    monitoring = load(project.folder("monitor"))
    assert 0.95 < monitoring.arrived / monitoring.rows < 0.99
    assert "temp" in {alarm.subject for alarm in monitoring.alarms}
