"""Values far outside the rest, by Tukey's outer fences."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from interlock.contract import Contract
from interlock.explore.charts import column_chart
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.statistics.estimate import wilson
from interlock.profile import Profile
from interlock.report.format import count, number

__all__ = ["outliers"]

#: Fences stand so many interquartile ranges outside the quartiles.
_FENCE = 3.0
#: Columns with fewer different values are codes or counts, not measurements.
_DISTINCT = 20


def outliers(profile: Profile, contract: Contract) -> Iterator[Finding]:
    """Yield the columns that hold values beyond the outer fences.

    Args:
        profile: Of the whole table.
        contract: Says which columns are measurements.

    Yields:
        One finding a column, with the share of such values.

    Source:
        J. W. Tukey, Exploratory Data Analysis (1977).
    """
    for column in contract.columns:
        found = profile[column.name]
        measured = found.kind in ("number", "integer") and column.role in ("feature", "target")
        if not measured or found.histogram is None or found.distinct <= _DISTINCT:
            continue
        lower, upper = found.quantile([0.25, 0.75])
        span = float(upper - lower)
        if span <= 0:
            continue
        low, high = float(lower) - _FENCE * span, float(upper) + _FENCE * span
        below = round(found.n * found.cdf(math.nextafter(low, -math.inf)))
        within = round(found.n * found.cdf(high)) - below
        beyond = found.n - within
        if beyond == 0:
            continue
        distance = max(low - found.minimum, found.maximum - high) / span
        reach = f"{number(found.minimum)} to {number(found.maximum)}"
        ranks = np.array([below, below + within - 1]) / (found.n - 1)  # of the first and last value inside
        bulk = " to ".join(number(float(end)) for end in found.quantile(ranks))
        sentence = (
            f"`{column.name}` has {count(beyond)} values far from the rest: it reaches from {reach}, "
            f"all others lie in {bulk}."
        )
        method = "share beyond three interquartile ranges outside the quartiles; Wilson interval"
        severity = 0.08 + 0.08 * math.log10(1 + distance)
        share, picture = wilson(beyond, found.n), column_chart(column.name, found)
        yield finding("outliers", (column.name,), sentence, share, method, min(severity, 0.3), picture)
