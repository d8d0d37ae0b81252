"""Shares compared: two of different rows, one with a known share, and two of the same rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from interlock.errors import InputError
from interlock.explore.statistics import assumptions
from interlock.explore.statistics.answer import Answer, found_in_words, untested, verdict
from interlock.explore.statistics.compare_categories import fisher_log_p
from interlock.explore.statistics.estimate import Estimate, newcombe, wilson
from interlock.explore.statistics.log_tail import log_beta_tail, log_normal_tail, p_text, two_sided
from interlock.explore.statistics.observations import Floats
from interlock.explore.statistics.result import Check, Effect, Group, Result, span
from interlock.explore.statistics.score import (
    difference_interval,
    difference_z,
    odds_ratio_interval,
    paired_difference_interval,
    paired_difference_z,
    ratio_interval,
)
from interlock.report.format import count, number, percent
from interlock.report.values import Intervals

__all__ = ["ShareMethod", "compare_proportions", "paired_shares", "share", "shares_pictured", "two_shares"]

ShareMethod = Literal["auto", "score", "pearson", "newcombe", "fisher"]


def compare_proportions(
    count1: int,
    n1: int,
    count2: int | None = None,
    n2: int | None = None,
    *,
    against: float | None = None,
    names: tuple[str, str] = ("first", "second"),
    method: ShareMethod = "auto",
    confidence: float = 0.95,
) -> Result:
    """Compare two shares, given as counts, or one share with a known one.

    Args:
        count1: How many of the first.
        n1: Of how many.
        count2: How many of the second; it is subtracted.
        n2: Of how many.
        against: A known share, 0 to 1, in place of a second one.
        names: What people call the two.
        method: `score` is Miettinen and Nurminen's, whose intervals agree with its test; `pearson` is the
            chi-square test without correction, with Mee's interval; `newcombe` the same test with his
            interval; `fisher` the exact test. `auto` takes `score`, and `fisher` where a count below 1 is
            expected.
        confidence: Of the intervals.

    Returns:
        The difference, ratio and odds ratio of the shares with intervals, first minus (or over) second.

    Raises:
        InputError: If the counts are no counts, or there is nothing to compare with.

    Source:
        O. Miettinen, M. Nurminen (1985); I. Campbell (2007) for small counts; E. B. Wilson (1927).

    Example:
        >>> found = compare_proportions(1100, 10_000, 1000, 10_000, names=("new", "old"))
        >>> print(found.effect)
        difference of shares 0.01 (95 % interval 0.0015 to 0.0185; Miettinen-Nurminen score)
        >>> print(found.text)
        The share is 11 % in new (n = 10,000) and 10 % in old (n = 10,000): a difference of 0.01 (95 % interval 0.0015 to 0.0185; score test, p = 0.021). That is more than chance alone would give, at the 5 % level. The odds are 1.11 times as high (95 % interval 1.02 to 1.22).
    """  # noqa: E501 - the sentence is one line
    _check(count1, n1)
    if against is not None:
        return _result([names[0]], [count1], [n1], share(count1, n1, against, confidence), "", "")
    if count2 is None or n2 is None:
        raise InputError(
            "there is nothing to compare with", next_step="give count2 and n2, or against= a share"
        )
    _check(count2, n2)
    answer, reason = two_shares(names, (count1, count2), (n1, n2), method, confidence)
    question = f"Does the share differ between {names[0]} and {names[1]}?"
    return _result(list(names), [count1, count2], [n1, n2], answer, question, reason)


def two_shares(
    names: Sequence[str],
    counts: Sequence[int],
    totals: Sequence[int],
    method: ShareMethod = "auto",
    confidence: float = 0.95,
) -> tuple[Answer, str]:
    """Compare two shares of different rows.

    Args:
        names: Of the groups; the second is subtracted.
        counts: How many in each.
        totals: Of how many in each.
        method: As for `compare_proportions`.
        confidence: Of the intervals.

    Returns:
        What was found, and why by this method.

    Example:
        >>> two_shares(["a", "b"], (4, 0), (4, 4), "fisher")[0].method
        "Fisher's exact test"
    """
    (x1, x2), (m, n) = counts, totals
    if min(m, n) == 0:
        empty = names[0] if m == 0 else names[1]
        none = Effect("difference of shares", math.nan, math.nan, math.nan)
        return untested("score test", f"{empty} has no value.", none, "z"), "two groups of yes and no"
    expected = np.outer([m, n], [x1 + x2, m + n - x1 - x2]) / (m + n)
    auto = "fisher" if expected[expected > 0].min() < 1 else "score"
    chosen = auto if method == "auto" else method
    corrected = chosen != "pearson"
    z = difference_z(x1, m, x2, n, corrected=chosen in {"score", "fisher"})
    log_p = two_sided(log_normal_tail(abs(z)))
    if chosen == "fisher":
        log_p = fisher_log_p(np.array([[x1, m - x1], [x2, n - x2]]))
    said = _METHODS[chosen]
    effect = difference_interval(x1, m, x2, n, confidence, corrected=corrected)
    if chosen == "newcombe":
        effect = _newcombe(wilson(x1, m, confidence), wilson(x2, n, confidence), confidence)
        z = difference_z(x1, m, x2, n, corrected=False)
        log_p = two_sided(log_normal_tail(abs(z)))
    effects = (
        effect,
        ratio_interval(x1, m, x2, n, confidence, corrected=corrected),
        odds_ratio_interval(x1, m, x2, n, confidence, corrected=corrected),
    )
    checks = [assumptions.expected_counts(expected, exact=chosen == "fisher")]
    checks += _agreement(log_p, effect)
    reason = "asked for" if method != "auto" else _REASONS[chosen]
    text = _two_in_words(names, counts, totals, effects, said, log_p)
    return Answer(said, text, ("z", z), (), log_p, effects, (), tuple(checks)), reason


def share(count1: int, n: int, against: float, confidence: float = 0.95) -> Answer:
    """Compare one share with a known one, by the score test that Wilson's interval inverts.

    Args:
        count1: How many.
        n: Of how many.
        against: The known share, strictly between 0 and 1.
        confidence: Of the interval.

    Raises:
        InputError: If `against` is no such share.

    Source:
        E. B. Wilson (1927).

    Example:
        >>> found = share(60, 100, 0.5)
        >>> round(found.statistic[1], 9), round(math.exp(found.log_p), 4)
        (2.0, 0.0455)
    """
    if not 0 < against < 1:
        step = "give the share that is known already, such as 0.5"
        raise InputError("a known share lies between 0 and 1", where="against", got=against, next_step=step)
    found = wilson(count1, n, confidence)
    z = (found.value - against) / math.sqrt(against * (1 - against) / n)
    log_p = two_sided(log_normal_tail(abs(z)))
    effect = Effect("share", found.value, found.low, found.high, "Wilson", against, confidence)
    beyond = log_p <= math.log(1 - confidence)
    told = "beyond" if beyond else "within"
    text = (
        f"{percent(found.value)} of {count(n)} ({span(effect)}) is {told} what chance gives around "
        f"{percent(against)} (score test, {p_text(log_p)})."
    )
    few = min(n * against, n * (1 - against))
    check = Check("rows", concern=few < 5, text=f"The smaller expected count is {number(few, 3)}.")
    return Answer("score test", text, ("z", z), (), log_p, (effect,), (), (check,))


def paired_shares(
    names: Sequence[str], groups: Sequence[Floats], confidence: float = 0.95, *, exact: bool = False
) -> Answer:
    """Compare two yes-or-no measurements of the same units (McNemar).

    Args:
        names: Of the measurements; the second is subtracted.
        groups: Ones and zeros, place by place.
        confidence: Of the interval.
        exact: Whether to use the binomial distribution of the pairs that differ.

    Source:
        Q. McNemar (1947); T. Tango (1998) for the interval, which agrees with the test that is not exact;
        M. W. Fagerland, S. Lydersen, P. Laake (2013) for doing without a correction.

    Example:
        >>> one, other = np.array([1.0] * 8 + [0.0] * 4), np.array([1.0] * 3 + [0.0] * 9)
        >>> paired_shares(["one", "other"], [one, other]).statistic
        ('z', 2.236...)
    """
    method = "McNemar's exact test" if exact else "McNemar's test"
    n = len(groups[0])
    if n == 0:
        none = Effect("difference of shares", math.nan, math.nan, math.nan)
        return untested(method, "There are no pairs with both values.", none, "z")
    gained, lost = int((groups[0] > groups[1]).sum()), int((groups[0] < groups[1]).sum())
    z = paired_difference_z(gained, lost, n)
    log_p = _binomial_log_p(min(gained, lost), gained + lost) if exact else two_sided(log_normal_tail(abs(z)))
    effect = paired_difference_interval(gained, lost, n, confidence)
    first, second = (percent(float(each.mean())) for each in groups)
    text = (
        f"Over {count(n)} pairs the share is {first} in {names[0]} and {second} in {names[1]}: a difference "
        f"of {found_in_words(effect, method, log_p)}. {verdict(log_p, effect)}"
    )
    few = gained + lost < 10
    told = f"{count(gained + lost)} pairs differ, {count(gained)} of them towards {names[0]}"
    hint = ': few for the approximation, exact is method="mcnemar-exact".' if few and not exact else "."
    checks = (Check("pairs that differ", concern=few and not exact, text=told + hint),)
    return Answer(method, text, ("z", z), (), log_p, (effect,), (), (*checks, *_agreement(log_p, effect)))


def shares_pictured(
    title: str, names: Sequence[str], counts: Sequence[int], totals: Sequence[int], shown: str = "share"
) -> Intervals:
    """Return the shares of groups as a picture.

    Example:
        >>> shares_pictured("Late", ["EWR", "JFK"], [27, 22], [100, 100]).values
        (0.27, 0.22)
    """
    found = [wilson(x, n) for x, n in zip(counts, totals, strict=True) if n]
    kept = [name for name, n in zip(names, totals, strict=True) if n]
    return Intervals(
        title=title,
        n=sum(totals),
        x_title=shown,
        note="95 % Wilson intervals",
        labels=tuple(kept),
        values=tuple(each.value for each in found),
        low=tuple(each.low for each in found),
        high=tuple(each.high for each in found),
        counts=tuple(n for n in totals if n),
    )


_METHODS = {
    "score": "score test",
    "pearson": "chi-square test",
    "newcombe": "chi-square test",
    "fisher": "Fisher's exact test",
}
_REASONS = {
    "score": "two groups of yes and no: the score test, whose intervals agree with it",
    "fisher": "two groups of yes and no, and an expected count below 1: the exact test",
}


def _check(x: int, n: int) -> None:
    if not 0 <= x <= n or int(x) != x or int(n) != n:
        raise InputError(
            "a share is a count out of a whole",
            got=f"{x} of {n}",
            next_step="give whole numbers, 0 <= count <= n",
        )


def _newcombe(first: Estimate, second: Estimate, confidence: float) -> Effect:
    gap = newcombe(first, second)
    return Effect("difference of shares", gap.value, gap.low, gap.high, "Newcombe score", 0.0, confidence)


def _agreement(log_p: float, effect: Effect) -> list[Check]:
    outside = effect.low > effect.null or effect.high < effect.null
    if outside == (log_p <= math.log(1 - effect.confidence)):
        return []
    text = f"The p-value ({p_text(log_p)}) and the interval fall on two sides of the line: a close call."
    return [Check("interval", concern=True, text=text)]


def _binomial_log_p(fewer: int, n: int) -> float:
    """Return the logarithm of the two-sided p-value of a fair coin."""
    if 2 * fewer >= n:
        return 0.0
    return two_sided(log_beta_tail(n - fewer, fewer + 1, 0.5))


def _two_in_words(
    names: Sequence[str],
    counts: Sequence[int],
    totals: Sequence[int],
    effects: Sequence[Effect],
    method: str,
    log_p: float,
) -> str:
    first, second = (percent(x / n) for x, n in zip(counts, totals, strict=True))
    odds = effects[2]
    told = (
        f" The odds are {number(odds.value, 3)} times as high ({span(odds)})."
        if math.isfinite(odds.value)
        else ""
    )
    return (
        f"The share is {first} in {names[0]} (n = {count(totals[0])}) and {second} in {names[1]} "
        f"(n = {count(totals[1])}): a difference of {found_in_words(effects[0], method, log_p)}. "
        f"{verdict(log_p, effects[0])}{told}"
    )


def _result(
    names: list[str], counts: list[int], totals: list[int], answer: Answer, question: str, reason: str
) -> Result:
    groups = []
    for name, x, n in zip(names, counts, totals, strict=True):
        found = wilson(x, n) if n else Estimate(math.nan, math.nan, math.nan, 0)
        groups.append(Group(name, n, mean=found.value, low=found.low, high=found.high))
    question = question or f"Is the share of {names[0]} {number(answer.effects[0].null)}?"
    return Result(
        question=question,
        method=answer.method,
        reason=reason or "one share and a known one: the score test, whose interval is Wilson's",
        text=answer.text,
        statistic=answer.statistic,
        df=answer.df,
        log_p=answer.log_p,
        effects=answer.effects,
        groups=tuple(groups),
        checks=(*answer.checks, assumptions.independence()),
        n=sum(totals),
        picture=shares_pictured(question, names, counts, totals),
    )
