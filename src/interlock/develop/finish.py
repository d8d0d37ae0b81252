"""What becomes of the winner once it is known, on rows that it has not learned from: calibration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Task
from interlock.develop.calibration import KINDS, NONE, Kind, Map, calibrate, choose
from interlock.develop.candidates import Fitted
from interlock.develop.decision import Decision, choose_threshold
from interlock.develop.link import predict_from
from interlock.develop.sample import Sample
from interlock.errors import InputError

__all__ = ["Finished", "Wanted", "check_wanted", "finish", "kinds"]


@dataclass(frozen=True)
class Wanted:
    """What is asked of the model beyond its predictions.

    Args:
        calibration: `auto` chooses by cross-validated log loss; else the one map that is learned.
        threshold: For `binary`: the probability from which on the label is the positive class; None: 0.5.
        seed: Of the folds.
        decision: For `binary`: what outcomes are worth, which chooses the threshold where none is given.
    """

    calibration: Kind | str = "auto"
    threshold: float | None = None
    seed: int = 0
    decision: Decision | None = None


class Finished(NamedTuple):
    """The model as it will be compiled.

    Args:
        fitted: The winner, calibrated.
        calibration: How.
        threshold: From which probability on the label is the positive class.
    """

    fitted: Fitted
    calibration: Map
    threshold: float


def finish(
    fitted: Fitted,
    scores: NDArray[np.float64],
    unseen: Sample,
    wanted: Wanted,
    tell: Callable[[str], None],
) -> Finished:
    """Calibrate the winner.

    Args:
        fitted: The winner, learned from all rows.
        scores: Of `unseen`, float64 [n, width], by the same before it had learned from them: honest ones.
        unseen: The rows that were compared on.
        wanted: What is asked for.
        tell: Told what was chosen.

    Raises:
        InputError: No such calibration, or none that fits the task.
    """
    found = _map(scores, unseen, wanted)
    if found.kind != "none":
        tell(f"calibration: {found}")
    threshold = _threshold(predict_from(unseen.task, found(scores)), unseen, wanted, tell)
    return Finished(calibrate(fitted, found), found, threshold)


def _threshold(
    prediction: NDArray[np.float64], unseen: Sample, wanted: Wanted, tell: Callable[[str], None]
) -> float:
    if wanted.threshold is not None:
        return wanted.threshold
    if wanted.decision is None:
        return 0.5
    chosen = choose_threshold(
        wanted.decision,
        prediction,
        unseen.target,
        weights=unseen.weights,
        clusters=unseen.clusters,
        seed=wanted.seed,
    )
    tell(f"threshold {chosen.threshold:.4g}: {chosen.reason}")
    return chosen.threshold


def check_wanted(wanted: Wanted, task: Task) -> None:
    """Refuse what cannot be, before any time is spent.

    Raises:
        InputError: No such calibration, a decision or threshold between other than two classes, or a
            threshold that is no probability.
    """
    kinds(wanted.calibration, task)
    _check_threshold(wanted.threshold, task)
    if wanted.decision is not None and task != "binary":
        raise InputError(
            f"a {task} task has no decision between two classes",
            where="[decision]",
            next_step="leave the section out; for several classes the likeliest is said",
        )


def _check_threshold(threshold: object, task: Task) -> None:
    if threshold is None:
        return
    if task != "binary":
        raise InputError(
            f"a {task} task has no threshold between two classes",
            where="threshold",
            got=repr(threshold),
            next_step="leave the threshold out",
        )
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        raise InputError(
            "the threshold is no probability",
            where="threshold",
            got=repr(threshold),
            next_step="give a number from 0 to 1, or None for 0.5 or where acting begins to pay",
        )


def _map(scores: NDArray[np.float64], unseen: Sample, wanted: Wanted) -> Map:
    possible = kinds(wanted.calibration, unseen.task)
    if unseen.task == "regression":
        return NONE
    return choose(
        scores,
        unseen.target,
        unseen.task,
        weights=unseen.weights,
        clusters=unseen.clusters,
        kinds=possible,
        seed=wanted.seed,
        forced=wanted.calibration != "auto",
    )


def kinds(asked: str, task: Task) -> tuple[Kind, ...]:
    """Return the maps to choose from.

    Raises:
        InputError: No such calibration, or none that fits the task.
    """
    possible = {"binary": KINDS, "multiclass": KINDS[:2], "regression": KINDS[:1]}[task]
    if asked == "auto":
        return possible
    if asked not in possible:
        raise InputError(
            f"there is no calibration `{asked}` for a {task} task",
            where="[develop] calibration",
            got=asked,
            next_step=f"choose among auto, {', '.join(possible)}",
        )
    return tuple(kind for kind in possible if kind == asked)
