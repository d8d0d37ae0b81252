"""Which rows to learn from and which to hold out: at random, by class, by time, by group.

Every split is complete and disjoint, and the same seed gives the same split.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError

__all__ = ["Kind", "Split", "split"]

Kind = Literal["random", "stratified", "time", "group"]
Rows = NDArray[np.int64]


class Split(NamedTuple):
    """Which rows to learn from and which to hold out.

    Args:
        train: Row numbers to learn from, ascending, int64.
        holdout: Row numbers held out, ascending, int64; with `train` each row exactly once.
        explanation: One sentence on how the rows were chosen, with the numbers.
    """

    train: Rows
    holdout: Rows
    explanation: str


def split(rows: int | NDArray[Any], *, kind: Kind = "random", fraction: float = 0.2, seed: int = 0) -> Split:
    """Split rows into those to learn from and those held out.

    Args:
        rows: How many there are, for `random`; otherwise one value a row: the class for `stratified`, the
            time (float64 seconds or int64 microseconds) for `time`, the group for `group`. NaN is a class or
            a group of its own; a row without a time goes to those to learn from.
        kind: `random`: every row alike. `stratified`: every class keeps its share. `time`: the latest rows
            are held out, and rows of one instant stay together. `group`: all rows of a group stay together.
        fraction: Share of the rows to hold out, between 0 and 1. Ties in time and whole groups may move it.
        seed: Of the random choice; `time` needs none.

    Returns:
        The split, with at least one row on each side.

    Raises:
        InputError: If there are too few rows, classes, times or groups to split.

    Example:
        >>> split(10, fraction=0.2).explanation
        '8 rows to learn from and 2 held out (20.0 %), chosen at random with seed 0'
    """
    if not 0 < fraction < 1:
        raise InputError("the share to hold out must lie between 0 and 1", got=fraction, next_step="try 0.2")
    values = np.arange(rows) if isinstance(rows, int) else np.asarray(rows)
    if values.size < 2:
        raise InputError(
            "a split needs at least two rows", got=f"{values.size} rows", next_step="give more rows"
        )
    held, how = _SPLITTERS[kind](values, fraction, seed)
    train, holdout = np.flatnonzero(~held), np.flatnonzero(held)
    share = holdout.size / values.size
    return Split(
        train,
        holdout,
        f"{train.size:,} rows to learn from and {holdout.size:,} held out ({share:.1%}), {how}".replace(
            "%", " %"
        ),
    )


def _random(values: NDArray[Any], fraction: float, seed: int) -> tuple[NDArray[np.bool_], str]:
    held = np.zeros(values.size, np.bool_)
    held[np.random.default_rng(seed).permutation(values.size)[: _wanted(values.size, fraction)]] = True
    return held, f"chosen at random with seed {seed}"


def _stratified(values: NDArray[Any], fraction: float, seed: int) -> tuple[NDArray[np.bool_], str]:
    codes, sizes = _codes(values)
    order = np.random.default_rng(seed).permutation(values.size)
    order = order[np.argsort(codes[order], kind="stable")]
    rank = np.arange(values.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    held = np.zeros(values.size, np.bool_)
    held[order[rank < np.repeat(_apportion(sizes, fraction), sizes)]] = True
    return held, f"chosen at random within each of {sizes.size} classes with seed {seed}"


def _time(values: NDArray[Any], fraction: float, seed: int) -> tuple[NDArray[np.bool_], str]:  # noqa: ARG001
    if values.dtype.kind not in "Mfiu":
        raise InputError(
            "a split by time needs times or numbers, and this column holds neither",
            got=repr(values[0]),
            next_step="choose another time column, or cast it with sql=...",
        )
    times = values.astype("datetime64[us]") if values.dtype.kind == "M" else values
    known = ~(np.isnat(times) if times.dtype.kind == "M" else np.isnan(times))
    instants, counts = np.unique(times[known], return_counts=True)
    if instants.size < 2:
        raise InputError(
            "all rows are of one time, so none is later" if instants.size else "no row has a time",
            next_step="split at random, or choose another time column",
        )
    later = np.cumsum(counts[::-1])[::-1][1:]  # rows at or after each instant but the first
    start = instants[1:][np.abs(later - fraction * values.size).argmin()]
    untimed = int(values.size - known.sum())
    note = f"; {untimed:,} rows without a time are among those to learn from" if untimed else ""
    return known & (times >= start), f"the latest, from {_stamp(start)} on{note}"


def _group(values: NDArray[Any], fraction: float, seed: int) -> tuple[NDArray[np.bool_], str]:
    codes, sizes = _codes(values)
    if sizes.size < 2:
        raise InputError(
            "all rows are of one group, so none can be held out",
            next_step="split at random, or choose another group column",
        )
    wanted, taken = fraction * values.size, 0
    held = np.zeros(sizes.size, np.bool_)
    for group in np.random.default_rng(seed).permutation(sizes.size):
        if held.sum() < sizes.size - 1 and abs(taken + sizes[group] - wanted) < abs(taken - wanted):
            held[group] = True
            taken += sizes[group]
    if not taken:
        held[sizes.argmin()] = True
    return held[codes], f"{held.sum():,} of {sizes.size:,} groups, whole, chosen at random with seed {seed}"


_SPLITTERS = {"random": _random, "stratified": _stratified, "time": _time, "group": _group}


def _wanted(rows: int, fraction: float) -> int:
    return min(max(round(rows * fraction), 1), rows - 1)


def _codes(values: NDArray[Any]) -> tuple[Rows, Rows]:
    if values.dtype == object:
        values = np.array([f"{type(value).__name__}:{value}" for value in values])
    _, codes, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return codes.astype(np.int64), sizes.astype(np.int64)


def _apportion(sizes: Rows, fraction: float) -> Rows:
    """Share the rows to hold out among the classes by largest remainder (Hamilton's method)."""
    exact = sizes * fraction
    whole: Rows = np.floor(exact).astype(np.int64)
    left = _wanted(int(sizes.sum()), fraction) - int(whole.sum())
    largest = np.argsort(whole - exact, kind="stable")[: max(left, 0)]
    whole[largest] += 1
    return whole


def _stamp(instant: Any) -> str:
    if not isinstance(instant, np.datetime64):
        seconds = instant / 1_000_000 if isinstance(instant, np.integer) else instant
        instant = np.datetime64(int(np.floor(seconds)), "s")
    return str(instant.astype("datetime64[s]")).replace("T", " ") + " UTC"
