"""Targets on a log scale: prices and amounts, whose errors grow with them, are learned as logarithms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract
from interlock.develop.candidates.candidate import Candidate, Fitted, Limits, Recorded, Scored
from interlock.develop.candidates.kept import Kept, recall
from interlock.develop.candidates.wrapped import Wrapped
from interlock.develop.emit.graph import Graph
from interlock.develop.sample import Inputs, Sample
from interlock.errors import InputError

__all__ = ["Logarithm", "Logged", "LoggedModel", "Target", "check_target", "is_skewed", "offered"]

Floats = NDArray[np.float64]
#: `plain` learns the value, `log` its logarithm, `auto` both where the target is positive and skewed.
Target = Literal["auto", "plain", "log"]

_SKEWED = 1.0
_MOST_ZEROS = 0.5
_VARIED = 2  # what helps one kind of trees helps the others as well
_BEYOND = float(np.log(10.0))


@dataclass(frozen=True)
class Logarithm:
    """From a value to log(value + shift) and back.

    Args:
        shift: 0 for positive targets; where there are zeros the smallest positive value.
        low: The lowest logarithm that is answered: a tenth of the smallest value seen.
        high: The highest: ten times the largest.
    """

    shift: float
    low: float
    high: float

    @classmethod
    def of(cls, target: Floats) -> Logarithm:
        """Learn from a target that is nowhere negative and somewhere positive."""
        shift = 0.0 if target.min() > 0 else float(target[target > 0].min())
        low, high = (float(np.log(end + shift)) for end in (target.min(), target.max()))
        return cls(shift, low - _BEYOND, high + _BEYOND)

    def take(self, target: Floats) -> Floats:
        """Return the logarithms; what lies below all that was seen counts as the lowest."""
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log(np.maximum(target + self.shift, 0.0))
        return np.asarray(np.clip(logs, self.low, self.high))

    def emit_take(self, graph: Graph, value: str) -> str:
        """Add `take` to a graph."""
        moved = graph.node("Add", value, graph.constant(np.array(self.shift))) if self.shift else value
        logs = graph.node("Log", graph.node("Max", moved, graph.constant(np.array(0.0))))
        return graph.node("Clip", logs, *(graph.constant(np.array(end)) for end in (self.low, self.high)))

    def back(self, logs: Floats, factor: float = 1.0) -> Floats:
        """Return the values of logarithms, times a factor; finite for any finite or infinite number."""
        return np.asarray(np.exp(np.clip(logs, self.low, self.high)) * factor - self.shift)

    def emit_back(self, graph: Graph, logs: str, factor: float = 1.0) -> str:
        """Add `back` to a graph."""
        ends = (graph.constant(np.array(end)) for end in (self.low, self.high))
        value = graph.node("Exp", graph.node("Clip", logs, *ends))
        if factor != 1:
            value = graph.node("Mul", value, graph.constant(np.array(factor)))
        return graph.node("Sub", value, graph.constant(np.array(self.shift))) if self.shift else value


@dataclass(frozen=True)
class LoggedModel(Scored):
    """A model of the logarithm, answering values.

    Args:
        model: What learned the logarithm.
        logarithm: The way back.
        smearing: What the exponential is multiplied by, so that means come out right.
        task: `regression`.
        rounds: Those of the model.
    """

    model: Fitted
    logarithm: Logarithm
    smearing: float
    task: Literal["regression"] = "regression"
    rounds: int = 0

    @property
    def setting(self) -> str:
        """What was chosen, for people."""
        return f"{self.model.setting or 'no choice'}, of the logarithm, smearing {self.smearing:.4g}"

    def score(self, inputs: Inputs) -> Floats:
        """Score the logarithm, and go back."""
        return self.logarithm.back(self.model.score(inputs), self.smearing)

    def emit_score(self, graph: Graph) -> str:
        """Add the model and the way back, the exponential in double precision."""
        return self.logarithm.emit_back(graph, self.model.emit_score(graph), self.smearing)


@dataclass(frozen=True)
class Logged(Wrapped):
    """A candidate that learns the logarithm of the target.

    Args:
        candidate: What learns it.
        smeared: Whether the mean of a value is answered (Duan's smearing over the watched rows, which were
            not learned from); else the exponential of the logarithm's mean, which is near the median.
    """

    smeared: bool = True

    @property
    def name(self) -> str:
        """What the leaderboard calls it."""
        return f"{self.candidate.name}, log target"

    @property
    def description(self) -> str:
        """One sentence for people."""
        return f"{self.candidate.description}; it learns the logarithm of the target"

    def fit(
        self, train: Sample, watched: Sample, contract: Contract, limits: Limits, setting: Any = None
    ) -> LoggedModel:
        """Learn the logarithm in one setting.

        Losses on another scale are not reported, so nothing prunes it.

        Source:
            Duan (1983), Smearing estimate: a nonparametric retransformation method, JASA 78.
        """
        logs = _logs(train, watched)
        fitted = self.candidate.fit(
            logs.train, logs.watched, contract, replace(limits, report=_unheard), setting
        )
        smearing = _smearing(fitted, logs.watched) if self.smeared else 1.0
        return LoggedModel(fitted, logs.logarithm, smearing, rounds=fitted.rounds)

    def refit(
        self, fitted: Fitted | Recorded, rows: Sample, contract: Contract, limits: Limits
    ) -> LoggedModel:
        """Learn again from all rows; the smearing stays, for residuals of learned rows are too small."""
        if not isinstance(fitted, LoggedModel | Recorded):
            message = f"{self.name} cannot learn again what {type(fitted).__name__} learned"
            raise TypeError(message)
        inner = fitted if isinstance(fitted, Recorded) else fitted.model
        logarithm = Logarithm.of(rows.target)
        logged = rows.with_target(logarithm.take(rows.target))
        again = self.candidate.refit(inner, logged, contract, limits)
        return LoggedModel(again, logarithm, fitted.smearing, rounds=again.rounds)


def offered(candidates: Sequence[Candidate], train: Sample, target: Target = "auto") -> list[Candidate]:
    """Return the candidates with those that learn the logarithm of the target.

    Args:
        candidates: What was asked for.
        train: The rows to learn from.
        target: `plain` leaves them, `log` gives each the logarithm, `auto` adds such variants of the first
            two that learn, where no target is negative, fewer than half are 0, the skewness is above 1, and
            that of the logarithm is less.

    Raises:
        InputError: No such target, `log` for classes, or for a target with negative values or zeros alone.
    """
    check_target(target)
    if target == "log":
        _require_logarithm(train)
        return [each if _learns_nothing(each) else Logged(each) for each in candidates]
    if target == "plain" or not is_skewed(train):
        return list(candidates)
    learning = [each for each in candidates if not _learns_nothing(each)]
    return [*candidates, *(Logged(each) for each in learning[:_VARIED])]


def check_target(target: str) -> None:
    """Refuse what is none of `Target`.

    Raises:
        InputError: With the nearest one.
    """
    known = get_args(Target)
    if target not in known:
        near = get_close_matches(str(target), known, n=1)
        raise InputError(
            f"there is no target `{target}`",
            where="[develop] target",
            got=repr(target),
            next_step=f"did you mean `{near[0]}`?" if near else f"choose among {', '.join(known)}",
        )


def _require_logarithm(train: Sample) -> None:
    least = float(train.target.min())
    if train.task != "regression" or least < 0 or not (train.target > 0).any():
        raise InputError(
            "this target has no logarithm to learn",
            where='[develop] target = "log"',
            got=f"a {train.task} task" if train.task != "regression" else f"values from {least:g} on",
            next_step='use "auto" or "plain"',
        )


def is_skewed(train: Sample) -> bool:
    """Whether a target is so skewed to the right that its logarithm is worth a try; see `offered`."""
    values = train.target
    if train.task != "regression" or values.min() < 0 or (values == 0).mean() >= _MOST_ZEROS:
        return False
    return _skewness(values) > max(_SKEWED, abs(_skewness(Logarithm.of(values).take(values))))


def _skewness(values: Floats) -> float:
    centred = values - values.mean()
    spread = float(values.std())
    return float(np.mean((centred / spread) ** 3)) if spread > 0 else 0.0


def _learns_nothing(candidate: Candidate) -> bool:
    """Whether it never looks at the target again: the baseline, and a model that was fitted elsewhere."""
    return candidate.name == "baseline" or not getattr(candidate, "learns", True)


@dataclass(frozen=True, eq=False)
class _Logs:
    """Rows whose target is a logarithm.

    Args:
        logarithm: Learned from those to learn from.
        train: To learn from.
        watched: To watch.
    """

    logarithm: Logarithm
    train: Sample
    watched: Sample


#: Candidates keep what they made of rows by what they are, not what they hold: so these are kept as well.
_kept: Kept[_Logs] = []


def _logs(train: Sample, watched: Sample) -> _Logs:
    def make() -> _Logs:
        logarithm = Logarithm.of(train.target)
        taken = (each.with_target(logarithm.take(each.target)) for each in (train, watched))
        return _Logs(logarithm, *taken)

    return recall(_kept, (train, watched), make)


def _smearing(fitted: Fitted, watched: Sample) -> float:
    """Return the mean of the exponentials of the residuals.

    Where there is a time, they are centred first: a level that has moved since the rows to learn from is
    drift. Left in, it would be known of the very rows that are measured on, and counted twice once they are
    learned from as well.
    """
    residuals = watched.target - fitted.predict(watched)
    if watched.time is not None:
        residuals = residuals - np.average(residuals, weights=watched.weights)
    return float(np.average(np.exp(residuals), weights=watched.weights))


def _unheard(round_: int, loss: float) -> bool:  # noqa: ARG001 - the signature of `Limits.report`
    return False
