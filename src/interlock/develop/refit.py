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

_LEAST = 0.05  # seconds: no fit takes less
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
    tell(f"{entry.result.name}: learning from all {len(problem.rows):,} rows")
    limits = Limits(time.monotonic() + budget.left, problem.seed, os.cpu_count() or 1)
    try:
        with alarm(budget.left):
            fitted = _learn(entry, problem, limits)
    except KeyboardInterrupt:
        return entry.last, (f"{INTERRUPTED}: {_KEPT}",)
    except TimeUp:
        return entry.last, (f"time was up: {_KEPT}",)
    if fitted.rounds < entry.result.rounds:
        return fitted, (f"time was up after {fitted.rounds} of {entry.result.rounds} rounds",)
    return fitted, ()


def _learn(entry: Entry, problem: Problem, limits: Limits) -> Fitted:
    """Fit all members, each in its share of the time that is left: what it took when it was tried."""
    members: list[Fitted] = []
    for place, (candidate, outcome) in enumerate(zip(entry.candidates, entry.outcomes, strict=True)):
        others = sum(each.fit for each in entry.outcomes[place + 1 :])
        share = limits.left * (outcome.fit + _LEAST) / (outcome.fit + others + _LEAST)
        basis = entry.measured[place].basis
        members.append(candidate.refit(basis, problem.rows, problem.contract, limits.within(share)))
    return entry.join(members)
