"""Explores the flights with Interlock and its peers, side by side, and writes `RESULTS.md`.

One command: `python benchmarks/explore/run.py`. Each tool reads the file, looks at it and writes its report
in a process of its own, in turn, in another order each round; a peer has a virtual environment of its own.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tools import HERE, PEERS, QUESTIONS, TOOLS, Tool

REPORTS = HERE / "data" / "reports"
COSTS = """| tool | CPU s, whole process | times ours | peak MiB | times ours | MB | times ours | wall s |
|---|---|---|---|---|---|---|---|"""


class Run(NamedTuple):
    """What one process cost: CPU seconds of its whole tree, wall seconds, MiB at the peak, MB of report."""

    cpu: float
    wall: float
    peak: float
    size: float


Runs = dict[str, list[Run]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", help="keys of tools; RESULTS.md is then not written")
    arguments = parser.parse_args()
    tools = [tool for tool in TOOLS if not arguments.only or tool.key in arguments.only]
    for tool in tools:
        tool.install()
    _compile()
    files = [_written("data.py", "csv"), _written("data.py", "parquet")]
    sections = [_section(path, tools, _measured(path, tools, arguments.rounds)) for path in files]
    text = "\n".join(
        [_head(tools, arguments.rounds), *sections, _contents(tools), _large(tools, arguments.rounds)]
    )
    print(text)
    if not arguments.only:
        (HERE / "RESULTS.md").write_text(text)


def _compile() -> None:
    """Compile Interlock's modules, as pip compiled the peers'; else each start may do it again."""
    source = HERE.parents[1] / "src" / "interlock"
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(source)], check=True)


def _written(script: str, *arguments: str) -> Path:
    """Return the file that a script of the data writes; not in this process, which stays small."""
    command = [sys.executable, str(HERE / script), *arguments]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def _measured(path: Path, tools: list[Tool], rounds: int) -> Runs:
    runs: Runs = {tool.key: [] for tool in tools}
    for number in range(rounds):
        for tool in random.Random(number).sample(tools, len(tools)):
            runs[tool.key].append(_run(tool, path))
            print(f"{path.name} {number + 1}/{rounds} {tool.name} {runs[tool.key][-1]}", file=sys.stderr)
    return runs


def _run(tool: Tool, path: Path, *more: str) -> Run:
    REPORTS.mkdir(exist_ok=True)
    report = REPORTS / f"{tool.key}.html"
    command = [str(tool.python), str(PEERS / f"{tool.key}.py"), str(path), str(report), *more]
    log = REPORTS / f"{tool.key}.log"
    start = time.perf_counter()
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{tool.name} failed:\n{log.read_text()[-2000:]}")
    wall, peak = (
        time.perf_counter() - start,
        used.ru_maxrss / (1 << 10 if sys.platform == "linux" else 1 << 20),
    )
    return Run(used.ru_utime + used.ru_stime, wall, peak, report.stat().st_size / 1e6)


def _head(tools: list[Tool], rounds: int) -> str:
    versions = ", ".join(f"{tool.name} {tool.version()}" for tool in tools)
    return f"""# A table explored, side by side

Written by `python benchmarks/explore/run.py` on {datetime.now(UTC):%Y-%m-%d};
Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores; {versions}.

The 336,776 flights out of New York in 2013, 19 columns; `late` (more than 15 minutes at arrival) stands in
place of `arr_delay`. Each tool in a fresh process reads the file, explores it and writes its HTML report,
in turn; medians of n = {rounds} runs, smallest to largest in parentheses. CPU is user and system time of the
whole process tree, imports included, all modules compiled before; the peak is the largest resident size; MB
are the report's.
"""


def _section(path: Path, tools: list[Tool], runs: Runs) -> str:
    ours = runs["interlock"]
    rows = "\n".join(f"| {' | '.join(_cost(tool, runs[tool.key], ours))} |" for tool in tools)
    peers = [tool for tool in tools if tool.key != "interlock"]
    if not peers:
        return f"## {path.name}\n\n{COSTS}\n{rows}\n"
    fastest = min(peers, key=lambda tool: _median(runs[tool.key], "cpu"))
    best = runs[fastest.key]
    kind = {".csv": "CSV", ".parquet": "Parquet"}[path.suffix]
    return f"""## From {kind}, {path.stat().st_size / 1e6:.0f} MB

{COSTS}
{rows}

Against the fastest peer, {fastest.name}: Interlock takes **{_share(ours, best, "cpu")}** of its CPU,
**{_share(ours, best, "peak")}** of its memory, and its report is **{_share(ours, best, "size")}** as large.
"""


def _cost(tool: Tool, mine: list[Run], ours: list[Run]) -> list[str]:
    cpu = [run.cpu for run in mine]
    times = [f"{_median(mine, field) / _median(ours, field):.1f}" for field in ("cpu", "peak", "size")]
    return [
        tool.name,
        f"{median(cpu):.2f} ({min(cpu):.2f} to {max(cpu):.2f})",
        times[0],
        f"{_median(mine, 'peak'):.0f}",
        times[1],
        f"{_median(mine, 'size'):.2f}",
        times[2],
        f"{_median(mine, 'wall'):.1f}",
    ]


def _median(runs: list[Run], field: str) -> float:
    return median(getattr(run, field) for run in runs)


def _share(ours: list[Run], peer: list[Run], field: str) -> str:
    return f"{100 * _median(ours, field) / _median(peer, field):.0f} %"


def _contents(tools: list[Tool]) -> str:
    """Return which questions each report answers, each looked for in the report itself."""
    texts = {tool.key: (REPORTS / f"{tool.key}.html").read_text(errors="replace") for tool in tools}

    def answers(tool: Tool, question: str) -> str:
        sought = tool.shows.get(question)
        return "yes" if sought and re.search(sought, texts[tool.key]) else "–"

    lines = [
        f"| {question} | {' | '.join(answers(tool, question) for tool in tools)} |" for question in QUESTIONS
    ]
    head = f"| in the report | {' | '.join(tool.name for tool in tools)} |\n|---|{'---|' * len(tools)}"
    return f"""## What each report contains

{head}
{_lines(lines)}

A “yes” was found in the report by its own words (`tools.py` has them). No peer's report has all that
Interlock's has, so the comparison is with the fastest one, whatever it leaves out. Sweetviz compares with a
target only where that has no gaps, and this one has them (cancelled flights).
"""


def _lines(lines: list[str]) -> str:
    return "\n".join(lines)


def _large(tools: list[Tool], rounds: int) -> str:
    """Return what ten million rows cost, read, profiled, explored and reported."""
    path = _written("../profile/data.py")
    ours = next(tool for tool in tools if tool.key == "interlock")
    runs = [_run(ours, path, "arr_delay") for _ in range(rounds)]
    cpu, wall, peak = [run.cpu for run in runs], _median(runs, "wall"), _median(runs, "peak")
    return f"""## Ten million rows

The flights 30 times, 10,103,280 rows and 19 columns in Parquet, target `arr_delay`: read, profiled, explored
and reported by Interlock. Medians of n = {rounds}.

| CPU s, whole process | wall s | peak MiB |
|---|---|---|
| {median(cpu):.1f} ({min(cpu):.1f} to {max(cpu):.1f}) | {wall:.1f} | {peak:.0f} |
"""


if __name__ == "__main__":
    main()
