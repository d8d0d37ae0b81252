"""What makes a contract contradict itself: checked when one is made, so that none exists which does."""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from interlock.errors import ContractError

if TYPE_CHECKING:
    from interlock.contract.model import Column, Contract

__all__ = ["EXACT", "check_column", "check_contract", "did_you_mean"]

#: The largest integer magnitude that JSON and float64 carry without loss (RFC 7493, section 2.2).
EXACT = 2**53 - 1

#: The actions that make sense for each code, and the types that can have it.
_ACTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "null": (("allow", "flag", "impute", "reject"), ()),
    "type": (("flag", "impute", "reject"), ()),
    "range": (("flag", "clip", "impute", "reject"), ("number", "integer", "timestamp")),
    "category": (("flag", "impute", "reject"), ("category",)),
    "length": (("flag", "clip", "reject"), ("category", "text")),
    "pattern": (("flag", "impute", "reject"), ("category", "text")),
}
_DEFAULTS = {"null": "allow", "type": "reject"}
_TYPES = ("number", "integer", "boolean", "category", "text", "timestamp")
_ROLES = ("feature", "target", "id", "time", "ignore")
_TASKS = ("binary", "multiclass", "regression")


def did_you_mean(word: str, possible: Iterable[str]) -> str:
    """Return a next step that names the nearest of the possible words, or all of them.

    Args:
        word: What was written.
        possible: What could have been written.

    Returns:
        A sentence for an error's `next_step`.

    Example:
        >>> did_you_mean("minimun", ["minimum", "maximum"])
        'did you mean `minimum`?'
        >>> did_you_mean("x", ["minimum", "maximum"])
        'use one of: minimum, maximum'
    """
    words = list(possible)
    near = difflib.get_close_matches(word, words, n=1)
    return f"did you mean `{near[0]}`?" if near else f"use one of: {', '.join(words)}"


def check_column(column: Column) -> None:
    """Raise where one column contradicts itself.

    Args:
        column: The column, its numbers already floats.

    Raises:
        ContractError: With the column's name as `where`.
    """
    for check in (_check_words, _check_fields, _check_bounds, _check_strings, _check_fill, _check_actions):
        check(column)


def check_contract(contract: Contract) -> None:
    """Raise where the columns together, or the task and its classes, contradict each other.

    Args:
        contract: Its columns are consistent each by itself.

    Raises:
        ContractError: With `contract` or a column's name as `where`.
    """
    twice = [name for name, count in Counter(column.name for column in contract.columns).items() if count > 1]
    _require(not twice, "two columns have the same name", "contract", twice, "rename or remove one of them")
    for role in ("target", "time"):
        names = [column.name for column in contract.columns if column.role == role]
        _require(
            len(names) <= 1,
            f"a contract has at most one {role}",
            "contract",
            names,
            "give the others another role",
        )
    _require(
        contract.unknown in ("reject", "flag"),
        "what to do about unknown columns is not clear",
        "contract, unknown",
        contract.unknown,
        "use `reject` or `flag`",
    )
    _check_task(contract)


def _require(fine: object, what: str, where: str, got: object = "", next_step: str = "") -> None:
    if not fine:
        raise ContractError(what, where=where, got=got, next_step=next_step)


def _at(column: Column) -> str:
    return f"column {column.name!r}"


def _check_words(column: Column) -> None:
    _require(
        isinstance(column.name, str) and column.name,
        "a column needs a name",
        "a column",
        column.name,
        "name it",
    )
    for text in (column.name, column.unit, column.description, *(column.levels or ()), column.pattern or ""):
        _require(isinstance(text, str), "this has to be text", _at(column), repr(text), "put it in quotes")
        _require(
            _is_unicode(text), "this text cannot be written as UTF-8", _at(column), ascii(text), "remove it"
        )
    for what, word, possible in (("type", column.type, _TYPES), ("role", column.role, _ROLES)):
        _require(
            word in possible, f"there is no such {what}", _at(column), word, did_you_mean(str(word), possible)
        )
    if column.role == "time":
        _require(
            not column.is_string,
            "the time column has to be a timestamp or a number",
            _at(column),
            column.type,
        )


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_fields(column: Column) -> None:
    """A domain that the type cannot have is an error: it would be silently without effect."""
    numeric, strings = ("number", "integer", "timestamp"), ("category", "text")
    rules = {
        "minimum": numeric,
        "maximum": numeric,
        "levels": ("category",),
        "max_length": strings,
        "pattern": strings,
    }
    for name, types in rules.items():
        fine = getattr(column, name) is None or column.type in types
        _require(
            fine,
            f"a {column.type} column has no `{name}`",
            _at(column),
            getattr(column, name),
            f"remove `{name}`",
        )


def _check_bounds(column: Column) -> None:
    for name in ("minimum", "maximum"):
        bound = getattr(column, name)
        if bound is not None:
            _require(
                isinstance(bound, float) and math.isfinite(bound),
                f"`{name}` is not a number",
                _at(column),
                repr(bound),
            )
            exact = column.type != "integer" or (bound.is_integer() and abs(bound) <= EXACT)
            _require(
                exact,
                f"`{name}` of an integer column is no exact integer",
                _at(column),
                bound,
                f"stay within ±{EXACT}",
            )
    if column.minimum is not None and column.maximum is not None:
        got = f"{column.minimum!r} to {column.maximum!r}"
        _require(
            column.minimum <= column.maximum,
            "the minimum is above the maximum",
            _at(column),
            got,
            "swap them",
        )


def _check_strings(column: Column) -> None:
    if column.levels is not None:
        twice = [level for level, count in Counter(column.levels).items() if count > 1]
        _require(not twice, "a level is listed twice", _at(column), twice, "remove one")
        _require(
            "\ue000" not in column.levels,
            "U+E000 stands for a missing string and cannot be a level",
            _at(column),
        )
    if column.max_length is not None:
        fine = isinstance(column.max_length, int) and column.max_length >= 1 and column.max_length is not True
        _require(
            fine, "`max_length` is not a positive integer", _at(column), column.max_length, "count characters"
        )
    if column.pattern is not None:
        try:
            re.compile(column.pattern)
        except (re.error, RecursionError, OverflowError) as error:
            next_step = "write a Python regular expression; in TOML, in single quotes"
            raise ContractError(
                f"`pattern` is no regular expression: {error}",
                where=_at(column),
                got=column.pattern,
                next_step=next_step,
            ) from error


def _check_fill(column: Column) -> None:
    fill = column.fill
    if fill is None:
        return
    fits: dict[str, Callable[[], bool]] = {
        "boolean": lambda: isinstance(fill, bool),
        "category": lambda: isinstance(fill, str) and (column.levels is None or fill in column.levels),
        "text": lambda: isinstance(fill, str),
        "integer": lambda: isinstance(fill, float) and fill.is_integer() and abs(fill) <= EXACT,
    }
    fine = fits.get(column.type, lambda: isinstance(fill, float) and math.isfinite(fill))()
    _require(
        fine,
        f"`fill` is no allowed {column.type}",
        _at(column),
        repr(fill),
        "use a value that the column allows",
    )
    low, high = column.minimum, column.maximum
    inside = isinstance(fill, str | bool) or ((low is None or fill >= low) and (high is None or fill <= high))
    _require(
        inside, "`fill` is outside the range", _at(column), fill, "use a value between minimum and maximum"
    )
    if isinstance(fill, str):
        short = column.max_length is None or len(fill) <= column.max_length
        _require(short, "`fill` is longer than `max_length`", _at(column), fill)
        matches = column.pattern is None or re.fullmatch(column.pattern, fill)
        _require(matches, "`fill` does not match `pattern`", _at(column), fill)
        _require(
            fill != "\ue000" and _is_unicode(fill), "`fill` cannot be this text", _at(column), ascii(fill)
        )


def _check_actions(column: Column) -> None:
    for code, (possible, types) in _ACTIONS.items():
        action, where = getattr(column.on, code), f"{_at(column)}, on.{code}"
        _require(
            action in possible,
            "this action is not possible here",
            where,
            action,
            f"use one of: {', '.join(possible)}",
        )
        applies = not types or column.type in types or action == _DEFAULTS.get(code, "flag")
        _require(
            applies, f"a {column.type} column has no {code} violations", where, action, f"remove `{code}`"
        )
        filled = action != "impute" or column.fill is not None
        _require(filled, "`impute` needs a `fill`", where, "", "give the column a `fill`")
    bounded = column.on.range != "clip" or column.minimum is not None or column.maximum is not None
    _require(
        bounded, "`clip` needs a bound", f"{_at(column)}, on.range", "", "give a `minimum` or a `maximum`"
    )
    limited = column.on.length != "clip" or column.max_length is not None
    _require(
        limited,
        "`clip` needs a `max_length`",
        f"{_at(column)}, on.length",
        "",
        "give the column a `max_length`",
    )


def _check_task(contract: Contract) -> None:
    target, task, classes = contract.target, contract.task, contract.classes
    where = "contract, task"
    if target is None:
        _require(
            task is None and not classes,
            "a task needs a target",
            where,
            task,
            'give one column `role = "target"`',
        )
        return
    _require(task is not None, "a target needs a task", where, "", f"use one of: {', '.join(_TASKS)}")
    _require(task in _TASKS, "there is no such task", where, task, did_you_mean(str(task), _TASKS))
    where = "contract, classes"
    _require(len(set(classes)) == len(classes), "a class is listed twice", where, classes, "remove one")
    fine = {"binary": len(classes) == 2, "multiclass": len(classes) >= 2, "regression": not classes}[
        str(task)
    ]
    next_step = "binary has two classes (the positive one last), multiclass two or more, regression none"
    _require(fine, f"the classes do not fit the task {task}", where, list(classes), next_step)
    numeric = task != "regression" or not target.is_string
    _require(
        numeric, "a regression needs a target of numbers", _at(target), target.type, "choose another task"
    )
