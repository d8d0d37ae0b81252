"""Categories so many that new rows will bring levels nobody has seen."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.association import is_known
from interlock.explore.charts import share_bars
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import Estimate, z_value
from interlock.report.format import count, percent

__all__ = ["unseen", "unseen_chance"]

#: Worth a word from this chance on (lower end of the interval), in a category of so many levels and rows.
_CHANCE, _LEVELS, _ROWS = 0.02, 20, 200


def unseen(sample: Sample, contract: Contract) -> Iterator[Finding]:
    """Yield the categories of which a new row will often hold a level that this table has not.

    Args:
        sample: Rows of the table.
        contract: Its features of the type `category` are looked at.
    """
    for column in contract.inputs:
        if column.type != "category":
            continue
        values = sample.columns[column.name]
        codes = values.data[is_known(values)].astype(np.int64)
        counts = np.bincount(codes)
        counts = counts[counts > 0]
        if len(codes) < _ROWS or len(counts) < _LEVELS:
            continue
        chance = unseen_chance(counts)
        if chance.low < _CHANCE:
            continue
        # A sample leaves out rows in which its single levels occur again.
        bound = "about" if sample.rows == sample.total else "at most"
        once = count(int((counts == 1).sum()))
        sentence = (
            f"`{column.name}` has {count(len(counts))} levels, {once} of them in one row: {bound} "
            f"{percent(chance.value)} of new rows will hold one that was never seen. Group rare levels, or "
            "leave it out."
        )
        method = f"Good-Turing estimate from the levels seen once; {sample.note}"
        shares = {name: int(counts[chosen].sum()) for name, chosen in _sizes(counts).items()}
        picture = share_bars(f"How frequent the levels of {column.name} are", shares, len(codes))
        severity = 0.2 + 0.3 * chance.value
        yield finding("unseen levels", (column.name,), sentence, chance, method, severity, picture)


def unseen_chance(counts: NDArray[np.int64]) -> Estimate:
    """Return the chance that one more row holds a level that none of these rows has.

    Args:
        counts: How often each level was seen, each at least once, shape [k].

    Returns:
        The share of the rows whose level was seen once, with a normal interval for it.

    Source:
        I. J. Good, The population frequencies of species and the estimation of population parameters (1953);
        W. W. Esty, A normal limit law for a nonparametric estimator of the coverage of a random sample (1983)
        for the variance.

    Example:
        >>> round(unseen_chance(np.array([1, 1, 3, 5])).value, 2)
        0.2
    """
    n, once, twice = int(counts.sum()), int((counts == 1).sum()), int((counts == 2).sum())
    chance = once / n
    half = z_value() * math.sqrt(max(chance * (1 - chance) + 2 * twice / n, 0.0) / n)
    return Estimate(chance, max(chance - half, 0.0), min(chance + half, 1.0), n)


def _sizes(counts: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    return {
        "seen once": counts == 1,
        "2 to 9 times": (counts > 1) & (counts < 10),
        "10 to 99 times": (counts >= 10) & (counts < 100),
        "100 times or more": counts >= 100,
    }
