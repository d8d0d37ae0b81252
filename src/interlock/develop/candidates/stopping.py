"""When a fit that goes round by round has seen enough."""

from __future__ import annotations

import math
import time

from interlock.develop.candidates.candidate import Limits

__all__ = ["Stopper", "patience"]

_LEAST_PATIENCE = 30


def patience(rate: float) -> int:
    """Return how many rounds without a better one are waited for: more where each round adds less.

    Args:
        rate: How much of each tree is added.

    Example:
        >>> patience(0.1), patience(0.02)
        (40, 80)
    """
    return _LEAST_PATIENCE + math.ceil(1 / rate)


class Stopper:
    """Remembers the best round, and stops where no better one comes, at the deadline, or when told to.

    Args:
        limits: The deadline, and who is told of each round.
        patience: How many rounds without a better one are waited for.
    """

    def __init__(self, limits: Limits, patience: int) -> None:
        self._limits, self._patience = limits, patience
        self.best = math.inf
        self.rounds = 1
        self.pruned = False

    def stops(self, round_: int, loss: float | None) -> bool:
        """Take note of a round.

        Args:
            round_: Which it is, from 1.
            loss: On the watched rows; None where none are watched.

        Returns:
            Whether to stop after it.
        """
        if loss is None:
            self.rounds = round_
        elif loss < self.best:
            self.best, self.rounds = loss, round_
        self.pruned = loss is not None and self._limits.report(round_, loss)
        tired = round_ - self.rounds >= self._patience
        return self.pruned or tired or time.monotonic() > self._limits.deadline
