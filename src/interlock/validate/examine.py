"""The examination: everything that is measured on the holdout, put together as evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Coded, Contract
from interlock.develop.development import Development
from interlock.develop.parity import hostile
from interlock.develop.sample import Sample
from interlock.errors import InputError
from interlock.explore.statistics.estimate import wilson_interval
from interlock.profile import Profile
from interlock.release.model import Model
from interlock.table import Dataset
from interlock.validate.bootstrap import Estimate
from interlock.validate.calibration import Calibration
from interlock.validate.conformity import Caught, catch, rejected_share
from interlock.validate.coverage import coverage_by_slice, measure_coverage
from interlock.validate.decision import Policy, measure_decision, value_curve
from interlock.validate.declared import Condition, declared_slices
from interlock.validate.enough import Unjudged, unjudged
from interlock.validate.evidence import Covered, Evidence, Measurement, ValueCurve, measured
from interlock.validate.fairness import Fairness, fairness, together
from interlock.validate.gates import judge
from interlock.validate.history import History, measure_history
from interlock.validate.holdout import Holdout, open_holdout
from interlock.validate.judgement import Findings
from interlock.validate.latency import latency, throughput
from interlock.validate.measure import measure_calibration, measure_metrics
from interlock.validate.metrics import metrics_for
from interlock.validate.parity import Parity, parity
from interlock.validate.partitions import Partition, by_length, by_level, of_numbers
from interlock.validate.prior import prior
from interlock.validate.production import Production, against
from interlock.validate.record import Found, record
from interlock.validate.rival import Opponent, answers
from interlock.validate.robustness import Disturbance, robustness
from interlock.validate.rows import as_rows
from interlock.validate.scores import scores
from interlock.validate.slices import Slice, worst_slices
from interlock.validate.training_rows import membership_of, readable_of, stability_of
from interlock.validate.trial import Trial

__all__ = ["More", "examine"]

Floats = NDArray[np.float64]
_PARITY_ROWS = 2000
_BROKEN_ROWS = 50
_LATENCY_ROWS = 200
_CALLS = 2000
_BATCHES = 10
_PAIRS = 20
_BROKEN = "holdout, one value broken"
_SPOILED = "holdout, spoiled"
_FARTHEST = "largest difference, alone and in batch"
_IN_PROCESS = "decode, check and predict in process"


class More(NamedTuple):
    """What may be given beyond a model and its holdout.

    Args:
        history: What was known before.
        train: The training rows.
        asked: The gates that somebody asked for by name.
        against: The release in production.
        slices: What people declared, by name.
        slice_rows: The fewest rows of a slice, or of a group of a sensitive column.
        refit_seconds: How long the winner is learned again for stability.
    """

    history: History = History()
    train: Dataset | None = None
    asked: frozenset[str] = frozenset()
    against: Opponent | None = None
    slices: Mapping[str, Condition] = MappingProxyType({})
    slice_rows: int = 100
    refit_seconds: float = 10.0


def examine(
    development: Development,
    dataset: Dataset,
    contract: Contract,
    profile: Profile | None,
    thresholds: Mapping[str, float],
    seed: int,
    progress: Callable[[str], None],
    more: More = More(),  # noqa: B008 - it is frozen
) -> tuple[Evidence, Profile]:
    """Measure everything once.

    Args:
        development: The compiled model and its reference in Python.
        dataset: The sealed holdout.
        contract: What the model takes and predicts.
        profile: Of the training table, for the baseline; None takes the holdout's own distribution.
        thresholds: Of the gates.
        seed: Of every random choice.
        progress: Told what is being done.
        more: What else was given.

    Returns:
        The evidence, and the profile of the predictions.
    """
    holdout = open_holdout(dataset, contract)
    model = Model(development.model)
    baseline, origin = prior(contract, profile, holdout.target)
    prediction = _predict(model, holdout)
    trial = Trial(
        development, contract, holdout, model, prediction, baseline, origin, seed, profile, more.train
    )
    found = _measured(trial, dataset, more, progress)
    evidence = record(trial, dataset, found, judge(found.findings, thresholds, more.asked))
    return evidence, scores(development.task, holdout.target, prediction, contract.classes)


def _measured(trial: Trial, dataset: Dataset, more: More, progress: Callable[[str], None]) -> Found:
    progress("measuring, with intervals")
    metrics, (calibration, calibrated) = _metrics(trial), _calibration(trial)
    progress("looking for the worst slices")
    slices, left = _slices(trial, more)
    fair, robust = _fairness(trial, more.slice_rows), _robustness(trial, progress)
    rival = None if more.against is None else _production(trial, more.against)
    stable = stability_of(trial, more.refit_seconds, progress)
    attacked, readable = membership_of(trial), readable_of(trial)
    progress("breaking rows, comparing with the reference, timing")
    drawn = _drawn(trial, _BROKEN_ROWS)
    caught = catch(trial.contract, as_rows(trial.contract, trial.holdout.checked, drawn))
    measurements = (*metrics, *calibrated, *_conformity(trial, dataset, caught), *_compiled(trial))
    measurements += measure_history(more.history, metrics[0])
    measurements += _decided(trial)
    coverage, covered = _coverage(trial)
    measurements += coverage
    named = {each.name: each for each in measurements}
    findings = Findings(
        named, slices, caught.missed, more.history, fair, robust, rival, stable, attacked, readable, left
    )
    return Found(findings, measurements, calibration, caught, covered, _value_curve(trial))


def _predict(model: Model, holdout: Holdout) -> Floats:
    prediction = model.predict(holdout.checked.numbers, holdout.checked.string_matrix())
    odd = np.flatnonzero(~np.isfinite(prediction.reshape(len(prediction), -1)).all(axis=1))
    if len(odd):
        raise InputError(
            "the model does not answer every row of the holdout with a finite number",
            got=f"{len(odd)} rows, the first is row {odd[0]} of the accepted ones",
            next_step="develop the model again",
        )
    return prediction


def _drawn(trial: Trial, rows: int) -> NDArray[np.int64]:
    generator = np.random.default_rng(trial.seed)
    return generator.choice(len(trial.prediction), min(rows, len(trial.prediction)), replace=False)


def _metrics(trial: Trial) -> tuple[Measurement, ...]:
    return measure_metrics(
        trial.development.task,
        trial.holdout.target,
        trial.prediction,
        trial.baseline,
        clusters=trial.holdout.clusters,
        grouping=trial.holdout.rows.grouping,
        origin=trial.origin,
        threshold=trial.development.threshold,
        seed=trial.seed,
    )


def _calibration(trial: Trial) -> tuple[Calibration, tuple[Measurement, ...]]:
    task, holdout = trial.development.task, trial.holdout
    return measure_calibration(
        task, holdout.target, trial.prediction, clusters=holdout.clusters, seed=trial.seed
    )


def _partitions(trial: Trial) -> list[Partition]:
    checked = trial.holdout.checked
    partitions: list[Partition] = []
    for column, values in zip(trial.contract.numbers, checked.numbers.T, strict=True):
        partitions += of_numbers(column, values)
    for column, coded in zip(trial.contract.strings, checked.strings, strict=True):
        cut = by_length if column.type == "text" else by_level
        partitions.append(cut(column.name, coded))
    return partitions


def _slices(trial: Trial, more: More) -> tuple[tuple[Slice, ...], Unjudged]:
    holdout, partitions = trial.holdout, _partitions(trial)
    declared = declared_slices(more.slices, trial.contract, holdout.checked, holdout.sensitive)
    found = worst_slices(
        trial.development.task,
        holdout.target,
        trial.prediction,
        trial.baseline,
        partitions,
        declared=declared,
        pairs=_PAIRS,
        clusters=holdout.clusters,
        minimum=more.slice_rows,
        seed=trial.seed,
    )
    left = unjudged(
        trial.development.task,
        holdout.target,
        partitions,
        declared,
        clusters=holdout.clusters,
        minimum=more.slice_rows,
    )
    return found, left


def _decided(trial: Trial) -> tuple[Measurement, ...]:
    policy = _policy(trial)
    if policy is None:
        return ()
    holdout = trial.holdout
    return measure_decision(
        policy,
        holdout.target,
        trial.prediction,
        trial.baseline,
        clusters=holdout.clusters,
        grouping=holdout.rows.grouping,
    )


def _value_curve(trial: Trial) -> ValueCurve | None:
    policy = _policy(trial)
    if policy is None:
        return None
    return value_curve(policy, trial.holdout.target, trial.prediction, clusters=trial.holdout.clusters)


def _policy(trial: Trial) -> Policy | None:
    decision = trial.development.decision
    return None if decision is None else Policy(decision, trial.development.threshold)


def _coverage(trial: Trial) -> tuple[tuple[Measurement, ...], tuple[Covered, ...]]:
    intervals, holdout = trial.development.intervals, trial.holdout
    if intervals is None:
        return (), ()
    checked = holdout.checked
    ends = trial.model.together(("interval",), checked.numbers, checked.string_matrix())[0]
    found = measure_coverage(
        intervals.level, ends, holdout.target, clusters=holdout.clusters, grouping=holdout.rows.grouping
    )
    parts = coverage_by_slice(ends, holdout.target, _partitions(trial), clusters=holdout.clusters)
    return found, parts


def _fairness(trial: Trial, fewest: int) -> tuple[Fairness, ...]:
    columns = [
        by_level(name, values) if isinstance(values, Coded) else of_numbers(trial.contract[name], values)[0]
        for name, values in trial.holdout.sensitive.items()
    ]
    crossed = [together(columns)] if len(columns) > 1 else []
    return tuple(
        found
        for family in (columns, crossed)
        for found in fairness(
            trial.task,
            trial.holdout.target,
            trial.prediction,
            family,
            threshold=trial.development.threshold,
            classes=trial.contract.classes,
            clusters=trial.holdout.clusters,
            minimum=fewest,
        )
    )


def _robustness(trial: Trial, progress: Callable[[str], None]) -> tuple[Disturbance, ...]:
    return robustness(
        lambda checked: trial.model.predict(checked.numbers, checked.string_matrix()),
        trial.contract,
        trial.holdout.checked,
        trial.holdout.target,
        trial.baseline,
        clusters=trial.holdout.clusters,
        seed=trial.seed,
        progress=progress,
    )


def _production(trial: Trial, opponent: Opponent) -> Production:
    width = trial.prediction.shape[1] if trial.prediction.ndim == 2 else 2
    return against(
        trial.task,
        trial.holdout.target,
        trial.prediction,
        trial.baseline,
        answers(opponent, trial.holdout.places),
        metrics_for(trial.task, threshold=trial.development.threshold, classes=width),
        clusters=trial.holdout.clusters,
        seed=trial.seed,
    )


def _conformity(trial: Trial, dataset: Dataset, caught: Caught) -> tuple[Measurement, ...]:
    share = caught.caught / max(caught.broken, 1)
    estimate = Estimate("caught_share", share, *wilson_interval(share, max(caught.broken, 1)))
    refused, rows = rejected_share(dataset.checked), len(dataset)
    return (
        measured(refused, "share refused by the contract", rows, "Wilson"),
        *_training_rows(trial.train),
        measured(estimate, "share of broken rows caught", caught.broken, "Wilson", _BROKEN),
    )


def _training_rows(train: Dataset | None) -> tuple[Measurement, ...]:
    if train is None:
        return ()
    share = float(np.mean(train.checked.rejected))
    estimate = Estimate("training_rejected_share", share, share, share)
    return (measured(estimate, "share of the training rows refused", len(train), "a count", "training rows"),)


def _compiled(trial: Trial) -> tuple[Measurement, ...]:
    apart, size = _parity(trial), len(trial.development.model) / 1e6
    bodies = as_rows(trial.contract, trial.holdout.checked, _drawn(trial, _LATENCY_ROWS))
    half, most = latency(trial.contract, trial.model, bodies, calls=_CALLS)
    rate = throughput(trial.contract, trial.model, bodies, calls=_BATCHES)
    return (
        _plain("parity", "compiled from reference", apart.largest, apart.rows, _FARTHEST, _SPOILED),
        measured(half, "latency of a row, median, µs", _CALLS, "order statistics", _IN_PROCESS),
        measured(most, "latency of a row, tail, µs", _CALLS, "99th percentile", _IN_PROCESS),
        measured(rate, "rows per second in batches", _BATCHES, "batches of 1,000, median", _IN_PROCESS),
        _plain("size_mb", "size, MB", size, 1, "bytes of the file", "model file"),
    )


def _parity(trial: Trial) -> Parity:
    """Compare on the holdout's rows, spoiled as those that development compared on, by another seed."""
    checked, target, development = trial.holdout.checked, trial.holdout.target, trial.development
    drawn = Sample(checked.numbers, checked.strings, target, development.task, len(development.classes))
    rows = hostile(drawn, rows=_PARITY_ROWS, seed=trial.seed + 1)
    spread = float(target.std()) if development.task == "regression" else None
    return parity(development.predictor, trial.model, rows, spread=spread)


def _plain(name: str, label: str, value: float, n: int, method: str, source: str) -> Measurement:
    return Measurement(name, label, value, None, None, n, method, source)
