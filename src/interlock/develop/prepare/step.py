"""What a step of the preparation is: features in double precision, the same in numpy and in the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from interlock.develop.emit.graph import Graph
from interlock.develop.sample import Inputs

__all__ = ["Learned", "Options", "Step"]


@dataclass(frozen=True)
class Options:
    """What a candidate wants of its features.

    Args:
        cyclic: Whether the calendar comes as sines and cosines, for a linear model, or as parts, for trees.
        encode: How categories come: each level as its code, or as the mean of the target there, cross-fitted
            on the training rows, or both.
        text: How texts come: as a few `topics`, among the numbers, for trees; as `terms`, sparse, for a
            linear model; or not at all.
        seed: Of whatever is drawn, such as the folds of a cross-fit.
    """

    cyclic: bool = False
    encode: Literal["codes", "target", "both"] = "codes"
    text: Literal["topics", "terms", "none"] = "topics"
    seed: int = 0


@runtime_checkable
class Step(Protocol):
    """Some features of a row.

    A class that implements it is a frozen dataclass as `Fitted` is, listed in `prepare.STEPS`; a function
    that fits it is listed in `preparation.MAKERS`.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """What the features are called."""

    @property
    def sources(self) -> tuple[str, ...]:
        """For each feature the column, or the declared feature, that it tells of."""

    def transform(self, inputs: Inputs) -> NDArray[np.float64]:
        """Compute the features of any rows, float64 [n, width]; NaN where missing."""

    def emit(self, graph: Graph) -> str:
        """Add the same computation to a graph and return its tensor, double [n, width]."""


class Learned(NamedTuple):
    """A step that was fitted.

    Args:
        step: The step.
        training: The features of the training rows, float64 [n, width], where they differ from what
            `transform` gives: those of a target encoding are cross-fitted, those of a history end before
            each row. None where they do not.
    """

    step: Step
    training: NDArray[np.float64] | None = None
