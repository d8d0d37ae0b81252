"""The tables of `RESULTS.md`, from what the tools handed in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from judge import DIGITS, Judgement, judge, worse
from problems import DATA, PROBLEMS, Problem
from tools import TOOLS, Tool

_LATE = 1.1
_OURS = "interlock"


class Run(NamedTuple):
    """One tool on one problem: its facts, and how it is judged where it has an answer."""

    tool: Tool
    facts: dict[str, Any]
    judgement: Judgement | None


def write(begun: str, versions: dict[str, str]) -> str:
    """Return the whole text."""
    runs = {problem: _runs(problem) for problem in PROBLEMS}
    runs = {problem: each for problem, each in runs.items() if each}
    lines = [
        *_head(begun, versions),
        *_quality(runs),
        "",
        *_verdicts(runs),
        "",
        *_costs(runs),
        "",
        *_notes(runs),
    ]
    return "\n".join(lines) + "\n"


def _runs(problem: Problem) -> list[Run]:
    found = []
    for tool in TOOLS:
        folder = DATA / "results" / problem.name / tool.key
        if not (folder / "facts.json").exists():
            continue
        facts = json.loads((folder / "facts.json").read_text())
        judgement = None
        if "failed" not in facts:
            classes = json.loads((problem.folder / "problem.json").read_text())["classes"]
            judgement = judge(problem, classes, np.load(folder / "prediction.npy"))
        found.append(Run(tool, facts, judgement))
    return found


def _head(begun: str, versions: dict[str, str]) -> Iterator[str]:
    named = ", ".join(f"{tool.name} {versions[tool.key]}" for tool in TOOLS if versions[tool.key])
    yield "# Development: how good, how fast, how small"
    yield ""
    yield f"`python benchmarks/develop/run.py --fresh`, begun {begun}, two cores, each tool in turn. {named}."
    yield ""
    yield (
        "Every tool learns from the same four fifths of a table (bike_hourly: from the first four fifths of "
        "the time) and is judged on the rest, by the metric that it was told. Interlock, FLAML and AutoGluon "
        "medium have 60 s, AutoGluon best has 120 s (`dynamic_stacking=False`); the other three are as they "
        "come, on features as people make them: parts of a timestamp, TF-IDF of a text."
    )
    yield ""


def _quality(runs: dict[Problem, list[Run]]) -> Iterator[str]:
    yield "| table | metric | " + " | ".join(tool.name for tool in TOOLS) + " |"
    yield "|---" * (len(TOOLS) + 2) + "|"
    for problem, found in runs.items():
        by_key = {run.tool.key: run for run in found}
        best = _best(problem, found)
        cells = [_figure(problem, by_key.get(tool.key), best) for tool in TOOLS]
        yield f"| {problem.name} | {problem.metric} | " + " | ".join(cells) + " |"


def _figure(problem: Problem, run: Run | None, best: Run | None) -> str:
    if run is None:
        return ""
    if run.judgement is None:
        return "failed"
    text = f"{run.judgement.value:.{DIGITS[problem.metric]}f}"
    return f"**{text}**" if run is best else text


def _best(problem: Problem, found: list[Run]) -> Run | None:
    judged = [run for run in found if run.judgement]
    sign = -1 if problem.metric == "AUC" else 1
    return min(judged, key=lambda run: sign * run.judgement.value) if judged else None


def _verdicts(runs: dict[Problem, list[Run]]) -> Iterator[str]:
    yield (
        "How much worse Interlock is than the best of its peers (below 0: better), with the paired 95 % "
        "interval of 1,000 bootstrap samples of the judged rows, for bike_hourly of their days:"
    )
    yield ""
    yield "| table | judged rows | best peer | Interlock is worse by | verdict | one row: AutoGluon takes |"
    yield "|---|---|---|---|---|---|"
    reached = 0
    for problem, found in runs.items():
        ours = next((run for run in found if run.tool.key == _OURS and run.judgement), None)
        best = _best(problem, [run for run in found if run.tool.key != _OURS])
        if ours is None or best is None:
            continue
        apart = worse(problem, ours.judgement, best.judgement)
        digits = DIGITS[problem.metric]
        verdict = "better" if apart.high < 0 else "worse" if apart.low > 0 else "the same"
        reached += apart.low <= 0
        slower = [
            f"{run.facts['p50'] / ours.facts['p50']:,.0f} times"
            for run in found
            if run.tool.key.startswith("autogluon") and run.judgement
        ]
        interval = f"{apart.value:+.{digits}f} [{apart.low:+.{digits}f}, {apart.high:+.{digits}f}]"
        rows = len(np.load(DATA / "results" / problem.name / _OURS / "prediction.npy"))
        cells = (problem.name, f"{rows:,}", best.tool.name, interval, verdict, ", ".join(slower))
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield f"The same as or better than the best peer on {reached} of {len(runs)} tables."


def _costs(runs: dict[Problem, list[Run]]) -> Iterator[str]:
    yield (
        "Wall seconds of the fit (! where a budget was exceeded by more than a tenth), one row from a dict "
        "(p50, least), size:"
    )
    yield ""
    yield "| table | " + " | ".join(tool.name for tool in TOOLS) + " |"
    yield "|---" * (len(TOOLS) + 1) + "|"
    for problem, found in runs.items():
        by_key = {run.tool.key: run for run in found}
        yield f"| {problem.name} | " + " | ".join(_cost(by_key.get(tool.key)) for tool in TOOLS) + " |"


def _cost(run: Run | None) -> str:
    if run is None:
        return ""
    if run.judgement is None:
        return str(run.facts["failed"])
    facts = run.facts
    late = run.tool.budgeted and facts["wall"] > _LATE * run.tool.seconds
    row = f"{_time(facts['p50'])}, {_time(facts['least'])}"
    return f"{facts['wall']:.0f} s{'!' if late else ''}; {row}; {_size(facts['size'])}"


def _time(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.1f} ms"


def _size(size: int) -> str:
    return f"{size / 1e6:.2f} MB" if size < 1e7 else f"{size / 1e6:.0f} MB"


def _notes(runs: dict[Problem, list[Run]]) -> Iterator[str]:
    yield (
        "Interlock's defaults (which settings are tried first, the linear model's curves, the memory of old "
        "rows) were chosen on parts of the rows to learn from, as a search does it, and by what is known of "
        "the libraries. The judged rows were looked at to see where it stands; no default was taken for its "
        "figure there, but one fault was found there: a logarithm's smearing that held the growth of the "
        "rows held back. The other tools' requirements stand in `peers/`."
    )
    yield ""
    yield "What Interlock chose, and further figures:"
    yield ""
    for problem, found in runs.items():
        for run in found:
            if run.tool.key == _OURS and run.judgement:
                yield f"- {problem.name}: {run.facts['note']}: {run.facts['setting']}"
        extra = [
            f"{run.tool.name} {run.judgement.extra}" for run in found if run.judgement and run.judgement.extra
        ]
        if extra:
            yield f"  - {', '.join(extra)}"
