"""Profile ten million rows with Interlock, DuckDB and Polars, side by side, and write RESULTS.md.

One command: `python benchmarks/profile/run.py`. Each engine has a process of its own, in turn, three times.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from data import doubles, flights

FOLDER = Path(__file__).parent
ENGINES = {
    "Interlock": ["engine_interlock.py"],
    "DuckDB exact": ["engine_duckdb.py", "exact"],
    "DuckDB approximate": ["engine_duckdb.py", "approximate"],
    "Polars streaming": ["engine_polars.py"],
}
COSTS = """| engine | CPU s, whole process | times Interlock's | CPU s, without imports | wall s | peak MiB |
|---|---|---|---|---|---|"""
ANSWERS = """| against DuckDB exact | n, nulls, extremes | mean, std | medians | distinct | top 10 |
|---|---|---|---|---|---|"""
Runs = dict[str, list[dict[str, Any]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    tables = {
        "The flights of 2013 out of New York, 30 times": flights(),
        "Four columns of doubles": doubles(),
    }
    sections = [_section(title, path, _measure(path, repeats)) for title, path in tables.items()]
    text = "\n".join([_head(repeats), *sections])
    (FOLDER / "RESULTS.md").write_text(text)
    print(text)


def _measure(path: Path, repeats: int) -> Runs:
    runs: Runs = {name: [] for name in ENGINES}
    for repeat in range(repeats):
        for name, (script, *arguments) in ENGINES.items():
            print(f"{path.stem} {repeat + 1}/{repeats} {name} ...", file=sys.stderr, flush=True)
            runs[name].append(_run(script, path, arguments))
    return runs


def _run(script: str, path: Path, arguments: list[str]) -> dict[str, Any]:
    command = [sys.executable, str(FOLDER / script), str(path), *arguments]
    found: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
    )
    return found


def _head(repeats: int) -> str:
    return f"""# The profile of all columns, side by side

Written by `python benchmarks/profile/run.py` on {datetime.now(UTC):%Y-%m-%d};
Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores.

Of each column: n, nulls, minimum, maximum, mean, standard deviation, distinct values, 7 quantiles, the 10
most frequent values, a histogram of 20 bins (Polars: none). Each engine in its own process, in turn; medians
of n = {repeats} runs, smallest to largest in parentheses. CPU is user and system time of all threads.
"""


def _section(title: str, path: Path, runs: Runs) -> str:
    columns = runs["Interlock"][0]["columns"]
    rows = next(iter(columns.values()))
    fastest = min(_median(runs[name], "cpu") for name in runs if name != "Interlock")
    return f"""## {title}

{rows["n"] + rows["nulls"]:,} rows, {len(columns)} columns, {path.stat().st_size / 2**20:.0f} MiB of Parquet.

{COSTS}
{_lines(_cost(name, runs) for name in runs)}

The fastest peer takes **{fastest / _median(runs["Interlock"], "cpu"):.1f} times** Interlock's CPU.

{ANSWERS}
{_lines(_answers(name, runs) for name in runs)}

Columns with equal n, nulls and extremes; the largest relative difference of a mean or standard deviation;
columns with equal medians; the largest relative difference of a number of distinct values; columns whose ten
most frequent values have the same counts (DuckDB's approximate ones come without). Interlock is exact up
to 4,096 distinct values in a column; beyond that its quantiles and frequent values are read from cells.
"""


def _lines(rows: Any) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cost(name: str, runs: Runs) -> list[str]:
    mine, base = runs[name], _median(runs["Interlock"], "cpu")
    cpu = [run["cpu"] for run in mine]
    spread = f"{median(cpu):.1f} ({min(cpu):.1f} to {max(cpu):.1f})"
    rest = [f"{_median(mine, key):.1f}" for key in ("work_cpu", "wall")]
    engine = f"{name} {mine[0]['version']}"
    return [engine, spread, f"{median(cpu) / base:.1f}", *rest, f"{_median(mine, 'peak_mib'):,.0f}"]


def _median(runs: list[dict[str, Any]], key: str) -> float:
    return median(run[key] for run in runs)


def _answers(name: str, runs: Runs) -> list[str]:
    mine, exact = runs[name][0]["columns"], runs["DuckDB exact"][0]["columns"]
    pairs = [(mine[column], exact[column]) for column in exact]
    numbers = [(a, b) for a, b in pairs if b["mean"] is not None]
    same = sum(all(a[key] == b[key] for key in ("n", "nulls", "minimum", "maximum")) for a, b in pairs)
    moments = max(_gap(a[key], b[key]) for a, b in numbers for key in ("mean", "std"))
    medians = sum(a["quantiles"][3] == b["quantiles"][3] for a, b in numbers)
    distinct = max(_gap(a["distinct"], b["distinct"]) for a, b in pairs)
    top = sum([k for _, k in a["top"]] == [k for _, k in b["top"]] for a, b in pairs)
    counts = "-" if "approximate" in name else f"{top} of {len(pairs)}"
    return [
        name,
        f"{same} of {len(pairs)}",
        f"{moments:.0e}",
        f"{medians} of {len(numbers)}",
        f"{distinct:.1%}",
        counts,
    ]


def _gap(a: float, b: float) -> float:
    return abs(a - b) / abs(b) if b else abs(a)


if __name__ == "__main__":
    main()
