"""What is measured with the training rows: stability, membership, and what of them can be read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Checked, Coded
from interlock.develop.arrange import arrange
from interlock.develop.score import losses
from interlock.release.draw import golden_rows
from interlock.table import Dataset
from interlock.validate.check import Check
from interlock.validate.checks import (
    Rows,
    class_shares,
    idle_columns,
    overfitting,
    overlap_in_time,
    repeated_rows,
    splits,
    tuning,
    underfitting,
)
from interlock.validate.holdout import clusters_of
from interlock.validate.membership import Membership, membership
from interlock.validate.readable import FEWEST, Readable, copies, in_bytes, listed_values
from interlock.validate.stability import Stability, stability
from interlock.validate.trial import Trial

__all__ = ["checks_of", "membership_of", "readable_of", "stability_of"]

_ANSWERED = 20_000
_REFIT_ROWS = 10_000
_COMPARED = 200_000


def stability_of(trial: Trial, seconds: float, progress: Callable[[str], None]) -> Stability | None:
    """Learn the winner again, and ask it up to 10,000 rows of the holdout."""
    if trial.train is None or not trial.development.leaderboard:
        return None
    development, holdout = trial.development, trial.holdout
    by, declared = None, development.declared
    everything = arrange(trial.train, trial.contract, by, trial.seed, lambda _: None, declared)[1]
    rows = _drawn(len(holdout.target), _REFIT_ROWS, trial.seed)
    return stability(
        development.fitted,
        development.winner,
        everything,
        trial.contract,
        _taken(holdout.checked, rows),
        holdout.target[rows],
        threshold=development.threshold,
        clusters=None if holdout.clusters is None else holdout.clusters[rows],
        seconds=seconds,
        seed=development.seed,
        progress=progress,
    )


def membership_of(trial: Trial) -> Membership | None:
    """Attack by the losses of up to 20,000 rows of each side."""
    train = trial.train
    if train is None or train.target is None:
        return None
    usable = np.flatnonzero(np.isfinite(train.target) & ~train.checked.rejected)
    ours = usable[_drawn(len(usable), _ANSWERED, trial.seed)]
    theirs = _drawn(len(trial.prediction), _ANSWERED, trial.seed)
    task = trial.development.task
    checked = _taken(train.checked, ours)
    answered = trial.model.predict(checked.numbers, checked.string_matrix())
    members = losses(task, answered, train.target[ours])
    others = losses(task, trial.prediction[theirs], trial.holdout.target[theirs])
    return membership(
        members, others, clusters=_clusters(trial, train, ours, theirs), later=_later(trial), seed=trial.seed
    )


def checks_of(trial: Trial, stable: Stability | None) -> tuple[Check, ...]:
    """Check the method: up to 20,000 rows of each side are compared."""
    development, holdout = trial.development, trial.holdout
    found = [
        class_shares(holdout.target, trial.contract.classes),
        splits([each.value for each in stable.refits] if stable else (), stable.metric if stable else ""),
        tuning(development.winner, [each.name for each in development.tried], development.notes),
    ]
    if development.importances:
        found.append(idle_columns(development.importances))
    return (*found, *_checked_with(trial)) if trial.train is not None else tuple(found)


def _checked_with(trial: Trial) -> tuple[Check, ...]:
    """Check what takes the training rows."""
    train, holdout = trial.train, trial.holdout
    if train is None or train.target is None:
        return ()
    usable = np.flatnonzero(np.isfinite(train.target) & ~train.checked.rejected)
    ours = usable[_drawn(len(usable), _ANSWERED, trial.seed)]
    checked = _taken(train.checked, ours)
    groups = None if train.groups is None else train.groups[ours]
    time = None if train.time is None else train.time[ours]
    learned = Rows(
        train.target[ours],
        trial.model.predict(checked.numbers, checked.string_matrix()),
        np.broadcast_to(trial.baseline[:1], (len(ours), *trial.baseline.shape[1:])),
        clusters_of(groups, time)[0],
    )
    sealed = Rows(holdout.target, trial.prediction, trial.baseline, holdout.clusters)
    every = _taken(train.checked, usable[_drawn(len(usable), _COMPARED, trial.seed)])
    asked = _taken(holdout.checked, _drawn(len(holdout.target), _ANSWERED, trial.seed))
    return (
        overfitting(trial.task, learned, sealed),
        underfitting(trial.task, learned, sealed),
        overlap_in_time(None if train.time is None else train.time[usable], holdout.rows.first),
        repeated_rows(every, asked),
    )


def readable_of(trial: Trial) -> Readable | None:
    """Look for training rows, rare values and texts like persons in what a release will hold."""
    train = trial.train
    if train is None:
        return None
    rows = _taken(train.checked, _drawn(len(train), _COMPARED, trial.seed))
    profile = trial.profile
    golden = [] if profile is None else golden_rows(trial.contract, profile)
    exact, near = copies(trial.contract, golden, rows)
    searched, found = in_bytes(trial.development.model, rows, trial.seed)
    listed = () if profile is None else listed_values(trial.contract, profile, FEWEST)
    return Readable(len(rows.numbers), len(golden), exact, near, searched, found, FEWEST, listed)


def _clusters(
    trial: Trial, train: Dataset, ours: NDArray[np.intp], theirs: NDArray[np.intp]
) -> NDArray[np.int64] | None:
    """Number the groups or days of both sides; None where rows of either are taken as independent."""
    if trial.holdout.clusters is None:
        return None
    groups = None if train.groups is None else train.groups[ours]
    time = None if train.time is None else train.time[ours]
    found, _ = clusters_of(groups, time)
    if found is None:
        return None
    return np.concatenate([found, trial.holdout.clusters[theirs] + int(found.max()) + 1])


def _later(trial: Trial) -> bool:
    first, train = trial.holdout.rows.first, trial.train
    if first is None or train is None or train.time is None:
        return False
    return bool(np.nanmedian(train.time) < first)


def _drawn(n: int, most: int, seed: int) -> NDArray[np.intp]:
    return np.sort(np.random.default_rng(seed).permutation(n)[:most])


def _taken(checked: Checked, rows: NDArray[np.intp]) -> Checked:
    strings = tuple(Coded(coded.codes[rows], coded.levels) for coded in checked.strings)
    return Checked(checked.numbers[rows], strings, checked.rejected[rows], ())
