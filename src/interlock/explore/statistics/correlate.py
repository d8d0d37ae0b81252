"""Do two numbers go together? Pearson, Spearman and Kendall, with intervals, and partial correlations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from interlock.errors import InputError
from interlock.explore.statistics import assumptions
from interlock.explore.statistics.answer import Answer, untested, verdict
from interlock.explore.statistics.estimate import z_value
from interlock.explore.statistics.kendall import kendall
from interlock.explore.statistics.log_tail import log_t_tail, p_text, two_sided
from interlock.explore.statistics.midranks import midranks
from interlock.explore.statistics.observations import Column, Floats, column, columns_of
from interlock.explore.statistics.result import Check, Effect, Result, span, to_mind
from interlock.report.format import count, number, percent
from interlock.report.values import Intervals

__all__ = ["Coefficient", "correlate"]

Coefficient = Literal["auto", "pearson", "spearman", "kendall"]

_NAMES = {"pearson": "Pearson's r", "spearman": "Spearman's rho", "kendall": "Kendall's tau"}
_INTERVALS = {"pearson": "Fisher z", "spearman": "Bonett-Wright", "kendall": "Fieller"}
_REASONS = {
    "pearson": "two numbers: Pearson's r, for straight lines; Spearman's rho stands beside it",
    "asked": "asked for",
}


def correlate(
    *data: Any,
    x: str | None = None,
    y: str | None = None,
    given: Sequence[str] = (),
    names: tuple[str, str] = ("first", "second"),
    method: Coefficient = "auto",
    confidence: float = 0.95,
) -> Result:
    """Measure how closely two numbers go together.

    Args:
        data: One table, with `x` and `y`; or two sequences, place by place. Yes and no count as 1 and 0. Rows
            without both numbers are left out, counted and said.
        x: One column of the table.
        y: The other.
        given: Columns of the table that are held fixed (a partial correlation): what they explain of either,
            linearly, is taken away first. Not for Kendall.
        names: What people call two sequences.
        method: `pearson` for straight lines, `spearman` for anything that rises or falls throughout,
            `kendall` for the balance of concordant pairs; `auto` is Pearson's.
        confidence: Of the intervals, 0 to 1.

    Returns:
        The coefficient with its interval, first; the p-value of no relation; the checks.

    Raises:
        InputError: If these are no two columns of numbers of one length.

    Source:
        K. Pearson (1896); C. Spearman (1904); M. G. Kendall (1938); R. A. Fisher (1921) for Pearson's
        interval; D. G. Bonett, T. A. Wright (2000) for Spearman's; E. C. Fieller, H. O. Hartley, E. S.
        Pearson (1957) for Kendall's.

    Example:
        >>> found = correlate([1, 2, 3, 4, 5, None], [1, 3, 2, 5, 4, 6])
        >>> print(found.effect)
        Pearson's r 0.8 (95 % interval -0.28 to 0.986; Fisher z)
        >>> found.missing
        1
    """
    if method not in get_args(Coefficient):
        step = f"one of {', '.join(get_args(Coefficient))}"
        raise InputError("there is no such coefficient", where="method", got=method, next_step=step)
    chosen = "pearson" if method == "auto" else method
    one, other, *fixed = _columns(data, x, y, given, names)
    if fixed and chosen == "kendall":
        step = "use pearson or spearman, or leave given out"
        what = "Kendall's tau holds no other columns fixed"
        raise InputError(what, where="given", got=", ".join(given), next_step=step)
    rows = np.column_stack([each.data for each in (one, other, *fixed)])
    there = ~np.isnan(rows.sum(axis=1))
    a, b = one.data[there], other.data[there]
    held = [each.data[there] for each in fixed]
    missing = len(there) - len(a)
    by_name = f", with {', '.join(f'`{name}`' for name in given)} held fixed" if given else ""
    question = f"Do `{one.name}` and `{other.name}` go together{by_name}?"
    answer = _answer((one.name, other.name), a, b, held, chosen, by_name, confidence)
    checks = (*answer.checks, assumptions.independence())
    return Result(
        question=question,
        method=answer.method,
        reason=_REASONS["pearson" if method == "auto" else "asked"],
        text=answer.text + _left_out(missing, checks),
        statistic=answer.statistic,
        df=answer.df,
        log_p=answer.log_p,
        effects=answer.effects,
        checks=checks,
        n=len(a),
        missing=missing,
        picture=_picture(question.replace("`", ""), answer.effects, len(a), confidence),
    )


class _Measured(NamedTuple):
    value: float
    statistic: tuple[str, float]
    df: tuple[float, ...]
    log_p: float


def _columns(
    data: Sequence[Any], x: str | None, y: str | None, given: Sequence[str], names: tuple[str, str]
) -> list[Column]:
    if x is not None and y is not None and len(data) == 1:
        found = columns_of(data[0], [x, y, *given])
    elif x is None and y is None and len(data) == 2 and not given:
        found = [column(each, name) for each, name in zip(data, names, strict=True)]
    else:
        step = "give two sequences, or one table with x= and y="
        raise InputError("a correlation is of two columns", got=f"{len(data)} arguments", next_step=step)
    for each in found:
        if each.kind == "category":
            step = "`compare` is for numbers by category and for two categories"
            raise InputError(
                "only numbers correlate", where=each.name, got=", ".join(each.levels[:3]), next_step=step
            )
    if len({len(each.data) for each in found}) > 1:
        got = ", ".join(str(len(each.data)) for each in found)
        raise InputError(
            "both have one value a row", got=got, next_step="leave a gap (None) where one is missing"
        )
    return found


def _answer(
    names: tuple[str, str],
    a: Floats,
    b: Floats,
    held: list[Floats],
    chosen: str,
    fixed: str,
    confidence: float,
) -> Answer:
    method = f"{'partial ' if held else ''}{_NAMES[chosen]}"
    why = _why_not(names, a, b, held)
    if why:
        none = Effect(_NAMES[chosen], math.nan, math.nan, math.nan, "no interval")
        return untested(method, why, none, "z" if chosen == "kendall" else "t")
    kinds = [chosen, *(each for each in ("pearson", "spearman") if each != chosen)]
    measured = [_measured(each, a, b, held) for each in kinds]
    effects = tuple(
        _effect(each, found.value, len(a), len(held), confidence)
        for each, found in zip(kinds, measured, strict=True)
    )
    checks = [_rows(len(a)), _curvature(effects), _influence(a, b, held)]
    if chosen != "pearson":
        tied = (
            Check("ties", concern=False, text=f"`{name}`: {_tied(each)}")
            for name, each in zip(names, (a, b), strict=True)
        )
        checks += tied
    text = _in_words(names, effects[0], measured[0].log_p, len(a), fixed)
    main = measured[0]
    return Answer(method, text, main.statistic, main.df, main.log_p, effects, (), tuple(checks))


def _tied(values: Floats) -> str:
    told = assumptions.ties(values).text
    return told[:1].lower() + told[1:]


def _measured(kind: str, a: Floats, b: Floats, held: list[Floats]) -> _Measured:
    if kind == "kendall":
        found = kendall(a, b)
        return _Measured(found.tau, ("z", found.z), (), found.log_p)
    if kind == "spearman":
        a, b, held = midranks(a), midranks(b), [midranks(each) for each in held]
    a, b = _without(a, held), _without(b, held)
    r = float(a @ b) / math.sqrt(float(a @ a) * float(b @ b))
    r = min(max(r, -1.0), 1.0)
    df = float(len(a) - 2 - len(held))
    # In double precision r cannot be told from 1 below the last bit, so neither can the residual from it.
    t = r * math.sqrt(df / max((1 - r) * (1 + r), 2.0**-52))
    return _Measured(r, ("t", t), (df,), two_sided(log_t_tail(abs(t), df)))


def _without(values: Floats, held: list[Floats]) -> Floats:
    """Return what the held columns do not explain, around 0."""
    near = values - values[0]  # a common offset must cost no digits
    near = near - near.mean()
    scaled: Floats = near / max(float(np.abs(near).max()), 1e-300)
    if not held:
        return scaled
    base = np.column_stack([each - each[0] - (each - each[0]).mean() for each in held])
    base = base / np.maximum(np.abs(base).max(axis=0), 1e-300)
    found: Floats = scaled - base @ np.linalg.lstsq(base, scaled, rcond=None)[0]
    return found


def _effect(kind: str, value: float, n: int, held: int, confidence: float) -> Effect:
    error2 = {
        "pearson": 1 / (n - 3 - held) if n - 3 - held > 0 else math.inf,
        "spearman": (1 + value**2 / 2) / (n - 3 - held) if n - 3 - held > 0 else math.inf,
        "kendall": 0.437 / (n - 4) if n > 4 else math.inf,
    }[kind]
    near = math.atanh(min(max(value, -1 + 1e-15), 1 - 1e-15))
    half = z_value(confidence) * math.sqrt(error2)
    low, high = math.tanh(near - half), math.tanh(near + half)
    return Effect(
        _NAMES[kind], value, min(low, value), max(high, value), _INTERVALS[kind], confidence=confidence
    )


def _why_not(names: tuple[str, str], a: Floats, b: Floats, held: list[Floats]) -> str:
    if len(a) < 3 + len(held):
        rows = f"{count(len(a))} row{'s have' if len(a) != 1 else ' has'}"
        return f"Only {rows} both numbers, fewer than {3 + len(held)}."
    for name, values in zip(names, (a, b), strict=True):
        if bool((values == values[0]).all()):
            return f"Every value of `{name}` is {number(float(values[0]))}: it cannot go with anything."
        if held and float(np.abs(_without(values, held)).max()) < 1e-12:
            return f"What is held fixed explains `{name}` completely: nothing is left of it."
    return ""


def _rows(n: int) -> Check:
    text = f"{count(n)} rows have all values"
    few = n < 10
    hint = ": the p-value leans on their being roughly normal, and a few rows can make any coefficient"
    return Check("rows", concern=few, text=f"{text}{hint if few else ''}.")


def _curvature(effects: Sequence[Effect]) -> Check:
    by_name = {each.name: each.value for each in effects}
    r, rho = by_name["Pearson's r"], by_name["Spearman's rho"]
    told = f"Pearson's r is {number(r, 3)}, Spearman's rho {number(rho, 3)}"
    if abs(r - rho) > 0.1:
        text = f"{told}: the relation bends, or a few rows make it; look at a scatter plot."
        return Check("straight line", concern=True, text=text)
    return Check("straight line", concern=False, text=f"{told}: no sign of a bend.")


def _influence(a: Floats, b: Floats, held: list[Floats]) -> Check:
    """Return how far leaving out one row moves Pearson's r, from the closed form for all rows at once."""
    x, y = _without(a, held), _without(b, held)
    n = len(x)
    sxx, syy, sxy = float(x @ x), float(y @ y), float(x @ y)
    shrink = n / (n - 1)
    left = (sxy - shrink * x * y) / np.sqrt(
        np.maximum((sxx - shrink * x * x) * (syy - shrink * y * y), 1e-300)
    )
    moved = np.abs(left - sxy / math.sqrt(sxx * syy))
    worst = int(moved.argmax())
    without = min(max(float(left[worst]), -1.0), 1.0)
    told = f"without the row ({number(float(a[worst]))}, {number(float(b[worst]))})"
    if float(moved[worst]) > 0.1:
        text = f"One row decides: Pearson's r would be {number(without, 3)} {told}."
        return Check("single rows", concern=True, text=text)
    text = f"No single row moves Pearson's r by more than {number(float(moved[worst]), 2)}."
    return Check("single rows", concern=False, text=text)


def _in_words(names: tuple[str, str], effect: Effect, log_p: float, n: int, fixed: str) -> str:
    falls = "falls" if effect.value < 0 else "rises"
    shown = log_p <= math.log(1 - effect.confidence)
    together = f"`{names[1]}` {falls} with `{names[0]}`" if shown else f"`{names[1]}` and `{names[0]}`"
    what = "what is left of one" if fixed else "the variance of one"
    share = f" {percent(effect.value**2)} of {what} goes with the other."
    explained = share if effect.name == "Pearson's r" else ""
    return (
        f"{together}{fixed}: {effect.name} is {number(effect.value, 3)} "
        f"({span(effect)}; {p_text(log_p)}, n = {count(n)}). "
        f"{verdict(log_p, effect, 'relation')}{explained}"
    )


def _left_out(missing: int, checks: Sequence[Check]) -> str:
    told = f" {count(missing)} rows without all values were left out." if missing else ""
    return told + to_mind(checks)


def _picture(question: str, effects: Sequence[Effect], n: int, confidence: float) -> Intervals:
    there = [each for each in effects if not math.isnan(each.value)]
    return Intervals(
        title=question,
        n=n,
        x_title="correlation",
        note=f"{number(100 * confidence)} % intervals",
        labels=tuple(each.name for each in there),
        values=tuple(each.value for each in there),
        low=tuple(each.low for each in there),
        high=tuple(each.high for each in there),
        baseline=0.0,
    )
