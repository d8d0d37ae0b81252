"""The search: settings are proposed, tried and told, until the time, the trials or the hope is over.

Number n is proposed from what the trials up to n minus `WINDOW` came to, in their order, however many run
side by side and whichever ends first. So the same seed gives the same trials on one core, on eight, or on a
cluster.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from interlock.develop.budget import Budget
from interlock.develop.metric import metric_of
from interlock.develop.proposals import Proposals
from interlock.develop.pruning import thresholds
from interlock.develop.trials import Order, Outcome, Problem, lost
from interlock.develop.workers import Crew
from interlock.errors import InputError
from interlock.report.format import number

__all__ = ["LEAST_ROWS", "WINDOW", "Found", "Search", "finish_seconds", "is_short"]

#: How many trials are under way at most, proposed without knowing of one another.
WINDOW = 4
_KEPT = 16  # trials whose models are kept, beside the best of each candidate
#: Rows that every candidate learns from in no time, to see how long more of them would take.
LEAST_ROWS = 2_000
_CELLS = 5_000  # that all trials get through in a second, at the very least
_PACE = 0.8  # of the time is planned with
_PATIENCE = 60  # trials without a better one, after which there is no hope
_EARLY = 0.3  # of the time that is left may be taken by one of the first trials, or
_SLACK = 2.0  # times the equal share, where that is more
_UNKNOWN = 0.25  # of all time is kept for the end while it is not known what that takes
_MOST = 0.3  # of all time is kept for the end
_MOST_OF_FEW, _FEW = 0.6, 1.5  # of a short time, and up to so many seconds
_SURE = 1.3  # estimates may be wrong by so much
_REFITS = 3  # members of a blend that the time at the end is kept for


class Found(NamedTuple):
    """What the search came to.

    Args:
        outcomes: All trials, in their order; those of the best still have their models.
        interrupted: Whether Ctrl-C ended it.
        ended: Why it ended, for people.
    """

    outcomes: tuple[Outcome, ...]
    interrupted: bool
    ended: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader should know of lost trials and lost time."""
        lost: dict[str, list[Outcome]] = {}
        for each in self.outcomes:
            if each.state in ("failed", "cut"):
                lost.setdefault(f"{each.candidate}: {each.reason}", []).append(each)
        return tuple(f"{why} ({_times(len(found), len(self.outcomes))})" for why, found in lost.items())


@dataclass
class Search:
    """One search.

    Args:
        problem: What all trials share.
        proposals: What to try.
        budget: Time and trials.
        crew: What runs the trials.
        tell: Told how it goes.
        known: What trials came to when the search ran before, by number.
        keep: Told of each new outcome, and which trials keep their models, so that it can be taken up again.
    """

    problem: Problem
    proposals: Proposals
    budget: Budget
    crew: Crew
    tell: Callable[[str], None]
    known: Mapping[int, Outcome]
    keep: Callable[[Outcome, set[int]], None]

    def __post_init__(self) -> None:
        self._outcomes: list[Outcome] = []
        self._pending: deque[Order] = deque()
        self._asked = 0
        self._ended = ""

    def run(self) -> Found:
        """Search until there is a reason to end.

        Raises:
            KeyboardInterrupt: Interrupted before any trial was done.
        """
        try:
            while self._fill():
                self._take(self._next())
        except KeyboardInterrupt:
            if not self._done():
                raise
            return Found(tuple(self._outcomes), interrupted=True, ended="interrupted")
        self._require_one()
        return Found(tuple(self._outcomes), interrupted=False, ended=self._ended)

    def _require_one(self) -> None:
        if any(each.measured for each in self._outcomes):
            return
        reasons = dict.fromkeys(f"{each.candidate}: {each.reason}" for each in self._outcomes)
        raise InputError(
            "no candidate could learn",
            got="; ".join(reasons),
            next_step="give more time, or choose other candidates",
        )

    def _fill(self) -> bool:
        """Propose until the window is full; return whether there is anything to wait for."""
        while len(self._pending) < WINDOW and self._may_ask():
            proposal = self.proposals.ask(self._asked)
            if proposal is None:
                self._ended = "nothing was left to try"
                break
            candidate, setting = proposal
            self._pending.append(Order(self._asked, candidate, setting, self._thresholds(candidate.name)))
            self._asked += 1
        return bool(self._pending)

    def _may_ask(self) -> bool:
        if self._ended:
            return False
        if self.budget.trials is not None and self._asked >= self.budget.trials:
            self._ended = f"{self.budget.trials} trials were made"
        elif self._asked not in self.known and self._is_too_late():
            self._ended = "time was up"
        elif len(self._outcomes) - self._best_at() > _PATIENCE and self._asked >= self.proposals.first:
            self._ended = f"nothing better was found in {_PATIENCE} trials"
        return not self._ended

    def _next(self) -> Outcome:
        order = self._pending[0]
        known = self.known.get(order.number)
        if known and known.tried == repr(order.setting) and not self._lacks_models(known):
            return known
        if self._is_too_late():
            return self._kept(lost(order, "cut", "time was up"))
        orders = [each for each in self._pending if each is order or each.number not in self.known]
        return self._kept(self.crew.outcome(orders, self._limited))

    def _kept(self, outcome: Outcome) -> Outcome:
        self.keep(outcome, kept_numbers([*self._outcomes, outcome]))
        return outcome

    def _is_too_late(self) -> bool:
        """Tell whether another trial would take more than is left; the first is made in any case."""
        if not self._done():
            return bool(self._outcomes) and self.budget.left <= 0
        return self._seconds_left() <= self._typical()

    def _lacks_models(self, outcome: Outcome) -> bool:
        """Tell whether a trial that may still win has lost its models: then it is run again."""
        needed = outcome.number in kept_numbers([*self._outcomes, outcome, *self._later(outcome)])
        return outcome.state == "done" and outcome.measured is None and needed

    def _later(self, outcome: Outcome) -> list[Outcome]:
        return [each for number, each in self.known.items() if number > outcome.number]

    def _take(self, outcome: Outcome) -> None:
        order = self._pending.popleft()
        if outcome.state == "failed" and getattr(order.candidate, "brought", False):
            raise InputError(
                "a model that was brought cannot be used",
                where=outcome.candidate,
                got=outcome.reason,
                next_step="mend it, or leave it out; docs/develop.md says what converts",
            )
        self.proposals.tell(outcome)
        self._outcomes.append(outcome)
        self._forget()
        self.tell(self._line())

    def _limited(self, order: Order) -> Order:
        """Say when a trial must end that begins now, and how many rows it can learn from until then."""
        if self.budget.seconds == float("inf"):
            return order
        left, others = self._seconds_left(), self.proposals.turns - order.number
        share = min(1.0, max(_EARLY, _SLACK / others)) if others > 0 else 1.0
        rows = LEAST_ROWS if order.number < self.proposals.probes else self._rows(order, share * left)
        now = time.time()
        return replace(order, until=now + share * left, latest=now + left, rows=rows)

    def _rows(self, order: Order, seconds: float) -> int:
        """Return how many rows the candidate gets through in the time, as far as is known; 0 for all."""
        seen = [each for each in self._outcomes if each.candidate == order.candidate.name and each.rows]
        if not seen:
            return 0
        row = min(each.seconds / each.rows for each in seen)
        return max(LEAST_ROWS, int(_PACE * seconds / row))

    def _seconds_left(self) -> float:
        seconds = self.budget.seconds
        most = max(_MOST * seconds, min(_MOST_OF_FEW * seconds, _FEW))
        return self.budget.left - min(self._kept_for_the_end(), most)

    def _kept_for_the_end(self) -> float:
        best = sorted(self._done(), key=lambda each: each.value)[:_REFITS]
        if not best or self.budget.seconds == float("inf"):
            return _UNKNOWN * self.budget.seconds if self.budget.seconds < float("inf") else 0.0
        return finish_seconds(self.problem, best) + self.budget.telling

    def _typical(self) -> float:
        """Return what a trial takes: half of those that learned took no longer."""
        taken = sorted(each.seconds for each in self._outcomes if each.rounds or each.state == "cut")
        return taken[len(taken) // 2] if taken else 0.0

    def _done(self) -> list[Outcome]:
        return [each for each in self._outcomes if each.fits(self.problem.bound)]

    def _best(self) -> Outcome | None:
        return min(self._done(), key=lambda each: each.value, default=None)

    def _best_at(self) -> int:
        best = self._best()
        return best.number if best else 0

    def _thresholds(self, name: str) -> dict[int, float]:
        done = [each for each in self._outcomes if each.state == "done"]
        return thresholds(
            [each.steps for each in done if each.candidate == name],
            [each.steps for each in done if each.candidate != name],
        )

    def _forget(self) -> None:
        """Let go of the models that can no longer win or help."""
        kept = kept_numbers(self._outcomes)
        for place, each in enumerate(self._outcomes):
            if each.measured is not None and each.number not in kept:
                self._outcomes[place] = replace(each, measured=None)

    def _line(self) -> str:
        best, count = self._best(), len(self._outcomes)
        head = f"{self.budget.words}, {count} trial{'s' if count > 1 else ''}"
        if best is None:
            return f"{head}: none is done yet"
        metric = metric_of(self.problem.metric, self.problem.rows.task)
        value = -best.value if metric.larger else best.value
        chosen = f" ({best.setting})" if best.setting else ""
        return f"{head}: best so far {best.candidate}, {metric.key} {number(value)}{chosen}"


def _times(lost: int, all_: int) -> str:
    return f"{lost} of {all_} trials"


def kept_numbers(outcomes: Sequence[Outcome]) -> set[int]:
    """Return which trials keep their models: the best, and the best of each candidate."""
    done = sorted((each for each in outcomes if each.state == "done"), key=lambda each: each.value)
    first = {each.candidate: each.number for each in reversed(done)}
    return {each.number for each in done[:_KEPT]} | set(first.values())


def is_short(problem: Problem, budget: Budget) -> bool:
    """Tell whether time is short for so many rows and columns, so that few rows are tried first."""
    rows = len(problem.folds[-1].learn)
    if budget.seconds == float("inf") or rows < 2 * LEAST_ROWS:
        return False
    return rows * problem.rows.columns * len(problem.folds) > _CELLS * budget.seconds


def finish_seconds(problem: Problem, outcomes: Sequence[Outcome]) -> float:
    """Estimate what learning from all rows takes after the search.

    Args:
        problem: What the trials shared.
        outcomes: What will be fitted again.
    """
    fits = sum(each.fit * len(problem.rows) / max(each.rows, 1) for each in outcomes)
    return _SURE * fits
