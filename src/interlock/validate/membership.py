"""Membership: can the model's loss on a row tell whether the row was in the training table?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.validate.auc import auc, auc_interval
from interlock.validate.bootstrap import Estimate
from interlock.validate.influence import Influence, difference, interval, mean

__all__ = ["Membership", "membership"]

Floats = NDArray[np.float64]
Clusters = NDArray[np.int64] | None


@dataclass(frozen=True, slots=True)
class Membership:
    """An attack by a threshold on the loss.

    Args:
        members: Training rows.
        others: Rows of the holdout.
        auc: The chance that a training row has the smaller loss of the two; one half is none.
        advantage: How much more often the attack says "member" of a member than of another row, at the
            threshold that is best on one half, measured on the other half; 0 is none, 1 is certainty.
        later: Whether the holdout is later than the training rows: what has changed since then adds to both.
    """

    members: int
    others: int
    auc: Estimate
    advantage: Estimate
    later: bool = False


def membership(
    members: Floats,
    others: Floats,
    *,
    clusters: Clusters = None,
    later: bool = False,
    seed: int = 0,
) -> Membership:
    """Attack a model by the loss that it has on a row.

    Args:
        members: Losses of training rows, [m].
        others: Losses of rows that it never learned from, [k].
        clusters: [m + k], numbered groups of rows that stand or fall together; None: rows are independent.
        later: Whether the others are later.
        seed: Of the halves.

    Source:
        Yeom, Giacomelli, Fredrikson and Jha (2018), Privacy risk in machine learning: analyzing the
        connection to overfitting.

    Example:
        >>> found = membership(np.linspace(0, 1, 50), np.linspace(2, 3, 50))
        >>> found.auc.value, found.advantage.value > 0.9
        (1.0, True)
    """
    score = -np.concatenate([members, others])
    inside = np.repeat([1.0, 0.0], [len(members), len(others)])
    area = auc(inside, score)
    first = _half(inside, clusters, seed)
    edge = _best(inside[first], score[first])
    rest = ~first
    said = (score >= edge).astype(np.float64)
    rates = (_rate(said, rest & (inside == kind)) for kind in (1, 0))
    gap = difference(*rates)
    low, high = interval(gap, clusters)
    return Membership(
        len(members),
        len(others),
        Estimate("membership_auc", area.value, *auc_interval(inside, area, clusters)),
        Estimate("membership", gap.value, max(low, -1.0), min(high, 1.0)),
        later,
    )


def _half(inside: Floats, clusters: Clusters, seed: int) -> NDArray[np.bool_]:
    generator = np.random.default_rng(seed)
    if clusters is None:
        return np.asarray(generator.random(len(inside)) < 0.5)
    return np.asarray((generator.random(int(clusters.max()) + 1) < 0.5)[clusters])


def _best(inside: Floats, score: Floats) -> float:
    """Return the threshold at which most more members than others are at or above it."""
    order = np.argsort(-score, kind="stable")
    known = inside[order] == 1
    rates = (np.cumsum(each) / max(int(each.sum()), 1) for each in (known, ~known))
    gap = next(rates) - next(rates)
    last = np.append(np.diff(score[order]) != 0, True)
    return float(score[order][np.argmax(np.where(last, gap, -1.0))])


def _rate(said: Floats, rows: NDArray[np.bool_]) -> Influence:
    found = mean(said[rows]) if rows.any() else Influence(0.0, np.empty(0))
    values = np.zeros(len(rows))
    values[rows] = found.values
    return Influence(found.value, values)
