"""How much two columns tell of a target only together: beyond what they tell one by one."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from interlock.explore.statistics.estimate import Estimate, z_value
from interlock.explore.statistics.log_tail import log_chi2_tail, log_f_tail

__all__ = ["Interaction", "of_classes", "of_numbers"]

Cells = NDArray[np.float64]
_STEPS, _CLOSE = 50, 1e-6


class Interaction(NamedTuple):
    """Two columns and a target.

    Args:
        gain: The share of the target's entropy (of its variance, where it is a number) that the columns
            explain only together, with its interval and test.
        joint: The share that the two explain in all.
    """

    gain: Estimate
    joint: float


def of_classes(table: Cells, *, least: float = 0.0) -> Interaction | None:
    """Return the interaction of two columns on a target of classes.

    The two together are compared with the model in which each changes the log-odds by itself (no three-way
    interaction), fitted by iterative proportional fitting.

    Args:
        table: Counts, shape [a, b, c]: groups of the two columns by classes.
        least: Smaller gains are of no interest: None is returned as soon as a bound says so.

    Returns:
        The gain's interval is the delta method's, widened by the spread that no interaction alone gives; its
        p-value is that of Pearson's chi-square test against the fitted model.

    Source:
        Y. Bishop, S. Fienberg, P. Holland, Discrete Multivariate Analysis (1975), chapters 3 and 4; Q. H.
        Vuong, Likelihood ratio tests for model selection (1989) for the variance.

    Example:
        >>> xor = np.array([[[500.0, 0.0], [0.0, 500.0]], [[0.0, 500.0], [500.0, 0.0]]])
        >>> round(of_classes(xor).gain.value, 2)
        1.0
    """
    n = float(table.sum())
    whole = _entropy(table.sum(axis=(0, 1))) / n
    if whole <= 0:
        return None
    joint = whole - _conditional(table) / n
    alone = max(whole - _conditional(table.sum(axis=side)) / n for side in (0, 1))
    freedom = _freedom(table.sum(axis=2)) * (int(np.count_nonzero(table.sum(axis=(0, 1)))) - 1)
    bias = freedom / (2 * n)
    if freedom <= 0 or joint - alone - bias < least * whole:
        return None
    fitted = _fitted(table)
    kept = (table > 0) & (fitted > 0)
    logs = np.log(table[kept] / fitted[kept])
    shares = table[kept] / n
    nats = float(np.sum(shares * logs))
    variance = max(float(np.sum(shares * logs**2)) - nats**2, 0.0)
    half = z_value() * math.sqrt(variance / n + freedom / (2 * n**2))
    square = float(np.sum((table[fitted > 0] - fitted[fitted > 0]) ** 2 / fitted[fitted > 0]))
    value, low, high = (min(max((nats - bias + side * half) / whole, 0.0), 1.0) for side in (0, -1, 1))
    estimate = Estimate(value, low, high, int(n), log_chi2_tail(square, freedom))
    return Interaction(estimate, min(max(joint / whole, 0.0), 1.0))


def of_numbers(
    first: NDArray[np.int64], second: NDArray[np.int64], target: NDArray[np.float64], *, least: float = 0.0
) -> Interaction | None:
    """Return the interaction of two groupings on a number: two-way analysis of variance, unbalanced.

    Args:
        first: The group of each row, 0 to a - 1, shape [n].
        second: Likewise.
        target: Shape [n]; normal scores, so that a multiplication is no interaction.
        least: Smaller gains are of no interest.

    Returns:
        The gain's p-value is that of the F test; its interval is the delta method's over the rows' squared
        residuals, widened by the spread that no interaction alone gives.

    Source:
        H. Scheffé, The Analysis of Variance (1959), chapter 4.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> a, b = rng.integers(0, 2, 4000), rng.integers(0, 2, 4000)
        >>> found = of_numbers(a, b, (a == b) * 2.0 + rng.normal(size=4000))
        >>> 0.4 < found.gain.low < found.gain.high < 0.6
        True
    """
    n, width = len(target), int(second.max()) + 1
    around = target - target.mean()
    total = float(np.sum(around**2))
    cell = first * width + second
    counts = np.bincount(cell, minlength=(int(first.max()) + 1) * width).astype(np.float64)
    sums = np.bincount(cell, around, minlength=len(counts))
    means = sums / np.maximum(counts, 1)
    saturated = float(np.sum(sums * means))
    table, totals = counts.reshape(-1, width), sums.reshape(-1, width).astype(np.float64)
    alone = max(_between(table, totals, side) for side in (0, 1))
    freedom = _freedom(table)
    rest = n - int(np.count_nonzero(counts))
    if total <= 0 or freedom <= 0 or rest <= 0:
        return None
    noise = (total - saturated) / rest
    if (saturated - alone - freedom * noise) / total < least:
        return None
    additive = _additive(table, totals)
    gain = max(saturated - float(np.sum(sums * additive)), 0.0)
    change = (around - additive[cell]) ** 2 - (around - means[cell]) ** 2
    variance = float(np.var(change)) * n / total**2 + 2 * freedom * (noise / total) ** 2
    half = z_value() * math.sqrt(variance)
    centre = (gain - freedom * noise) / total
    value, low, high = (min(max(centre + side * half, 0.0), 1.0) for side in (0, -1, 1))
    log_p = log_f_tail(gain / freedom / noise, freedom, rest) if noise > 0 else -math.inf
    return Interaction(Estimate(value, low, high, n, log_p), min(saturated / total, 1.0))


def _between(counts: Cells, sums: Cells, side: int) -> float:
    """Return the sum of squares between the groups of one side."""
    return float(np.sum(sums.sum(axis=side) ** 2 / np.maximum(counts.sum(axis=side), 1)))


def _entropy(counts: Cells) -> float:
    """Return n times the entropy in nats."""
    return float(xlogy(counts.sum(), counts.sum()) - xlogy(counts, counts).sum())


def _conditional(table: Cells) -> float:
    """Return n times the entropy of the last axis within the others, in nats."""
    sizes = table.sum(axis=-1)
    return float(xlogy(sizes, sizes).sum() - xlogy(table, table).sum())


def _freedom(counts: Cells) -> int:
    """Return how many cells are free once the two margins are fitted: only cells that hold rows count."""
    rows, columns = (int(np.count_nonzero(counts.sum(axis=side))) for side in (1, 0))
    return int(np.count_nonzero(counts)) - rows - columns + 1


def _fitted(table: Cells) -> Cells:
    """Return the table that has the same three two-way margins and no three-way interaction."""
    fitted = np.broadcast_to(table.sum(axis=2, keepdims=True) / table.shape[2], table.shape)
    margins = [table.sum(axis=side, keepdims=True) for side in (0, 1, 2)]
    for _ in range(_STEPS):
        before = fitted
        for side, margin in enumerate(margins):
            have = fitted.sum(axis=side, keepdims=True)
            fitted = fitted * np.divide(margin, have, out=np.zeros_like(margin), where=have > 0)
        if float(np.abs(fitted - before).max()) < _CLOSE * max(float(table.max()), 1.0):
            break
    return fitted


def _additive(counts: Cells, sums: Cells) -> NDArray[np.float64]:
    """Return the additive model's value in each cell, flat: least squares on the two groupings."""
    a, b = counts.shape
    normal = np.block([[np.diag(counts.sum(axis=1)), counts], [counts.T, np.diag(counts.sum(axis=0))]])
    solved = np.linalg.lstsq(normal, np.concatenate([sums.sum(axis=1), sums.sum(axis=0)]), rcond=1e-10)[0]
    cells: NDArray[np.float64] = solved[:a, None] + solved[None, a : a + b]
    return cells.ravel()
