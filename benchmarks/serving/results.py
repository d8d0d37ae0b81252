"""Writes `RESULTS.md`: the bounds first, then every part by itself, medians over the rounds."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bounds import Bound, bounds, cost, growth, ratios
from measured import Measured, Values
from servers import SERVERS, Server

Figure = Callable[[Values], float]

_HEAD = """\
# Serving, side by side

{date}, Python {python}, {cores} cores, rounds interleaved. Each load is {seconds} s of wrk on the same
machine against one worker, with the same 500 rows (nulls included) and the same fitted pipeline of 200
LightGBM trees.
Interlock ran with contract checks and ledger on. Made by `python benchmarks/serving/run.py`.

CPU is that of the server's whole process tree. Other jobs kept {others:.1f} cores busy meanwhile (median;
least {least:.1f}, most {most:.1f}): where they do, requests a second are low and latencies high; the ratios,
taken within a round, are what to read.
"""
_RIGHT = """\
Largest difference from the pipeline's own answers. A missing category is JSON null, alone in its request or
with another row beside it.
"""
_NAMES = {server.key: server.name for server in SERVERS} | {
    "interlock-wide": "Interlock",
    "mlflow-wide": "MLflow",
    "interlock-ledger=off-data": "Interlock, ledger off",
    "interlock-challenger=0.1-data": "Interlock, a tenth by a challenger",
    "interlock-shadow=yes-data": "Interlock, all shadowed",
    "interlock-workers=2-data": "Interlock, two workers",
}


def write(path: Path, measured: Measured, settings: Values) -> None:
    """Write the tables of the parts that were measured."""
    busy = [one["others"] for one in measured.found.values() if "others" in one] or [0.0]
    head = _HEAD.format(
        date=datetime.now(UTC).date(),
        python=platform.python_version(),
        cores=os.cpu_count(),
        seconds=settings["seconds"],
        others=median(busy),
        least=min(busy),
        most=max(busy),
    )
    sections = [_peers, _many, _wide, _protocols, _ledger, _traffic, _workers, _soak, _answers]
    written = [text for section in sections if (text := section(measured))]
    path.write_text("\n".join([head, _bounds(bounds(measured)), *written, _installed(measured)]))


def _bounds(found: Sequence[Bound]) -> str:
    lines = [
        [
            bound.what,
            f"{'at least' if bound.at_least else 'at most'} {bound.asked:g}",
            _spread(bound.values),
            str(len(bound.values)),
            "yes" if bound.is_met else "**no**",
        ]
        for bound in found
    ]
    header = ["what was asked for", "bound", "median (least to most)", "rounds", "met"]
    return "## Bounds\n\n" + _table(header, lines)


def _peers(measured: Measured) -> str:
    ratio = [
        [_NAMES[key], _spread(ratios(measured, "peers", key))]
        for key in measured.servers("peers")
        if key != "interlock" and ratios(measured, "peers", key)
    ]
    figures: dict[str, Figure] = {
        "CPU us, c=32": cost,
        "req/s, c=32": lambda one: one["crowd"]["requests"] / one["crowd"]["seconds"],
        "p50 ms, c=32": lambda one: one["crowd"]["p50"],
        "p99 ms, c=32": lambda one: one["crowd"]["p99"],
        "p99.9 ms, c=32": lambda one: one["crowd"]["p999"],
        "CPU us, c=1": lambda one: cost(one, "alone"),
        "p50 ms, c=1": lambda one: one["alone"]["p50"],
        "p99 ms, c=1": lambda one: one["alone"]["p99"],
        "PSS MiB": lambda one: one["memory"],
        "cold start CPU s": lambda one: one["start"]["cpu"],
        "cold start s": lambda one: one["start"]["seconds"],
    }
    title = "## One row a request\n\nCPU a request at 32 connections, peer / Interlock.\n\n"
    ending = "\nCold start: from the start of the process to the first answered prediction.\n"
    table = _table(["server", "ratio: median (least to most)"], ratio)
    return title + table + "\n" + _figures(measured, "peers", figures) + ending if ratio else ""


def _many(measured: Measured) -> str:
    figures: dict[str, Figure] = {
        "CPU us a row": lambda one: cost(one) / 1000,
        "rows/s": lambda one: 1000 * one["crowd"]["requests"] / one["crowd"]["seconds"],
        "p50 ms": lambda one: one["crowd"]["p50"],
        "p99 ms": lambda one: one["crowd"]["p99"],
    }
    return _section(measured, "many", "## 1,000 rows a request\n\nThrough 2 connections.\n", figures)


def _wide(measured: Measured) -> str:
    figures: dict[str, Figure] = {
        "CPU us": cost,
        "req/s": lambda one: one["crowd"]["requests"] / one["crowd"]["seconds"],
        "p50 ms": lambda one: one["crowd"]["p50"],
        "p99 ms": lambda one: one["crowd"]["p99"],
    }
    title = "## 600 columns\n\n500 numbers and 100 categories, one row a request, through 32 connections.\n"
    return _section(measured, "wide", title, figures)


def _protocols(measured: Measured) -> str:
    rounds = measured.rounds("protocols", "interlock")
    if not rounds:
        return ""
    names = [name for name, value in rounds[0].items() if isinstance(value, dict) and "p999" in value]
    lines = [
        [
            f"`{name}`" if name != "mixed" else "all four mixed",
            _middle([cost(one, name) for one in rounds]),
            _middle([one[name]["requests"] / one[name]["seconds"] for one in rounds]),
            _middle([one[name]["p50"] for one in rounds]),
            _middle([one[name]["p999"] for one in rounds]),
        ]
        for name in names
    ]
    header = ["path", "CPU us", "req/s", "p50 ms", "p99.9 ms"]
    return "## Protocols\n\nInterlock, one row a request, 32 connections.\n\n" + _table(header, lines)


def _ledger(measured: Measured) -> str:
    figures: dict[str, Figure] = {
        "CPU us": cost,
        "req/s": lambda one: one["crowd"]["requests"] / one["crowd"]["seconds"],
    }
    return _section(measured, "ledger", "## The ledger\n\nOn and off, 32 connections.\n", figures)


def _traffic(measured: Measured) -> str:
    figures: dict[str, Figure] = {
        "CPU us": cost,
        "req/s": lambda one: one["crowd"]["requests"] / one["crowd"]["seconds"],
        "p99 ms": lambda one: one["crowd"]["p99"],
    }
    title = (
        "## Challenger and shadow\n\nA second release of the same pipeline, which answers a tenth of the "
        "requests, or is asked all of them beside the champion; 32 connections.\n"
    )
    return _section(measured, "traffic", title, figures)


def _workers(measured: Measured) -> str:
    figures: dict[str, Figure] = {
        "rows/s, 1,000 a request": lambda one: 1000 * one["many"]["requests"] / one["many"]["seconds"],
        "CPU us a row": lambda one: cost(one, "many") / 1000,
        "req/s, one row": lambda one: one["single"]["requests"] / one["single"]["seconds"],
        "CPU us, one row": lambda one: cost(one, "single"),
    }
    title = (
        "## Workers\n\nWith single rows the client takes a large part of the two cores, "
        "so requests a second say little of two workers; CPU a request says whether they hinder each other.\n"
    )
    return _section(measured, "workers", title, figures)


def _soak(measured: Measured) -> str:
    rounds = measured.rounds("soak", "interlock")
    if not rounds:
        return ""
    one = rounds[-1]
    load, samples = one["crowd"], one["samples"]
    lines = [
        [f"{at:.0f}", _short(pss), _short(rss)] for at, pss, rss in samples[:: max(1, len(samples) // 10)]
    ]
    said = (
        f"All protocols mixed, {load['seconds']:.0f} s, 32 connections: {load['requests']:,} requests, no "
        f"error; "
        f"p50 {_short(load['p50'])} ms, p99 {_short(load['p99'])} ms, p99.9 {_short(load['p999'])} ms, "
        f"longest {_short(load['most'])} ms. Memory (RSS) grew by {growth(one):.1f} % from the end of "
        f"the first minute to the last; {len(samples)} samples.\n\n"
    )
    return "## Soak\n\n" + said + _table(["second", "PSS MiB", "RSS MiB"], lines)


def _answers(measured: Measured) -> str:
    rounds = [(key, measured.rounds("peers", key)) for key in measured.servers("peers")]
    lines = [
        [_NAMES[key], *(f"{each[0][name]:.1g}" for name in ("complete", "null_alone", "null_in_company"))]
        for key, each in rounds
        if each and "complete" in each[0]
    ]
    header = ["server", "complete rows", "null category, alone", "null category, in company"]
    return "## Right answers\n\n" + _RIGHT + "\n" + _table(header, lines) if lines else ""


def _installed(measured: Measured) -> str:
    from run import installed

    def row(server: Server) -> list[str]:
        size, largest = installed(server)
        return [server.name, server.describe(), _short(size), largest]

    seen = [server for server in SERVERS if server.key in measured.servers("peers")]
    return "## Installed\n\n" + _table(["server", "versions", "site-packages MiB", "largest"], map(row, seen))


def _section(measured: Measured, part: str, title: str, figures: dict[str, Figure]) -> str:
    return title + "\n" + _figures(measured, part, figures) if measured.servers(part) else ""


def _figures(measured: Measured, part: str, figures: dict[str, Figure]) -> str:
    order = [key for key in _NAMES if key in measured.servers(part)]
    lines = [
        [
            _NAMES[key],
            *(_middle([figure(one) for one in measured.rounds(part, key)]) for figure in figures.values()),
        ]
        for key in order
    ]
    return _table(["server", *figures], lines)


def _middle(values: Sequence[float]) -> str:
    return _short(median(values))


def _spread(values: Sequence[float]) -> str:
    return f"**{_short(median(values))}** ({_short(min(values))} to {_short(max(values))})"


def _short(value: float) -> str:
    """Three significant digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _table(header: list[str], rows: Iterable[list[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
