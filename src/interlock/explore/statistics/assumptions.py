"""What tests take for granted, held against the data and said in one sentence each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from interlock.explore.statistics.log_tail import p_text
from interlock.explore.statistics.moments import SampleMoments
from interlock.explore.statistics.observations import Floats
from interlock.explore.statistics.result import Check
from interlock.report.format import count, number, percent

__all__ = [
    "MOST_PAIRED",
    "codes",
    "expected_counts",
    "few_rows",
    "independence",
    "outliers",
    "pairs_left_out",
    "shape",
    "spread",
    "ties",
    "unequal_gaps",
]

#: Skewness of the difference of means beyond which a tail of 2.5 % is off by about half of that.
_SKEW = 0.15
_FEW = 10
#: A code is held by at least so many rows, and by this share of them.
_REPEATED, _SELDOM = 5, 0.001
#: Every two of so many groups are compared; beyond, a reader has no use for the pairs.
MOST_PAIRED = 20


def independence(*, paired: bool = False, unit: str = "") -> Check:
    """Return what no number of the table can show.

    Example:
        >>> independence().concern
        False
    """
    if paired:
        pairs = f"`{unit}`" if unit else "place in the sequence"
        text = f"Rows are paired by {pairs}; that one pair knows nothing of another cannot be seen from them."
    else:
        text = (
            "That the rows are independent cannot be seen from them: if one person, machine or day gave "
            "several, the interval is too narrow."
        )
    return Check("independence", concern=False, text=text)


def few_rows(names: Sequence[str], sizes: Sequence[int]) -> Check:
    """Return whether a group has so few rows that the shape of its values matters.

    Example:
        >>> few_rows(["a", "b"], [5, 50]).text
        'Few values (a 5): the result leans on their being roughly normal.'
    """
    small = [f"{name} {count(n)}" for name, n in zip(names, sizes, strict=True) if n < _FEW]
    if small:
        text = f"Few values ({', '.join(small[:3])}): the result leans on their being roughly normal."
        return Check("rows", concern=True, text=text)
    text = f"Every group has at least {count(min(sizes))} values."
    return Check("rows", concern=False, text=text)


def shape(names: Sequence[str], samples: Sequence[SampleMoments], weights: Sequence[float] = ()) -> Check:
    """Return whether skewness makes a t-test's tails wrong.

    Normality of the values is not needed, only that of the means' difference. Its skewness is what counts:
    beyond 0.15, the leading term of Edgeworth's expansion puts a tail of 2.5 % off by about half of that.

    Args:
        names: Of the groups.
        samples: Their moments.
        weights: Of the groups in the difference; empty for the first minus the second, or, of several, for
            the worst group alone.

    Source:
        N. J. Johnson (1978); P. Hall, The Bootstrap and Edgeworth Expansion (1992), section 2.3.

    Example:
        >>> shape(["a", "b"], [SampleMoments(40, 0, 1, 2.0), SampleMoments(40, 0, 1, 2.0)]).concern
        False
    """
    if not weights and len(samples) == 2:
        weights = (1.0, -1.0)
    third = [each.skew * each.variance**1.5 / each.n**2 for each in samples]
    error2 = [each.error2 for each in samples]
    alone = [abs(t) / (e**1.5 or 1.0) for t, e in zip(third, error2, strict=True)]
    skew = max(alone)
    if weights:
        total = sum(w**3 * t for w, t in zip(weights, third, strict=True))
        skew = abs(total) / (sum(w * w * e for w, e in zip(weights, error2, strict=True)) ** 1.5 or 1.0)
    worst = sorted(range(len(samples)), key=lambda place: -alone[place])[:3]
    told = ", ".join(
        f"{names[place]} {number(samples[place].skew, 2)} at n = {count(samples[place].n)}"
        for place in sorted(worst)
    )
    if skew > _SKEW:
        text = (
            f"Skewed values for so few rows (skewness {told}): the ends of the interval may be off; "
            "a rank test or the logarithm is the cross-check."
        )
        return Check("shape", concern=True, text=text)
    text = f"The skewness ({told}) is harmless: means are normal enough, values need not be."
    return Check("shape", concern=False, text=text)


def spread(names: Sequence[str], samples: Sequence[SampleMoments], *, pooled: bool) -> Check:
    """Return how unequal the variances are, and whether the method minds.

    Args:
        names: Of the groups.
        samples: Their moments.
        pooled: Whether the method takes them for equal.

    Example:
        >>> wide, narrow = SampleMoments(9, 0, 9.0, 0), SampleMoments(40, 0, 1.0, 0)
        >>> spread(["a", "b"], [wide, narrow], pooled=True).concern
        True
    """
    variances = [each.variance for each in samples]
    low, high = min(variances), max(variances)
    ratio = high / low if low > 0 else math.inf
    most, least = names[variances.index(high)], names[variances.index(low)]
    told = f"The variance of {most} is {number(ratio, 2)} times that of {least}"
    if not pooled:
        return Check("spread", concern=False, text=f"{told}; this method lets it differ.")
    if ratio > 2:
        return Check("spread", concern=True, text=f"{told}, which this method takes for equal: use Welch's.")
    return Check("spread", concern=False, text=f"{told}: near enough to equal.")


def outliers(names: Sequence[str], groups: Sequence[Floats]) -> Check:
    """Return whether a single row carries a group's spread.

    Example:
        >>> outliers(["a"], [np.array([*range(30), 1000.0])]).concern
        True
    """
    worst, where, value = 0.0, "", math.nan
    for name, values in zip(names, groups, strict=True):
        if len(values) < 20:
            continue
        far = (values - values.mean()) ** 2
        share = float(far.max() / far.sum()) if far.sum() > 0 else 0.0
        if share > worst:
            worst, where, value = share, name, float(values[int(far.argmax())])
    if worst > 0.5:
        text = (
            f"One row of {where} (value {number(value)}) makes {percent(worst)} of its variance: look at it."
        )
        return Check("outliers", concern=True, text=text)
    text = "No single row makes more than half of its group's variance."
    return Check("outliers", concern=False, text=text)


def codes(value: str, groups: Sequence[Floats]) -> list[Check]:
    """Return a check where many rows share one value that lies far from all others, such as 999 among ages.

    It is the lowest or the highest value, not 0, of at least 5 rows and 0.1 % of them, and lies as far from
    the others as these, of which at least 5 differ, spread.

    Example:
        >>> codes("age", [np.array([20.0, 31.0, 45.0, 62.0, 71.0, *[999.0] * 5])])[0].text
        '5 rows (50 %) hold 999, far from every other value of `age`: probably a code for “unknown”.'
        >>> codes("age", [np.arange(20.0, 71.0)])
        []
    """
    values = np.concatenate(groups)
    for extreme in (np.min, np.max) if len(values) else ():
        code = float(extreme(values))
        rest = values[values != code]
        hits = len(values) - len(rest)
        if code == 0 or hits < max(_REPEATED, _SELDOM * len(values)) or len(rest) < _REPEATED:
            continue
        low, high = float(rest.min()), float(rest.max())
        if max(low - code, code - high) >= high - low and len(np.unique(rest)) >= _REPEATED:
            text = (
                f"{count(hits)} rows ({percent(hits / len(values))}) hold {number(code)}, far from every "
                f"other value of `{value}`: probably a code for “unknown”."
            )
            return [Check("codes", concern=True, text=text)]
    return []


def pairs_left_out(groups: int) -> list[Check]:
    """Return, where there are too many groups, that no pairs were compared.

    Example:
        >>> pairs_left_out(60)[0].text
        'Of 60 groups no pairs were compared, there are 1,770 of them: choose at most 20 groups.'
    """
    if groups <= MOST_PAIRED:
        return []
    many = count(groups * (groups - 1) // 2)
    text = (
        f"Of {count(groups)} groups no pairs were compared, there are {many} of them: "
        f"choose at most {MOST_PAIRED} groups."
    )
    return [Check("pairs", concern=False, text=text)]


def ties(values: Floats) -> Check:
    """Return how many values are tied, which ranks must share.

    Example:
        >>> ties(np.array([1.0, 2.0, 2.0, 3.0])).text
        '50 % of the values are tied; the test corrects for it.'
    """
    _, counts = np.unique(values, return_counts=True)
    share = float(counts[counts > 1].sum()) / max(len(values), 1)
    if share == 0:
        return Check("ties", concern=False, text="No two values are tied.")
    return Check(
        "ties", concern=False, text=f"{percent(share)} of the values are tied; the test corrects for it."
    )


def expected_counts(expected: Floats, *, exact: bool) -> Check:
    """Return whether a cross table is full enough for chi-square.

    Args:
        expected: Counts under independence.
        exact: Whether the method does without it.

    Source:
        W. G. Cochran, Some methods for strengthening the common chi-square tests (1954).

    Example:
        >>> expected_counts(np.array([[3.0, 20.0], [2.0, 40.0]]), exact=False).concern
        True
    """
    small = float((expected < 5).mean())
    told = f"The smallest expected count is {number(float(expected.min()), 3)}"
    if exact:
        return Check("expected counts", concern=False, text=f"{told}; the exact test needs none.")
    if expected.min() < 1 or small > 0.2:
        text = (
            f'{told}, {percent(small)} of the cells expect fewer than 5: method="fisher" is the cross-check.'
        )
        return Check("expected counts", concern=True, text=text)
    return Check("expected counts", concern=False, text=f"{told}: enough for the approximation.")


def unequal_gaps(names: Sequence[str], present: Sequence[int], missing: Sequence[int]) -> Check:
    """Return whether values are missing more often in one group than in another.

    Args:
        names: Of the groups.
        present: Rows with a value in each.
        missing: Rows without.

    Example:
        >>> unequal_gaps(["a", "b"], [50, 90], [50, 10]).concern
        True
    """
    table = np.array([present, missing], dtype=np.float64)
    table = table[:, table.sum(axis=0) > 0]
    if table[1].sum() == 0:
        return Check("missing values", concern=False, text="No value is missing.")
    told = ", ".join(
        f"{name} {percent(gap / max(gap + there, 1))}"
        for name, there, gap in list(zip(names, present, missing, strict=True))[:5]
    )
    log_p = _log_p_of(table)
    if log_p < math.log(0.01):
        text = (
            f"Values are not missing alike ({told}; {p_text(log_p)}): what is left may differ "
            "for that reason."
        )
        return Check("missing values", concern=True, text=text)
    text = f"Rows without a value were left out ({told}); no sign that it depends on the group."
    return Check("missing values", concern=False, text=text)


def _log_p_of(table: Floats) -> float:
    from scipy.stats.contingency import expected_freq

    from interlock.explore.statistics.log_tail import log_chi2_tail

    if min(table.shape) < 2 or (table.sum(axis=1) == 0).any():
        return 0.0
    expected = expected_freq(table)
    n = table.sum()
    return log_chi2_tail(float(((table - expected) ** 2 / expected).sum() * (n - 1) / n), table.shape[1] - 1)
