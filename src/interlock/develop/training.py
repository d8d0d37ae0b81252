"""`develop`: from a table and a contract to one compiled model, checked against its reference."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Literal

from interlock.contract import Contract, digest
from interlock.develop.arrange import By, arrange, count
from interlock.develop.calibration import Kind
from interlock.develop.candidates import CANDIDATES, Candidate, Fitted, Limits
from interlock.develop.compiled import compile_model, cost
from interlock.develop.development import INTERRUPTED, Development
from interlock.develop.finish import Wanted, finish
from interlock.develop.importance import importances
from interlock.develop.parity import parity
from interlock.develop.race import Entry, leaderboard, race
from interlock.develop.sample import Sample
from interlock.errors import InputError
from interlock.table import Dataset, Table

__all__ = ["By", "develop"]

_RACE = 0.6  # of the time; the rest is for the winner's fit on all rows


def develop(
    data: Dataset | Table,
    contract: Contract,
    *,
    by: By | None = None,
    seconds: float = 60.0,
    seed: int = 0,
    candidates: Sequence[str | Candidate] | None = None,
    calibration: Kind | Literal["auto"] = "auto",
    threshold: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Development:
    """Compare candidates, fit the best one on all rows, compile it to ONNX, and check the compilation.

    Args:
        data: The rows to develop on, without the holdout.
        contract: What the columns are; it names the target.
        by: How a fifth of the rows is chosen to compare on: `time` (the last ones), `random` (each class
            keeping its share), `group` or `time_group` (the last ones of groups not learned from); None takes
            what is declared.
        seconds: The time budget.
        seed: The same seed, rows and number of cores give the same model, unless time cut a fit short.
        candidates: Names or candidates to compare; None compares all.
        calibration: `auto` maps the scores of classes by `temperature`, `sigmoid` or `piecewise` where that
            helps on the rows held back; or one of these, or `none`.
        threshold: For `binary`: the probability from which on the label is the positive class; None: 0.5.
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
    checked, everything, parts, warnings = arrange(data, contract, by, seed, tell)
    outcome = race(chosen, parts.learn, parts.aside, contract, limits.within(_RACE * seconds), tell)
    ranked, results = leaderboard(outcome.entries, parts.aside.clusters)
    fitted, notes = _refit(ranked[0], everything, contract, limits, tell, interrupted=outcome.interrupted)
    wanted = Wanted(calibration, threshold, seed)
    done = finish(fitted, ranked[0].fitted, parts.aside, wanted, tell)
    tell(f"compiling {results[0].name} and checking it against its reference")
    model = compile_model(done.fitted, contract, candidate=results[0].name, threshold=done.threshold)
    return Development(
        name=checked.name,
        target=_target(contract),
        task=everything.task,
        classes=contract.classes,
        leaderboard=results,
        model=model,
        fitted=done.fitted,
        threshold=done.threshold,
        contract=digest(contract),
        rows=count(checked, parts),
        split=parts.explanation,
        parity=parity(done.fitted, model, everything, seed=seed),
        importances=importances(ranked[0].fitted, parts.aside, contract, seed=seed),
        latency=cost(model, everything).latency,
        seed=seed,
        seconds=time.perf_counter() - start,
        notes=(*warnings, *notes),
        calibration=done.calibration,
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
