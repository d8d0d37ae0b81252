"""What a model uses: how much worse it gets on rows held back when one column is shuffled."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract.check import Coded
from interlock.contract.model import Contract
from interlock.develop.candidates import Fitted
from interlock.develop.sample import Sample
from interlock.develop.score import losses, mean_loss

__all__ = ["Importance", "importances"]

_MOST_ROWS = 5000
_MOST_CELLS = 200_000
_REPEATS = 5


class Importance(NamedTuple):
    """What one column is worth to a model.

    Args:
        column: Its name.
        value: Mean extra loss of a row (log loss, or squared error) once the column is shuffled.
        low: Lower end of its paired 95 % interval, which covers the draw of the rows and of the shuffles.
        high: Upper end.
        n: Rows it was measured on.
        repeats: How often the column was shuffled.
    """

    column: str
    value: float
    low: float
    high: float
    n: int
    repeats: int = 1


def importances(
    fitted: Fitted,
    aside: Sample,
    contract: Contract,
    *,
    seed: int = 0,
    repeats: int = _REPEATS,
    seconds: float = math.inf,
) -> tuple[Importance, ...]:
    """Shuffle one input after the other, some times, and measure again.

    Args:
        fitted: The model.
        aside: Rows it has not learned from; at most 5,000 of them are drawn, fewer for a wide table.
        contract: It names the columns.
        seed: Of the draw and the shuffles.
        repeats: How often each column is shuffled.
        seconds: After so many no column is shuffled again, nor another one for the first time.

    Returns:
        One for each column that was shuffled, the most important first. Columns that say the same share
        their importance: each of them alone may look worthless.

    Source:
        Breiman (2001), Random Forests, section 10; Fisher, Rudin and Dominici (2019), model reliance, an
        average over pairs of rows: one gives the value, the other all else. Its interval is that of such an
        average (Hoeffding 1948): each row counts by what it loses and by what its value costs others.
    """
    deadline = time.monotonic() + seconds
    random = np.random.default_rng(seed)
    most = min(_MOST_ROWS, max(500, _MOST_CELLS // max(1, aside.columns)))
    rows = aside.take(random.permutation(len(aside))[:most])
    before = losses(rows.task, fitted.predict(rows), rows.target)
    found: dict[str, list[_Extra]] = {}
    for _ in range(repeats):
        for name, order, shuffled in _shuffles(rows, contract, random):
            if found and time.monotonic() > deadline:
                break
            extra = losses(rows.task, fitted.predict(shuffled), rows.target) - before
            found.setdefault(name, []).append(_Extra(extra, order))
    each = [_summed(name, extras, rows) for name, extras in found.items()]
    return tuple(sorted(each, key=lambda importance: -importance.value))


class _Extra(NamedTuple):
    """The extra loss of each row in one shuffle, and the row that its value came from."""

    loss: NDArray[np.float64]
    giver: NDArray[np.intp]


def _summed(name: str, extras: list[_Extra], rows: Sample) -> Importance:
    taken, given = np.zeros(len(rows)), np.zeros(len(rows))
    for extra in extras:
        taken += extra.loss / len(extras)
        given[extra.giver] += extra.loss / len(extras)
    both = taken + given - taken.mean()
    return Importance(name, *mean_loss(both, rows.clusters), len(rows), len(extras))


def _shuffles(
    rows: Sample, contract: Contract, random: np.random.Generator
) -> Iterator[tuple[str, NDArray[np.intp], Sample]]:
    """Yield the rows with one column in another order, and that order."""
    for place, column in enumerate(contract.numbers):
        if place not in rows.unused:
            order = random.permutation(len(rows))
            numbers = rows.numbers.copy()
            numbers[:, place] = numbers[order, place]
            yield column.name, order, replace(rows, numbers=numbers)
    for place, column in enumerate(contract.strings):
        order = random.permutation(len(rows))
        strings = list(rows.strings)
        strings[place] = Coded(strings[place].codes[order], strings[place].levels)
        yield column.name, order, replace(rows, strings=tuple(strings))
