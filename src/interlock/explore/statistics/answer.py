"""What one method returns to the verb that called it, before the verb says what the data were."""

from __future__ import annotations

import math
from typing import NamedTuple

from interlock.explore.statistics.log_tail import p_text
from interlock.explore.statistics.result import Check, Effect, Pair, span
from interlock.report.format import number, percent

__all__ = ["Answer", "found_in_words", "untested", "verdict"]


class Answer(NamedTuple):
    """What one method found.

    Args:
        method: The test, in words.
        text: What it found, in plain sentences.
        statistic: The name and value of its statistic.
        df: Its degrees of freedom; empty for none.
        log_p: The natural logarithm of the p-value; NaN where no test was possible.
        effects: The main one first.
        pairs: Every two of several groups.
        checks: What the method takes for granted, held against the data.
    """

    method: str
    text: str
    statistic: tuple[str, float]
    df: tuple[float, ...]
    log_p: float
    effects: tuple[Effect, ...]
    pairs: tuple[Pair, ...] = ()
    checks: tuple[Check, ...] = ()


def untested(method: str, why: str, effect: Effect, statistic: str = "statistic") -> Answer:
    """Return what there is to say where no test is possible.

    Args:
        method: The test that was to be.
        why: One sentence.
        effect: What can be said of the effect, without an interval.
        statistic: Its name.

    Example:
        >>> untested("Welch's t-test", "There is one row.", Effect("d", 1.0, math.nan, math.nan)).text
        'There is one row. No test is possible.'
    """
    checks = (Check("data", concern=True, text=why),)
    return Answer(
        method, f"{why} No test is possible.", (statistic, math.nan), (), math.nan, (effect,), (), checks
    )


def verdict(log_p: float, effect: Effect, what: str = "difference") -> str:
    """Return what the p-value says, for one that is read beside an interval.

    Args:
        log_p: The natural logarithm of the p-value.
        effect: With the interval.
        what: Would be shown, a difference or a relation.

    Example:
        >>> verdict(math.log(0.2), Effect("difference", 1.0, -1.0, 3.0))
        'No difference is shown: anything from -1 to 3 is compatible with these data.'
    """
    level = percent(1 - effect.confidence)
    if log_p <= math.log(1 - effect.confidence):
        return f"That is more than chance alone would give, at the {level} level."
    if math.isnan(effect.low):
        return f"No {what} is shown."
    ends = f"{number(effect.low, 3)} to {number(effect.high, 3)}"
    return f"No {what} is shown: anything from {ends} is compatible with these data."


def found_in_words(effect: Effect, method: str, log_p: float) -> str:
    """Return an effect, its interval and its p-value in one breath.

    Example:
        >>> found_in_words(Effect("difference", 1.0, 0.5, 1.5), "Welch's t-test", math.log(0.001))
        "1 (95 % interval 0.5 to 1.5; Welch's t-test, p = 0.001)"
    """
    return f"{number(effect.value, 3)} ({span(effect)}; {method}, {p_text(log_p)})"
