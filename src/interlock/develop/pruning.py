"""When a trial is given up: its loss is above the median of earlier ones, after as much learning.

A step is a place on the way of a trial. Inside the first fold steps count the learning done, the rounds times
the rate, since after as many rounds a low rate is always behind; each later fold is one step.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from interlock.develop.candidates import Pruned

__all__ = ["Watch", "thresholds"]

#: So many trials must have come as far before one is given up there.
LEAST_TRIALS = 5
_FOLD = 1000  # the step at which the first fold ends; before it lie the steps inside of it


def thresholds(
    own: Sequence[Sequence[tuple[int, float]]],
    others: Sequence[Sequence[tuple[int, float]]] = (),
    least: int = LEAST_TRIALS,
) -> dict[int, float]:
    """Return the loss above which a trial is given up, by step.

    Args:
        own: For each trial of the same candidate that came to its end, its losses by step.
        others: The same of other candidates. Inside a fold their losses are not comparable: each reports what
            it learns by.
        least: How many of them a step needs.

    Returns:
        The median at each step; inside a fold of the best loss that each had by then.

    Source:
        Golovin et al. (2017), Google Vizier, KDD: the median stopping rule; it decides as Optuna's
        `MedianPruner`, and travels to where a trial runs as a few numbers.

    Example:
        >>> thresholds([[(1, 0.5)], [(1, 0.7)], [(1, 0.6), (2, 0.4)]], least=3)
        {1: 0.6}
    """
    found: dict[int, list[float]] = {}
    ends = [[(step, loss) for step, loss in steps if step > _FOLD] for steps in others]
    for step, loss in (each for steps in (*own, *ends) for each in steps):
        found.setdefault(step, []).append(loss)
    return {step: median(seen) for step, seen in sorted(found.items()) if len(seen) >= least}


class Watch:
    """Follows one trial and gives it up.

    Args:
        limits: The thresholds.
        folds: How many folds there are; after the last one it is done anyway.
        rate: How much of each round is added; None where rounds are all alike.
    """

    def __init__(self, limits: Mapping[int, float], folds: int = 1, rate: float | None = None) -> None:
        self._limits, self._rate, self._count = limits, rate or 0.05, folds
        self._steps: list[tuple[int, float]] = []
        self._best = math.inf
        self._sum = self._mass = 0.0
        self._folds = 0  # that are done

    @property
    def steps(self) -> tuple[tuple[int, float], ...]:
        """The losses so far, by step."""
        return tuple(self._steps)

    def report(self, round_: int, loss: float) -> bool:
        """Take the loss after a round of the first fold; see `Limits.report`."""
        self._best = min(self._best, loss)
        done = round_ * self._rate
        if done < 1:  # 20 rounds at a rate of 0.05
            return False
        step = int(2 * math.log2(done)) + 1
        if self._steps and self._steps[-1][0] >= step:
            return False
        return self._reached(step, self._best)

    def fold(self, each: NDArray[np.float64], weights: NDArray[np.float64] | None) -> None:
        """Take the losses of the rows that a fold was measured on.

        Raises:
            Pruned: It is not worth going on.
        """
        mass = float(len(each) if weights is None else weights.sum())
        self._sum += mass * float(np.average(each, weights=weights))
        self._mass += mass
        self._folds += 1
        behind = self._reached(_FOLD + self._folds, self._sum / self._mass)
        if behind and self._folds < self._count:
            raise Pruned

    def _reached(self, step: int, loss: float) -> bool:
        self._steps.append((step, float(loss)))
        return loss > self._limits.get(step, math.inf)
