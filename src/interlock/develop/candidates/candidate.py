"""What a candidate is: something that fits, predicts in Python, and emits itself into a graph."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.develop.emit.graph import Graph
from interlock.develop.link import emit_link, predict_from
from interlock.develop.sample import Inputs, Sample

__all__ = ["Candidate", "Fitted", "Limits", "Pruned", "Recorded", "Scored", "Trial", "setting_of"]

Setting = TypeVar("Setting")


class Pruned(Exception):  # noqa: N818 - no error: the search has seen enough
    """A fit was given up, since others were better after as many rounds."""


def _go_on(round_: int, loss: float) -> bool:  # noqa: ARG001 - the signature of `Limits.report`
    return False


@dataclass(frozen=True)
class Limits:
    """What a fit may use.

    Args:
        deadline: When it must have come to an end, by `time.monotonic()`; it returns what it has by then.
        seed: The same seed, rows and limits give the same model.
        threads: How many cores it may use.
        rounds: How many rounds to boost at most; None leaves it to the candidate.
        report: Told the round and the loss on the watched rows every few rounds; where it returns True, the
            fit raises `Pruned`.
    """

    deadline: float
    seed: int = 0
    threads: int = 1
    rounds: int | None = None
    report: Callable[[int, float], bool] = _go_on

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

    A class that implements it is a frozen dataclass of JSON values and bytes (strings, numbers, tuples, and
    dataclasses of these, `Fitted` and `Step` among them), listed in `candidates.FITTED`, so that it is saved
    and loaded without pickle. `Scored` gives `predict` and `emit` to a class that has the other four.
    """

    @property
    def task(self) -> Task:
        """What it predicts."""

    @property
    def rounds(self) -> int:
        """Rounds that were boosted; 0 where there are none."""

    @property
    def setting(self) -> str:
        """What was chosen, for people; empty where there was no choice."""

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Return log-odds, logarithms of probabilities (up to a constant a row) or values, [n, width]."""

    def predict(self, inputs: Inputs) -> NDArray[np.float64]:
        """Predict in Python, without ONNX.

        Returns:
            The probability of the positive class, or the value, float64 [n]; multiclass [n, classes].
        """

    def emit_score(self, graph: Graph) -> str:
        """Add everything from the input tensors to the score, double [n, width], and return its name."""

    def emit(self, graph: Graph) -> str:
        """Add everything from the input tensors to the prediction, double [n, width], and return its name."""


class Scored:
    """A prediction that is its task's link of a score."""

    task: Task

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Return log-odds, logarithms of probabilities or values, [n, width]."""
        raise NotImplementedError

    def emit_score(self, graph: Graph) -> str:
        """Add the score to a graph."""
        raise NotImplementedError

    def predict(self, inputs: Inputs) -> NDArray[np.float64]:
        """Predict in Python, without ONNX."""
        return predict_from(self.task, self.score(inputs))

    def emit(self, graph: Graph) -> str:
        """Add everything from the input tensors to the prediction."""
        return emit_link(graph, self.task, self.emit_score(graph))


class Trial(Protocol):
    """What draws a setting: a trial of Optuna, or anything with these three."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """Draw a number."""

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int:
        """Draw an integer, both ends included."""

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """Draw one of some values."""


class Candidate(Protocol):
    """A way to learn. To add one: implement this and `Fitted`, and list both in `candidates/__init__.py`.

    A setting is a frozen dataclass of JSON values, or None where there is nothing to set. A candidate may
    also say which library it `needs`, that it is `monotone` where the contract says so, and that it
    `keeps_time`: that a fit looks at `limits.deadline` itself and ends with what it has. Others are stopped,
    which leaves nothing.
    """

    @property
    def name(self) -> str:
        """What the leaderboard and `[develop] candidates` call it."""

    @property
    def description(self) -> str:
        """One sentence for people."""

    def settings(self, train: Sample) -> tuple[Any, ...]:
        """Return what is tried first, in this order; at least one."""

    def suggest(self, trial: Trial, train: Sample) -> Any:
        """Draw another setting; names of one candidate's parameters need no prefix."""

    def fit(
        self, train: Sample, watched: Sample, contract: Contract, limits: Limits, setting: Any = None
    ) -> Fitted:
        """Learn in one setting.

        Args:
            train: The rows to learn from.
            watched: Other rows, on which to see when more rounds stop helping.
            contract: What the columns are.
            limits: Time, seed, cores, rounds.
            setting: What to try; None takes the first of `settings`.

        Raises:
            Pruned: `limits.report` said that it is not worth going on.
        """

    def refit(self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits) -> Fitted:
        """Learn once more from all rows, in the setting and with the rounds that `fitted` has."""


@dataclass(frozen=True)
class Recorded:
    """What is kept of a fitted candidate to learn it again, by `Candidate.refit`.

    Args:
        chosen: The setting; None where there was no choice.
        rounds: Rounds that were boosted; 0 where there are none.
        smearing: Of a model of logarithms: what the exponential is multiplied by.
    """

    chosen: Any = None
    rounds: int = 0
    smearing: float = 1.0


def setting_of(fitted: Fitted | Recorded, otherwise: Setting) -> Setting:
    """Return the setting of a model.

    Args:
        fitted: The model, or what is kept of one.
        otherwise: What is returned where it has none of this class.
    """
    chosen = getattr(fitted, "chosen", None)
    return chosen if isinstance(chosen, type(otherwise)) else otherwise
