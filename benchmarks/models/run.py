"""Models by formula beside statsmodels: what each verb costs, and where the answers differ.

One command: `python benchmarks/models/run.py`; it writes `RESULTS.md`. Each fit runs in a process of its own
on a table that it makes first. statsmodels gets the columns that our formulas made, checked and standardised,
so that solvers are compared, not formulas.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import statsmodels.api as sm

from interlock import explore
from interlock.explore.models.prepare import Prepared, prepare

HERE = Path(__file__).parent
RIGHT = " + ".join(f"x{place}" for place in range(6)) + " + C(g)"
WIDE = " + ".join(f"x{place}" for place in range(400))


class Case(NamedTuple):
    """A fit by both: a formula, rows, numeric columns, and what each does with them."""

    formula: str
    rows: int
    numbers: int
    ours: Callable[[str, pa.Table], object]
    theirs: Callable[[Prepared], object]


def _discrete(kind: Any) -> Callable[[Prepared], object]:
    return lambda it: kind(it.outcome, it.matrix, offset=it.offset).fit(disp=0, maxiter=200).params


def _robust(it: Prepared) -> object:
    return sm.OLS(it.outcome, it.matrix).fit(cov_type="HC3").bse


def _clustered(it: Prepared) -> object:
    groups = it.rows.frame.columns["firm"].numbers.astype(int)
    return sm.OLS(it.outcome, it.matrix).fit(cov_type="cluster", cov_kwds={"groups": groups}).bse


def _mixed(it: Prepared) -> object:
    return sm.MixedLM(it.outcome, it.matrix, groups=it.rows.frame.columns["firm"].numbers).fit().bse


def _ours(verb: Any, **more: Any) -> Callable[[str, pa.Table], object]:
    return lambda formula, table: verb(formula, table, **more)


CASES = {
    "ols, HC3": Case(f"y ~ {RIGHT}", 200_000, 6, _ours(explore.ols), _robust),
    "ols, HC3, 400 columns": Case(f"y ~ {WIDE}", 20_000, 400, _ours(explore.ols), _robust),
    "ols, 10,000 clusters": Case(
        f"y ~ {RIGHT}", 200_000, 6, _ours(explore.ols, errors="cluster:firm"), _clustered
    ),
    "logit": Case(f"b ~ {RIGHT}", 200_000, 6, _ours(explore.logit), _discrete(sm.Logit)),
    "poisson, HC3": Case(f"c ~ {RIGHT}", 200_000, 6, _ours(explore.poisson), _discrete(sm.Poisson)),
    "negative_binomial": Case(
        f"d ~ {RIGHT}", 200_000, 6, _ours(explore.negative_binomial), _discrete(sm.NegativeBinomial)
    ),
    "quantile": Case(
        f"y ~ {RIGHT}",
        20_000,
        6,
        _ours(explore.quantile),
        lambda it: sm.QuantReg(it.outcome, it.matrix).fit(q=0.5).bse,
    ),
    "mixed, 10,000 groups": Case(f"y ~ {RIGHT}", 200_000, 6, _ours(explore.mixed, group="firm"), _mixed),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", nargs=2, metavar=("CASE", "WHO"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(*_measured(*arguments.measure))
        return
    from answers import answers

    text = "\n".join([_head(arguments.rounds), *map(_line, _costs(arguments.rounds)), "", answers()])
    print(text)
    (HERE / "RESULTS.md").write_text(text)


def _head(rounds: int) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("interlock", "statsmodels", "numpy", "scipy"))
    return f"""# Models by formula beside statsmodels

Written by `python benchmarks/models/run.py` on {datetime.now(UTC):%Y-%m-%d};
Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores; {versions}.

## Costs

Medians of n = {rounds} processes each. statsmodels fits the columns that `prepare` made, checked and
standardised (counted on both sides), with the errors named and without our checks, effects and tests;
clustered ones are CR1, as it has no CR2. Imports are not counted. Peaks are above what the process took
before the fit. The right side has six numbers and a category of five levels.

| verb | rows | CPU s | statsmodels | times ours | peak MiB | statsmodels | times ours |
|---|---|---|---|---|---|---|---|"""


def _costs(rounds: int) -> list[tuple[str, list[float]]]:
    """Return the medians of each case: CPU s and MiB, ours and theirs."""
    found = []
    for name in CASES:
        runs = {who: [_in_a_process(name, who) for _ in range(rounds)] for who in ("ours", "theirs")}
        middle = {who: [median(column) for column in zip(*each, strict=True)] for who, each in runs.items()}
        found.append((name, [*middle["ours"], *middle["theirs"]]))
        print(*found[-1], file=sys.stderr, flush=True)
    return found


def _line(case: tuple[str, list[float]]) -> str:
    name, (cpu, peak, their_cpu, their_peak) = case
    return (
        f"| {name} | {CASES[name].rows:,} | {cpu:.1f} | {their_cpu:.1f} | {their_cpu / cpu:.1f}"
        f" | {peak:.0f} | {their_peak:.0f} | {their_peak / peak:.1f} |"
    )


def _in_a_process(name: str, who: str) -> tuple[float, float]:
    command = [sys.executable, __file__, "--measure", name, who]
    cpu, peak = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.split()
    return float(cpu), float(peak)


def _measured(name: str, who: str) -> tuple[float, float]:
    """Return CPU s and MiB above what was there before the fit."""
    case = CASES[name]
    table = _table(case.rows, case.numbers)
    explore.ols("y ~ x0", table.slice(0, 100))  # imports are not what is measured
    before, cpu = _peak(), time.process_time()
    if who == "ours":
        case.ours(case.formula, table)
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            case.theirs(prepare(case.formula, table, errors="classical", missing="error", also=("firm",)))
    return time.process_time() - cpu, _peak() - before


def _table(rows: int, numbers: int) -> pa.Table:
    rng = np.random.default_rng(0)
    columns = {f"x{place}": rng.normal(size=rows) for place in range(numbers)}
    group = rng.integers(0, 5, rows)
    eta = 0.3 * columns["x0"] - 0.2 * columns["x1"] + 0.1 * group
    firms = rows // 20  # 10,000 of them in 200,000 rows
    firm = rng.integers(0, firms, rows)
    columns |= {
        "g": np.array(list("abcde"))[group],
        "firm": firm,
        "y": eta + 0.3 * rng.normal(size=firms)[firm] + rng.normal(size=rows),
        "b": rng.random(rows) < 1 / (1 + np.exp(-eta)),
        "c": rng.poisson(np.exp(eta)),
        "d": rng.poisson(np.exp(eta) * rng.gamma(2, 0.5, rows)),
    }
    return pa.table(columns)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
