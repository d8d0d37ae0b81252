"""Who runs the trials: this process, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from interlock.develop.trials import Order, Outcome, Problem, run

__all__ = ["Crew", "Here"]


class Crew(Protocol):
    """Runs trials."""

    def outcome(self, orders: Sequence[Order], until: Callable[[Order], float]) -> Outcome:
        """Return what the first of some orders came to; the others may be run meanwhile.

        Args:
            orders: At least one, in their order.
            until: By when a trial must end that begins now, by `time.time()`.
        """


class Here:
    """This process; each trial is run when it is waited for."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem

    def outcome(self, orders: Sequence[Order], until: Callable[[Order], float]) -> Outcome:
        """Run the first."""
        return run(self._problem, replace(orders[0], until=until(orders[0])))
