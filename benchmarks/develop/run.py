"""How good, how fast, how small: Interlock and its peers on seven real tables, in one run, and `RESULTS.md`.

One command: `python benchmarks/develop/run.py --fresh`. Every tool gets the same two files of each table, two
cores, and is told the metric it is judged by. A run that was broken off goes on where it was without
`--fresh`. `--environments` names the folder where the peers' virtual environments are, or will be made.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from problems import DATA, HERE, PROBLEMS, Problem
from results import write
from tools import TOOLS, Tool

RESULTS = DATA / "results"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="forget the results of earlier runs")
    parser.add_argument("--only", nargs="*", default=[], help="names of tables and keys of tools to run")
    parser.add_argument("--again", action="store_true", help="run those of --only again")
    parser.add_argument("--environments", type=Path, default=DATA / "peers", help="of the peers")
    arguments = parser.parse_args()
    environments = arguments.environments.resolve()
    if arguments.fresh:
        shutil.rmtree(RESULTS, ignore_errors=True)
    tools = _among(TOOLS, arguments.only, lambda tool: tool.key)
    problems = _among(PROBLEMS, arguments.only, lambda problem: problem.name)
    missing = {tool.key: tool.install(environments) for tool in tools}
    RESULTS.mkdir(parents=True, exist_ok=True)
    begun = RESULTS / "begun.txt"
    if not begun.exists():
        begun.write_text(datetime.now(UTC).isoformat(timespec="minutes"))
    for problem in problems:
        command = [sys.executable, str(HERE / "problems.py"), problem.name]
        subprocess.run(command, check=True)
        for tool in tools:
            _run(tool, problem, environments, missing[tool.key], arguments.again)
    versions = {tool.key: tool.version(environments) for tool in TOOLS}
    text = write(begun.read_text(), versions)
    print(text)
    if not arguments.only:
        (HERE / "RESULTS.md").write_text(text)


def _among(all_of: Any, only: list[str], key: Any) -> list[Any]:
    chosen = [each for each in all_of if key(each) in only]
    return chosen or list(all_of)


def _run(tool: Tool, problem: Problem, environments: Path, missing: str, again: bool) -> None:
    folder = RESULTS / problem.name / tool.key
    if (folder / "facts.json").exists() and not again:
        return
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "facts.json").write_text(json.dumps({"failed": f"not installed: {missing}"}))
        return
    facts = tool.run(problem, environments)
    said = facts.get("failed") or f"{facts['wall']:.0f} s"
    print(f"{datetime.now(UTC):%H:%M} {problem.name} {tool.name}: {said}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
