"""Are two groups near enough to equal, or one not worse by more than a margin? Two one-sided tests."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

from interlock.errors import InputError
from interlock.explore.statistics import assumptions
from interlock.explore.statistics.compare_means import welch
from interlock.explore.statistics.log_tail import log_normal_tail, log_t_tail, p_text
from interlock.explore.statistics.moments import SampleMoments, moments, t_half
from interlock.explore.statistics.observations import Floats, Observations, observations
from interlock.explore.statistics.result import Check, Effect, Group, Result, span, to_mind
from interlock.explore.statistics.score import (
    difference_interval,
    difference_z,
    paired_difference_interval,
    paired_difference_z,
)
from interlock.report.format import count, number, percent
from interlock.report.values import Intervals

__all__ = ["Side", "equivalence", "equivalence_proportions"]

Side = Literal["both", "lower", "upper"]


class _Measured(NamedTuple):
    """What the two one-sided tests need.

    Args:
        method: In words.
        effect: The difference with an interval of confidence 1 - 2 alpha.
        lower: The log p-value against a difference at or below the lower bound.
        upper: Against one at or above the upper bound.
        statistics: Of the two tests.
        df: Degrees of freedom.
        checks: Of the assumptions.
    """

    method: str
    effect: Effect
    lower: float
    upper: float
    statistics: tuple[tuple[str, float], tuple[str, float]]
    df: tuple[float, ...]
    checks: tuple[Check, ...]


def equivalence(
    *data: Any,
    margin: float | tuple[float, float],
    side: Side = "both",
    unit: Literal["raw", "sd"] = "raw",
    value: str | None = None,
    by: str | None = None,
    pair: str | None = None,
    paired: bool = False,
    names: Sequence[str] | None = None,
    reference: str | None = None,
    alpha: float = 0.05,
) -> Result:
    """Test whether two groups are equivalent, or one is not worse: the burden of proof turned round.

    A difference that is "not significant" proves nothing; here the claim is that it lies inside a margin that
    was chosen beforehand, and the p-value is that of its lying outside.

    Args:
        data: Two sequences, a mapping of two, or one table with `value` and `by`. Yes and no are compared by
            their shares.
        margin: The largest difference that does not matter: one number for both directions, or the lower and
            the upper bound of first minus second.
        side: `both` for equivalence; `lower` to show only that first minus second is above the lower bound
            (non-inferiority where more is better); `upper` that it is below the upper one (where less is).
        unit: Whether the margin is in the unit of the values, or in standard deviations (the root of the mean
            variance; of the differences where they are paired).
        value: The measured column of the table.
        by: The column that makes the groups.
        pair: The column that says which rows belong together.
        paired: Whether the sequences are measurements of the same units.
        names: Of the groups.
        reference: The group that is subtracted; by default the second.
        alpha: The level of each one-sided test; the interval shown has 1 - 2 alpha.

    Returns:
        The difference, its interval (90 % for a level of 5 %), and the p-value of the claim: the larger of the
        two one-sided ones.

    Raises:
        InputError: If there are not two groups, the margin makes no sense, or the values are categories.

    Source:
        D. J. Schuirmann, A comparison of the two one-sided tests procedure (1987); C. P. Farrington,
        G. Manning (1990) for shares; T. Tango (1998) for paired shares.

    Example:
        >>> old, new = [5.1, 4.9, 5.0, 5.2, 4.8, 5.0], [5.0, 5.1, 4.9, 5.1, 4.9, 5.0]
        >>> found = equivalence(new, old, margin=0.3, names=["new", "old"])
        >>> print(found.text)
        Equivalent: new − old is 0 (90 % interval -0.126 to 0.126), inside the margin of -0.3 to 0.3 (two one-sided Welch t-tests, p = 0.001). Mind the checks: rows.
    """  # noqa: E501 - the text is one line
    from interlock.explore.statistics.compare import with_last

    low, high = _margin(margin, side, alpha)
    found = observations(data, value=value, by=by, pair=pair, names=names, paired=paired)
    if len(found.names) != 2 or found.kind == "category":
        got = f"{len(found.names)} groups of {found.kind} values"
        step = "take two of the groups, or ask `compare` whether they differ"
        raise InputError("equivalence is of two groups of numbers, or of yes and no", got=got, next_step=step)
    found = with_last(found, reference)
    pairs = paired or pair is not None
    groups = found.complete if pairs else found.groups
    scale = 1.0
    if unit == "sd":
        scale = _deviation(found, groups, paired=pairs)
        low, high = low * scale, high * scale
    measured = _measured(found, groups, low, high, alpha, paired=pairs)
    rows = len(found.rows[0]) if pairs else sum(len(each) for each in found.rows)
    n = len(groups[0]) if pairs else sum(len(each) for each in groups)
    missing = rows - n + found.unplaced
    told = tuple(
        Group(name, len(each), gap, float(each.mean()) if len(each) else math.nan)
        for name, each, gap in zip(found.names, found.groups, found.missing, strict=True)
    )
    checks = (*measured.checks, assumptions.independence(paired=pairs, unit=pair or ""))
    return _result(found.names, measured, (low, high), side, told, checks, n, missing)


def equivalence_proportions(
    count1: int,
    n1: int,
    count2: int,
    n2: int,
    *,
    margin: float | tuple[float, float],
    side: Side = "both",
    names: tuple[str, str] = ("first", "second"),
    alpha: float = 0.05,
) -> Result:
    """Test whether two shares, given as counts, are equivalent, or one is not worse.

    Args:
        count1: How many of the first.
        n1: Of how many, at least 1.
        count2: How many of the second; its share is subtracted.
        n2: Of how many, at least 1.
        margin: As for `equivalence`, as a difference of shares.
        side: As for `equivalence`.
        names: What people call the two.
        alpha: The level of each one-sided test.

    Returns:
        As of `equivalence`: the difference with the interval that decides, and the p-value.

    Raises:
        InputError: If the counts are no counts, or the margin makes no sense.

    Source:
        C. P. Farrington, G. Manning (1990); O. Miettinen, M. Nurminen (1985).

    Example:
        >>> found = equivalence_proportions(850, 1000, 860, 1000, margin=0.05, side="lower", alpha=0.025)
        >>> found.text.partition(":")[0]
        'Not inferior'
    """
    low, high = _margin(margin, side, alpha)
    for x, n in ((count1, n1), (count2, n2)):
        if not 0 <= x <= n or n < 1:
            step = "give whole numbers: how many, and of how many, at least 1"
            raise InputError("a share is a count out of a whole", got=f"{x} of {n}", next_step=step)
    measured = _of_shares((count1, count2), (n1, n2), low, high, alpha)
    told = tuple(
        Group(name, n, 0, x / n) for name, x, n in zip(names, (count1, count2), (n1, n2), strict=True)
    )
    checks = (*measured.checks, assumptions.independence())
    return _result(names, measured, (low, high), side, told, checks, n1 + n2, 0)


def _margin(margin: float | tuple[float, float], side: Side, alpha: float) -> tuple[float, float]:
    if side not in get_args(Side):
        raise InputError("there is no such side", where="side", got=side, next_step="both, lower or upper")
    if not 0 < alpha < 0.5:
        raise InputError("a level lies between 0 and 0.5", where="alpha", got=alpha, next_step="0.05")
    low, high = margin if isinstance(margin, tuple) else (-margin, margin)
    if not low < high:
        step = "give one number above 0, or a lower and an upper bound"
        raise InputError("a margin leaves room for a difference", where="margin", got=margin, next_step=step)
    return float(low), float(high)


def _deviation(found: Observations, groups: Sequence[Floats], *, paired: bool) -> float:
    if found.kind == "boolean":
        raise InputError("a margin of shares is in shares", where="unit", got="sd", next_step='unit="raw"')
    if paired:
        return math.sqrt(moments(groups[0] - groups[1]).variance)
    return math.sqrt(sum(moments(each).variance for each in groups) / 2)


def _measured(
    found: Observations, groups: Sequence[Floats], low: float, high: float, alpha: float, *, paired: bool
) -> _Measured:
    if found.kind == "boolean":
        if paired:
            return _of_paired_shares(groups, low, high, alpha)
        counts, totals = [int(each.sum()) for each in groups], [len(each) for each in groups]
        return _of_shares(counts, totals, low, high, alpha)
    if paired:
        return _of_pairs(groups, low, high, alpha)
    return _of_means(found.names, groups, low, high, alpha)


def _of_means(
    names: Sequence[str], groups: Sequence[Floats], low: float, high: float, alpha: float
) -> _Measured:
    method = "two one-sided Welch t-tests"
    origin = float(groups[0][0]) if len(groups[0]) else 0.0
    a, b = (moments(each, origin) for each in groups)
    if min(a.n, b.n) < 2 or a.variance + b.variance == 0:
        return _nothing(
            method, a.mean - b.mean, "Each group needs two values, and one of them a spread.", alpha
        )
    error, df = welch(a, b)
    checks = (
        assumptions.few_rows(names, [a.n, b.n]),
        assumptions.shape(names, [a, b]),
        assumptions.outliers(names, groups),
    )
    return _by_t(method, a.mean - b.mean, error, df, low, high, alpha, checks)


def _of_pairs(groups: Sequence[Floats], low: float, high: float, alpha: float) -> _Measured:
    method = "two one-sided paired t-tests"
    each: SampleMoments = moments(groups[0] - groups[1])
    if each.n < 2 or each.variance == 0:
        return _nothing(method, each.mean, "There must be two pairs that do not differ alike.", alpha)
    checks = (
        assumptions.few_rows(["the differences"], [each.n]),
        assumptions.shape(["the differences"], [each], (1.0,)),
    )
    return _by_t(method, each.mean, math.sqrt(each.error2), float(each.n - 1), low, high, alpha, checks)


def _by_t(
    method: str,
    gap: float,
    error: float,
    df: float,
    low: float,
    high: float,
    alpha: float,
    checks: tuple[Check, ...],
) -> _Measured:
    half = t_half(df, 1 - 2 * alpha) * error
    effect = Effect("difference of means", gap, gap - half, gap + half, method, confidence=1 - 2 * alpha)
    above, below = (gap - low) / error, (gap - high) / error
    logs = log_t_tail(above, df), log_t_tail(-below, df)
    return _Measured(method, effect, *logs, (("t", above), ("t", below)), (df,), checks)


def _of_shares(
    counts: Sequence[int], totals: Sequence[int], low: float, high: float, alpha: float
) -> _Measured:
    method = "two one-sided score tests"
    if min(totals) == 0:
        return _nothing(method, math.nan, "A group has no value.", alpha)
    four = (counts[0], totals[0], counts[1], totals[1])
    effect = difference_interval(*four, 1 - 2 * alpha)
    above, below = (difference_z(*four, min(max(end, -1.0), 1.0)) for end in (low, high))
    few = min(min(x, n - x) for x, n in zip(counts, totals, strict=True))
    text = f"The smallest count is {count(few)}{'' if few >= 5 else ': few for the approximation'}."
    checks = (Check("counts", concern=few < 5, text=text),)
    logs = log_normal_tail(above), log_normal_tail(-below)
    return _Measured(method, effect, *logs, (("z", above), ("z", below)), (), checks)


def _of_paired_shares(groups: Sequence[Floats], low: float, high: float, alpha: float) -> _Measured:
    method = "two one-sided score tests of pairs"
    n = len(groups[0])
    if n == 0:
        return _nothing(method, math.nan, "There are no pairs with both values.", alpha)
    gained, lost = int((groups[0] > groups[1]).sum()), int((groups[0] < groups[1]).sum())
    effect = paired_difference_interval(gained, lost, n, 1 - 2 * alpha)
    above, below = (paired_difference_z(gained, lost, n, min(max(end, -1.0), 1.0)) for end in (low, high))
    text = f"{count(gained + lost)} of {count(n)} pairs differ."
    checks = (Check("pairs that differ", concern=gained + lost < 10, text=text),)
    logs = log_normal_tail(above), log_normal_tail(-below)
    return _Measured(method, effect, *logs, (("z", above), ("z", below)), (), checks)


def _nothing(method: str, gap: float, why: str, alpha: float) -> _Measured:
    effect = Effect("difference", gap, math.nan, math.nan, method, confidence=1 - 2 * alpha)
    none = (("statistic", math.nan), ("statistic", math.nan))
    checks = (Check("data", concern=True, text=why),)
    return _Measured(method, effect, math.nan, math.nan, none, (), checks)


def _result(
    names: Sequence[str],
    measured: _Measured,
    bounds: tuple[float, float],
    side: Side,
    groups: tuple[Group, ...],
    checks: tuple[Check, ...],
    n: int,
    missing: int,
) -> Result:
    # The claim is as sure as the less sure of the tests that it needs.
    lower_is_weaker = side == "lower" or (side == "both" and not measured.lower < measured.upper)
    log_p = measured.lower if lower_is_weaker else measured.upper
    question = _question(names, bounds, side)
    text = _in_words(names, measured, bounds, side, log_p)
    if missing:
        text += f" {count(missing)} {'rows' if missing > 1 else 'row'} without a value left out."
    each = f"lower bound {p_text(measured.lower)}, upper bound {p_text(measured.upper)}"
    ends = f"{number(100 * measured.effect.confidence)} % interval"
    told = f"One test a bound ({each}): both are small enough exactly when the {ends} lies inside."
    checks = (*checks, Check("two tests", concern=False, text=told)) if not math.isnan(log_p) else checks
    return Result(
        question=question,
        method=measured.method if side == "both" else measured.method.replace("two one-sided", "one-sided"),
        reason="the margin is yours: it must be set before the data are seen",
        text=text + to_mind(checks),
        statistic=measured.statistics[0 if lower_is_weaker else 1],
        df=measured.df,
        log_p=log_p,
        effects=(measured.effect,),
        groups=groups,
        checks=checks,
        n=n,
        missing=missing,
        picture=_picture(question, names, measured.effect, bounds, side, n),
    )


def _question(names: Sequence[str], bounds: tuple[float, float], side: Side) -> str:
    first, second = names
    if side == "lower":
        return f"Is {first} − {second} above {number(bounds[0])}?"
    if side == "upper":
        return f"Is {first} − {second} below {number(bounds[1])}?"
    return f"Is {first} − {second} between {number(bounds[0])} and {number(bounds[1])}?"


def _in_words(
    names: Sequence[str], measured: _Measured, bounds: tuple[float, float], side: Side, log_p: float
) -> str:
    effect, alpha = measured.effect, (1 - measured.effect.confidence) / 2
    if math.isnan(log_p):
        return f"{measured.checks[0].text} No test is possible."
    inside = {
        "both": f"the margin of {number(bounds[0], 3)} to {number(bounds[1], 3)}",
        "lower": f"what is above {number(bounds[0], 3)}",
        "upper": f"what is below {number(bounds[1], 3)}",
    }[side]
    method = measured.method if side == "both" else measured.method.replace("two one-sided", "one-sided")
    if not method.endswith("s of pairs") and side != "both":
        method = method.removesuffix("s")
    told = f"{names[0]} − {names[1]} is {number(effect.value, 3)} ({span(effect)})"
    tested = f"({method}, {p_text(log_p)})"
    if log_p <= math.log(alpha):
        claim = {"both": "Equivalent", "lower": "Not inferior", "upper": "Not higher"}[side]
        return f"{claim}: {told}, inside {inside} {tested}."
    beyond = (effect.high < bounds[0] and side != "upper") or (effect.low > bounds[1] and side != "lower")
    if beyond:
        return f"Not equivalent: {told}, which lies wholly outside {inside} {tested}."
    return (
        f"Not shown: {told}, which reaches beyond {inside} {tested}. At the {percent(alpha)} level that is "
        "no proof of a difference that matters: more rows would narrow the interval."
    )


def _picture(
    question: str,
    names: Sequence[str],
    effect: Effect,
    bounds: tuple[float, float],
    side: Side,
    n: int,
) -> Intervals:
    rows: list[tuple[str, float, float, float]] = []
    if not math.isnan(effect.value):
        ends = [effect.value if math.isnan(end) else end for end in (effect.low, effect.high)]
        rows.append((f"{names[0]} − {names[1]}", effect.value, ends[0], ends[1]))
    middle = {"both": sum(bounds) / 2, "lower": bounds[0], "upper": bounds[1]}[side]
    low, high = (middle if side != "both" else end for end in bounds)
    rows.append(("margin", middle, low, high))
    return Intervals(
        title=question,
        n=n,
        x_title=effect.name,
        note=f"{number(100 * effect.confidence)} % interval; the claim holds where it lies inside the margin",
        labels=tuple(row[0] for row in rows),
        values=tuple(row[1] for row in rows),
        low=tuple(row[2] for row in rows),
        high=tuple(row[3] for row in rows),
        baseline=0.0,
    )
