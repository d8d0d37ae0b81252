"""Groups compared by the order of their values: Mann-Whitney, Brunner-Munzel, Kruskal-Wallis, Wilcoxon."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from interlock.explore.statistics import assumptions
from interlock.explore.statistics.adjust import adjusted_logs
from interlock.explore.statistics.answer import Answer, untested
from interlock.explore.statistics.assumptions import MOST_PAIRED
from interlock.explore.statistics.correlation_ratio import correlation_ratio
from interlock.explore.statistics.estimate import wilson
from interlock.explore.statistics.log_tail import log_chi2_tail, log_normal_tail, p_text, two_sided
from interlock.explore.statistics.midranks import midranks
from interlock.explore.statistics.observations import Floats
from interlock.explore.statistics.rank_sums import mann_whitney, shift, signed_rank, symmetric_centre
from interlock.explore.statistics.result import Check, Effect, Pair, span
from interlock.explore.statistics.superiority import Superiority, cliffs_delta, superiority
from interlock.report.format import count, number, percent

__all__ = ["dunn", "kruskal_wallis", "two_orders", "wilcoxon"]


def two_orders(
    names: Sequence[str], groups: Sequence[Floats], confidence: float = 0.95, *, brunner_munzel: bool = False
) -> Answer:
    """Compare two groups by how often a value of one exceeds one of the other.

    Args:
        names: Of the groups.
        groups: Their values, finite.
        confidence: Of the intervals.
        brunner_munzel: Whether to let the groups spread differently under "no tendency", which Mann and
            Whitney's test takes for equal distributions.

    Source:
        H. B. Mann, D. R. Whitney (1947); E. Brunner, U. Munzel (2000).

    Example:
        >>> two_orders(["a", "b"], [np.array([5.0, 7, 9]), np.array([4.0, 6, 8])]).statistic
        ('U', 6.0)
    """
    method = "Brunner-Munzel test" if brunner_munzel else "Mann-Whitney test"
    why = _why_not(names, groups, 2 if brunner_munzel else 1)
    if why:
        value = _share_above(groups) if all(len(each) for each in groups) else math.nan
        none = Effect("probability of superiority", value, math.nan, math.nan, null=0.5)
        return untested(method, why, none, "U")
    chance = _superiority(groups, confidence)
    ranks = mann_whitney(groups[0], groups[1])
    checks = [assumptions.ties(np.concatenate(groups))]
    if brunner_munzel and not math.isnan(chance.log_p):
        statistic, log_p = ("t", chance.statistic), chance.log_p
    else:
        statistic, log_p = ("U", ranks.statistic), ranks.log_p
        if brunner_munzel:
            text = "The groups do not overlap, where Brunner-Munzel has no p-value; it is Mann-Whitney's."
            checks.append(Check("overlap", concern=False, text=text))
        checks.append(_kind(exact=ranks.exact))
    df = (chance.df,) if statistic[0] == "t" else ()
    moved = shift(groups[0], groups[1], confidence)
    effects = [chance.effect, cliffs_delta(chance.effect), *([moved] if moved else [])]
    checks += _agreement(log_p, chance.effect)
    return Answer(
        method, _in_words(names, groups, effects, method, log_p), statistic, df, log_p, tuple(effects), (),
        tuple(checks),
    )  # fmt: skip


def wilcoxon(names: Sequence[str], groups: Sequence[Floats], confidence: float = 0.95) -> Answer:
    """Compare two measurements of the same units by the signed ranks of their differences.

    Args:
        names: Of the measurements; the second is subtracted.
        groups: Their values, place by place.
        confidence: Of the interval.

    Source:
        F. Wilcoxon (1945); J. L. Hodges, E. L. Lehmann (1963).

    Example:
        >>> wilcoxon(["a", "b"], [np.array([2.0, 4, 6]), np.array([1.0, 1, 1])]).statistic
        ('V', 6.0)
    """
    method = "Wilcoxon signed-rank test"
    differences = groups[0] - groups[1]
    moved = differences[differences != 0]
    if len(moved) == 0:
        why = "No pair differs." if len(differences) else "There are no pairs with both values."
        middle = 0.0 if len(differences) else math.nan
        return untested(method, why, Effect("centre of the differences", middle, math.nan, math.nan), "V")
    found = signed_rank(differences)
    centre = symmetric_centre(differences, confidence)
    above = wilson(int((moved > 0).sum()), len(moved), confidence)
    share = Effect("share of pairs above", above.value, above.low, above.high, "Wilson", 0.5, confidence)
    effects = (centre, share) if centre else (share,)
    told = f"; the centre of the differences is {number(centre.value, 3)} ({span(centre)})" if centre else ""
    text = (
        f"In {percent(above.value)} of the {count(len(moved))} pairs that differ {names[0]} is above "
        f"{names[1]}{told}. {_chance(found.log_p, method, confidence)}"
    )
    zero = len(differences) - len(moved)
    checks = (
        _kind(exact=found.exact),
        Check("zeros", concern=False, text=f"{count(zero)} of the pairs do not differ: they tell nothing."),
        Check(
            "symmetry",
            concern=False,
            text="The centre is the median only if the differences are symmetric around it.",
        ),
    )
    return Answer(method, text, ("V", found.statistic), (), found.log_p, effects, (), checks)


def kruskal_wallis(names: Sequence[str], groups: Sequence[Floats], confidence: float = 0.95) -> Answer:
    """Compare several groups by their ranks, then every two of them (Dunn, Holm).

    Args:
        names: Of the groups.
        groups: Their values, finite.
        confidence: Of the intervals.

    Source:
        W. Kruskal, W. A. Wallis (1952); O. J. Dunn (1964); T. L. Kelley (1935) for epsilon squared.

    Example:
        >>> found = kruskal_wallis("abc", [np.arange(5.0), np.arange(5.0) + 1, np.arange(5.0) + 9])
        >>> found.statistic[0], found.df
        ('H', (2.0,))
    """
    method = "Kruskal-Wallis test"
    everything = np.concatenate(groups)
    why = _why_not(names, groups, 1)
    if why:
        return untested(method, why, Effect("epsilon squared", math.nan, math.nan, math.nan), "H")
    n, sizes = len(everything), np.array([len(each) for each in groups])
    codes = np.repeat(np.arange(len(groups)), sizes)
    ranks = midranks(everything)
    means = np.bincount(codes, ranks) / sizes
    h = (n - 1) * float(sizes @ (means - ranks.mean()) ** 2) / float(((ranks - ranks.mean()) ** 2).sum())
    df = float(len(groups) - 1)
    log_p = log_chi2_tail(h, df)
    eta = correlation_ratio(everything, codes)
    effect = Effect("epsilon squared", eta.value**2, eta.low**2, eta.high**2, "delta method, ranks")
    pairs = dunn(names, groups, confidence) if len(groups) <= MOST_PAIRED else ()
    checks = [assumptions.ties(everything), *assumptions.pairs_left_out(len(groups))]
    if min(sizes) < 5:
        small = f"{names[int(sizes.argmin())]} has {count(int(sizes.min()))} values"
        checks.append(
            Check("rows", concern=True, text=f"{small}: the chi-square approximation wants five a group.")
        )
    text = (
        f"The groups make {percent(effect.value)} of the variance of the ranks ({method}, {p_text(log_p)}). "
        f"{_of_pairs(pairs, means, names, log_p, confidence)}"
    )
    return Answer(method, text, ("H", h), (df,), log_p, (effect,), pairs, tuple(checks))


def dunn(names: Sequence[str], groups: Sequence[Floats], confidence: float = 0.95) -> tuple[Pair, ...]:
    """Compare every two of several groups by their ranks among all; p-values adjusted by Holm.

    Args:
        names: Of the groups.
        groups: Their values.
        confidence: Of the probabilities of superiority, each on its own.

    Source:
        O. J. Dunn, Multiple comparisons using rank sums (1964); S. Holm (1979).

    Example:
        >>> len(dunn("abc", [np.arange(5.0), np.arange(5.0) + 1, np.arange(5.0) + 9]))
        3
    """
    everything = np.concatenate(groups)
    n, ranks = len(everything), midranks(everything)
    means = [float(each.mean()) for each in np.split(ranks, np.cumsum([len(each) for each in groups])[:-1])]
    _, counts = np.unique(everything, return_counts=True)
    tied = float(np.sum(counts.astype(np.float64) ** 3 - counts))
    variance = n * (n + 1) / 12 - tied / (12 * (n - 1))
    places = list(combinations(range(len(groups)), 2))
    z = [
        (means[i] - means[j]) / math.sqrt(variance * (1 / len(groups[i]) + 1 / len(groups[j])))
        for i, j in places
    ]
    logs = adjusted_logs(np.array([two_sided(log_normal_tail(abs(each))) for each in z]), "holm")
    return tuple(
        Pair(names[i], names[j], _superiority((groups[i], groups[j]), confidence).effect, float(log_p))
        for (i, j), log_p in zip(places, logs, strict=True)
    )


def _superiority(groups: Sequence[Floats], confidence: float) -> Superiority:
    if min(len(each) for each in groups) > 1:
        return superiority(groups[0], groups[1], confidence)
    effect = Effect("probability of superiority", _share_above(groups), math.nan, math.nan, null=0.5)
    return Superiority(effect, math.nan, math.nan, math.nan)


def _share_above(groups: Sequence[Floats]) -> float:
    m, n = len(groups[0]), len(groups[1])
    return (float(midranks(np.concatenate(groups))[:m].sum()) - m * (m + 1) / 2) / (m * n)


def _why_not(names: Sequence[str], groups: Sequence[Floats], least: int) -> str:
    for name, each in zip(names, groups, strict=True):
        if len(each) < least:
            return f"{name} has {'one value' if len(each) else 'no value'}."
    everything = np.concatenate(groups)
    if bool((everything == everything[0]).all()):
        return f"Every value is {number(float(everything[0]))}: there is no difference."
    return ""


def _kind(*, exact: bool) -> Check:
    text = "The p-value is exact." if exact else "The p-value is the normal approximation's."
    return Check("approximation", concern=False, text=text)


def _agreement(log_p: float, effect: Effect) -> list[Check]:
    if math.isnan(effect.low) or (log_p <= math.log(1 - effect.confidence)) == (
        effect.low > 0.5 or effect.high < 0.5
    ):
        return []
    text = (
        f"The p-value ({p_text(log_p)}) and the interval do not draw the line at the same place: the "
        "interval is the more cautious for few rows, and lets the groups spread differently."
    )
    return [Check("interval", concern=True, text=text)]


def _chance(log_p: float, method: str, confidence: float) -> str:
    level = percent(1 - confidence)
    beyond = log_p <= math.log(1 - confidence)
    told = (
        f"more than chance alone would give, at the {level} level" if beyond else "within what chance gives"
    )
    return f"That is {told} ({method}, {p_text(log_p)})."


def _in_words(
    names: Sequence[str], groups: Sequence[Floats], effects: Sequence[Effect], method: str, log_p: float
) -> str:
    chance = effects[0]
    medians = [number(float(np.median(each))) for each in groups]
    share = f"{percent(chance.value)} of the pairs"
    ends = "" if math.isnan(chance.low) else f" ({span(chance)})"
    return (
        f"A value of {names[0]} (median {medians[0]}, n = {count(len(groups[0]))}) exceeds one of {names[1]} "
        f"(median {medians[1]}, n = {count(len(groups[1]))}) in {share}{ends}. "
        f"{_chance(log_p, method, chance.confidence)}"
    )


def _of_pairs(
    pairs: Sequence[Pair], means: Floats, names: Sequence[str], log_p: float, confidence: float
) -> str:
    level = math.log(1 - confidence)
    if log_p > level:
        return "No difference is shown."
    clear = sum(each.log_p <= level for each in pairs)
    if not pairs:
        return "That is more than chance alone would give."
    return (
        f"{clear} of {len(pairs)} pairs differ beyond chance, adjusted for all of them; "
        f"{names[int(means.argmax())]} tends to the largest values, "
        f"{names[int(means.argmin())]} to the smallest."
    )
