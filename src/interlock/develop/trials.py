"""One trial: a candidate learns in one setting, fold after fold, and is measured and weighed."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from statistics import median_low
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.develop.alarm import TimeUp, alarm
from interlock.develop.candidates import Candidate, Fitted, Limits, Pruned
from interlock.develop.compiled import Cost, compile_model, cost
from interlock.develop.folds import Fold
from interlock.develop.link import predict_from
from interlock.develop.metric import metric_of
from interlock.develop.pruning import Watch
from interlock.develop.sample import Sample
from interlock.develop.score import losses
from interlock.errors import InterlockError

__all__ = [
    "FREE",
    "Measured",
    "Order",
    "Outcome",
    "Problem",
    "draw",
    "load_libraries",
    "lost",
    "run",
    "within",
]

#: No bound on what serving costs.
FREE = Cost(latency=np.inf, size=2**63)
#: What is not known yet.
UNKNOWN = Cost(latency=np.nan, size=0)
_ROOM = 0.95  # of a bound: more rows make trees a little larger
_SOONER = 0.6  # of the time left: fits that know the time end by then, and the others by the alarm
_LIBRARIES = {
    "linear": "sklearn.linear_model",
    "lightgbm": "lightgbm",
    "xgboost": "xgboost",
    "catboost": "catboost",
    "forest": "sklearn.ensemble",
}
_CAPS = 4  # so often a fit is repeated with fewer rounds until it is cheap enough

State = Literal["done", "pruned", "cut", "failed"]


@dataclass(frozen=True)
class Problem:
    """What all trials of a search share.

    Args:
        rows: All rows.
        contract: What the columns are.
        folds: Which rows to learn from and which to measure on, once or several times.
        metric: What candidates are compared by.
        seed: Of every fit.
        bound: What serving one row may take, and what the graph may weigh.
        forward: Whether later folds learn from more and later rows.
    """

    rows: Sample
    contract: Contract
    folds: tuple[Fold, ...]
    metric: str
    seed: int = 0
    bound: Cost = FREE
    forward: bool = False

    @cached_property
    def parts(self) -> tuple[tuple[Sample, Sample], ...]:
        """The rows to learn from and those to measure on, of each fold."""
        return tuple((self.rows.take(fold.learn), self.rows.take(fold.watched)) for fold in self.folds)

    @cached_property
    def measured(self) -> Sample:
        """All rows that are measured on, one fold after the other."""
        return self.rows.take(np.concatenate([fold.watched for fold in self.folds]))


@dataclass(frozen=True)
class Order:
    """What one trial is to do.

    Args:
        number: Its place in the search, from 0.
        candidate: What learns.
        setting: How.
        thresholds: The loss above which it is given up, by step; see `pruning`.
        until: When it should have come to an end, by `time.time()`.
        latest: When it must have come to an end: then the search is over.
        rows: How many rows of a fold to learn from at most, drawn at random; 0 for all.
    """

    number: int
    candidate: Candidate
    setting: Any
    thresholds: Mapping[int, float] = field(default_factory=dict)
    until: float = np.inf
    latest: float = np.inf
    rows: int = 0


class Measured(NamedTuple):
    """What a trial leaves that has come to its end.

    Args:
        basis: The model of one fold whose number of rounds is the median, to learn again from all rows.
        last: The model of the last fold, which has not seen the rows measured there.
        scores: Of all rows that were measured on, one fold after the other, float64 [n, width].
    """

    basis: Fitted
    last: Fitted
    scores: NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """What a trial came to.

    Args:
        number: Its place in the search.
        candidate: The candidate's name.
        setting: What was tried, for people.
        tried: The same as the candidate gave it, to recognise it by.
        state: `done`; `pruned`, since others were better after as many rounds or folds; `cut`, since time was
            up; `failed`, whatever the reason.
        reason: Why it is not done.
        value: The metric, so that less is better; NaN where it is not done.
        steps: The losses on the way, by step.
        cost: What serving it takes; NaN and 0 where it is not done.
        rounds: Rounds of `basis`.
        rows: The rows that the longest fit learned from.
        seconds: Wall time.
        fit: Of it, the longest fit.
        ask: Of it, what predicting the rows of one fold in Python took.
        measured: The models and their scores; None where it is not done, or they are no longer needed.
    """

    number: int
    candidate: str
    setting: str = ""
    tried: str = ""
    state: State = "done"
    reason: str = ""
    value: float = np.nan
    steps: tuple[tuple[int, float], ...] = ()
    cost: Cost = UNKNOWN
    rounds: int = 0
    rows: int = 0
    seconds: float = 0.0
    fit: float = 0.0
    ask: float = 0.0
    measured: Measured | None = None

    def fits(self, bound: Cost) -> bool:
        """Tell whether it is done and serving it costs no more than it may."""
        return self.state == "done" and within(self.cost, bound)


def within(cost: Cost, bound: Cost) -> bool:
    """Tell whether serving costs no more than it may."""
    return cost.latency <= bound.latency and cost.size <= bound.size


def run(problem: Problem, order: Order) -> Outcome:
    """Run one trial; whatever happens in it stays in it.

    Args:
        problem: What all trials share.
        order: What to do.

    Returns:
        What it came to.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    start = time.perf_counter()
    watch = Watch(order.thresholds, len(problem.folds), getattr(order.setting, "rate", None))
    try:
        outcome = _measure(problem, order, watch)
    except Pruned:
        outcome = lost(order, "pruned", "others were better by then")
    except TimeUp:
        outcome = lost(order, "cut", "time was up")
    except MemoryError:
        outcome = lost(order, "failed", "memory ran out")
    except InterlockError as error:
        outcome = lost(
            order, "failed", "; ".join(filter(None, (error.what, str(error.where), str(error.got))))
        )
    except Exception as error:  # noqa: BLE001 - one trial is lost, not the search
        outcome = lost(order, "failed", f"{type(error).__name__}: {str(error).strip() or 'no reason given'}")
    return dataclasses.replace(outcome, steps=watch.steps, seconds=time.perf_counter() - start)


def lost(order: Order, state: State, reason: str) -> Outcome:
    """Return the outcome of a trial that has none."""
    tried = repr(order.setting)
    setting = "" if order.setting is None else tried
    return Outcome(order.number, order.candidate.name, setting, tried, state, reason)


def _measure(problem: Problem, order: Order, watch: Watch) -> Outcome:
    from threadpoolctl import threadpool_limits

    fitted, scores, spent, asked, cap = [], [], [], [], None
    load_libraries(order.candidate.name)
    with threadpool_limits(1):  # trials run side by side, and give the same with any number of cores
        for at, (train, watched) in enumerate(problem.parts):
            limits = _limits(problem, order, watch, at, cap)
            start = time.perf_counter()
            each, cap = (
                _within(problem, order, limits) if at == 0 else (_fit(problem, order, limits, at), cap)
            )
            spent.append(time.perf_counter() - start)
            fitted.append(each)
            scores.append(each.score(watched))
            asked.append(time.perf_counter() - start - spent[-1])
            watch.fold(
                losses(train.task, predict_from(train.task, scores[-1]), watched.target), watched.weights
            )
        price = _price(problem, order.candidate, fitted[-1])
    measured = Measured(_basis(problem, fitted), fitted[-1], np.concatenate(scores))
    outcome = _outcome(problem, order, measured, price)
    most = max(len(train) for train, _ in problem.parts)
    return dataclasses.replace(outcome, fit=max(spent), ask=max(asked), rows=min(most, order.rows or most))


def load_libraries(candidate: str = "") -> None:
    """Load a candidate's library, or all, before time is taken: loading says nothing of what rows take."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # see `candidates.boosting`
    for name, library in _LIBRARIES.items():
        if (name in candidate or not candidate) and find_spec(library.partition(".")[0]):
            import_module(library)


def _limits(problem: Problem, order: Order, watch: Watch, fold: int, rounds: int | None) -> Limits:
    left = _SOONER * (order.until - time.time()) / (len(problem.folds) - fold)
    return Limits(time.monotonic() + left, problem.seed, 1, rounds, watch.report if fold == 0 else _go_on)


def _go_on(round_: int, loss: float) -> bool:  # noqa: ARG001 - the signature of `Limits.report`
    return False


def _fit(problem: Problem, order: Order, limits: Limits, fold: int) -> Fitted:
    train, watched = problem.parts[fold]
    train = draw(train, order.rows, problem.seed)
    # Who looks at the time itself ends by then with what it has; the alarm would leave nothing.
    keeps_time = getattr(order.candidate, "keeps_time", False)
    with alarm((order.latest if keeps_time else order.until) - time.time()):
        return order.candidate.fit(train, watched, problem.contract, limits, order.setting)


def draw(train: Sample, rows: int, seed: int) -> Sample:
    """Return so many rows, drawn at random, in their order; all where 0 or fewer are there."""
    if not rows or rows >= len(train):
        return train
    return train.take(np.sort(np.random.default_rng(seed).permutation(len(train))[:rows]))


def _within(problem: Problem, order: Order, limits: Limits) -> tuple[Fitted, int | None]:
    """Fit; where serving that costs too much, fit again with as many rounds as the bound allows."""
    fitted, cap = _fit(problem, order, limits, 0), None
    if problem.bound == FREE:
        return fitted, cap
    for _ in range(_CAPS):
        price = _price(problem, order.candidate, fitted)
        share = min(_ROOM * problem.bound.latency / price.latency, _ROOM * problem.bound.size / price.size)
        if share >= _ROOM or fitted.rounds < 2:
            break
        cap = max(1, int(fitted.rounds * share))
        fitted = _fit(problem, order, dataclasses.replace(limits, rounds=cap), 0)
    return fitted, cap


def _price(problem: Problem, candidate: Candidate, fitted: Fitted) -> Cost:
    return cost(compile_model(fitted, problem.contract, candidate=candidate.name), problem.parts[-1][1])


def _basis(problem: Problem, fitted: list[Fitted]) -> Fitted:
    if problem.forward:
        return fitted[-1]
    middle = median_low(each.rounds for each in fitted)
    return next(each for each in fitted if each.rounds == middle)


def _outcome(problem: Problem, order: Order, measured: Measured, price: Cost) -> Outcome:
    rows, metric = problem.measured, metric_of(problem.metric, problem.rows.task)
    prediction = predict_from(rows.task, measured.scores)
    if not np.isfinite(prediction).all():
        return lost(order, "failed", "a prediction is not a number")
    figure = metric.measure(rows.task, prediction, rows.target, None, rows.weights)
    return Outcome(
        number=order.number,
        candidate=order.candidate.name,
        setting=measured.basis.setting,
        tried=repr(order.setting),
        value=float(metric.cost(figure)),
        cost=price,
        rounds=measured.basis.rounds,
        measured=measured,
    )
