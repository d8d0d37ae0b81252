"""`develop`: from a table and a contract to one compiled model, checked against its reference."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Literal

import interlock
from interlock.contract import Contract, digest
from interlock.develop.arrange import By, arrange, count
from interlock.develop.balanced import ClassWeights, balanced
from interlock.develop.bounds import bound_of, keep_cheap, require_cheap
from interlock.develop.bring import bring
from interlock.develop.budget import Budget
from interlock.develop.calibration import Kind
from interlock.develop.candidates import CANDIDATES, Candidate, Limits
from interlock.develop.candidates.choose import choose
from interlock.develop.compiled import compile_model, cost
from interlock.develop.decision import Decision
from interlock.develop.describe import describe
from interlock.develop.development import Development
from interlock.develop.edges import edges
from interlock.develop.finish import Wanted, check_wanted, finish
from interlock.develop.intervals import Intervals, best_of, learn_intervals
from interlock.develop.journal import Forgetful, Journal, identity
from interlock.develop.large import ROWS_IN_MEMORY, held, left_out, require_plain, spread
from interlock.develop.leaderboard import leaderboard
from interlock.develop.link import predict_from
from interlock.develop.metric import metric_of
from interlock.develop.pareto import tried
from interlock.develop.parity import parity
from interlock.develop.prepare.declared import age, check, of_new_groups
from interlock.develop.proposals import Proposals
from interlock.develop.recipe import Recipe, ends_of, ingredients_of
from interlock.develop.refit import refit
from interlock.develop.sample import fingerprint
from interlock.develop.search import Search, is_short
from interlock.develop.target import Target, check_target, offered
from interlock.develop.trials import Problem
from interlock.develop.workers import crew_of
from interlock.table import Dataset, Table

__all__ = ["By", "develop"]

_TROUBLE = "it learned on a cluster, from more rows than one machine is to hold"
_INTERVALS = 0.2  # of the time, at most
_LONGEST = 600.0


def develop(
    data: Dataset | Table,
    contract: Contract,
    *,
    by: By | None = None,
    seconds: float | None = None,
    begun: float | None = None,
    trials: int | None = None,
    seed: int = 0,
    candidates: Sequence[Any] | None = None,
    metric: str | None = None,
    latency_us: float | None = None,
    size_mb: float | None = None,
    target: Target = "auto",
    class_weights: ClassWeights = "none",
    calibration: Kind | Literal["auto"] = "auto",
    interval: float | None = None,
    threshold: float | None = None,
    decision: Decision | None = None,
    features: Mapping[str, str] | None = None,
    folder: str | Path | None = None,
    group: str | None = None,
    rows_in_memory: int = ROWS_IN_MEMORY,
    workers: int | None = None,
    executor: Executor | None = None,
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
        begun: When the time began, by `time.monotonic()`: a stage counts the reading of its rows, and what
            comes after this call is kept free. None: now, and nothing comes after.
        trials: How many settings are tried at most; None: as many as time allows.
        seed: The same seed, rows and trials give the same model, unless time cut the search or a fit short.
        candidates: What to compare: names, candidates, or models of your own and their files, as `bring`
            takes them; None compares all that have a name.
        metric: What they are compared by, one of `METRICS` that fits the task; None: log loss or RMSE.
        latency_us: What one row may take in service, in microseconds: what takes longer cannot win.
        size_mb: What the model file may weigh, in megabytes.
        target: Of a regression: `plain` learns the value, `log` its logarithm, `auto` tries both where no
            target is negative and it is skewed.
        class_weights: `balanced` lets all classes weigh the same in learning, which takes rare ones more
            seriously; probabilities are corrected for it.
        calibration: `auto` maps the scores of classes by `temperature`, `sigmoid` or `piecewise` where that
            helps on the rows held back; or one of these, or `none`.
        interval: Of a regression: the share of rows to come that is to lie inside each row's interval, such
            as 0.9; None gives none.
        threshold: For `binary`: the probability from which on the label is the positive class; None: 0.5,
            or where acting begins to pay.
        decision: For `binary`: what each outcome is worth, or how many cases can be acted upon.
        features: Declared features: a SQL expression, or an aggregate over history, by name.
        folder: Where the search keeps its journal: one that was stopped or killed is taken up again, and its
            time counts. None keeps none.
        group: Of a table: the column whose values say which rows belong together.
        rows_in_memory: With a cluster's executor: of a table with more rows so many are drawn to search on;
            LightGBM then learns from all of them on the cluster.
        workers: How many trials run side by side, each in a process of its own; 0 runs them in this one; None
            takes processes where that pays. The model is the same.
        executor: Runs the trials, such as that of a cluster (`interlock.table.executor`), whose workers see
            `folder`.
        progress: Called with one line for each thing that happens.

    Returns:
        The leaderboard, the winner's ONNX graph, and its reference in Python.

    Raises:
        InputError: No target is declared, or it has one value or is too large to be squared, there are too
            few rows, no feature is usable, a candidate is unknown, a metric or threshold does not fit, a
            declared feature cannot be computed, or no candidate could learn.
        GateError: The compiled model differs from the fitted one, or nothing is cheap enough to serve.

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
    budget = Budget.of(seconds, trials, begun)
    place = None if folder is None else Path(folder)
    tell = progress or (lambda _: None)
    check_target(target)
    chosen, missing = choose(candidates, CANDIDATES, contract, bring)
    declared = check(features or {}, contract, timed=contract.time is not None)
    held_here, whole = held(data, contract, executor, most=rows_in_memory, group=group, seed=seed)
    if whole is not None:
        require_plain(declared, target, class_weights)
        target, (chosen, others) = "plain", left_out(chosen)
        missing = (*missing, *others, _searched(len(held_here), whole.rows))
    checked, everything, parts, warnings = arrange(held_here, contract, by, seed, tell, declared)
    wanted = Wanted(calibration, threshold, seed, decision)
    check_wanted(wanted, everything.task)
    problem = Problem(
        rows=everything,
        contract=contract,
        folds=parts.folds,
        metric=metric_of(metric, everything.task).key,
        seed=seed,
        bound=bound_of(latency_us, size_mb),
        forward=parts.kind.time is not None,
    )
    intervals = None if interval is None else _intervals(problem, interval, budget, tell)
    chosen, uneven = balanced(offered(chosen, everything, target), everything.task, class_weights)
    journal = _journal(place, problem, chosen, budget)
    budget = budget.resumed(journal.spent)
    proposals = Proposals(chosen, problem.parts[-1][0], seed, problem.bound, probe=is_short(problem, budget))
    with crew_of(problem, budget, folder=place, workers=workers, given=executor) as crew:
        found = Search(problem, proposals, budget, crew, tell, journal.known, journal.keep).run()
    require_cheap(problem, found.outcomes)
    board, unblended = leaderboard(problem, found.outcomes, spread(chosen, whole))
    learned, notes = refit(board[0], problem, budget, tell, interrupted=found.interrupted)
    fitted, dear = keep_cheap(problem, board[0], learned)
    done = finish(fitted, board[0].scores, problem.measured, wanted, tell)
    if intervals is not None:
        unseen = problem.parts[-1][1]
        honest = predict_from(unseen.task, board[0].scores[-len(unseen) :])
        intervals = best_of(intervals, honest, unseen)
    name = board[0].result.name
    tell(f"compiling {name} and checking it against its reference")
    model = compile_model(
        done.fitted,
        contract,
        candidate=name,
        threshold=done.threshold,
        intervals=intervals,
        decision=decision,
    )
    told = describe(
        done.fitted,
        board[0].last,
        everything,
        problem.parts[-1][1],
        contract,
        seed,
        budget.left - budget.saving,
    )
    made_of = ingredients_of(fitted, name)
    near = edges(fitted, name, problem.parts[-1][0])
    recipe = Recipe(
        candidate=name,
        ingredients=made_of.ingredients,
        weights=made_of.weights,
        part=fitted == board[0].last,
        rows=fingerprint(everything),
        contract=digest(contract),
        seed=seed,
        by=by,
        declared=declared,
        calibration=done.calibration,
        threshold=done.threshold,
        intervals=ends_of(intervals),
        decision=decision,
        trouble=made_of.trouble or (_TROUBLE if whole is not None else ""),
    )
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
        parity=parity(done.fitted, model, everything, seed=seed, intervals=intervals),
        latency=cost(model, everything).latency,
        seed=seed,
        seconds=budget.spent,
        notes=(
            *warnings,
            *missing,
            *uneven,
            *found.notes,
            *unblended,
            *notes,
            *dear,
            *age(everything, forward=problem.forward),
            *of_new_groups(everything, group if parts.kind.groups is not None else None),
            *near,
        ),
        declared=declared,
        tried=tried(problem, found.outcomes, board),
        calibration=done.calibration,
        intervals=intervals,
        decision=decision,
        recipe=recipe,
        **told._asdict(),
    )


def _intervals(problem: Problem, level: float, budget: Budget, tell: Callable[[str], None]) -> Intervals:
    """Learn the intervals first: they do not depend on who wins, and so their time counts."""
    learn, unseen = problem.parts[-1]
    tell(f"learning intervals of {level:g} from {len(learn):,} rows, calibrated on {len(unseen):,}")
    seconds = min(_INTERVALS * budget.left, _LONGEST)
    limits = Limits.of(seconds, seed=problem.seed, threads=os.cpu_count() or 1)
    return learn_intervals(learn, unseen, problem.contract, level, limits)


def _journal(
    folder: Path | None, problem: Problem, candidates: Sequence[Candidate], budget: Budget
) -> Journal | Forgetful:
    if folder is None:
        return Forgetful()
    return Journal(folder, identity(problem, candidates, interlock.__version__), budget)


def _searched(rows: int, whole: int) -> str:
    return (
        f"searched on {rows:,} rows drawn from {whole:,}, all of which the winner learns from on the cluster"
    )


def _target(contract: Contract) -> str:
    return contract.target.name if contract.target else ""
