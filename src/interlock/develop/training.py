"""`develop`: from a table and a contract to one compiled model, checked against its reference."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract, digest
from interlock.develop.candidates import CANDIDATES, Candidate, Fitted, Limits
from interlock.develop.compiled import compile_model, cost
from interlock.develop.development import INTERRUPTED, Development, Rows
from interlock.develop.importance import importances
from interlock.develop.parity import parity
from interlock.develop.race import Entry, leaderboard, race
from interlock.develop.sample import Sample, sample
from interlock.develop.trend import clocks
from interlock.errors import InputError
from interlock.table import Dataset, Table, dataset, open_table, split

__all__ = ["By", "develop"]

By = Literal["time", "random", "group"]
_ASIDE = 0.2  # of the rows, to compare the candidates on
_RACE = 0.6  # of the time; the rest is for the winner's fit on all rows


class _Parts(NamedTuple):
    learn: Sample
    aside: Sample
    explanation: str


def develop(
    data: Dataset | Table,
    contract: Contract,
    *,
    by: By | None = None,
    seconds: float = 60.0,
    seed: int = 0,
    candidates: Sequence[str | Candidate] | None = None,
    threshold: float = 0.5,
    progress: Callable[[str], None] | None = None,
) -> Development:
    """Compare candidates, fit the best one on all rows, compile it to ONNX, and check the compilation.

    Args:
        data: The rows to develop on, without the holdout.
        contract: What the columns are; it names the target.
        by: How a fifth of the rows is chosen to compare on: `time` (the last ones), `random` (each class
            keeping its share) or `group`; None takes `time` where a time column is declared, else `random`.
        seconds: The time budget.
        seed: The same seed, rows and number of cores give the same model, unless time cut a fit short.
        candidates: Names or candidates to compare; None compares all.
        threshold: For `binary`: the probability from which on the label is the positive class.
        progress: Called with one line for each thing that happens.

    Returns:
        The leaderboard, the winner's ONNX graph, and its reference in Python.

    Raises:
        InputError: No target is declared or it has one value, there are too few rows, no feature is usable,
            or a candidate is unknown.
        GateError: The compiled model differs from the fitted one.

    Example:
        >>> import numpy as np, pyarrow as pa
        >>> from interlock.contract import Column, Contract
        >>> from interlock.table import open_table
        >>> x = np.linspace(0, 1, 400)
        >>> table = open_table(pa.table({"x": x, "y": x > 0.5}))
        >>> columns = (Column("x", "number"), Column("y", "boolean", "target"))
        >>> contract = Contract(columns, "binary", ("false", "true"))
        >>> develop(table, contract, candidates=["baseline", "lightgbm"]).winner
        'lightgbm'
    """
    start = time.perf_counter()
    tell = progress or (lambda _: None)
    chosen = _choose(candidates)
    limits = Limits.of(seconds, seed=seed, threads=os.cpu_count() or 1)
    checked, everything, parts, warnings = _arrange(data, contract, by, seed, tell)
    outcome = race(chosen, parts.learn, parts.aside, contract, limits.within(_RACE * seconds), tell)
    ranked, results = leaderboard(outcome.entries, parts.aside.clusters)
    fitted, notes = _refit(ranked[0], everything, contract, limits, tell, interrupted=outcome.interrupted)
    tell(f"compiling {results[0].name} and checking it against its reference")
    model = compile_model(fitted, contract, candidate=results[0].name, threshold=threshold)
    return Development(
        name=checked.name,
        target=_target(contract),
        task=everything.task,
        classes=contract.classes,
        leaderboard=results,
        model=model,
        fitted=fitted,
        threshold=threshold,
        contract=digest(contract),
        rows=_count(checked, parts),
        split=parts.explanation,
        parity=parity(fitted, model, everything, seed=seed),
        importances=importances(ranked[0].fitted, parts.aside, contract, seed=seed),
        latency=cost(model, everything).latency,
        seed=seed,
        seconds=time.perf_counter() - start,
        notes=(*warnings, *notes),
    )


def _target(contract: Contract) -> str:
    return contract.target.name if contract.target else ""


def _choose(candidates: Sequence[str | Candidate] | None) -> list[Candidate]:
    known = {candidate.name: candidate for candidate in CANDIDATES}
    chosen = [known.get(each) if isinstance(each, str) else each for each in candidates or CANDIDATES]
    unknown = [str(each) for each, found in zip(candidates or (), chosen, strict=False) if found is None]
    if unknown:
        raise InputError(
            "a candidate is not known", got=", ".join(unknown), next_step=f"choose among {', '.join(known)}"
        )
    return [candidate for candidate in chosen if candidate is not None]


def _arrange(
    data: Dataset | Table, contract: Contract, by: By | None, seed: int, tell: Callable[[str], None]
) -> tuple[Dataset, Sample, _Parts, tuple[str, ...]]:
    """Return all rows, those to learn from, their two parts, and what is to be known about the columns."""
    checked = data if isinstance(data, Dataset) else dataset(open_table(data), contract)
    everything, places = sample(checked, contract)
    everything, warnings = _without_clocks(everything, checked, places, contract)
    everything = replace(everything, units=_units(checked, places))
    parts = _part(everything, checked, places, by, seed)
    tell(f"comparing on {parts.explanation}")
    return checked, everything, parts, warnings


def _units(data: Dataset, places: NDArray[np.intp]) -> NDArray[np.int64] | None:
    """Number the groups, or else the days: what rows share beyond their columns."""
    if data.groups is not None:
        shared = data.groups[places]
    elif data.time is not None:
        shared = np.floor(data.time[places] / 86_400)
    else:
        return None
    return np.unique(shared, return_inverse=True)[1].astype(np.int64)


def _part(everything: Sample, data: Dataset, places: NDArray[np.intp], by: By | None, seed: int) -> _Parts:
    by = by or ("time" if data.time is not None else "random")
    kind, labels = _labels(everything, data, places, by)
    chosen = split(labels, kind=kind, fraction=_ASIDE, seed=seed)
    learn, aside = everything.take(chosen.train), everything.take(chosen.holdout)
    if len(np.unique(learn.target)) < 2:
        raise InputError(
            "the part to learn from has one value of the target",
            got=chosen.explanation,
            next_step='compare on rows chosen at random: by="random"',
        )
    return _Parts(learn, aside, chosen.explanation)


def _labels(everything: Sample, data: Dataset, places: NDArray[np.intp], by: By) -> tuple[Any, Any]:
    if by == "random":
        regression = everything.task == "regression"
        return ("random", len(everything)) if regression else ("stratified", everything.target)
    values = data.time if by == "time" else data.groups
    if values is None:
        raise InputError(
            f"rows cannot be split by {by}: no {by} column is declared",
            next_step=f'declare the {by} column, or use by="random"',
        )
    return by, values[places]


def _refit(
    entry: Entry,
    everything: Sample,
    contract: Contract,
    limits: Limits,
    tell: Callable[[str], None],
    *,
    interrupted: bool,
) -> tuple[Fitted, tuple[str, ...]]:
    """Fit the winner on all rows, or keep what it learned in the comparison if that is interrupted."""
    kept = (
        f"{INTERRUPTED}: the model is the one of the comparison, which did not learn from the rows held back"
    )
    if interrupted:
        return entry.fitted, (kept,)
    tell(f"{entry.candidate.name}: learning from all {len(everything):,} rows")
    try:
        fitted = entry.candidate.refit(entry.fitted, everything, contract, limits)
    except KeyboardInterrupt:
        return entry.fitted, (kept,)
    if fitted.rounds < entry.fitted.rounds:
        return fitted, (f"time was up after {fitted.rounds} of {entry.fitted.rounds} rounds",)
    return fitted, ()


def _without_clocks(
    everything: Sample, data: Dataset, places: NDArray[np.intp], contract: Contract
) -> tuple[Sample, tuple[str, ...]]:
    if data.time is None:
        return everything, ()
    found = clocks(everything.numbers, data.time[places], contract)
    notes = tuple(
        f"`{clock.name}` goes with time (rank correlation {clock.correlation:.2f}), so no model uses it: "
        "in service it would hold only values that were not learned from"
        for clock in found
    )
    return replace(everything, unused=tuple(clock.place for clock in found)), notes


def _count(data: Dataset, parts: _Parts) -> Rows:
    rejected = int(np.count_nonzero(data.checked.rejected))
    used = len(parts.learn) + len(parts.aside)
    return Rows(len(data), rejected, len(data) - rejected - used, len(parts.learn), len(parts.aside))
