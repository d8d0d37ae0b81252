"""`develop`: from a table and a contract to one compiled model, checked against its reference."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

import interlock
from interlock.contract import Contract, digest
from interlock.develop.arrange import By, Parts, arrange, count
from interlock.develop.balanced import ClassWeights, balanced
from interlock.develop.bounds import bound_of, keep_cheap, require_cheap
from interlock.develop.bring import bring
from interlock.develop.budget import Budget
from interlock.develop.calibration import Kind
from interlock.develop.candidates import CANDIDATES, Blend, Candidate, Fitted, Limits
from interlock.develop.candidates.choose import choose
from interlock.develop.compiled import Cost, compile_model, cost
from interlock.develop.decision import Decision
from interlock.develop.describe import describe
from interlock.develop.development import Development
from interlock.develop.edges import edges
from interlock.develop.finish import Finished, Wanted, check_wanted, finish
from interlock.develop.intervals import Intervals, best_of, learn_intervals
from interlock.develop.journal import Forgetful, Journal, identity
from interlock.develop.large import ROWS_IN_MEMORY, Whole, held, left_out, require_plain, spread
from interlock.develop.leaderboard import Entry, leaderboard
from interlock.develop.link import predict_from
from interlock.develop.metric import metric_of
from interlock.develop.pareto import tried
from interlock.develop.parity import parity
from interlock.develop.prepare.declared import age, check, of_new_groups
from interlock.develop.proposals import Proposals
from interlock.develop.recipe import Recipe, ends_of, ingredients_of
from interlock.develop.refit import refit
from interlock.develop.sample import fingerprint
from interlock.develop.search import Found, Search, is_short
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
    asked = _Asked(
        by=by,
        seed=seed,
        candidates=candidates,
        metric=metric,
        bound=bound_of(latency_us, size_mb),
        target=target,
        class_weights=class_weights,
        interval=interval,
        wanted=Wanted(calibration, threshold, seed, decision),
        features=features or {},
        group=group,
        rows_in_memory=rows_in_memory,
        executor=executor,
    )
    budget, tell = Budget.of(seconds, trials, begun), progress or (lambda _: None)
    plan = _plan(data, contract, asked, budget, tell)
    won = _search(plan, asked, budget, None if folder is None else Path(folder), workers, tell)
    tell(f"compiling {won.name} and checking it against its reference")
    model = compile_model(
        won.done.fitted,
        contract,
        candidate=won.name,
        threshold=won.done.threshold,
        intervals=won.intervals,
        decision=decision,
    )
    return _development(plan, won, model, asked)


class _Asked(NamedTuple):
    """What `develop` was asked for, by the names of its arguments."""

    by: By | None
    seed: int
    candidates: Sequence[Any] | None
    metric: str | None
    bound: Cost
    target: Target
    class_weights: ClassWeights
    interval: float | None
    wanted: Wanted
    features: Mapping[str, str]
    group: str | None
    rows_in_memory: int
    executor: Executor | None


class _Plan(NamedTuple):
    """What is searched on, before anything was tried; `notes` by when they are told."""

    problem: Problem
    chosen: list[Candidate]
    checked: Dataset
    parts: Parts
    declared: tuple[tuple[str, str], ...]
    whole: Whole | None
    intervals: Intervals | None
    notes: tuple[str, ...]


class _Won(NamedTuple):
    """What the search came to, and what was made of it on all rows."""

    board: Sequence[Entry]
    found: Found
    fitted: Fitted
    done: Finished
    intervals: Intervals | None
    budget: Budget
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.board[0].result.name


def _plan(
    data: Dataset | Table, contract: Contract, asked: _Asked, budget: Budget, tell: Callable[[str], None]
) -> _Plan:
    """Refuse what does not fit before anything is read, and arrange the rows."""
    target = asked.target
    check_target(target)
    chosen, missing = choose(asked.candidates, CANDIDATES, contract, bring)
    declared = check(asked.features, contract, timed=contract.time is not None)
    held_here, whole = held(
        data, contract, asked.executor, most=asked.rows_in_memory, group=asked.group, seed=asked.seed
    )
    if whole is not None:
        require_plain(declared, target, asked.class_weights)
        target, (chosen, others) = "plain", left_out(chosen)
        missing = (*missing, *others, _searched(len(held_here), whole.rows))
    checked, everything, parts, warnings = arrange(held_here, contract, asked.by, asked.seed, tell, declared)
    check_wanted(asked.wanted, everything.task)
    problem = Problem(
        rows=everything,
        contract=contract,
        folds=parts.folds,
        metric=metric_of(asked.metric, everything.task).key,
        seed=asked.seed,
        bound=asked.bound,
        forward=parts.kind.time is not None,
    )
    intervals = None if asked.interval is None else _intervals(problem, asked.interval, budget, tell)
    chosen, uneven = balanced(offered(chosen, everything, target), everything.task, asked.class_weights)
    notes = (*warnings, *missing, *uneven)
    return _Plan(problem, chosen, checked, parts, declared, whole, intervals, notes)


def _search(
    plan: _Plan,
    asked: _Asked,
    budget: Budget,
    folder: Path | None,
    workers: int | None,
    tell: Callable[[str], None],
) -> _Won:
    """Search, let the winner learn from all rows, and map its scores."""
    problem = plan.problem
    journal = _journal(folder, problem, plan.chosen, budget)
    budget = budget.resumed(journal.spent)
    first = problem.parts[-1][0]
    proposals = Proposals(plan.chosen, first, asked.seed, problem.bound, probe=is_short(problem, budget))
    with crew_of(problem, budget, folder=folder, workers=workers, given=asked.executor) as crew:
        found = Search(problem, proposals, budget, crew, tell, journal.known, journal.keep).run()
    require_cheap(problem, found.outcomes)
    board, unblended = leaderboard(problem, found.outcomes, spread(plan.chosen, plan.whole))
    learned, refitted = refit(board[0], problem, budget, tell, interrupted=found.interrupted)
    fitted, dear = keep_cheap(problem, board[0], learned)
    done = finish(fitted, board[0].scores, problem.measured, asked.wanted, tell)
    notes = (*found.notes, *unblended, *refitted, *dear)
    return _Won(board, found, fitted, done, _best_intervals(plan, board[0]), budget, notes)


def _best_intervals(plan: _Plan, winner: Entry) -> Intervals | None:
    if plan.intervals is None:
        return None
    unseen = plan.problem.parts[-1][1]
    honest = predict_from(unseen.task, winner.scores[-len(unseen) :])
    return best_of(plan.intervals, honest, unseen)


def _development(plan: _Plan, won: _Won, model: bytes, asked: _Asked) -> Development:
    """Measure the compiled winner and write down what was done."""
    problem, parts, done = plan.problem, plan.parts, won.done
    rows, contract, unseen = problem.rows, problem.contract, problem.parts[-1][1]
    left = won.budget.left - won.budget.saving
    told = describe(done.fitted, won.board[0].last, rows, unseen, contract, asked.seed, left)
    return Development(
        name=plan.checked.name,
        target=_target(contract),
        task=rows.task,
        classes=contract.classes,
        leaderboard=tuple(entry.result for entry in won.board),
        model=model,
        fitted=done.fitted,
        threshold=done.threshold,
        contract=digest(contract),
        rows=count(plan.checked, rows, parts),
        split=parts.explanation,
        parity=parity(done.fitted, model, rows, seed=asked.seed, intervals=won.intervals),
        latency=cost(model, rows).latency,
        seed=asked.seed,
        seconds=won.budget.spent,
        notes=(*plan.notes, *won.notes, *_last_notes(plan, won, asked)),
        declared=plan.declared,
        tried=tried(problem, won.found.outcomes, won.board),
        calibration=done.calibration,
        intervals=won.intervals,
        decision=asked.wanted.decision,
        recipe=_recipe(plan, won, asked),
        **told._asdict(),
    )


def _last_notes(plan: _Plan, won: _Won, asked: _Asked) -> tuple[str, ...]:
    problem = plan.problem
    apart = asked.group if plan.parts.kind.groups is not None else None
    return (
        *age(problem.rows, forward=problem.forward),
        *of_new_groups(problem.rows, apart),
        *edges(won.fitted, won.name, problem.parts[-1][0]),
    )


def _recipe(plan: _Plan, won: _Won, asked: _Asked) -> Recipe:
    made_of, winner = ingredients_of(won.fitted, won.name), won.board[0]
    members = won.fitted.members if isinstance(won.fitted, Blend) else (won.fitted,)
    whole = len(plan.problem.parts[-1][0])
    return Recipe(
        candidate=won.name,
        ingredients=tuple(
            msgspec.structs.replace(each, part=True, drawn=outcome.rows if outcome.rows < whole else 0)
            if member is measured.last
            else each
            for each, member, measured, outcome in zip(
                made_of.ingredients, members, winner.measured, winner.outcomes, strict=True
            )
        ),
        weights=made_of.weights,
        rows=fingerprint(plan.problem.rows),
        contract=digest(plan.problem.contract),
        seed=asked.seed,
        by=asked.by,
        declared=plan.declared,
        calibration=won.done.calibration,
        threshold=won.done.threshold,
        intervals=ends_of(won.intervals),
        decision=asked.wanted.decision,
        trouble=made_of.trouble or (_TROUBLE if plan.whole is not None else ""),
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
