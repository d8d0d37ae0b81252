"""Many rows of a request through tables of the model's trees (`release.trees`), which are made once.

What the strings of a row leave of each tree is kept by these strings: traffic repeats them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract import CheckedRow
from interlock.release import Model
from interlock.release.trees import Shortcut, shortcut

__all__ = ["FEWEST", "Tables", "tables"]

_LOG = logging.getLogger("interlock.serve")
#: Below so many rows, what a call costs beside the rows is more than is won.
FEWEST = 32
#: So much of what strings leave is kept, bytes.
_MOST_BYTES = 16 << 20
#: A quarter of a second is what more splits would take at the start.
_MOST_SPLITS = 30_000
#: After so many requests in a row with more new combinations of strings than known ones, the graph is faster.
_MOST_IN_VAIN = 8


class Tables:
    """Trees of one model, by tables.

    Args:
        way: Through the model's graph.
        most_bytes: So much of what strings leave is kept.
    """

    def __init__(self, way: Shortcut, most_bytes: int = _MOST_BYTES) -> None:
        self._way, self._most_bytes = way, most_bytes
        self._places: dict[tuple[str, ...], int] = {}
        self._left: list[NDArray[Any]] = []
        self._in_vain = 0

    @property
    def pays(self) -> bool:
        """Whether they are faster than the graph, as far as is known."""
        return self._in_vain < _MOST_IN_VAIN

    def predict(self, rows: Sequence[CheckedRow]) -> NDArray[np.float64]:
        """Predict rows of which none was rejected.

        Args:
            rows: As the contract checked them; at least one.

        Returns:
            float64 [n], or [n, classes]: what the graph gives, to the bit.
        """
        numbers = np.array([row.numbers for row in rows], np.float64).reshape(len(rows), -1)
        asked = [tuple(row.strings) for row in rows]
        try:
            places = self._known(asked)
            self._in_vain = 0
        except KeyError:
            self._learn(asked)
            places = self._known(asked)
        return self._way.answers(numbers, lambda: _matrix(asked), self._left, places)[0]

    def _known(self, asked: Sequence[tuple[str, ...]]) -> NDArray[np.intp]:
        return np.fromiter(map(self._places.__getitem__, asked), np.intp, len(asked))

    def _learn(self, asked: Iterable[tuple[str, ...]]) -> None:
        """Take combinations in that are not known; where there is no room, all others are forgotten."""
        every = dict.fromkeys(asked)
        new = [each for each in every if each not in self._places]
        self._in_vain = self._in_vain + 1 if 2 * len(new) > len(every) else 0
        kept = sum(each.nbytes for each in self._left)
        if not self._left or kept * (1 + len(new) / max(1, len(self._places))) > self._most_bytes:
            self._places, new = {}, [*every]
        left = self._way.left(_matrix(new))
        self._left = (
            [np.concatenate([old, more]) for old, more in zip(self._left, left, strict=True)]
            if self._places
            else left
        )
        self._places |= {each: len(self._places) + place for place, each in enumerate(new)}


def tables(model: Model) -> Tables | None:
    """Return the tables of a model's trees.

    Args:
        model: Of a loaded release.

    Returns:
        None where there are none, or the model takes words in place of texts, or gives an interval.
    """
    if "texts" in model.metadata or "interval" in model.outputs:
        return None
    try:
        way = shortcut(model.data, ["prediction"], together=True, most_splits=_MOST_SPLITS)
    except Exception:  # noqa: BLE001  (whatever it is, the graph itself is there)
        _LOG.warning("the model's trees cannot be taken by tables", exc_info=True)
        return None
    return None if way is None else Tables(way)


def _matrix(rows: Sequence[tuple[str, ...]]) -> NDArray[np.object_]:
    return np.array(rows, dtype=object).reshape(len(rows), -1)
