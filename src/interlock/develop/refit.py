"""What wins learns once more, from all rows, in what is left of the time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from interlock.develop.alarm import TimeUp, alarm
from interlock.develop.budget import Budget
from interlock.develop.candidates import Fitted, Limits
from interlock.develop.development import INTERRUPTED
from interlock.develop.leaderboard import Entry
from interlock.develop.trials import Problem

__all__ = ["refit"]

_LEAST = 0.1  # seconds: less is no time
_GRACE = 0.5  # seconds after which a fit is stopped that knows the time and has not ended
_FEW = 0.5  # of the rows: what learned from fewer is no better than what time cut short
_KEPT = "the model is the one of the comparison, which did not learn from the rows held back"


def refit(
    entry: Entry, problem: Problem, budget: Budget, tell: Callable[[str], None], *, interrupted: bool
) -> tuple[Fitted, tuple[str, ...]]:
    """Fit the winner on all rows, or keep what it learned in the comparison if that cannot be.

    Args:
        entry: The winner.
        problem: What its trial shared with the others.
        budget: What is left of the time.
        tell: Told what happens.
        interrupted: Whether Ctrl-C ended the search, so that no time is taken any more.

    Returns:
        The model, and what the reader should know.
    """
    if interrupted:
        return entry.last, (f"{INTERRUPTED}: {_KEPT}",)
    rows = max(getattr(each, "rows", len(problem.rows)) for each in entry.candidates)
    tell(f"{entry.result.name}: learning from all {rows:,} rows")
    deadline = time.monotonic() + budget.left - budget.telling
    members = [each.last for each in entry.measured]
    try:
        notes = _learn(entry, members, problem, deadline)
    except KeyboardInterrupt:
        return entry.join(members), (f"{INTERRUPTED}: {_KEPT}",)
    return entry.join(members), notes


def _learn(entry: Entry, members: list[Fitted], problem: Problem, deadline: float) -> tuple[str, ...]:
    """Replace the members by what learned from all rows, those first that gain most for their time.

    A member for which there is no time stays what it was in the comparison; so does one that time cuts
    short, unless it had learned from few rows: fewer rounds are worse than fewer rows.
    """
    kept, short = 0, tuple[str, ...]()
    for place in sorted(range(len(members)), key=lambda at: entry.outcomes[at].fit / entry.weights[at]):
        outcome, left = entry.outcomes[place], deadline - time.monotonic()
        rows = max(outcome.rows, 1) / len(problem.rows)
        if len(members) > 1 and outcome.fit / rows > left:
            kept += 1
            continue
        fitted = _again(entry, place, problem, left)
        if fitted is not None and fitted.rounds < outcome.rounds and rows < _FEW:
            short = (f"time was up after {fitted.rounds} of {outcome.rounds} rounds",)
        elif fitted is None or fitted.rounds < outcome.rounds:
            kept += 1
            continue
        members[place] = fitted
    if not kept:
        return short
    if len(members) == 1:
        return (f"time was up: {_KEPT}",)
    return (*short, f"time was up: {kept} of {len(members)} members did not learn from the rows held back")


def _again(entry: Entry, place: int, problem: Problem, left: float) -> Fitted | None:
    """Fit one member on all rows; None where time is up."""
    left = max(left, _LEAST)
    limits = Limits(time.monotonic() + left, problem.seed, os.cpu_count() or 1)
    try:
        with alarm(left + _GRACE):
            basis = entry.measured[place].basis
            return entry.candidates[place].refit(basis, problem.rows, problem.contract, limits)
    except TimeUp:
        return None
