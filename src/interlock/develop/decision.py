"""From probabilities to decisions: what each outcome is worth, and from which probability on acting pays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.develop.score import mean_loss
from interlock.errors import InputError

__all__ = ["Chosen", "Decision", "best_threshold", "capacity_threshold", "choose_threshold"]

Floats = NDArray[np.float64]
_FOLDS = 5


@dataclass(frozen=True)
class Decision:
    """What acting on a case, or leaving it, is worth; benefits are positive, costs negative.

    Args:
        true_positive: Acting on a case of the positive class.
        false_positive: Acting on one of the other class.
        false_negative: Leaving a case of the positive class.
        true_negative: Leaving one of the other class.
        unit: Of the four, such as `EUR`.
        at_most: The share of cases that can be acted upon; None for any.

    Raises:
        InputError: Acting always pays, or never, or on the negatives alone; or there is nothing to decide by.

    Example:
        >>> round(Decision(true_positive=50, false_positive=-5).threshold, 4)
        0.0909
    """

    true_positive: float = 0.0
    false_positive: float = 0.0
    false_negative: float = 0.0
    true_negative: float = 0.0
    unit: str = ""
    at_most: float | None = None

    def __post_init__(self) -> None:
        if self.at_most is not None and not 0 < self.at_most < 1:
            raise InputError(
                "the share of cases that can be acted upon must lie between 0 and 1",
                where="[decision] at_most",
                got=self.at_most,
                next_step="0.05 acts on at most one case in twenty",
            )
        if self.valued or self.at_most is None:
            self._require_a_choice()

    def _require_a_choice(self) -> None:
        if self.gain > 0 and self.loss > 0:
            return
        raise InputError(
            "these values leave nothing to decide: acting must pay for positives and cost for negatives",
            where="[decision]",
            got=f"acting gains {self.gain:g} on a positive case and loses {self.loss:g} on a negative one",
            next_step="such as true_positive = 50, false_positive = -5: benefits positive, costs negative",
        )

    @property
    def valued(self) -> bool:
        """Whether the outcomes have values."""
        return any((self.true_positive, self.false_positive, self.false_negative, self.true_negative))

    @property
    def gain(self) -> float:
        """What acting on a positive case brings over leaving it."""
        return self.true_positive - self.false_negative

    @property
    def loss(self) -> float:
        """What acting on a negative case costs over leaving it."""
        return self.true_negative - self.false_positive

    @property
    def threshold(self) -> float:
        """The probability from which on acting pays, for probabilities that are right.

        Source:
            Elkan (2001), The foundations of cost-sensitive learning, IJCAI 17.
        """
        return self.loss / (self.loss + self.gain)

    def values(self, target: Floats, act: NDArray[np.bool_]) -> Floats:
        """Return what each case is worth.

        Args:
            target: float64 [n], 1 for the positive class.
            act: [n], whether it is acted upon.

        Returns:
            float64 [n], in `unit`.
        """
        positive = target == 1
        acted = np.where(positive, self.true_positive, self.false_positive)
        return np.where(act, acted, np.where(positive, self.false_negative, self.true_negative))


class Chosen(NamedTuple):
    """A threshold.

    Args:
        threshold: Cases with at least this probability are acted upon.
        reason: Why this one, for people.
    """

    threshold: float
    reason: str


def choose_threshold(
    decision: Decision,
    prediction: Floats,
    target: Floats,
    *,
    weights: Floats | None = None,
    clusters: NDArray[np.int64] | None = None,
    seed: int = 0,
) -> Chosen:
    """Choose the threshold on rows that the model has not learned from.

    The theoretical one is taken unless the best one found on the rows is certainly better in
    cross-validation, as it is where probabilities are wrong. A capacity then raises it where needed.

    Args:
        decision: What outcomes are worth, or how many cases can be acted upon.
        prediction: float64 [n], calibrated probabilities of the positive class.
        target: float64 [n].
        weights: float64 [n], how much each row counts; None: all alike.
        clusters: int64 [n]: rows of one cluster stay in one fold and err together.
        seed: Of the folds.
    """
    counts = np.ones(len(target)) if weights is None else weights
    chosen = Chosen(0.0, "")
    if decision.valued:
        chosen = _by_value(decision, prediction, target, counts, clusters, seed)
    if decision.at_most is None:
        return chosen
    highest = capacity_threshold(prediction, decision.at_most, counts)
    if highest <= chosen.threshold:
        return chosen
    return Chosen(highest, f"at most {100 * decision.at_most:.3g} % of the cases can be acted upon")


def best_threshold(
    decision: Decision, prediction: Floats, target: Floats, weights: Floats | None = None
) -> float:
    """Return the threshold that is worth most on some rows, half-way between two predictions.

    Args:
        decision: What outcomes are worth.
        prediction: float64 [n].
        target: float64 [n].
        weights: float64 [n]; None counts all rows alike.
    """
    counts = np.ones(len(target)) if weights is None else weights
    order = np.argsort(-prediction, kind="stable")
    ranked = prediction[order]
    gains = np.cumsum((np.where(target == 1, decision.gain, -decision.loss) * counts)[order])
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # ties are acted upon together
    best = int(ends[gains[ends].argmax()])
    if gains[best] <= 0:
        return float(np.nextafter(ranked[0], np.inf))
    return float((ranked[best] + ranked[best + 1]) / 2) if best + 1 < len(ranked) else float(ranked[best])


def capacity_threshold(prediction: Floats, at_most: float, weights: Floats | None = None) -> float:
    """Return the lowest threshold that at most a share of the rows reaches; ties stay together.

    Args:
        prediction: float64 [n].
        at_most: The share, 0 to 1.
        weights: float64 [n]; None counts all rows alike.
    """
    counts = np.ones(len(prediction)) if weights is None else weights
    levels, place = np.unique(prediction, return_inverse=True)
    share = np.cumsum(np.bincount(place, counts)[::-1])[::-1] / counts.sum()
    allowed = levels[share <= at_most + 1e-12]
    return float(allowed[0]) if len(allowed) else float(np.nextafter(levels[-1], np.inf))


def _by_value(
    decision: Decision,
    prediction: Floats,
    target: Floats,
    counts: Floats,
    clusters: NDArray[np.int64] | None,
    seed: int,
) -> Chosen:
    theory = decision.threshold
    folds = _folds(len(target), clusters, seed)
    found = np.empty_like(prediction)
    for fold in range(_FOLDS):
        out = folds == fold
        if out.any() and not out.all():
            found[out] = best_threshold(decision, prediction[~out], target[~out], counts[~out])
        else:
            found[out] = theory
    ours, theirs = (decision.values(target, prediction >= at) for at in (found, theory))
    extra, low, _ = mean_loss((ours - theirs) * counts / counts.mean(), clusters)
    if low <= 0:
        return Chosen(theory, f"acting pays from a probability of {theory:.4g} on")
    best = best_threshold(decision, prediction, target, counts)
    said = f"worth {1000 * extra:,.3g} more per 1,000 cases than {theory:.4g}, where acting should pay"
    return Chosen(best, f"{said}, in cross-validation")


def _folds(n: int, clusters: NDArray[np.int64] | None, seed: int) -> NDArray[np.int64]:
    random = np.random.default_rng(seed)
    if clusters is None:
        return random.permutation(np.arange(n) % _FOLDS)
    return random.permutation(np.arange(int(clusters.max()) + 1) % _FOLDS)[clusters]
