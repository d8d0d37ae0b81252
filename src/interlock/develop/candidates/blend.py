"""Several fitted candidates as one: their scores are added with weights that sum to 1, in one graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Task
from interlock.develop.candidates.candidate import Fitted, Scored
from interlock.develop.emit.graph import Graph
from interlock.develop.sample import Inputs

__all__ = ["Blend"]


@dataclass(frozen=True)
class Blend(Scored):
    """A convex combination of scores.

    Log-odds and logarithms of probabilities are added, not probabilities: so two confident members that agree
    stay confident. What the members' preparations share is in the graph once.

    Args:
        members: The fitted candidates, at least one, all of one task.
        weights: The weight of each; 0 or more, and together 1.
        names: What each is called, for people.
        task: What they predict.

    Example:
        >>> from interlock.develop.candidates.constant import Constant
        >>> inputs = type("Two", (), {"numbers": np.zeros((2, 1)), "strings": ()})()
        >>> blend = Blend((Constant((1.0,)), Constant((3.0,))), (0.75, 0.25), ("a", "b"), "regression")
        >>> blend.predict(inputs), blend.setting
        (array([1.5, 1.5]), '0.75 a + 0.25 b')
    """

    members: tuple[Fitted, ...]
    weights: tuple[float, ...]
    names: tuple[str, ...]
    task: Task

    @property
    def rounds(self) -> int:
        """The rounds of all members together."""
        return sum(member.rounds for member in self.members)

    @property
    def setting(self) -> str:
        """The weights, for people: hundredths that add up to 1, and what tells members of one name apart."""
        called = [
            f"{name} ({member.setting})" if self.names.count(name) > 1 and member.setting else name
            for name, member in zip(self.names, self.members, strict=True)
        ]
        shares = zip(_hundredths(self.weights), called, strict=True)
        return " + ".join(f"{share / 100:g} {name}" for share, name in shares)

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Add the members' scores."""
        first, *others = (
            weight * member.score(inputs) for weight, member in zip(self.weights, self.members, strict=True)
        )
        return sum(others, start=first)

    def emit_score(self, graph: Graph) -> str:
        """Add all members and the sum."""
        first, *others = (
            graph.node("Mul", member.emit_score(graph), graph.constant(np.array(weight)))
            for weight, member in zip(self.weights, self.members, strict=True)
        )
        for other in others:
            first = graph.node("Add", first, other)
        return first


def _hundredths(weights: tuple[float, ...]) -> list[int]:
    """Round to whole hundredths that add up to 100: those with the largest remainders are rounded up."""
    down = [int(100 * weight) for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: down[place] - 100 * weights[place])
    for place in order[: round(100 * sum(weights)) - sum(down)]:
        down[place] += 1
    return down
