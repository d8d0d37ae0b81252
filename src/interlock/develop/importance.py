"""What a model uses: how much worse it gets on rows held back when one column is shuffled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from interlock.contract.check import Coded
from interlock.contract.model import Contract
from interlock.develop.candidates import Fitted
from interlock.develop.sample import Sample
from interlock.develop.score import losses, paired

__all__ = ["Importance", "importances"]

_MOST_ROWS = 5000
_MOST_CELLS = 200_000


class Importance(NamedTuple):
    """What one column is worth to a model.

    Args:
        column: Its name.
        value: Mean extra loss of a row (log loss, or squared error) once the column is shuffled.
        low: Lower end of its paired 95 % interval, for this one shuffle.
        high: Upper end.
        n: Rows it was measured on.
    """

    column: str
    value: float
    low: float
    high: float
    n: int


def importances(
    fitted: Fitted, aside: Sample, contract: Contract, *, seed: int = 0
) -> tuple[Importance, ...]:
    """Shuffle one input after the other and measure again.

    Args:
        fitted: The model.
        aside: Rows it has not learned from; at most 5,000 of them are drawn, fewer for a wide table.
        contract: It names the columns.
        seed: Of the draw and the shuffles.

    Returns:
        One for each column the model may use, the most important first. Columns that say the same share
        their importance: each of them alone may look worthless.

    Source:
        Breiman (2001), Random Forests, section 10; Fisher, Rudin and Dominici (2019), model reliance.
    """
    random = np.random.default_rng(seed)
    most = min(_MOST_ROWS, max(500, _MOST_CELLS // max(1, aside.columns)))
    rows = aside.take(random.permutation(len(aside))[:most])
    before = losses(rows.task, fitted.predict(rows), rows.target)
    found = []
    for name, shuffled in _shuffles(rows, contract, random):
        after = losses(rows.task, fitted.predict(shuffled), rows.target)
        found.append(Importance(name, *paired(after, before, rows.clusters), len(rows)))
    return tuple(sorted(found, key=lambda each: -each.value))


def _shuffles(rows: Sample, contract: Contract, random: np.random.Generator) -> Iterator[tuple[str, Sample]]:
    for place, column in enumerate(contract.numbers):
        if place not in rows.unused:
            numbers = rows.numbers.copy()
            numbers[:, place] = random.permutation(numbers[:, place])
            yield column.name, replace(rows, numbers=numbers)
    for place, column in enumerate(contract.strings):
        strings = list(rows.strings)
        strings[place] = Coded(random.permutation(strings[place].codes), strings[place].levels)
        yield column.name, replace(rows, strings=tuple(strings))
