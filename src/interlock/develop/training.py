"""`develop`: from a table and a contract to one compiled model, checked against its reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from interlock.contract import Contract, digest
from interlock.develop.arrange import By, arrange, count
from interlock.develop.budget import Budget
from interlock.develop.calibration import Kind
from interlock.develop.candidates import CANDIDATES, Candidate
from interlock.develop.candidates.choose import choose
from interlock.develop.compiled import compile_model, cost
from interlock.develop.development import Development
from interlock.develop.finish import Wanted, finish, kinds
from interlock.develop.importance import importances
from interlock.develop.leaderboard import leaderboard
from interlock.develop.metric import metric_of
from interlock.develop.parity import parity
from interlock.develop.proposals import Proposals
from interlock.develop.refit import refit
from interlock.develop.search import Search
from interlock.develop.trials import Problem
from interlock.develop.workers import Here
from interlock.table import Dataset, Table

__all__ = ["By", "develop"]

_RACE = 0.6  # of the time; the rest is for the winner's fit on all rows


def develop(
    data: Dataset | Table,
    contract: Contract,
    *,
    by: By | None = None,
    seconds: float | None = None,
    trials: int | None = None,
    seed: int = 0,
    candidates: Sequence[str | Candidate] | None = None,
    metric: str | None = None,
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
        seconds: The time budget of all of it; None: 60 seconds, or no limit where `trials` are given.
        trials: How many settings are tried at most; None: as many as time allows.
        seed: The same seed, rows and trials give the same model, unless time cut the search or a fit short.
        candidates: Names or candidates to compare; None compares all.
        metric: What they are compared by, one of `METRICS` that fits the task; None: log loss or RMSE.
        calibration: `auto` maps the scores of classes by `temperature`, `sigmoid` or `piecewise` where that
            helps on the rows held back; or one of these, or `none`.
        threshold: For `binary`: the probability from which on the label is the positive class; None: 0.5.
        progress: Called with one line for each thing that happens.

    Returns:
        The leaderboard, the winner's ONNX graph, and its reference in Python.

    Raises:
        InputError: No target is declared or it has one value, there are too few rows, no feature is usable,
            a candidate is unknown, a metric does not fit, or no candidate could learn.
        GateError: The compiled model differs from the fitted one.

    Example:
        >>> import numpy as np, pyarrow as pa
        >>> from interlock.contract import Column, Contract
        >>> from interlock.table import open_table
        >>> x = np.linspace(0, 1, 400)
        >>> table = open_table(pa.table({"x": x, "y": x > 0.5}))
        >>> columns = (Column("x", "number"), Column("y", "boolean", "target"))
        >>> contract = Contract(columns, "binary", ("false", "true"))
        >>> develop(table, contract, candidates=["baseline", "lightgbm"], trials=2).winner
        'lightgbm'
    """
    budget = Budget.of(seconds, trials)
    tell = progress or (lambda _: None)
    chosen, left_out = choose(candidates, CANDIDATES, contract)
    checked, everything, parts, warnings = arrange(data, contract, by, seed, tell)
    kinds(calibration, everything.task)  # what cannot be is refused before the search
    problem = Problem(
        rows=everything,
        contract=contract,
        folds=parts.folds,
        metric=metric_of(metric, everything.task).key,
        seed=seed,
        forward=parts.kind.time is not None,
    )
    proposals = Proposals(chosen, problem.parts[-1][0], seed, problem.bound)
    found = Search(problem, proposals, budget, Here(problem), tell, {}, lambda _: None).run()
    board = leaderboard(problem, found.outcomes, {each.name: each for each in chosen})
    fitted, notes = refit(board[0], problem, budget, tell, interrupted=found.interrupted)
    done = finish(fitted, board[0].scores, problem.measured, Wanted(calibration, threshold, seed), tell)
    name = board[0].result.name
    tell(f"compiling {name} and checking it against its reference")
    model = compile_model(done.fitted, contract, candidate=name, threshold=done.threshold)
    return Development(
        name=checked.name,
        target=_target(contract),
        task=everything.task,
        classes=contract.classes,
        leaderboard=tuple(entry.result for entry in board),
        model=model,
        fitted=done.fitted,
        threshold=done.threshold,
        contract=digest(contract),
        rows=count(checked, everything, parts),
        split=parts.explanation,
        parity=parity(done.fitted, model, everything, seed=seed),
        importances=importances(board[0].last, problem.parts[-1][1], contract, seed=seed),
        latency=cost(model, everything).latency,
        seed=seed,
        seconds=budget.spent,
        notes=(*warnings, *left_out, *found.notes, *notes),
        calibration=done.calibration,
    )


def _target(contract: Contract) -> str:
    return contract.target.name if contract.target else ""
