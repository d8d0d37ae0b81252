"""What a candidate is: something that fits, predicts in Python, and emits itself into a graph."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract
from interlock.develop.emit.graph import Graph
from interlock.develop.sample import Inputs, Sample

__all__ = ["Candidate", "Fitted", "Interrupted", "Limits"]


@dataclass(frozen=True)
class Limits:
    """What a fit may use.

    Args:
        deadline: When it must have come to an end, by `time.monotonic()`; it returns what it has by then.
        seed: The same seed, rows and limits give the same model.
        threads: How many cores it may use.
        rounds: How many rounds to boost at most; None leaves it to the candidate.
    """

    deadline: float
    seed: int = 0
    threads: int = 1
    rounds: int | None = None

    @classmethod
    def of(cls, seconds: float, *, seed: int = 0, threads: int = 1) -> Limits:
        """Return limits that begin now."""
        return cls(time.monotonic() + seconds, seed, threads)

    @property
    def left(self) -> float:
        """The seconds left; never below 0."""
        return max(0.0, self.deadline - time.monotonic())

    def within(self, seconds: float) -> Limits:
        """Return the same limits, ending after `seconds` if that is sooner."""
        return replace(self, deadline=min(self.deadline, time.monotonic() + seconds))


@runtime_checkable
class Fitted(Protocol):
    """A fitted candidate: the reference in Python, and its own emitter.

    A class that implements it is a frozen dataclass of JSON values (strings, numbers, tuples and such
    dataclasses), listed in `candidates.FITTED`, so that it is saved and loaded without pickle.
    """

    @property
    def rounds(self) -> int:
        """Rounds that were boosted; 0 where there are none."""

    @property
    def setting(self) -> str:
        """What was chosen, for people; empty where there was no choice."""

    def predict(self, inputs: Inputs) -> NDArray[np.float64]:
        """Predict in Python, without ONNX.

        Returns:
            The probability of the positive class, or the value, float64 [n]; multiclass [n, classes].
        """

    def emit(self, graph: Graph) -> str:
        """Add everything from the input tensors to the prediction, double [n, width], and return its name."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C was pressed, and something had been fitted by then.

    Args:
        fitted: The best so far.
    """

    def __init__(self, fitted: Fitted) -> None:
        super().__init__()
        self.fitted = fitted


class Candidate(Protocol):
    """A way to learn. To add one: implement this and `Fitted`, and list both in `candidates/__init__.py`."""

    @property
    def name(self) -> str:
        """What the leaderboard and `[develop] candidates` call it."""

    @property
    def description(self) -> str:
        """One sentence for people."""

    def fit(self, train: Sample, watched: Sample, contract: Contract, limits: Limits) -> Fitted:
        """Learn, and choose the setting.

        Args:
            train: The rows to learn from.
            watched: Other rows, on which to see which setting is best and when more rounds stop helping.
            contract: What the columns are.
            limits: Time, seed, cores, rounds.

        Raises:
            Interrupted: Ctrl-C was pressed when there was something to keep.
        """

    def refit(self, fitted: Fitted, rows: Sample, contract: Contract, limits: Limits) -> Fitted:
        """Learn once more from all rows, in the setting and with the rounds that `fit` chose."""
