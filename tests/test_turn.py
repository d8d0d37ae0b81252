from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from interlock.errors import ProjectError
from interlock.project import Project
from interlock.turn import turn


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "interlock.toml").write_text('[project]\nname = "x"\n[data]\nsource = "x.csv"\n')
    return Project(tmp_path)


def test_a_second_command_is_told_which_process_is_at_work(project: Project) -> None:
    told = re.escape(
        f"another command is at work in this project\n  where: {project.root}\n  got: process {os.getpid()}"
    )
    with turn(project), pytest.raises(ProjectError, match=told), turn(project):
        pass
    with turn(project):
        pass


def test_the_lock_goes_with_a_process_that_is_killed(project: Project) -> None:
    code = (
        "import sys, time\nfrom interlock.project import Project\nfrom interlock.turn import turn\n"
        "with turn(Project(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    held = subprocess.Popen([sys.executable, "-c", code, project.root], stdout=subprocess.PIPE, text=True)
    assert held.stdout is not None
    assert held.stdout.readline() == "held\n"
    with pytest.raises(ProjectError, match=f"process {held.pid}"), turn(project):
        pass
    held.send_signal(signal.SIGKILL)
    held.wait()
    held.stdout.close()
    with turn(project):
        pass
