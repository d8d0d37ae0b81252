"""The tools: each has its own environment and process, and is stopped at three times its budget."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from problems import DATA, HERE, Problem

PEERS = HERE / "peers"
_PATIENCE = 3
_STARTING = 30.0  # seconds for imports, reading, and predicting


@dataclass(frozen=True)
class Tool:
    """One tool.

    Args:
        key: Its folder among the results.
        name: As people know it.
        script: In `peers/`.
        environment: Its requirements in `peers/`; empty for the environment that runs this.
        package: What its version is asked of.
        seconds: Its time budget; one that knows no budget has 60.
        option: Given to the script.
        budgeted: Whether it is told the budget.
    """

    key: str
    name: str
    script: str
    environment: str
    package: str
    seconds: float = 60.0
    option: str = ""
    budgeted: bool = True

    def python(self, environments: Path) -> Path:
        if not self.environment:
            return Path(sys.executable)
        return environments / self.environment / "bin" / "python"

    def install(self, environments: Path) -> str:
        """Make the environment, once; return what went wrong."""
        python = self.python(environments)
        if python.exists():
            return ""
        environments.mkdir(parents=True, exist_ok=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        wanted = (PEERS / f"{self.environment}.txt").read_text().split()
        torch = [each for each in wanted if each.startswith("torch==")]
        commands = [[sys.executable, "-m", "venv", str(python.parent.parent)]]
        if torch:  # first and alone, so that nothing asks for another build
            commands.append([*pip, *torch])
        for command in [*commands, [*pip, "-r", str(PEERS / f"{self.environment}.txt")]]:
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode:
                return done.stderr.strip().splitlines()[-1]
        return ""

    def version(self, environments: Path) -> str:
        code = f"import importlib.metadata as m; print(m.version({self.package!r}))"
        command = [str(self.python(environments)), "-c", code]
        return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()

    def run(self, problem: Problem, environments: Path) -> dict[str, Any]:
        """Run it on one problem and return its facts; those of a run that failed say why."""
        folder = DATA / "results" / problem.name / self.key
        folder.mkdir(parents=True, exist_ok=True)
        command = [str(self.python(environments)), str(PEERS / self.script), str(problem.folder), str(folder)]
        command += [str(self.seconds), *([self.option] if self.option else [])]
        most = _PATIENCE * self.seconds + _STARTING
        facts = folder / "facts.json"
        facts.unlink(missing_ok=True)
        environment = {
            **os.environ,
            "OMP_WAIT_POLICY": "PASSIVE",
        }  # threads that wait leave the cores to others
        with (folder / "output.txt").open("w") as output:
            process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )
            try:
                process.wait(most)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                process.wait()
                facts.write_text(json.dumps({"failed": f"stopped after {most:.0f} s"}))
            except BaseException:
                os.killpg(process.pid, 9)
                raise
        if not facts.exists():
            lines = (folder / "output.txt").read_text().strip().splitlines() or ["no word"]
            facts.write_text(json.dumps({"failed": lines[-1][:300]}))
        return json.loads(facts.read_text())


TOOLS = (
    Tool("interlock", "Interlock", "with_interlock.py", "", "interlock"),
    Tool("linear", "linear model", "with_linear.py", "libraries", "scikit-learn", budgeted=False),
    Tool("lightgbm", "LightGBM", "with_lightgbm.py", "libraries", "lightgbm", budgeted=False),
    Tool("catboost", "CatBoost", "with_catboost.py", "libraries", "catboost", budgeted=False),
    Tool("flaml", "FLAML", "with_flaml.py", "flaml", "flaml"),
    Tool(
        "autogluon-medium",
        "AutoGluon medium",
        "with_autogluon.py",
        "autogluon",
        "autogluon.tabular",
        option="medium_quality",
    ),
    Tool(
        "autogluon-best",
        "AutoGluon best",
        "with_autogluon.py",
        "autogluon",
        "autogluon.tabular",
        seconds=120.0,
        option="best_quality",
    ),
)
