"""Whether a setting stands at the edge of what is searched, so that a better one may lie beyond it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from interlock.develop.candidates import Candidate, Fitted
from interlock.develop.recipe import candidate_named, ingredients_of, recorded
from interlock.develop.sample import Sample

__all__ = ["EDGE", "at_edge", "edges"]

#: How such a sentence ends.
EDGE = "at the edge of what is searched"

_NEAR = 0.01  # of the range, on the scale that it is drawn on
_BY_NATURE = (0, 1)  # where a share or a strength ends: nothing lies beyond


class _Ranges:
    """Takes the part of a trial, and writes down from where to where each parameter is drawn."""

    def __init__(self) -> None:
        self.found: dict[str, tuple[float, float, bool]] = {}

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """Write a range down."""
        self.found[name] = (low, high, log)
        return low

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """Write a range down."""
        self.found[name] = (low, high, log)
        return low

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:  # noqa: ARG002 - the protocol's
        """Take the first: what is named has no edge."""
        return choices[0]


def at_edge(candidate: Candidate, setting: Any, rows: Sample) -> tuple[str, ...]:
    """Return the parameters within a hundredth of the range from its ends.

    Args:
        candidate: It says what is searched.
        setting: What was chosen. A value outside the range was not drawn from it, and has no edge.
        rows: The rows that were learned from: ranges may depend on how many there are.
    """
    ranges = _Ranges()
    candidate.suggest(ranges, rows)
    return tuple(name for name, span in ranges.found.items() if _is_near(getattr(setting, name, None), *span))


def edges(fitted: Fitted, name: str, rows: Sample) -> tuple[str, ...]:
    """Return a sentence for each parameter of a model at the edge of its range.

    Args:
        fitted: The model.
        name: What the leaderboard calls it.
        rows: As for `at_edge`.
    """
    said = []
    for ingredient in ingredients_of(fitted, name).ingredients:
        candidate = candidate_named(ingredient.candidate)
        if candidate is None or ingredient.setting is None:
            continue
        setting = recorded(ingredient, type(candidate.settings(rows)[0])).chosen
        said += [
            f"`{each}` of {ingredient.candidate} is {getattr(setting, each):.3g}, {EDGE}"
            for each in at_edge(candidate, setting, rows)
        ]
    return tuple(said)


def _is_near(value: Any, low: float, high: float, log: bool) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        return False
    place, start, end = (math.log(each) for each in (value, low, high)) if log else (value, low, high)
    gaps = [abs(place - edge) for edge, limit in ((start, low), (end, high)) if limit not in _BY_NATURE]
    return min(gaps, default=math.inf) <= _NEAR * (end - start)
