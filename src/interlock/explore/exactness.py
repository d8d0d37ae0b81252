"""How exact an exploration is: of all rows, or of a random sample with its error bounds."""

from __future__ import annotations

import math

from interlock.explore.statistics.estimate import CONFIDENCE, wilson
from interlock.report.format import count

__all__ = ["exactness", "rank_error", "scope", "share_error"]


def scope(rows: int, total: int) -> str:
    """Return which rows something was measured on, for people.

    Args:
        rows: How many were read.
        total: Out of how many.

    Example:
        >>> scope(5, 5), scope(1000, 5000)
        ('all 5 rows', 'a random sample of 1,000 of 5,000 rows')
    """
    return f"all {count(rows)} rows" if rows == total else f"a random sample of {rows:,} of {total:,} rows"


def exactness(rows: int, total: int) -> str:
    """Return one sentence: which rows were read, and how far off a share or a quantile may be.

    Args:
        rows: How many rows were read, drawn at random without replacement where not all.
        total: Rows of the table.

    Example:
        >>> exactness(336_776, 336_776)
        'exact: all 336,776 rows were read'
    """
    if rows == total:
        return f"exact: all {count(rows)} rows were read"
    share, rank = 100 * share_error(rows), 100 * rank_error(rows)
    return (
        f"measured on {scope(rows, total)}: with 95 % confidence a share is right within {share:.2g} "
        f"percentage points (Wilson) and the rank of every quantile within {rank:.2g} "
        "(Dvoretzky-Kiefer-Wolfowitz); rows that repeat others were not counted"
    )


def share_error(rows: int) -> float:
    """Return half the width of the widest Wilson interval of a share, the one of a half.

    Args:
        rows: Drawn at random.

    Source:
        E. B. Wilson (1927). Drawing without replacement only narrows it.

    Example:
        >>> round(share_error(10_000), 5)
        0.0098
    """
    half = wilson(rows // 2, rows)
    return (half.high - half.low) / 2


def rank_error(rows: int) -> float:
    """Return how far the whole distribution function may be off, at once for all values.

    Args:
        rows: Drawn at random.

    Source:
        P. Massart, The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality (1990); for draws without
        replacement W. Hoeffding (1963), theorem 4.

    Example:
        >>> round(rank_error(10_000), 5)
        0.01358
    """
    return math.sqrt(math.log(2 / (1 - CONFIDENCE)) / (2 * rows))
