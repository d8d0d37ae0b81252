"""Accuracy against latency: what was tried, and which of it nothing beats in both."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.develop.development import Tried
from interlock.develop.leaderboard import Entry
from interlock.develop.metric import metric_of
from interlock.develop.trials import Outcome, Problem

__all__ = ["front", "tried"]


def tried(problem: Problem, outcomes: Sequence[Outcome], board: Sequence[Entry]) -> tuple[Tried, ...]:
    """Return all trials that came to their end, and the blend where there is one, the fastest first.

    Args:
        problem: It names the metric.
        outcomes: The trials.
        board: The leaderboard.
    """
    metric = metric_of(problem.metric, problem.rows.task)
    sign = -1.0 if metric.larger else 1.0
    found = [
        Tried(each.candidate, each.setting, sign * each.value, each.cost.latency, each.cost.size)
        for each in outcomes
        if each.state == "done"
    ]
    blends = [entry.result for entry in board if len(entry.outcomes) > 1]
    found += [Tried(each.name, each.setting, each.score.value, each.latency, each.size) for each in blends]
    return front(found, larger=metric.larger)


def front(points: Sequence[Tried], *, larger: bool = False) -> tuple[Tried, ...]:
    """Mark what nothing beats in both, and order by latency.

    Args:
        points: What was tried.
        larger: Whether a larger value is better.

    Source:
        Kung, Luccio and Preparata (1975), On finding the maxima of a set of vectors, Journal of the ACM 22.

    Example:
        >>> some = [Tried("a", "", 0.3, 1e-5, 1), Tried("b", "", 0.4, 2e-5, 1), Tried("c", "", 0.2, 3e-5, 1)]
        >>> [point.name for point in front(some) if point.front]
        ['a', 'c']
    """
    sign = -1.0 if larger else 1.0
    best, marked = float("inf"), []
    for point in sorted(points, key=lambda each: (each.latency, sign * each.value)):
        marked.append(point._replace(front=sign * point.value < best))
        best = min(best, sign * point.value)
    return tuple(marked)
