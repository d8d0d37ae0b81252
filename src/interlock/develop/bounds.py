"""What serving may cost, as a condition of the search and not a report after it."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.develop.candidates import Baseline, Fitted
from interlock.develop.compiled import Cost, compile_model, cost
from interlock.develop.leaderboard import Entry
from interlock.develop.trials import FREE, Outcome, Problem, within
from interlock.errors import GateError, InputError

__all__ = ["bound_of", "keep_cheap", "require_cheap"]

_NEXT = "raise latency_us or size_mb under [develop], or take them away"


def bound_of(latency_us: float | None, size_mb: float | None) -> Cost:
    """Return what serving may cost.

    Args:
        latency_us: Of one row, in microseconds; None for any.
        size_mb: Of the model file, in megabytes; None for any.

    Raises:
        InputError: One of them is not above 0.

    Example:
        >>> bound_of(20, None).latency
        2e-05
    """
    for name, value in (("latency_us", latency_us), ("size_mb", size_mb)):
        if value is not None and not value > 0:
            raise InputError(
                "a bound of what serving costs must be above 0",
                where=f"[develop] {name}",
                got=value,
                next_step="give a larger one, or none",
            )
    latency = FREE.latency if latency_us is None else latency_us / 1e6
    return Cost(latency, FREE.size if size_mb is None else int(size_mb * 1e6))


def require_cheap(problem: Problem, outcomes: Sequence[Outcome]) -> None:
    """Let a search pass in which something that learns is cheap enough to serve.

    Args:
        problem: It holds the bound.
        outcomes: All trials.

    Raises:
        GateError: Nothing is; it says how near the nearest came.
    """
    done = [each for each in outcomes if each.state == "done"]
    learning = [each for each in done if each.candidate != Baseline().name] or done
    if any(each.fits(problem.bound) for each in learning):
        return
    nearest = min(learning, key=lambda each: _excess(each.cost, problem.bound))
    raise GateError(
        "no candidate is cheap enough to serve",
        where=f"{len(learning)} trials, {_words(problem.bound)} allowed",
        got=f"the nearest: {nearest.candidate}, {nearest.setting}, with {_words(nearest.cost)}",
        next_step=_NEXT,
    )


def keep_cheap(problem: Problem, entry: Entry, fitted: Fitted) -> tuple[Fitted, tuple[str, ...]]:
    """Keep the model that has learned from all rows, unless that made it too dear to serve.

    Args:
        problem: It holds the bound.
        entry: The winner, whose models of the comparison are within the bound.
        fitted: What it became.

    Returns:
        The model, and what the reader should know.
    """
    if problem.bound == FREE:
        return fitted, ()
    price = cost(compile_model(fitted, problem.contract, candidate=entry.result.name), problem.rows)
    if within(price, problem.bound):
        return fitted, ()
    note = (
        f"learned from all rows it would cost {_words(price)}, which is too much: "
        "the model is the one of the comparison"
    )
    return entry.last, (note,)


def _excess(price: Cost, bound: Cost) -> float:
    return max(price.latency / bound.latency, price.size / bound.size)


def _words(price: Cost) -> str:
    latency = f"{1e6 * price.latency:.3g} µs a row" if price.latency < FREE.latency else ""
    size = f"{price.size / 1e6:.3g} MB" if price.size < FREE.size else ""
    return " and ".join(each for each in (latency, size) if each)
