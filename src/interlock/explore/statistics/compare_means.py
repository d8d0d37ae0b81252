"""Groups compared by their means: Welch's t-test and ANOVA, their forms of equal variance, and pairs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from interlock.explore.statistics import assumptions
from interlock.explore.statistics.answer import Answer, found_in_words, untested, verdict
from interlock.explore.statistics.assumptions import MOST_PAIRED
from interlock.explore.statistics.log_tail import log_f_tail, log_t_tail, p_text, two_sided
from interlock.explore.statistics.moments import SampleMoments, moments, t_half
from interlock.explore.statistics.noncentral import f_noncentrality
from interlock.explore.statistics.observations import Floats
from interlock.explore.statistics.relative import relative_difference
from interlock.explore.statistics.result import Check, Effect, Pair
from interlock.explore.statistics.standardized import average_d, hedges_g, paired_d
from interlock.explore.statistics.superiority import superiority
from interlock.report.format import count, number, percent

__all__ = ["analysis_of_variance", "games_howell", "paired_t", "two_means", "welch"]


def welch(first: SampleMoments, second: SampleMoments) -> tuple[float, float]:
    """Return the standard error of a difference of means and its degrees of freedom.

    Args:
        first: With a variance.
        second: With a variance; not both 0.

    Source:
        B. L. Welch, The generalization of Student's problem (1947); F. E. Satterthwaite (1946).

    Example:
        >>> welch(SampleMoments(4, 0.0, 4.0, 0.0), SampleMoments(4, 0.0, 4.0, 0.0))
        (1.4142135623730951, 6.0)
    """
    v1, v2 = first.error2, second.error2
    # Scaled by their sum, so that tiny variances do not vanish when squared.
    s1, s2 = v1 / (v1 + v2), v2 / (v1 + v2)
    df = 1 / (s1 * s1 / (first.n - 1) + s2 * s2 / (second.n - 1))
    return math.sqrt(v1 + v2), df


def two_means(
    names: Sequence[str], groups: Sequence[Floats], confidence: float = 0.95, *, pooled: bool = False
) -> Answer:
    """Compare two groups by their means.

    Args:
        names: Of the groups; the second is subtracted.
        groups: Their values, finite.
        confidence: Of the intervals.
        pooled: Whether to take the variances for equal (Student), which Welch does not.

    Source:
        B. L. Welch (1947); Student (1908).

    Example:
        >>> found = two_means(["a", "b"], [np.array([1.0, 2, 3]), np.array([2.0, 4, 6])])
        >>> found.statistic, found.df
        (('t', -1.549...), (2.94...,))
    """
    method = "Student's t-test" if pooled else "Welch's t-test"
    a, b = (moments(each, _origin(groups)) for each in groups)
    gap = a.mean - b.mean
    why = _why_not(names, (a, b), pooled=pooled)
    if why:
        return untested(method, why, Effect("difference of means", gap, math.nan, math.nan), "t")
    if pooled:
        df = float(a.n + b.n - 2)
        inside = [(each.n - 1) * each.variance for each in (a, b) if each.n > 1]
        error = math.sqrt(sum(inside) / df * (1 / a.n + 1 / b.n))
    else:
        error, df = welch(a, b)
    half = t_half(df, confidence) * error
    effect = Effect("difference of means", gap, gap - half, gap + half, method, confidence=confidence)
    log_p = two_sided(log_t_tail(abs(gap / error), df))
    relative = relative_difference(a, b, error, df, confidence) if not pooled else None
    effects = [effect, *_sizes(a, b, confidence, pooled=pooled)]
    effects += [relative] if isinstance(relative, Effect) else []
    checks = [*_checks(names, groups, (a, b), pooled=pooled)]
    answer = _two_in_words(names, (a, b), effect, method, log_p)
    if min(a.n, b.n) > 1:
        ranks = superiority(groups[0], groups[1], confidence)
        effects.append(ranks.effect)
        answer += (
            f" A value of {names[0]} exceeds one of {names[1]} in {percent(ranks.effect.value)} of the pairs."
        )
        checks += _agreement(log_p, ranks.log_p, confidence)
    checks += [relative] if isinstance(relative, Check) else []
    return Answer(method, answer, ("t", gap / error), (df,), log_p, tuple(effects), (), tuple(checks))


def paired_t(names: Sequence[str], groups: Sequence[Floats], confidence: float = 0.95) -> Answer:
    """Compare two measurements of the same units by their mean difference.

    Args:
        names: Of the measurements; the second is subtracted.
        groups: Their values, place by place.
        confidence: Of the intervals.

    Source:
        Student (1908).

    Example:
        >>> paired_t(["a", "b"], [np.array([1.0, 2, 4]), np.array([0.0, 2, 1])]).df
        (2.0,)
    """
    method = "paired t-test"
    each = moments(groups[0] - groups[1])
    none = Effect("mean difference", each.mean, math.nan, math.nan)
    if each.n < 2:
        return untested(
            method, f"There {'is one pair' if each.n else 'are no pairs'} with both values.", none, "t"
        )
    if each.variance == 0:
        return untested(method, f"Every pair differs by {number(each.mean)} exactly.", none, "t")
    error, df = math.sqrt(each.error2), float(each.n - 1)
    half = t_half(df, confidence) * error
    effect = Effect("mean difference", each.mean, each.mean - half, each.mean + half, method, 0.0, confidence)
    log_p = two_sided(log_t_tail(abs(each.mean / error), df))
    answer = (
        f"Over {count(each.n)} pairs, {names[0]} minus {names[1]} is {found_in_words(effect, method, log_p)} "
        f"on average. {verdict(log_p, effect)}"
    )
    of_pairs = ["the differences"]
    checks = (
        assumptions.few_rows(of_pairs, [each.n]),
        assumptions.shape(of_pairs, [each], (1.0,)),
        assumptions.outliers(of_pairs, [groups[0] - groups[1]]),
    )
    effects = (effect, paired_d(each, confidence))
    return Answer(method, answer, ("t", each.mean / error), (df,), log_p, effects, (), checks)


def analysis_of_variance(
    names: Sequence[str], groups: Sequence[Floats], confidence: float = 0.95, *, pooled: bool = False
) -> Answer:
    """Compare several groups by their means, then every two of them (Games-Howell).

    Args:
        names: Of the groups, three or more.
        groups: Their values, finite.
        confidence: Of the pairs' intervals, over all of them together.
        pooled: Whether to take the variances for equal (Fisher), which Welch does not.

    Source:
        B. L. Welch, On the comparison of several mean values (1951); J. H. Steiger, Beyond the F test (2004)
        for the interval of omega squared.

    Example:
        >>> found = analysis_of_variance("abc", [np.arange(5.0), np.arange(5.0) + 1, np.arange(5.0) + 9])
        >>> round(found.statistic[1], 2), [round(df, 2) for df in found.df]
        (44.92, [2.0, 8.0])
    """
    from statsmodels.stats.oneway import anova_generic

    method = "one-way ANOVA" if pooled else "Welch's ANOVA"
    samples = [moments(each, _origin(groups)) for each in groups]
    why = _why_not(names, samples, pooled=pooled)
    none = Effect("omega squared", math.nan, math.nan, math.nan)
    if why:
        return untested(method, why, none, "F")
    theirs = anova_generic(
        np.array([each.mean for each in samples]),
        np.array([each.variance for each in samples]),
        np.array([each.n for each in samples]),
        use_var="equal" if pooled else "unequal",
    )
    f, df1, df2 = float(theirs.statistic), float(theirs.df_num), float(theirs.df_denom)
    log_p = log_f_tail(f, df1, df2)
    effect = _omega2(f, df1, df2, sum(each.n for each in samples), confidence)
    pairs = games_howell(names, samples, confidence) if len(samples) <= MOST_PAIRED else ()
    answer = _several_in_words(names, samples, effect, method, log_p, pairs)
    checks = (*_checks(names, groups, samples, pooled=pooled), *assumptions.pairs_left_out(len(samples)))
    return Answer(method, answer, ("F", f), (df1, df2), log_p, (effect,), pairs, checks)


def games_howell(
    names: Sequence[str], samples: Sequence[SampleMoments], confidence: float = 0.95
) -> tuple[Pair, ...]:
    """Compare every two of several means, with intervals that hold together.

    Args:
        names: Of the groups.
        samples: Their moments, each with a variance.
        confidence: That all intervals cover.

    Returns:
        The adjusted p-values come from the studentized range; far out in its tail, where it has no digits
        left, from Bonferroni's bound, to which it then comes closest.

    Source:
        P. A. Games, J. F. Howell, Pairwise multiple comparison procedures with unequal n's (1976).

    Example:
        >>> a, b, c = (SampleMoments(20, mean, 1.0, 0.0) for mean in (0.0, 0.1, 3.0))
        >>> print(games_howell("abc", [a, b, c])[0])
        a − b: difference of means -0.1 (95 % interval -0.871 to 0.671; Games-Howell), adjusted p = 0.95
    """
    from statsmodels.stats.libqsturng import qsturng

    k = len(samples)
    found = []
    for i, j in combinations(range(k), 2):
        gap = samples[i].mean - samples[j].mean
        if samples[i].variance + samples[j].variance == 0:
            effect = Effect("difference of means", gap, math.nan, math.nan, "no spread")
            found.append(Pair(names[i], names[j], effect, math.nan))
            continue
        error, df = welch(samples[i], samples[j])
        # Below two degrees of freedom the table of the studentized range ends: Bonferroni's is wider.
        if df >= 2:
            half = float(qsturng(confidence, k, df)) / math.sqrt(2) * error
        else:
            half = t_half(df, 1 - (1 - confidence) / math.comb(k, 2)) * error
        effect = Effect(
            "difference of means", gap, gap - half, gap + half, "Games-Howell", confidence=confidence
        )
        found.append(Pair(names[i], names[j], effect, _log_range_tail(abs(gap / error), k, df)))
    return tuple(found)


def _log_range_tail(t: float, k: int, df: float) -> float:
    """Return ln P(studentized range of k > t * sqrt 2)."""
    from scipy.stats import studentized_range

    bound = min(math.log(math.comb(k, 2)) + two_sided(log_t_tail(t, df)), 0.0)
    if bound < math.log(1e-7):
        return bound
    return min(math.log(float(studentized_range.sf(t * math.sqrt(2), k, df))), bound)


def _omega2(f: float, df1: float, df2: float, n: int, confidence: float) -> Effect:
    """Return the share of variance between groups; its interval agrees with the one-sided F test."""
    value = max(df1 * (f - 1) / (df1 * (f - 1) + n), 0.0)
    two_sided_confidence = 1 - 2 * (1 - confidence)
    low, high = (end / (end + n) for end in f_noncentrality(f, df1, df2, two_sided_confidence))
    return Effect("omega squared", value, low, high, "noncentral F", confidence=two_sided_confidence)


def _origin(groups: Sequence[Floats]) -> float:
    first = next((each for each in groups if len(each)), np.zeros(1))
    return float(first[len(first) // 2])


def _why_not(names: Sequence[str], samples: Sequence[SampleMoments], *, pooled: bool) -> str:
    """Return why there is no test, in one sentence; empty where there is one."""
    empty = [name for name, each in zip(names, samples, strict=True) if each.n == 0]
    if empty:
        return f"{empty[0]} has no value."
    single = [name for name, each in zip(names, samples, strict=True) if each.n == 1]
    if single and not (pooled and len(single) < len(names)):
        return f"{single[0]} has one value, so its spread is not known."
    flat = [name for name, each in zip(names, samples, strict=True) if not each.variance > 0]
    if len(flat) == len(names):
        if len({each.mean for each in samples}) == 1:
            return f"Every value is {number(samples[0].mean + samples[0].origin)}: there is no difference."
        return "The values are the same within each group: there is no spread to hold the difference against."
    if flat and len(names) > 2 and not pooled:
        return (
            f'All values of {flat[0]} are the same, which Welch\'s ANOVA cannot weigh (method="kruskal" can).'
        )
    return ""


def _sizes(a: SampleMoments, b: SampleMoments, confidence: float, *, pooled: bool) -> list[Effect]:
    if min(a.n, b.n) < 2:
        return []
    return [hedges_g(a, b, confidence) if pooled else average_d(a, b, confidence)]


def _checks(
    names: Sequence[str], groups: Sequence[Floats], samples: Sequence[SampleMoments], *, pooled: bool
) -> tuple[Check, ...]:
    sizes = [each.n for each in samples]
    checks = [assumptions.few_rows(names, sizes)]
    if min(sizes) > 1:
        checks += [
            assumptions.shape(names, samples),
            assumptions.spread(names, samples, pooled=pooled),
            assumptions.outliers(names, groups),
        ]
    return tuple(checks)


def _agreement(log_p: float, by_ranks: float, confidence: float) -> list[Check]:
    if math.isnan(by_ranks):
        return []
    limit = math.log(1 - confidence)
    told = f"A test of ranks (Brunner-Munzel) gives {p_text(by_ranks)}"
    if (log_p <= limit) == (by_ranks <= limit):
        return [Check("ranks", concern=False, text=f"{told}: the same conclusion.")]
    text = f"{told}: another conclusion, so means are not all there is to say."
    return [Check("ranks", concern=True, text=text)]


def _mean(each: SampleMoments) -> str:
    return number(each.mean + each.origin)


def _two_in_words(
    names: Sequence[str], samples: Sequence[SampleMoments], effect: Effect, method: str, log_p: float
) -> str:
    a, b = samples
    return (
        f"The mean is {_mean(a)} in {names[0]} (n = {count(a.n)}) and {_mean(b)} in {names[1]} "
        f"(n = {count(b.n)}): a difference of {found_in_words(effect, method, log_p)}. "
        f"{verdict(log_p, effect)}"
    )


def _several_in_words(
    names: Sequence[str],
    samples: Sequence[SampleMoments],
    effect: Effect,
    method: str,
    log_p: float,
    pairs: Sequence[Pair],
) -> str:
    means = [each.mean for each in samples]
    low, high = means.index(min(means)), means.index(max(means))
    level = math.log((1 - effect.confidence) / 2)
    clear = sum(each.log_p <= level for each in pairs)
    ends = f"from {_mean(samples[low])} in {names[low]} to {_mean(samples[high])} in {names[high]}"
    share = f"the groups make {percent(effect.value)} of the variance"
    told = f"The means of {len(names)} groups go {ends}; {share} ({method}, {p_text(log_p)})."
    if log_p > level:
        return f"{told} No difference is shown."
    if not pairs:
        return told
    widest = max(pairs, key=lambda each: abs(each.effect.value))
    return (
        f"{told} {clear} of {len(pairs)} pairs differ beyond chance, all taken together; the widest is "
        f"{widest.first} − {widest.second}: {found_in_words(widest.effect, 'adjusted', widest.log_p)}."
    )
