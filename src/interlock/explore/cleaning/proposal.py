"""A cleaning step that exploration proposes, with its reason and what it would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from interlock.contract.step import Step
from interlock.explore.cleaning.effect import Effect

__all__ = ["Accepted", "Confidence", "Proposal"]

#: `certain`: nothing else can be meant. `likely`: something else is hardly meant. `possible`: look first.
Confidence = Literal["certain", "likely", "possible"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A step that nobody has accepted yet.

    Args:
        step: What would be done.
        why: One plain sentence.
        effect: What it would change, beside the other proposals for its column.
        confidence: How sure it is; what is only `possible` has to be accepted by its number.
    """

    step: Step
    why: str
    effect: Effect
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Accepted:
    """A step that stands in `interlock.toml`.

    Args:
        step: What is done.
        effect: What it changes in the raw table.
    """

    step: Step
    effect: Effect
