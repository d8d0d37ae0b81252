"""What models by formula cost: each verb in a process of its own, on a table that it makes first.

One command: `python benchmarks/models/run.py`. It prints a table and compares with nobody.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from interlock import explore

RIGHT = " + ".join(f"x{place}" for place in range(6)) + " + C(g)"
WIDE = " + ".join(f"x{place}" for place in range(400))
CASES: dict[str, tuple[int, int, Callable[[pa.Table], object]]] = {
    "ols, HC3": (1_000_000, 6, lambda table: explore.ols(f"y ~ {RIGHT}", table)),
    "ols, 10,000 clusters": (
        1_000_000,
        6,
        lambda table: explore.ols(f"y ~ {RIGHT}", table, errors="cluster:firm"),
    ),
    "logit": (1_000_000, 6, lambda table: explore.logit(f"b ~ {RIGHT}", table)),
    "poisson, HC3": (1_000_000, 6, lambda table: explore.poisson(f"c ~ {RIGHT}", table)),
    "negative_binomial": (1_000_000, 6, lambda table: explore.negative_binomial(f"c ~ {RIGHT}", table)),
    "mixed, 10,000 groups": (
        1_000_000,
        6,
        lambda table: explore.mixed(f"y ~ {RIGHT}", table, group="firm"),
    ),
    "quantile": (100_000, 6, lambda table: explore.quantile(f"y ~ {RIGHT}", table)),
    "ols, HC3, 400 columns": (100_000, 400, lambda table: explore.ols(f"y ~ {WIDE}", table)),
}


def main() -> None:
    if len(sys.argv) > 1:
        print(_measured(sys.argv[1]))
        return
    print(f"{os.cpu_count()} cores\n")
    print("| verb | rows | CPU s | wall s | peak MiB | of which before |\n|---|---|---|---|---|---|")
    for name in CASES:
        print(
            subprocess.run([sys.executable, __file__, name], check=True, stdout=subprocess.PIPE)
            .stdout.decode()
            .strip()
        )


def _measured(name: str) -> str:
    rows, numbers, fit = CASES[name]
    table = _table(rows, numbers)
    explore.ols("y ~ x0", table.slice(0, 100))  # imports are not what is measured
    before, cpu, wall = _peak(), time.process_time(), time.perf_counter()
    fit(table)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return f"| {name} | {rows:,} | {cpu:.1f} | {wall:.1f} | {_peak():.0f} | {before:.0f} |"


def _table(rows: int, numbers: int) -> pa.Table:
    rng = np.random.default_rng(0)
    columns = {f"x{place}": rng.normal(size=rows) for place in range(numbers)}
    group = rng.integers(0, 5, rows)
    eta = 0.3 * columns["x0"] - 0.2 * columns["x1"] + 0.1 * group
    columns |= {
        "g": np.array(list("abcde"))[group],
        "firm": rng.integers(0, rows // 100, rows),
        "y": eta + rng.normal(size=rows),
        "b": rng.random(rows) < 1 / (1 + np.exp(-eta)),
        "c": rng.poisson(np.exp(eta)),
    }
    return pa.table(columns)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
