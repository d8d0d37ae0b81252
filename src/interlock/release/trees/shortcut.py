"""A graph whose trees are computed by tables, and whose strings once for each combination that occurs."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.release.model import open_session
from interlock.release.trees.masks import Masks, masks
from interlock.release.trees.parted import Ensemble, Parted, part

__all__ = ["Shortcut", "shortcut"]

#: The graph is only worth parting where its trees take longer than what is done beside them.
_FEWEST_TREES = 8


def shortcut(
    data: bytes, outputs: Collection[str], *, together: bool, most_splits: float = math.inf
) -> Shortcut | None:
    """Return the shortcut through a model.

    Args:
        data: The bytes of its ONNX file.
        outputs: What is wanted of it.
        together: Whether what follows the trees runs for many rows at once; else row by row.
        most_splits: Of all trees; making the tables takes the longer, the more there are.

    Returns:
        None where its trees cannot be taken that way, or not faster.

    Raises:
        ValueError: If it is no ONNX file.
    """
    parted = part(data, outputs)
    if parted is None or any(len({*each.pieces}) < len(each.pieces) for each in parted.ensembles):
        return None
    trees = sum(len(each.trees.roots) for each in parted.ensembles)
    splits = sum(len(each.trees.feature) for each in parted.ensembles)
    if trees < _FEWEST_TREES or splits > most_splits:
        return None
    ready = [masks(each.trees) for each in parted.ensembles]
    if any(each is None for each in ready):
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
        pieces = self._strings.probed() | self._others.probed()
        self._begins = [_begins(ensemble, pieces) for ensemble in self.parted.ensembles]

    def left(self, strings: NDArray[np.object_]) -> list[NDArray[Any]]:
        """Return, for each ensemble, the leaves that combinations of strings leave.

        Args:
            strings: object [c, m] of `str`: the combinations.

        Returns:
            [c, trees] masks each.
        """
        pieces, found = self._strings.run({"strings": strings}), list[NDArray[Any]]()
        for trees, begins in zip(self.trees, self._begins, strict=True):
            left = np.full((len(strings), len(trees.starts)), -1, np.int64).astype(trees.word)
            for name in pieces.keys() & begins.keys():
                left &= trees.left_by(pieces[name], begins[name])
            found.append(left)
        return found

    def answers(
        self,
        numbers: NDArray[np.float64],
        strings: Callable[[], NDArray[np.object_]],
        left: Sequence[NDArray[Any]],
        places: NDArray[np.intp],
    ) -> list[NDArray[np.float64]]:
        """Return the outputs that were asked for.

        Args:
            numbers: float64 [n, k].
            strings: Gives the strings of all rows, object [n, m] of `str`, where they are wanted once more.
            left: As `left` made them.
            places: intp [n]: which combination of strings each row has.
        """
        given = _Given(numbers, strings)
        pieces = self._others.run(given)
        feed: dict[str, NDArray[Any]] = {}
        for place, ensemble in enumerate(self.parted.ensembles):
            tables, rows = ([left[place]], [places]) if self.parted.of_strings else ([], [])
            for name in pieces.keys() & self._begins[place].keys():
                first, piece = self._begins[place][name], pieces[name]
                for columns, table in self._tables(place, first, piece.shape[1]):
                    tables.append(table)
                    values = [piece[:, column - first] for column in columns]
                    rows.append(self.trees[place].places(columns, values))
            feed[ensemble.output] = self.trees[place].score(tables, rows, len(numbers))
        return self._finished(given, feed, len(numbers))

    def _tables(self, place: int, first: int, width: int) -> list[tuple[tuple[int, ...], NDArray[Any]]]:
        key = (place, first, width)
        if key not in self._lookups:
            self._lookups[key] = self.trees[place].lookups(range(first, first + width))
        return self._lookups[key]

    def _finished(
        self, given: Mapping[str, NDArray[Any]], scores: dict[str, NDArray[Any]], count: int
    ) -> list[NDArray[np.float64]]:
        feed = {name: scores[name] if name in scores else given[name] for name in self._after.inputs}
        if self.together:
            return [*self._after.run(feed).values()]
        rows = [
            [*self._after.run({name: each[at : at + 1] for name, each in feed.items()}).values()]
            for at in range(count)
        ]
        return [np.concatenate(each) for each in zip(*rows, strict=True)]


class _Given(dict[str, NDArray[Any]]):
    """The inputs of the graph, strings put together where somebody wants them."""

    def __init__(self, numbers: NDArray[np.float64], strings: Callable[[], NDArray[np.object_]]) -> None:
        super().__init__(numbers=numbers)
        self._strings = strings

    def __missing__(self, name: str) -> NDArray[Any]:
        self[name] = self._strings()
        return self[name]


class _Part:
    """One part of the graph, run on one thread.

    Args:
        data: The bytes of the file; empty where there is nothing to compute.
        names: What its outputs are called; by default as the file has them.
    """

    def __init__(self, data: bytes, names: Sequence[str]) -> None:
        session = open_session(data) if data else None
        self.inputs = {each.name: each for each in session.get_inputs()} if session else {}
        self._gives = [each.name for each in session.get_outputs()] if session else []
        self._names = names or self._gives
        # The wrapper's checks of every call cost as much as a row.
        self._run = getattr(session, "_sess", session).run if session else None

    def run(self, feed: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float64]]:
        if self._run is None:
            return {}
        answers = self._run(self._gives, {name: feed[name] for name in self.inputs}, None)
        return dict(zip(self._names, answers, strict=True))

    def probed(self) -> dict[str, NDArray[np.float64]]:
        """Return what one row gives, of which only the widths are wanted."""
        blank: dict[str, Any] = {"tensor(string)": "", "tensor(double)": 0.0}
        kinds = {"tensor(string)": object, "tensor(double)": np.float64}
        return self.run(
            {
                name: np.full((1, each.shape[1]), blank[each.type], kinds[each.type])
                for name, each in self.inputs.items()
            }
        )


def _begins(ensemble: Ensemble, pieces: Mapping[str, NDArray[np.float64]]) -> dict[str, int]:
    """Return at which column of what an ensemble looks at each of its pieces begins."""
    widths = [pieces[name].shape[1] for name in ensemble.pieces]
    return dict(zip(ensemble.pieces, [0, *accumulate(widths)], strict=False))
