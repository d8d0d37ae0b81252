"""The comparison: every candidate learns from the same rows and is measured on the same others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.develop.candidates import Candidate, Fitted, Limits
from interlock.develop.compiled import compile_model, cost
from interlock.develop.development import Behind, Result
from interlock.develop.sample import Sample
from interlock.develop.score import Score, losses, paired, scores

__all__ = ["Entry", "Outcome", "leaderboard", "race"]


class Outcome(NamedTuple):
    """What the race gave.

    Args:
        entries: The candidates that ran, in their order; at least one.
        interrupted: Whether Ctrl-C ended it before all had run.
    """

    entries: list[Entry]
    interrupted: bool


@dataclass(frozen=True)
class Entry:
    """One candidate that has run.

    Args:
        candidate: The candidate.
        fitted: What it learned.
        result: Its line of the leaderboard, before it is known who won.
        losses: Its loss on each row that was held back.
    """

    candidate: Candidate
    fitted: Fitted
    result: Result
    losses: NDArray[np.float64]


def race(
    candidates: Sequence[Candidate],
    train: Sample,
    aside: Sample,
    contract: Contract,
    limits: Limits,
    progress: Callable[[str], None],
) -> Outcome:
    """Fit and measure the candidates one after the other, each within its share of the time.

    Args:
        candidates: At least one.
        train: The rows to learn from.
        aside: The rows to measure on.
        contract: What the columns are.
        limits: The time is shared among those that are still to run.
        progress: Told about each candidate.

    Returns:
        What ran.

    Raises:
        KeyboardInterrupt: Interrupted before any candidate was done.
    """
    entries: list[Entry] = []
    try:
        for place, candidate in enumerate(candidates):
            share = limits.within(limits.left / (len(candidates) - place))
            progress(f"{candidate.name}: learning from {len(train):,} rows")
            for each in _fits(candidate, train, aside, contract, share):
                entries = [*(entry for entry in entries if entry.candidate is not candidate), each]
            progress(_line(entries[-1].result))
    except KeyboardInterrupt:
        if not entries:
            raise
        return Outcome(entries, interrupted=True)
    return Outcome(entries, interrupted=False)


def _fits(
    candidate: Candidate, train: Sample, aside: Sample, contract: Contract, limits: Limits
) -> Iterator[Entry]:
    """Fit one setting after the other and tell of each that is the best so far."""
    settings, best = candidate.settings(train), np.inf
    for place, setting in enumerate(settings):
        share = limits.within(limits.left / min(2, len(settings) - place))
        start = time.perf_counter()
        fitted = candidate.fit(train, aside, contract, share, setting)
        entry = _measure(candidate, fitted, aside, contract, time.perf_counter() - start)
        if not place or entry.result.score.value < best:
            best = entry.result.score.value
            yield entry


def leaderboard(
    entries: Sequence[Entry], clusters: NDArray[np.int64] | None = None
) -> tuple[list[Entry], tuple[Result, ...]]:
    """Order the entries, best first, and tell each how far it is behind the first.

    Args:
        entries: At least one.
        clusters: int64 [n]: rows of one cluster are not independent; None where all rows are.
    """
    ranked = sorted(entries, key=lambda entry: entry.result.score.value)
    best = ranked[0].losses
    results = tuple(
        replace(entry.result, behind=Behind(*paired(entry.losses, best, clusters))) for entry in ranked
    )
    return ranked, results


def _measure(
    candidate: Candidate, fitted: Fitted, aside: Sample, contract: Contract, seconds: float
) -> Entry:
    prediction = fitted.predict(aside)
    price = cost(compile_model(fitted, contract, candidate=candidate.name), aside)
    result = Result(
        name=candidate.name,
        description=candidate.description,
        scores=scores(aside.task, prediction, aside.target, aside.clusters),
        behind=Behind(0.0, 0.0, 0.0),
        latency=price.latency,
        size=price.size,
        seconds=seconds,
        rounds=fitted.rounds,
        setting=fitted.setting,
    )
    return Entry(candidate, fitted, result, losses(aside.task, prediction, aside.target))


def _line(result: Result) -> str:
    shown = ", ".join(_figure(score) for score in result.scores)
    rounds = f", {result.setting}, {result.rounds} rounds" if result.rounds else ""
    return f"{result.name}: {shown}{rounds}, {result.seconds:.1f} s"


def _figure(score: Score) -> str:
    return f"{score.metric} {score.value:.4g} ({score.low:.4g} to {score.high:.4g})"
