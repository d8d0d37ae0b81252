"""Groups compared by categories: chi-square, exact tests, and which cells stand out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from interlock.explore.statistics import assumptions
from interlock.explore.statistics.adjust import adjusted_logs
from interlock.explore.statistics.answer import Answer, untested
from interlock.explore.statistics.assumptions import MOST_PAIRED
from interlock.explore.statistics.cramers_v import cramers_v
from interlock.explore.statistics.log_tail import log_chi2_tail, log_normal_tail, p_text, two_sided
from interlock.explore.statistics.noncentral import chi2_noncentrality
from interlock.explore.statistics.observations import Floats
from interlock.explore.statistics.result import Check, Effect, Pair, span
from interlock.explore.statistics.score import difference_interval, difference_z
from interlock.report.format import count, number, percent

__all__ = ["crossed", "crossed_table", "fisher_log_p"]

Counts = NDArray[np.int64]
#: Random tables behind an exact test of more than four cells.
_TABLES = 99_999


def crossed_table(groups: Sequence[Floats], levels: int) -> Counts:
    """Return how often each level occurs in each group, shape [groups, levels].

    Example:
        >>> crossed_table([np.array([0.0, 1, 1]), np.array([1.0])], 2).tolist()
        [[1, 2], [0, 1]]
    """
    return np.array([np.bincount(each.astype(np.int64), minlength=levels) for each in groups])


def crossed(
    names: Sequence[str],
    levels: Sequence[str],
    table: Counts,
    confidence: float = 0.95,
    *,
    exact: bool = False,
) -> Answer:
    """Compare groups by how often they hold each level.

    Args:
        names: Of the groups, the rows.
        levels: Of the category, the columns.
        table: Counts, shape [groups, levels].
        confidence: Of the intervals.
        exact: Whether to do without the chi-square approximation: Fisher's test for four cells, and
            99,999 random tables of the same margins for more.

    Source:
        K. Pearson (1900); R. A. Fisher (1935); W. Bergsma (2013) for Cramér's V; J. H. Steiger (2004)
        for its interval; S. J. Haberman (1973) for
        the residuals.

    Example:
        >>> found = crossed(["a", "b"], ["x", "y", "z"], np.array([[40, 10, 10], [10, 40, 10]]))
        >>> found.statistic, found.df
        (('chi-square', 36.0), (2.0,))
    """
    method = _name(table, exact=exact)
    full = table[:, table.sum(axis=0) > 0]
    kept = [level for level, total in zip(levels, table.sum(axis=0), strict=True) if total]
    why = _why_not(names, kept, full)
    if why:
        return untested(method, why, Effect("Cramér's V", math.nan, math.nan, math.nan), "chi-square")
    n = int(full.sum())
    expected = full.sum(axis=1, keepdims=True) * full.sum(axis=0) / n
    statistic = float(((full - expected) ** 2 / expected).sum())
    df = float((len(full) - 1) * (len(kept) - 1))
    log_p = _exact_log_p(full) if exact else log_chi2_tail(statistic, df)
    effect = _cramers_v(full, statistic, df, confidence)
    pairs = _pairs(names, full[:, 1], full.sum(axis=1), confidence) if len(kept) == 2 else ()
    beyond = log_p <= math.log(1 - confidence)
    told = "differs between the groups beyond chance" if beyond else "shows no difference between the groups"
    text = (
        f"How the {count(n)} values fall into {len(kept)} categories {told} ({method}, {p_text(log_p)}); "
        f"Cramér's V is {number(effect.value, 3)} ({span(effect)}) on a scale from 0 to 1."
    )
    if beyond:
        text += f" {_standing_out(names, kept, full, expected)}"
    checks = [assumptions.expected_counts(expected, exact=exact)]
    if len(kept) == 2:
        checks += assumptions.pairs_left_out(len(names))
    if exact and full.shape != (2, 2):
        told = f"The p-value comes from {count(_TABLES)} random tables of a fixed seed: 1e-5 is its least."
        checks.append(Check("random tables", concern=False, text=told))
    return Answer(method, text, ("chi-square", statistic), (df,), log_p, (effect,), pairs, tuple(checks))


def fisher_log_p(table: Counts) -> float:
    """Return the natural logarithm of Fisher's two-sided p-value.

    Args:
        table: Counts, shape [2, 2].

    Returns:
        Of all tables with the same margins, those no more probable than this one.

    Source:
        R. A. Fisher, The Design of Experiments (1935).

    Example:
        >>> round(math.exp(fisher_log_p(np.array([[3, 1], [1, 3]]))), 6)
        0.485714
    """
    from scipy.special import logsumexp
    from scipy.stats import hypergeom

    (a, b), (c, d) = table.tolist()
    places = np.arange(max(0, a - d), min(a + b, a + c) + 1)
    logs = hypergeom.logpmf(places, a + b + c + d, a + b, a + c)
    here = logs[a - places[0]]
    return min(float(logsumexp(logs[logs <= here + 1e-7])), 0.0)


def _cramers_v(table: Counts, statistic: float, df: float, confidence: float) -> Effect:
    """Return Cramér's V; its interval agrees with the chi-square test, which looks at one side alone."""
    two_sided_confidence = 1 - 2 * (1 - confidence)
    most = float(table.sum()) * (min(table.shape) - 1)
    found = chi2_noncentrality(statistic, df, two_sided_confidence)
    low, high = (math.sqrt(min(end / most, 1.0)) for end in found)
    value = min(max(cramers_v(table).value, low), high)
    return Effect("Cramér's V", value, low, high, "noncentral chi-square", confidence=two_sided_confidence)


def _name(table: Counts, *, exact: bool) -> str:
    if not exact:
        return "chi-square test"
    return "Fisher's exact test" if table.shape == (2, 2) else "chi-square test by random tables"


def _why_not(names: Sequence[str], kept: Sequence[str], table: Counts) -> str:
    for name, total in zip(names, table.sum(axis=1), strict=True):
        if total == 0:
            return f"{name} has no value."
    if len(kept) < 2:
        return f"Every value is {kept[0]}: there is no difference."
    return ""


def _exact_log_p(table: Counts) -> float:
    if table.shape == (2, 2):
        return fisher_log_p(table)
    from scipy.stats import MonteCarloMethod, chi2_contingency

    chance = MonteCarloMethod(n_resamples=_TABLES, rng=np.random.default_rng(0))
    return math.log(float(chi2_contingency(table, correction=False, method=chance).pvalue))


def _pairs(names: Sequence[str], yes: Counts, totals: Counts, confidence: float) -> tuple[Pair, ...]:
    """Return every two shares compared; p-values by Holm, intervals by Bonferroni."""
    places = list(combinations(range(len(names)), 2))
    if not 2 <= len(names) - 1 < MOST_PAIRED:
        return ()
    asked = [(int(yes[i]), int(totals[i]), int(yes[j]), int(totals[j])) for i, j in places]
    logs = np.array([two_sided(log_normal_tail(abs(difference_z(*each)))) for each in asked])
    each_confidence = 1 - (1 - confidence) / len(places)
    found = []
    for (i, j), counts, log_p in zip(places, asked, adjusted_logs(logs, "holm"), strict=True):
        e = difference_interval(*counts, each_confidence)
        method = "Miettinen-Nurminen, Bonferroni"
        effect = Effect(e.name, e.value, e.low, e.high, method, confidence=confidence)
        found.append(Pair(names[i], names[j], effect, float(log_p)))
    return tuple(found)


def _standing_out(names: Sequence[str], levels: Sequence[str], table: Counts, expected: Floats) -> str:
    """Name the cell whose adjusted residual is largest."""
    n = table.sum()
    rows, columns = table.sum(axis=1, keepdims=True) / n, table.sum(axis=0) / n
    spread = np.sqrt(expected * (1 - rows) * (1 - columns))
    residuals = (table - expected) / np.where(spread > 0, spread, np.inf)
    i, j = divmod(int(np.abs(residuals).argmax()), table.shape[1])
    share, overall = table[i, j] / table[i].sum(), columns[j]
    return (
        f"What stands out most: {levels[j]} makes {percent(float(share))} of {names[i]}, "
        f"against {percent(float(overall))} of all."
    )
