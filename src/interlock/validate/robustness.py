"""Robustness: how fast the model falls when what it is told is noisy, missing, shifted or unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interlock.contract import MISSING, Checked, Coded, Column, Contract
from interlock.validate.bootstrap import Estimate
from interlock.validate.metrics import squared_errors
from interlock.validate.skill import lost, skill

__all__ = ["SMALL", "STRENGTHS", "Disturbance", "disturb", "robustness"]

Floats = NDArray[np.float64]
Clusters = NDArray[np.int64] | None
_MOST_ROWS = 5_000
_NEVER_SEEN = "interlock: never seen before"

#: What is done to the rows and how strongly; the first strength is the small one that the gate judges.
STRENGTHS: dict[str, tuple[float, ...]] = {
    "noise": (0.1, 0.25, 0.5, 1.0),
    "missing": (0.05, 0.1, 0.2, 0.4),
    "shifted": (0.1, 0.25, 0.5, 1.0),
    "unseen": (0.05, 0.1, 0.2, 0.4),
}
SMALL = {kind: strengths[0] for kind, strengths in STRENGTHS.items()}


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One way of disturbing the holdout, at one strength.

    Args:
        kind: `noise` and `shifted` (all numbers, in their standard deviations), `missing` (of all cells) and
            `unseen` (of all cells of categories: levels that no training row has).
        strength: Standard deviations, or the share of cells.
        columns: How many columns are touched.
        n: Rows.
        skill: The share of the baseline's squared error that is still removed.
        lost: The share of the gain on the baseline that is gone; None where there was none for certain.
    """

    kind: str
    strength: float
    columns: int
    n: int
    skill: Estimate
    lost: Estimate | None


def robustness(
    predict: Callable[[Checked], Floats],
    contract: Contract,
    checked: Checked,
    target: Floats,
    baseline: Floats,
    *,
    clusters: Clusters = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Disturbance, ...]:
    """Disturb the holdout's rows and measure again; at most 5,000 of them are drawn.

    The contract stands between: only cells that may be null become null, only columns that may hold an
    unknown level get one, and numbers end at the column's bounds unless it lets others through. A number that
    more than half of the rows share stays: it says "none", and is no measurement.

    Args:
        predict: The compiled model.
        contract: What the columns are.
        checked: The rows.
        target: [n].
        baseline: What the baseline says of them, [n] or [n, classes].
        clusters: [n], numbered groups of rows that stand or fall together; None: rows are independent.
        seed: Of the draws.
        progress: Told what is being done.

    Returns:
        For each kind that touches a column, from undisturbed (strength 0) to the strongest.
    """
    generator = np.random.default_rng(seed)
    rows = np.sort(generator.permutation(len(target))[:_MOST_ROWS])
    checked, target = _rows(checked, rows), target[rows]
    clusters = None if clusters is None else clusters[rows]
    before = squared_errors(target, predict(checked))
    nothing = squared_errors(target, baseline[rows])
    calm = skill(before, nothing, clusters)
    found = []
    for kind, strengths in STRENGTHS.items():
        columns = len(_touched(kind, contract))
        if not columns:
            continue
        found.append(Disturbance(kind, 0.0, columns, len(rows), calm, None))
        for strength in strengths:
            progress(f"disturbing the holdout: {kind} {strength:g}")
            after = squared_errors(target, predict(disturb(kind, strength, contract, checked, generator)))
            gone, still = lost(before, after, nothing, clusters), skill(after, nothing, clusters)
            found.append(Disturbance(kind, strength, columns, len(rows), still, gone))
    return tuple(found)


def disturb(
    kind: str, strength: float, contract: Contract, checked: Checked, generator: np.random.Generator
) -> Checked:
    """Return the rows disturbed, as the contract would let them through.

    Args:
        kind: A key of `STRENGTHS`.
        strength: Standard deviations, or the share of cells.
        contract: What the columns are.
        checked: The rows.
        generator: Of the draws.

    Example:
        >>> from interlock.contract import Checker
        >>> contract = Contract((Column("age", "number"),))
        >>> rows = Checker(contract).columns({"age": [10.0, 20.0, 30.0]})
        >>> disturb("shifted", 1.0, contract, rows, np.random.default_rng(0)).numbers[:, 0].round(2).tolist()
        [18.16, 28.16, 38.16]
    """
    touched = _touched(kind, contract)
    numbers = checked.numbers.copy()
    for place, column in enumerate(contract.numbers):
        if column.name in touched:
            numbers[:, place] = _number(kind, strength, column, numbers[:, place], generator)
    strings = tuple(
        _string(kind, strength, column, coded, generator) if column.name in touched else coded
        for column, coded in zip(contract.strings, checked.strings, strict=True)
    )
    return checked._replace(numbers=numbers, strings=strings)


def _touched(kind: str, contract: Contract) -> frozenset[str]:
    """Return the names of the columns that a kind of disturbance can touch under their policies."""
    inputs: Sequence[Column] = [column for column in contract.inputs if column.role == "feature"]
    if kind == "missing":
        return frozenset(column.name for column in inputs if column.on.null != "reject")
    if kind == "unseen":
        open_to_others = (column for column in inputs if column.type == "category")
        return frozenset(column.name for column in open_to_others if column.on.category != "reject")
    return frozenset(column.name for column in inputs if column.type in ("number", "integer"))


def _number(
    kind: str, strength: float, column: Column, values: Floats, generator: np.random.Generator
) -> Floats:
    if kind == "missing":
        return np.where(generator.random(len(values)) < strength, _null(column), values)
    free = _measured(values)
    spread = float(np.std(values[free])) if free.any() else 0.0
    moves = generator.normal(size=len(values)) if kind == "noise" else 1.0
    moved = np.where(free, values + strength * spread * moves, values)
    if column.type == "integer":
        moved = np.round(moved)
    if column.on.range == "flag":
        return np.asarray(moved)
    low, high = (-np.inf if column.minimum is None else column.minimum), column.maximum
    return np.clip(moved, low, np.inf if high is None else high)


def _measured(values: Floats) -> NDArray[np.bool_]:
    """Return which cells hold a measurement: what more than half of the rows share says "none"."""
    known = np.isfinite(values)
    distinct, counts = np.unique(values[known], return_counts=True)
    if len(counts) and counts.max() > known.sum() / 2:
        return np.asarray(known & (values != distinct[counts.argmax()]))
    return np.asarray(known)


def _string(
    kind: str, strength: float, column: Column, coded: Coded, generator: np.random.Generator
) -> Coded:
    policy, other = (column.on.null, MISSING) if kind == "missing" else (column.on.category, _NEVER_SEEN)
    if policy == "impute" and isinstance(column.fill, str):
        other = column.fill
    drawn = generator.random(len(coded.codes)) < strength
    codes = np.where(drawn, len(coded.levels), coded.codes).astype(np.int32)
    return Coded(codes, np.array([*coded.levels, other], object))


def _null(column: Column) -> float:
    """Return what the contract puts where a number is missing."""
    fill = column.fill
    return float(fill) if column.on.null == "impute" and isinstance(fill, int | float) else float("nan")


def _rows(checked: Checked, rows: NDArray[np.intp]) -> Checked:
    strings = tuple(Coded(coded.codes[rows], coded.levels) for coded in checked.strings)
    return Checked(checked.numbers[rows], strings, checked.rejected[rows], ())
