"""The weights of a blend: few members, none negative, together 1, never worse than the best one alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, minimize
from scipy.special import expit, logsumexp, softmax

from interlock.contract.model import Task
from interlock.develop.compiled import Cost
from interlock.errors import InputError

__all__ = ["FREE", "Mixture", "weigh"]

#: No bound on what serving costs.
FREE = Cost(latency=np.inf, size=2**63)
_LEAST_GAIN = 1e-4  # of the loss; less is not worth another member's latency
_LEAST_WEIGHT = 0.05
_TRIES = 3


class Mixture(NamedTuple):
    """What to blend.

    Args:
        places: The members' places among what was given, the first one the best alone.
        weights: The weight of each: above 0, and together 1.
        loss: The mean loss of the blend on the rows that it was chosen on: log loss, or squared error.
        alone: The mean loss of the best one alone on the same rows.
    """

    places: tuple[int, ...]
    weights: tuple[float, ...]
    loss: float
    alone: float


def weigh(
    scores: Sequence[NDArray[np.float64]],
    target: NDArray[np.float64],
    task: Task,
    *,
    weights: NDArray[np.float64] | None = None,
    costs: Sequence[Cost] | None = None,
    bound: Cost = FREE,
    most: int = 6,
) -> Mixture:
    """Choose members and weights by the loss of rows that no member learned from.

    It begins with the best one alone and adds the member that promises most, as long as that lowers the loss
    by a ten-thousandth. The loss is convex in the weights, so after each step all of them are optimal.

    Args:
        scores: For each candidate its log-odds, logarithms of probabilities or values of the same rows,
            float64 [n, width], out of fold.
        target: float64 [n]: the value, or the index of the class.
        task: What is predicted.
        weights: float64 [n]: how much each row counts; None where all count alike.
        costs: What serving each costs; None where nothing is bounded.
        bound: What serving the blend may cost. Costs are added up, which is a little too much where members
            share their preparation.
        most: Members at most.

    Returns:
        The members and their weights; one member where no blend is better.

    Raises:
        InputError: No candidate alone is within the bound.

    Source:
        Caruana, Niculescu-Mizil, Crew and Ksikes (2004), Ensemble selection from libraries of models, ICML:
        forward selection on held-out rows. Jaggi (2013), ICML: fully corrective Frank-Wolfe steps.

    Example:
        >>> target = np.array([0.0, 1.0, 2.0, 3.0])
        >>> above, below = (target + 1).reshape(-1, 1), (target - 3).reshape(-1, 1)
        >>> [round(weight, 3) for weight in weigh([above, below], target, "regression").weights]
        [0.75, 0.25]
    """
    costs = list(costs) if costs is not None else [Cost(0.0, 0)] * len(scores)
    loss = _Loss(target, task, np.ones(len(target)) if weights is None else weights)
    alone = [loss.of(each) for each in scores]
    fitting = [place for place in range(len(scores)) if _within([costs[place]], bound)]
    if not fitting:
        raise InputError(
            "no candidate is within the bounds of serving",
            got=f"the fastest takes {min(each.latency for each in costs) * 1e6:.0f} µs, "
            f"the smallest has {min(each.size for each in costs):,} bytes",
            next_step="raise [develop] latency_us or size_mb",
        )
    best = min(fitting, key=lambda place: alone[place])
    mixture = Mixture((best,), (1.0,), alone[best], alone[best])
    while len(mixture.places) < most:
        added = next(_better(mixture, scores, loss, costs, bound), None)
        if added is None:
            break
        mixture = added
    return mixture


class _Loss:
    """The weighted mean loss of scores, and its slopes."""

    def __init__(self, target: NDArray[np.float64], task: Task, weights: NDArray[np.float64]) -> None:
        self._target, self._task = target, task
        self._shares = weights / weights.sum()
        self._place = np.arange(len(target)), target.astype(np.intp) if task == "multiclass" else 0

    def of(self, score: NDArray[np.float64]) -> float:
        """Return the loss."""
        if self._task == "multiclass":
            each = logsumexp(score, axis=1) - score[self._place]
        elif self._task == "binary":
            each = np.logaddexp(0, score[:, 0]) - self._target * score[:, 0]
        else:
            each = np.square(score[:, 0] - self._target)
        return float(self._shares @ each)

    def slope(self, score: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the derivative by each score, [n, width]."""
        if self._task == "multiclass":
            slope = softmax(score, axis=1)
            slope[self._place] -= 1
        elif self._task == "binary":
            slope = expit(score) - self._target[:, np.newaxis]
        else:
            slope = 2 * (score - self._target[:, np.newaxis])
        return np.asarray(slope * self._shares[:, np.newaxis])

    def bend(self, score: NDArray[np.float64], way: NDArray[np.float64]) -> float:
        """Return the second derivative along a way, [n, width]."""
        if self._task == "multiclass":
            likely = softmax(score, axis=1)
            each = (likely * way**2).sum(axis=1) - (likely * way).sum(axis=1) ** 2
        elif self._task == "binary":
            each = (expit(score) * expit(-score) * way**2)[:, 0]
        else:
            each = 2 * way[:, 0] ** 2
        return float(self._shares @ each)


def _better(
    mixture: Mixture,
    scores: Sequence[NDArray[np.float64]],
    loss: _Loss,
    costs: Sequence[Cost],
    bound: Cost,
) -> Iterator[Mixture]:
    """Yield mixtures with one member more that are better, the most promising first."""
    at = _mix([scores[place] for place in mixture.places], mixture.weights)
    kept = [costs[place] for place in mixture.places]
    promised = [
        (_promise(at, score, loss), place)
        for place, score in enumerate(scores)
        if place not in mixture.places and _within([*kept, costs[place]], bound)
    ]
    for promise, place in sorted(promised, reverse=True)[:_TRIES]:
        if promise > 0:
            found = _optimal((*mixture.places, place), scores, loss, mixture)
            if found.loss < mixture.loss - _LEAST_GAIN * abs(mixture.loss):
                yield found


def _promise(at: NDArray[np.float64], other: NDArray[np.float64], loss: _Loss) -> float:
    """Return by how much the loss falls if the best share of another's score is mixed in, to second order."""
    way = other - at
    fall, bend = -float((loss.slope(at) * way).sum()), loss.bend(at, way)
    if fall <= 0:
        return 0.0
    share = min(1.0, fall / bend) if bend > 0 else 1.0
    return share * fall - share**2 * bend / 2


def _optimal(
    places: tuple[int, ...], scores: Sequence[NDArray[np.float64]], loss: _Loss, start: Mixture
) -> Mixture:
    """Return the best weights of these members; those with hardly any are dropped."""
    members = [scores[place] for place in places]
    weights = _minimise(members, loss, np.array([*start.weights, 0.0]), start.alone)
    heavy = np.flatnonzero(weights >= _LEAST_WEIGHT)
    if len(heavy) < len(weights):
        members = [members[at] for at in heavy]
        weights = _minimise(members, loss, weights[heavy] / weights[heavy].sum(), start.alone)
    found = loss.of(_mix(members, weights))
    return Mixture(tuple(places[at] for at in heavy), tuple(weights.tolist()), found, start.alone)


def _minimise(
    members: Sequence[NDArray[np.float64]], loss: _Loss, start: NDArray[np.float64], unit: float
) -> NDArray[np.float64]:
    """Minimise the loss over the simplex."""
    if len(members) == 1:
        return np.ones(1)
    stacked = np.stack(members)
    scale = abs(unit) or 1.0

    def value(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        at = np.tensordot(weights, stacked, axes=1)
        return loss.of(at) / scale, np.tensordot(stacked, loss.slope(at), axes=2) / scale

    found = minimize(
        value,
        start,
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * len(members),
        constraints=[LinearConstraint(np.ones(len(members)), 1.0, 1.0)],
        options={"maxiter": 50, "ftol": 1e-9},
    )
    weights = np.clip(found.x, 0.0, 1.0)
    return np.asarray(weights / weights.sum()) if np.isfinite(weights).all() and weights.sum() > 0 else start


def _mix(
    members: Sequence[NDArray[np.float64]], weights: Sequence[float] | NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(np.tensordot(np.asarray(weights), np.stack(members), axes=1))


def _within(costs: Sequence[Cost], bound: Cost) -> bool:
    latency, size = sum(cost.latency for cost in costs), sum(cost.size for cost in costs)
    return latency <= bound.latency and size <= bound.size
