"""A graph whose trees are computed by tables, and whose strings once for each combination that occurs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Coded
from interlock.deploy.scoring.masks import Masks, masks
from interlock.deploy.scoring.parted import Parted, part
from interlock.release.model import open_session

__all__ = ["Shortcut", "matrix", "shortcut"]

#: The graph is only worth parting where its trees take longer than what is done beside them.
_FEWEST_TREES = 8


def shortcut(data: bytes, outputs: Collection[str], *, together: bool) -> Shortcut | None:
    """Return the shortcut through a model.

    Args:
        data: The bytes of its ONNX file.
        outputs: What is wanted of it.
        together: Whether what follows the trees runs for many rows at once; else row by row.

    Returns:
        None where its trees cannot be taken that way, or not faster, or it takes words in place of texts.
    """
    parted = part(data, outputs)
    if parted is None:
        return None
    ready = [masks(each.trees) for each in parted.ensembles]
    if (
        any(each is None for each in ready)
        or sum(len(each.trees.roots) for each in parted.ensembles) < _FEWEST_TREES
    ):
        return None
    return Shortcut(parted, tuple(each for each in ready if each is not None), together)


@dataclass(eq=False)
class Shortcut:
    """The graph around its trees, and the trees by tables.

    Args:
        parted: The graph in parts.
        trees: The trees of each of its ensembles.
        together: Whether what follows the trees runs for many rows at once.
    """

    parted: Parted
    trees: tuple[Masks, ...]
    together: bool
    _lookups: dict[tuple[int, int, int], list[tuple[tuple[int, ...], NDArray[Any]]]] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        self._strings = _Part(self.parted.before_strings, self.parted.of_strings)
        self._others = _Part(self.parted.before_others, self.parted.of_others)
        self._after = _Part(self.parted.after, ())

    def answers(self, numbers: NDArray[np.float64], strings: Sequence[Coded]) -> list[NDArray[np.float64]]:
        """Return the outputs that were asked for.

        Args:
            numbers: float64 [n, k].
            strings: The m columns of the string tensor, coded.
        """
        count = len(numbers)
        first, inverse = _distinct(strings, count)
        some = matrix(strings, first, len(first))
        every = matrix(strings, slice(None), count) if self._others.takes("strings") else some
        pieces = self._strings.run({"strings": some}) | self._others.run(
            {"numbers": numbers, "strings": every}
        )
        feed: dict[str, NDArray[Any]] = {"numbers": numbers}
        for place, ensemble in enumerate(self.parted.ensembles):
            feed[ensemble.output] = self._scores(place, pieces, inverse, count)
        if self._after.takes("strings"):
            feed["strings"] = matrix(strings, slice(None), count)
        return self._finished(feed, count)

    def _scores(
        self, place: int, pieces: Mapping[str, NDArray[np.float64]], inverse: NDArray[np.intp], count: int
    ) -> NDArray[np.float64]:
        trees, tables, rows, first = self.trees[place], [], [], 0
        for name in self.parted.ensembles[place].pieces:
            piece = pieces[name]
            if name in self.parted.of_strings:
                tables.append(trees.left_by(piece, first))
                rows.append(inverse)
            else:
                for columns, table in self._tables(place, first, piece.shape[1]):
                    values = [piece[:, column - first] for column in columns]
                    tables.append(table)
                    rows.append(trees.places(columns, values))
            first += piece.shape[1]
        return trees.score(tables, rows, count)

    def _tables(self, place: int, first: int, width: int) -> list[tuple[tuple[int, ...], NDArray[Any]]]:
        key = (place, first, width)
        if key not in self._lookups:
            self._lookups[key] = self.trees[place].lookups(range(first, first + width))
        return self._lookups[key]

    def _finished(self, feed: dict[str, NDArray[Any]], count: int) -> list[NDArray[np.float64]]:
        if self.together:
            return [*self._after.run(feed).values()]
        rows = [
            [*self._after.run({name: each[at : at + 1] for name, each in feed.items()}).values()]
            for at in range(count)
        ]
        return [np.concatenate(each) for each in zip(*rows, strict=True)]


class _Part:
    """One part of the graph, run on one thread.

    Args:
        data: The bytes of the file; empty where there is nothing to compute.
        names: What its outputs are called; by default as the file has them.
    """

    def __init__(self, data: bytes, names: Sequence[str]) -> None:
        self._session = open_session(data) if data else None
        self._inputs = {each.name for each in self._session.get_inputs()} if self._session else set()
        self._gives = [each.name for each in self._session.get_outputs()] if self._session else []
        self._names = names or self._gives
        # The wrapper's checks of every call cost as much as a row.
        self._run = getattr(self._session, "_sess", self._session).run if self._session else None

    def takes(self, name: str) -> bool:
        return name in self._inputs

    def run(self, feed: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float64]]:
        if self._run is None:
            return {}
        answers = self._run(self._gives, {name: feed[name] for name in self._inputs}, None)
        return dict(zip(self._names, answers, strict=True))


def _distinct(strings: Sequence[Coded], count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return a row for each combination of strings that occurs, and for each row its combination."""
    key = np.zeros(count, np.int64)
    for column in strings:
        distinct, key = np.unique(key * len(column.levels) + column.codes, return_inverse=True)
        del distinct
    first = np.unique(key, return_index=True)[1]
    return first, key


def matrix(strings: Sequence[Coded], rows: Any, count: int) -> NDArray[np.object_]:
    """Return some rows of coded columns as one array of strings, [count, m]."""
    columns = [each.levels[each.codes[rows]] for each in strings]
    return np.stack(columns, axis=1) if columns else np.empty((count, 0), object)
