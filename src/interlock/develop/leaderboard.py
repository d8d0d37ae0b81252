"""The leaderboard: the best trial of each candidate and their blend, with intervals, on the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from interlock.develop.candidates import Candidate, Fitted
from interlock.develop.development import Behind, Result
from interlock.develop.link import predict_from
from interlock.develop.metric import scores
from interlock.develop.score import losses, paired
from interlock.develop.trials import Measured, Outcome, Problem

__all__ = ["Entry", "leaderboard"]


@dataclass(frozen=True)
class Entry:
    """One line of the leaderboard, and what is needed to learn it again.

    Args:
        result: The line.
        candidates: The candidate, or those of the members of a blend.
        outcomes: Their trials.
        weights: The weight of each in the blend; 1 for a candidate alone.
        scores: Of the rows that were measured on, float64 [n, width].
        losses: The loss on each of them.
    """

    result: Result
    candidates: tuple[Candidate, ...]
    outcomes: tuple[Outcome, ...]
    weights: tuple[float, ...]
    scores: NDArray[np.float64]
    losses: NDArray[np.float64]

    @property
    def measured(self) -> tuple[Measured, ...]:
        """The models of the trials."""
        return tuple(each.measured for each in self.outcomes if each.measured is not None)

    @property
    def last(self) -> Fitted:
        """The model of the last fold, which has not seen the rows that were measured on there."""
        return self.measured[0].last


def leaderboard(
    problem: Problem, outcomes: Sequence[Outcome], candidates: Mapping[str, Candidate]
) -> tuple[Entry, ...]:
    """Take the best trial of each candidate, order them, and tell each how far it is behind the first.

    Args:
        problem: What the trials shared.
        outcomes: All trials.
        candidates: The candidates by name.

    Returns:
        At least one entry, the best first; what is too dear to serve comes after what is not.
    """
    done = sorted((each for each in outcomes if each.measured), key=lambda each: _rank(problem, each))
    first = {each.candidate: each for each in reversed(done)}
    entries = [
        _entry(problem, first[name], candidates[name]) for name in dict.fromkeys(e.candidate for e in done)
    ]
    return _behind(problem, entries)


def _rank(problem: Problem, outcome: Outcome) -> tuple[bool, float, int]:
    return (not outcome.fits(problem.bound), outcome.value, outcome.number)


def _entry(problem: Problem, outcome: Outcome, candidate: Candidate) -> Entry:
    rows = problem.measured
    measured = outcome.measured
    assert measured is not None  # noqa: S101 - chosen so
    prediction = predict_from(rows.task, measured.scores)
    result = Result(
        name=candidate.name,
        description=candidate.description,
        scores=scores(rows.task, prediction, rows.target, rows.clusters, rows.weights, problem.metric),
        behind=Behind(0.0, 0.0, 0.0),
        latency=outcome.cost.latency,
        size=outcome.cost.size,
        seconds=outcome.seconds,
        rounds=outcome.rounds,
        setting=outcome.setting,
    )
    each = losses(rows.task, prediction, rows.target)
    return Entry(result, (candidate,), (outcome,), (1.0,), measured.scores, each)


def _behind(problem: Problem, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    rows = problem.measured
    return tuple(
        replace(
            entry,
            result=replace(
                entry.result,
                behind=Behind(*paired(entry.losses, entries[0].losses, rows.clusters, rows.weights)),
            ),
        )
        for entry in entries
    )
