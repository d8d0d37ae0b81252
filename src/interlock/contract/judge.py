"""What one value means to one column: the only place that knows.

Both faces of the checker, columns and rows, recognise by themselves what is plainly in order, and ask here
about everything else. So they cannot give different verdicts on it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np

from interlock.contract.cleaning import Cleaner, cleaner
from interlock.contract.model import MISSING, Action, Code, Column
from interlock.contract.moment import BROKEN, Broken, read_timestamp
from interlock.contract.step import Step
from interlock.contract.validity import EXACT

__all__ = [
    "ABSENT",
    "BROKEN",
    "Broken",
    "Flag",
    "Rule",
    "examine",
    "is_rejected",
    "judge",
    "read_as",
    "settle",
]

#: Stands for a key that a row does not have; msgspec's own, so that decoded rows need no translation.
ABSENT: Final = msgspec.UNSET

_BOOLEANS = (bool, np.bool_)
_REALS = (int, float, np.integer, np.floating)


class Flag(NamedTuple):
    """One violation in one row.

    Args:
        column: The column's name, or that of an unknown column.
        code: What is wrong.
        action: What was done about it.
    """

    column: str
    code: Code
    action: Action


class Rule(NamedTuple):
    """One input column of a contract, made ready for judging.

    Args:
        column: The column.
        null: What a null is in the tensor: NaN or `MISSING`.
        fill: What `impute` puts there.
        low: The smallest value in order; minus infinity where there is none.
        high: The largest value in order.
        levels: The levels as a set; None allows any.
        matches: The pattern's full match, if there is a pattern.
        clean: What its cleaning steps make of a value; None where it has none.
    """

    column: Column
    null: float | str
    fill: float | str
    low: float
    high: float
    levels: frozenset[str] | None
    matches: Callable[[str], object] | None
    clean: Cleaner | None = None

    @classmethod
    def of(cls, column: Column, steps: Sequence[Step] = ()) -> Rule:
        """Make the rule of a column, from it and from the contract's cleaning steps."""
        end = float(EXACT) if column.type == "integer" else math.inf
        null = MISSING if column.is_string else math.nan
        fill = null if column.fill is None else column.fill
        return cls(
            column,
            null,
            fill if isinstance(fill, str) else float(fill),
            -end if column.minimum is None else column.minimum,
            end if column.maximum is None else column.maximum,
            None if column.levels is None else frozenset(column.levels),
            None if column.pattern is None else re.compile(column.pattern).fullmatch,
            cleaner(steps, column.name),
        )


def judge(rule: Rule, value: object, flags: list[Flag]) -> float | str:
    """Return what goes into the tensor for a value, and add what is wrong with it to the flags.

    Args:
        rule: The column's rule.
        value: A Python object as JSON gives it, or `ABSENT`; NumPy scalars, `datetime` and `date` too.
        flags: Receives one flag for each violation.

    Returns:
        A finite number or NaN; for a string column a string, `MISSING` for null.

    Example:
        >>> flags = []
        >>> judge(Rule.of(Column("age", "integer", maximum=120)), 130, flags), flags[0].code
        (130.0, 'range')
    """
    if value is ABSENT:
        return settle(rule, "missing", flags)
    read = read_as(rule.column, value if rule.clean is None else rule.clean(value))
    if read is None:
        return settle(rule, "null", flags)
    if isinstance(read, Broken):
        return settle(rule, "type", flags)
    return examine(rule, read, flags)


def settle(rule: Rule, code: Code, flags: list[Flag]) -> float | str:
    """Return what goes into the tensor where there is no value to speak of.

    Args:
        rule: The column's rule.
        code: `missing`, `null` or `type`.
        flags: Receives the flag, unless the policy allows it.

    Returns:
        The column's fill under `impute`, else its null.
    """
    policy = rule.column.on
    action = policy.type if code == "type" else policy.null
    if action != "allow":
        flags.append(Flag(rule.column.name, code, action))
    return rule.fill if action == "impute" else rule.null


def examine(rule: Rule, value: float | str, flags: list[Flag]) -> float | str:
    """Return what goes into the tensor for a value of the right type.

    Args:
        rule: The column's rule.
        value: As `read_as` returns it.
        flags: Receives one flag for each violation of the domain.

    Returns:
        The value, or what the policy makes of it; an infinite number is never let through.
    """
    if isinstance(value, str):
        return _examine_string(rule, value, flags)
    if math.isfinite(value) and rule.low <= value <= rule.high:
        return value
    action = rule.column.on.range
    flags.append(Flag(rule.column.name, "range", action))
    if action == "impute":
        return rule.fill
    if action == "clip":
        value = min(max(value, rule.low), rule.high)
    return value if math.isfinite(value) else math.nan


def is_rejected(flags: Sequence[Flag]) -> bool:
    """Return whether any of the flags refuses the row."""
    return any(flag.action == "reject" for flag in flags)


def read_as(column: Column, value: object) -> float | str | Broken | None:
    """Read a Python object as a value of a column's type, without looking at the column's domain.

    Args:
        column: The column.
        value: Any object but `ABSENT`.

    Returns:
        A float (booleans 0 and 1, timestamps seconds since 1970, integers beyond float64 infinite), a
        string, None for null and NaN, or `BROKEN` where the type is another.

    Example:
        >>> read_as(Column("at", "timestamp"), "1970-01-02")
        86400.0
    """
    return None if value is None else _READERS[column.type](value)


def _examine_string(rule: Rule, text: str, flags: list[Flag]) -> str:
    column = rule.column
    if column.max_length is not None and len(text) > column.max_length:
        flags.append(Flag(column.name, "length", column.on.length))
        text = text[: column.max_length] if column.on.length == "clip" else text
    if rule.matches is not None and not rule.matches(text):
        flags.append(Flag(column.name, "pattern", column.on.pattern))
        if column.on.pattern == "impute":
            return str(rule.fill)
    if rule.levels is not None and text not in rule.levels:
        flags.append(Flag(column.name, "category", column.on.category))
        if column.on.category == "impute":
            return str(rule.fill)
    return text


def _number(value: object) -> float | Broken | None:
    if isinstance(value, bool) or not isinstance(value, _REALS):
        return BROKEN
    try:
        number = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    return None if math.isnan(number) else number


def _integer(value: object) -> float | Broken | None:
    number = _number(value)
    whole = not isinstance(number, float) or not math.isfinite(number) or number.is_integer()
    return number if whole else BROKEN


def _boolean(value: object) -> float | Broken:
    return float(value) if isinstance(value, _BOOLEANS) else BROKEN


def _string(value: object) -> str | Broken:
    if not isinstance(value, str) or value == MISSING:
        return BROKEN
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: no model and no file can hold it
        return BROKEN
    return str(value)


_READERS: dict[str, Callable[[object], float | str | Broken | None]] = {
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "timestamp": read_timestamp,
    "category": _string,
    "text": _string,
}
