"""What a comparison found, put together: groups, gaps, checks, sentences and a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from interlock.explore.statistics import assumptions
from interlock.explore.statistics.answer import Answer
from interlock.explore.statistics.compare_categories import crossed_table
from interlock.explore.statistics.compare_proportions import shares_pictured
from interlock.explore.statistics.estimate import wilson
from interlock.explore.statistics.moments import moments, t_half
from interlock.explore.statistics.observations import Floats, Observations
from interlock.explore.statistics.result import Check, Effect, Group, Result, span, to_mind
from interlock.report.format import count
from interlock.report.values import Chart, Intervals

__all__ = ["compared"]


def compared(
    found: Observations,
    groups: Sequence[Floats],
    answer: Answer,
    reason: str,
    *,
    unit: str,
    paired: bool,
) -> Result:
    """Return what a comparison found, with its groups, gaps and picture.

    Args:
        found: What was given.
        groups: The values that were tested, group by group; complete pairs where they are paired.
        answer: What the method found.
        reason: Why that method.
        unit: The column that pairs the rows; empty where places do.
        paired: Whether the groups are measurements of the same units.
    """
    told = [_group(found, place) for place in range(len(found.names))]
    n = len(groups[0]) if paired else sum(len(each) for each in groups)
    rows = len(found.rows[0]) if paired else sum(len(each) for each in found.rows)
    missing = rows - n + found.unplaced
    question = _question(found)
    checks = [*answer.checks, *_gaps(found, missing, paired=paired)]
    if found.kind == "number":
        checks += assumptions.codes(found.value, groups)
    checks.append(assumptions.independence(paired=paired, unit=unit))
    return Result(
        question=question,
        method=answer.method,
        reason=reason,
        text=answer.text + _left_out(missing, checks, paired=paired),
        statistic=answer.statistic,
        df=answer.df,
        log_p=answer.log_p,
        effects=answer.effects,
        groups=tuple(told),
        pairs=answer.pairs,
        checks=tuple(checks),
        n=n,
        missing=missing,
        picture=_picture(found, groups, answer, question.replace("`", ""), paired=paired),
    )


def _question(found: Observations) -> str:
    what = f"`{found.value}`" if found.by else "the values"
    between = f" by `{found.by}`" if found.by else ""
    groups = ", ".join(found.names[:4]) + (
        f" and {len(found.names) - 4} more" if len(found.names) > 4 else ""
    )
    return f"Do{'es' if found.by else ''} {what} differ{between} ({groups})?"


def _gaps(found: Observations, missing: int, *, paired: bool) -> list[Check]:
    if paired:
        told = (
            f"{count(missing)} units without both values were left out."
            if missing
            else "No value is missing."
        )
        return [Check("missing values", concern=False, text=told)]
    present = [len(each) for each in found.groups]
    checks = [assumptions.unequal_gaps(found.names, present, found.missing)]
    if found.unplaced:
        text = f"{count(found.unplaced)} rows have no `{found.by}` and belong to no group."
        checks.append(Check("no group", concern=False, text=text))
    return checks


def _left_out(missing: int, checks: Sequence[Check], *, paired: bool) -> str:
    told = ""
    if missing:
        what = ("unit" if paired else "row") + ("s" if missing > 1 else "")
        told = f" {count(missing)} {what} without a value {'were' if missing > 1 else 'was'} left out."
    return told + to_mind(checks)


def _group(found: Observations, place: int) -> Group:
    name, values, missing = found.names[place], found.groups[place], found.missing[place]
    n = len(values)
    if n == 0 or found.kind == "category":
        return Group(name, n, missing)
    if found.kind == "boolean":
        share = wilson(int(values.sum()), n)
        return Group(name, n, missing, share.value, low=share.low, high=share.high)
    each = moments(values, float(values[0]))
    mean = each.mean + each.origin
    half = t_half(n - 1, 0.95) * math.sqrt(each.error2) if n > 1 else math.nan
    sd = math.sqrt(each.variance) if n > 1 else math.nan
    return Group(name, n, missing, mean, sd, float(np.median(values)), mean - half, mean + half)


def _picture(
    found: Observations, groups: Sequence[Floats], answer: Answer, question: str, *, paired: bool
) -> Chart:
    if found.kind == "category":
        return _of_categories(found, groups, question)
    if found.kind == "boolean":
        totals = [len(each) for each in groups]
        counts = [int(each.sum()) for each in groups]
        return shares_pictured(question, found.names, counts, totals, f"share of {found.value}")
    if paired:
        return _of_differences(found, answer.effects[0], len(groups[0]), question)
    told = [_group(found, place) for place, each in enumerate(groups) if len(each)]
    return Intervals(
        title=question,
        n=sum(each.n for each in told),
        x_title=f"mean of {found.value}",
        note="95 % intervals of the means (t)",
        labels=tuple(each.name for each in told),
        values=tuple(each.mean for each in told),
        low=tuple(_or(each.low, each.mean) for each in told),
        high=tuple(_or(each.high, each.mean) for each in told),
        counts=tuple(each.n for each in told),
    )


def _of_differences(found: Observations, effect: Effect, pairs: int, question: str) -> Chart:
    return Intervals(
        title=question,
        n=pairs,
        x_title=f"{effect.name} of {found.value}",
        note=f"{span(effect)}; {effect.method}",
        labels=(f"{found.names[0]} − {found.names[1]}",),
        values=(effect.value,),
        low=(_or(effect.low, effect.value),),
        high=(_or(effect.high, effect.value),),
        counts=(pairs,),
        baseline=0.0,
    )


def _or(end: float, value: float) -> float:
    """A value without an interval is drawn as a point."""
    return end if math.isfinite(end) else value


def _of_categories(found: Observations, groups: Sequence[Floats], question: str) -> Chart:
    """Return the share of the level that is spread most unevenly."""
    table = crossed_table(groups, max(len(found.levels), 1))
    totals = table.sum(axis=1, keepdims=True)
    shares = table / np.maximum(totals, 1)
    level = int(np.ptp(shares[totals[:, 0] > 0], axis=0).argmax()) if (totals > 0).any() else 0
    shown = f"share of {found.value} = {found.levels[level]}" if found.levels else "share"
    return shares_pictured(question, found.names, table[:, level].tolist(), totals[:, 0].tolist(), shown)
