"""The monitor: the ledger against the release it belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.contract import Column, Contract
from interlock.errors import InputError
from interlock.monitor.apart import apart
from interlock.monitor.dependence import Days, days, design_effect
from interlock.monitor.drift import FLOOR, Shift, of_rate, shifts
from interlock.monitor.metric import metrics
from interlock.monitor.monitoring import Feature, Monitoring, Period
from interlock.monitor.performance import Change, Truths, change, performance, truths
from interlock.monitor.periods import Periods, periods
from interlock.monitor.shape import shape
from interlock.monitor.slices import slices
from interlock.monitor.window import Window, profile, read_window, scores
from interlock.profile import ColumnProfile, Profile
from interlock.release import Release, load
from interlock.shipping import open_ledger
from interlock.validate.evidence import Evidence

__all__ = ["monitor"]

Rows = NDArray[np.bool_]
_OWN_MEASURE = ("null", "missing", "category")
_KEPT = {
    "drop": "it is personal, and the ledger keeps nothing of it",
    "hash": "it is personal, and the ledger keeps hashes of it",
    "truncate": "it is personal, and the ledger keeps a coarse part of it",
}
_RULES = {
    "type": "values of another type",
    "range": "values out of range",
    "length": "strings that are too long",
    "pattern": "strings of another pattern",
    "unknown": "a column that the contract does not know",
}


def monitor(
    release: Release | str | Path,
    ledger: str | Path,
    *,
    budget: float = 0.01,
    floor: float = FLOOR,
    progress: Callable[[str], None] | None = None,
) -> Monitoring:
    """Compare what a release was asked, answered and proved to be with what it was released on.

    Inputs and predictions are compared with the release's profile over all rows and over the latest period;
    performance, where outcomes have arrived, with the holdout's evidence. An alarm needs an effect above its
    floor and beyond what chance gives at this number of rows, for all comparisons of the run together.

    Args:
        release: A release or its folder.
        ledger: The ledger's folder, or where it was shipped to; other releases' rows in it are counted and
            left out.
        budget: The chance of any false alarm in one run, 0 to 1.
        floor: The smallest distance between distributions worth an alarm, 0 to 1.
        progress: Told of each step.

    Returns:
        What was found; `exit_code` is 1 where it raises an alarm.

    Raises:
        InputError: If the budget is no chance, or the ledger does not exist or holds no row of this release.
        ReleaseError: If the release cannot be trusted.
    """
    if not 0 < budget < 1:
        raise InputError("the budget for false alarms is a chance", got=budget, next_step="try 0.01")
    tell = progress or (lambda _: None)
    release = release if isinstance(release, Release) else load(release)
    source = open_ledger(ledger)
    window = read_window(release, source)
    tell(
        f"{len(window):,} rows against the release's profile, {window.arrived.sum():,} of them with outcomes"
    )
    case = _case(release, window, floor)
    features, skipped = _features(case)
    known = window.moments[np.isfinite(window.moments)]
    return Monitoring(
        name=release.name,
        release=release.digest,
        contract=release.contract_digest,
        task=case.arrived.task,
        classes=case.contract.classes,
        headline=metrics(case.arrived.task)[0].label,
        budget=budget,
        rows=len(window),
        arrived=len(case.arrived.outcome),
        first=float(known.min()) if known.size else None,
        last=float(known.max()) if known.size else None,
        unit=case.cut.unit,
        periods=tuple(_period(case, place) for place in range(len(case.cut.names))),
        features=features,
        prediction=_prediction(case),
        requests=_requests(case),
        performance=performance(case.arrived, case.evidence),
        latest=_latest(case),
        slices=slices(window, case.contract, case.arrived, case.evidence),
        account=source.account(),
        unreadable=window.unreadable,
        of_others=window.of_others,
        strange=window.strange,
        notes=(*skipped, *_notes(case)),
    )


class _Case(NamedTuple):
    """All that the comparisons need."""

    release: Release
    contract: Contract
    window: Window
    cut: Periods
    arrived: Truths
    arrived_codes: NDArray[np.int64]
    days: Days
    evidence: Evidence | None
    floor: float


def _case(release: Release, window: Window, floor: float) -> _Case:
    cut = periods(window.moments)
    task = release.contract.task or "regression"
    return _Case(
        release,
        release.contract,
        window,
        cut,
        truths(task, window.outcome, window.prediction, window.moments, window.arrived),
        cut.codes[window.arrived],
        days(window.moments),
        _evidence(release),
        floor,
    )


def _evidence(release: Release) -> Evidence | None:
    try:
        return msgspec.convert(release.evidence, Evidence)
    except msgspec.ValidationError:
        return None


def _features(case: _Case) -> tuple[tuple[Feature, ...], list[str]]:
    parts = _by_period(case, profile)
    found, skipped = [], []
    for column in case.contract.inputs:
        then = case.release.profile.columns.get(column.name)
        if column.role == "time" or column.type == "timestamp":
            continue
        if column.personal:
            skipped.append(f"{column.name} is not compared: {_KEPT[column.personal]}")
            continue
        if then is None or (then.kind == "string") != column.is_string:
            skipped.append(f"{column.name} is not compared: the release's profile lacks it as {column.type}")
            continue
        rows = partial(case.window.at, case.contract, column)
        found.append(_feature(case, column, then, [part[column.name] for part in parts], rows))
    return tuple(sorted(found, key=lambda feature: -feature.size)), skipped


def _prediction(case: _Case) -> Feature:
    several = case.arrived.task == "multiclass"
    column = Column("prediction", "category" if several else "number", unit=_unit(case.contract))
    parts = [part["prediction"] for part in _by_period(case, scores)]
    rows = partial(case.window.answered, case.contract)
    found = _feature(case, column, case.release.scores["prediction"], parts, rows)
    # A prediction is missing where the contract refused the row, which is told of the requests.
    return replace(found, shifts=_of_values(found.shifts), latest=_of_values(found.latest))


def _of_values(found: Sequence[Shift]) -> tuple[Shift, ...]:
    return tuple(shift for shift in found if shift.measure == "distribution")


def _unit(contract: Contract) -> str:
    return contract.target.unit if contract.target is not None and contract.task == "regression" else ""


def _by_period(case: _Case, of: Callable[[Window, Contract, Rows], Profile]) -> list[Profile]:
    """Profile each period, and last the rows that are in none."""
    places = [*range(len(case.cut.names)), -1]
    return [of(case.window, case.contract, case.cut.codes == place) for place in places]


def _feature(
    case: _Case,
    column: Column,
    then: ColumnProfile,
    parts: Sequence[ColumnProfile],
    rows: Callable[[float | str], Rows],
) -> Feature:
    """Compare a column; `rows` tells which hold at most a number, or hold a level."""
    whole = reduce(add, parts)
    *timed, _ = parts
    most = apart(then, whole)
    design = 1.0 if most is None or most.at is None else design_effect(rows(most.at), case.days)
    return Feature(
        column=column.name,
        unit=column.unit,
        shifts=tuple(shifts(column, then, whole, design=design, floor=case.floor)),
        latest=tuple(shifts(column, then, timed[-1], design=design, floor=case.floor)) if timed[1:] else (),
        history=tuple(found.distance if (found := apart(then, part)) else None for part in timed),
        shape=shape(then, whole),
    )


def _period(case: _Case, place: int) -> Period:
    arrived = case.arrived.take(case.arrived_codes == place)
    n = len(arrived.outcome)
    means = n and arrived.task != "multiclass"
    now = change(arrived, metrics(arrived.task)[0], None) if arrived.enough else None
    return Period(
        name=case.cut.names[place],
        start=float(case.cut.starts[place]),
        rows=int((case.cut.codes == place).sum()),
        arrived=n,
        predicted=float(arrived.prediction.mean()) if means else None,
        observed=float(arrived.outcome.mean()) if means else None,
        value=None if now is None else now.value,
        low=None if now is None else now.low,
        high=None if now is None else now.high,
    )


def _latest(case: _Case) -> tuple[Change, ...]:
    """Compare the metrics of the latest period that has enough outcomes, where there are several periods."""
    for place in reversed(range(len(case.cut.names))):
        found = performance(
            case.arrived.take(case.arrived_codes == place), case.evidence, part=case.cut.names[place]
        )
        if found:
            return found if len(case.cut.names) > 1 else ()
    return ()


def _requests(case: _Case) -> tuple[Shift, ...]:
    """Compare how often rows were refused, and each rule broken, with the holdout."""
    if case.evidence is None:
        return ()
    then, window = case.evidence.rows, case.window
    asked = len(window) + window.unreadable
    refused = int(window.rejected.sum()) + window.unreadable
    found = [of_rate("", "refused", refused, asked, then.rejected, then.total, floor=case.floor)]
    now_broken, then_broken = _broken(case.window), _broken_then(case.evidence)
    for column, code in sorted(now_broken.keys() | then_broken.keys()):
        counts = now_broken[column, code], len(window), then_broken[column, code], then.total
        found.append(of_rate(column, "violations", *counts, floor=case.floor, detail=_RULES[code]))
    return tuple(found)


def _broken(window: Window) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for (column, code, _), rows in window.flags.items():
        if code not in _OWN_MEASURE:
            counts[column, code] += len(rows)
    return counts


def _broken_then(evidence: Evidence) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for verdict in evidence.verdicts:
        if verdict.code not in _OWN_MEASURE:
            counts[verdict.column, verdict.code] += verdict.rows
    return counts


def _notes(case: _Case) -> Iterator[str]:
    if case.evidence is None:
        yield "the release's evidence cannot be read: performance and refusals are compared with nothing"
    if case.window.strange:
        yield f"{case.window.strange:,} outcomes are no class of the contract, or no number: left out"
    if case.window.of_others:
        yield f"{case.window.of_others:,} rows of the ledger were answered by other releases: left out"
    if any(column.type == "timestamp" and column.role == "feature" for column in case.contract.inputs):
        yield "inputs that are times are not compared: time moves on by itself"
