"""Writes `RESULTS.md`: medians over the rounds, and ratios to Interlock taken within each round."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from servers import Server

if TYPE_CHECKING:
    from run import Check, Round

Figure = Callable[["Round"], float]

_HEAD = """\
# Serving, side by side

{date}, Python {python}, {cores} cores, rounds: {rounds}, interleaved. Each load is {seconds} s of wrk on the
same machine against one worker, with the same 500 rows (nulls included) and the same fitted pipeline of 200
LightGBM trees. Interlock ran with contract checks and ledger on. Made by
`python benchmarks/serving/run.py --rounds {rounds} --seconds {seconds}`.

CPU is that of the server's whole process tree. Other jobs kept {others:.1f} cores busy meanwhile (median;
least {least:.1f}, most {most:.1f}), so requests per second are low and latencies high; the ratios, taken
within a round, are what to read.
"""
_RIGHT = """\
Largest difference from the pipeline's own answers. A missing category is JSON null, alone in its request or
with another row beside it.
"""


def _cost(one: Round) -> float:
    return one.crowd.cost


def _tail(one: Round) -> float:
    return one.crowd.p99


def write(
    path: Path,
    servers: Sequence[Server],
    rounds: Mapping[str, Sequence[Round]],
    checks: Mapping[str, Check],
    *,
    seconds: int,
) -> None:
    """Write the tables; the first server is the one that the others are compared with."""
    others = [one.others for each in rounds.values() for one in each]
    head = _HEAD.format(
        date=datetime.now(UTC).date(),
        python=platform.python_version(),
        cores=os.cpu_count(),
        rounds=len(rounds[servers[0].key]),
        seconds=seconds,
        others=median(others),
        least=min(others),
        most=max(others),
    )
    parts = [
        head,
        "## Peer / Interlock, median of the rounds (least to most)\n",
        _ratios(servers, rounds),
        "## Each by itself, median (best)\n",
        _figures(servers, rounds),
        "Cold start: from the start of the process to the first answered prediction.\n",
        "## Right answers\n",
        _RIGHT,
        _answers(servers, checks),
        "## Installed\n",
        _table(["server", "versions", "site-packages MiB", "largest"], map(_install, servers)),
    ]
    path.write_text("\n".join(parts))


def _ratios(servers: Sequence[Server], rounds: Mapping[str, Sequence[Round]]) -> str:
    figures: dict[str, Figure] = {
        "CPU per request, 32 connections": _cost,
        "p99, 32 connections": _tail,
        "CPU per request, 1 connection": lambda one: one.alone.cost,
        "p50, 1 connection": lambda one: one.alone.p50,
    }
    ours = rounds[servers[0].key]
    lines = [
        [server.name, *(_ratio(rounds[server.key], ours, figure) for figure in figures.values())]
        for server in servers[1:]
    ]
    return _table(["server", *figures], lines)


def _figures(servers: Sequence[Server], rounds: Mapping[str, Sequence[Round]]) -> str:
    figures: dict[str, Figure] = {
        "CPU us, c=32": _cost,
        "req/s, c=32": lambda one: one.crowd.rate,
        "p50 ms, c=32": lambda one: one.crowd.p50,
        "p99 ms, c=32": _tail,
        "CPU us, c=1": lambda one: one.alone.cost,
        "p50 ms, c=1": lambda one: one.alone.p50,
        "p99 ms, c=1": lambda one: one.alone.p99,
        "PSS MiB": lambda one: one.memory,
        "cold start CPU s": lambda one: one.start.cpu,
        "cold start s": lambda one: one.start.seconds,
    }
    lines = [
        [server.name, *(_best(rounds[server.key], name, figure) for name, figure in figures.items())]
        for server in servers
    ]
    return _table(["server", *figures], lines)


def _answers(servers: Sequence[Server], checks: Mapping[str, Check]) -> str:
    lines = [
        [server.name, *(f"{value:.1g}" for value in vars(checks[server.key]).values())] for server in servers
    ]
    return _table(["server", "complete rows", "null category, alone", "null category, in company"], lines)


def _best(rounds: Sequence[Round], name: str, figure: Figure) -> str:
    values = [figure(one) for one in rounds]
    best = max(values) if name.startswith("req/s") else min(values)
    return f"{_short(median(values))} ({_short(best)})"


def _ratio(theirs: Sequence[Round], ours: Sequence[Round], figure: Figure) -> str:
    ratios = [figure(left) / figure(right) for left, right in zip(theirs, ours, strict=True)]
    return f"**{_short(median(ratios))}** ({_short(min(ratios))} to {_short(max(ratios))})"


def _install(server: Server) -> list[str]:
    from run import installed

    size, largest = installed(server)
    return [server.name, server.describe(), _short(size), largest]


def _short(value: float) -> str:
    """Three significant digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _table(header: list[str], rows: Iterable[list[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
