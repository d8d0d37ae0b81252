"""What makes a contract contradict itself: checked when one is made, so that none exists which does."""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from interlock.errors import ContractError

if TYPE_CHECKING:
    from interlock.contract.model import Column, Contract

__all__ = ["EXACT", "check_column", "check_contract", "did_you_mean", "is_unicode"]

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
#: The types that can have each part of a domain.
_FIELDS: dict[str, tuple[str, ...]] = {
    "minimum": ("number", "integer", "timestamp"),
    "maximum": ("number", "integer", "timestamp"),
    "levels": ("category",),
    "max_length": ("category", "text"),
    "pattern": ("category", "text"),
}
#: `model.MISSING`, which this module, below the model, cannot import.
_MISSING = "\ue000"
_TYPES = ("number", "integer", "boolean", "category", "text", "timestamp")
_ROLES = ("feature", "target", "id", "time", "weight", "ignore")
_MONOTONE = ("", "increasing", "decreasing")
_PERSONAL = ("", "drop", "hash", "truncate")
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
    for check in (
        _check_words,
        _check_fields,
        _check_bounds,
        _check_strings,
        _check_fill,
        _check_actions,
        _check_personal,
    ):
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
    for role in ("target", "time", "weight"):
        names = [column.name for column in contract.columns if column.role == role]
        what = f"a contract has at most one {role}"
        _require(len(names) <= 1, what, "contract", names, "give the others another role")
    known, what = contract.unknown in ("reject", "flag"), "what to do about unknown columns is not clear"
    _require(known, what, "contract, unknown", contract.unknown, "use `reject` or `flag`")
    _check_task(contract)


def _require(fine: object, what: str, where: str, got: object, next_step: str) -> None:
    if not fine:
        raise ContractError(what, where=where, got=got, next_step=next_step)


def _at(column: Column) -> str:
    return f"column {column.name!r}"


def _check_words(column: Column) -> None:
    named = isinstance(column.name, str) and column.name
    _require(named, "a column needs a name", "a column", column.name, "name it")
    for text in (column.name, column.unit, column.description, *(column.levels or ()), column.pattern or ""):
        _require(isinstance(text, str), "this has to be text", _at(column), repr(text), "put it in quotes")
        _require(is_unicode(text), "this text is not Unicode", _at(column), ascii(text), "remove its \\ud8…")
    for what, word, possible in (("type", column.type, _TYPES), ("role", column.role, _ROLES)):
        near = "" if word in possible else did_you_mean(str(word), possible)
        _require(word in possible, f"there is no such {what}", _at(column), word, near)
    if column.role == "time":
        what = "the time column has to be a timestamp or a number"
        _require(not column.is_string, what, _at(column), column.type, "convert it, for example with SQL")
    if column.role == "weight":
        what = "the weight has to be a number"
        _require(
            column.type in ("number", "integer"),
            what,
            _at(column),
            column.type,
            "convert it, for example with SQL",
        )
    _check_use(column)


def _check_use(column: Column) -> None:
    known, near = column.monotone in _MONOTONE, did_you_mean(str(column.monotone), _MONOTONE[1:])
    _require(known, "there is no such `monotone`", _at(column), column.monotone, near)
    what = "only a number that is a feature can be `monotone`"
    fits = column.type in ("number", "integer") and column.role == "feature"
    _require(
        fits or not column.monotone, what, _at(column), f"{column.type}, {column.role}", "remove `monotone`"
    )
    what = "`sensitive` is true or false"
    _require(
        isinstance(column.sensitive, bool),
        what,
        _at(column),
        repr(column.sensitive),
        "write it without quotes",
    )


def _check_personal(column: Column) -> None:
    kind, step, where = column.personal, column.truncate, _at(column)
    near = "" if kind in _PERSONAL else did_you_mean(str(kind), _PERSONAL[1:])
    _require(kind in _PERSONAL, "there is no such `personal`", where, kind, near)
    what, next_step = "the target cannot be personal: performance is measured by it", "remove `personal`"
    _require(not kind or column.role != "target", what, where, kind, next_step)
    what, next_step = "a boolean that is personal can only be dropped", 'write personal = "drop"'
    _require(kind in ("", "drop") or column.type != "boolean", what, where, kind, next_step)
    what = '`personal = "truncate"` and `truncate` need each other'
    next_step = "say how many characters of a string are kept, or to what step a number is rounded down"
    _require((kind == "truncate") == (step is not None), what, where, step, next_step)
    if step is not None:
        fine = isinstance(step, float) and math.isfinite(step) and step > 0
        whole = fine and (step.is_integer() or column.type in ("number", "timestamp"))
        what = "`truncate` is a number above 0, and whole for strings and integers"
        _require(whole, what, where, repr(step), "write it without quotes")


def is_unicode(text: str) -> bool:
    """Whether a text can be written as UTF-8: no half of a surrogate pair is in it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_fields(column: Column) -> None:
    """A domain that the type cannot have is an error: it would be silently without effect."""
    for name, types in _FIELDS.items():
        value = getattr(column, name)
        what = f"a {column.type} column has no `{name}`"
        _require(value is None or column.type in types, what, _at(column), value, f"remove `{name}`")


def _check_bounds(column: Column) -> None:
    for name in ("minimum", "maximum"):
        bound = getattr(column, name)
        if bound is not None:
            finite = isinstance(bound, float) and math.isfinite(bound)
            next_step = "write a finite number, without quotes"
            _require(finite, f"`{name}` is not a number", _at(column), repr(bound), next_step)
            what, next_step = f"`{name}` is no exact integer", f"write an integer within ±{EXACT}"
            _require(column.type != "integer" or _is_exact(bound), what, _at(column), bound, next_step)
    if column.minimum is not None and column.maximum is not None:
        got = f"{column.minimum!r} to {column.maximum!r}"
        ordered = column.minimum <= column.maximum
        _require(ordered, "the minimum is above the maximum", _at(column), got, "swap them")


def _is_exact(value: object) -> bool:
    return isinstance(value, float) and value.is_integer() and abs(value) <= EXACT


def _check_strings(column: Column) -> None:
    levels, longest = column.levels or (), column.max_length
    twice = [level for level, count in Counter(levels).items() if count > 1]
    _require(not twice, "a level is listed twice", _at(column), twice, "remove one")
    what = "U+E000 stands for a missing string and cannot be a level"
    _require(_MISSING not in levels, what, _at(column), ascii(_MISSING), "remove it")
    fine = longest is None or (isinstance(longest, int) and longest is not True and longest >= 1)
    _require(fine, "`max_length` is not a positive integer", _at(column), longest, "count characters")
    try:
        re.compile(column.pattern or "")
    except (re.error, RecursionError, OverflowError) as error:
        what, got = f"`pattern` is no regular expression: {error}", column.pattern
        next_step = "write it as Python's `re` reads it; in TOML, in single quotes"
        raise ContractError(what, where=_at(column), got=got, next_step=next_step) from error


def _check_fill(column: Column) -> None:
    fill = column.fill
    if fill is None:
        return
    fits = {
        "boolean": isinstance(fill, bool),
        "integer": _is_exact(fill),
        "category": isinstance(fill, str),
        "text": isinstance(fill, str),
    }
    fine = fits.get(column.type, isinstance(fill, float) and math.isfinite(fill))
    next_step = "use a value that the column allows"
    _require(fine, f"`fill` is no allowed {column.type}", _at(column), repr(fill), next_step)
    reason = _why_not_allowed(column, fill)
    _require(not reason, f"`fill` {reason}", _at(column), ascii(fill), next_step)


def _why_not_allowed(column: Column, fill: float | str | bool) -> str:
    """Say which rule of its own column a fill of the right type breaks."""
    if isinstance(fill, str):
        reasons = {
            "is not among the levels": column.levels is not None and fill not in column.levels,
            "is longer than `max_length`": column.max_length is not None and len(fill) > column.max_length,
            "does not match `pattern`": column.pattern is not None and not re.fullmatch(column.pattern, fill),
            "cannot be this text": fill == _MISSING or not is_unicode(fill),
        }
    else:
        low = -math.inf if column.minimum is None else column.minimum
        high = math.inf if column.maximum is None else column.maximum
        reasons = {"is outside the range": not low <= fill <= high}
    return next((reason for reason, broken in reasons.items() if broken), "")


def _check_actions(column: Column) -> None:
    for code, (possible, types) in _ACTIONS.items():
        action, where = getattr(column.on, code), f"{_at(column)}, on.{code}"
        next_step = f"use one of: {', '.join(possible)}"
        _require(action in possible, "this action is not possible here", where, action, next_step)
        applies = not types or column.type in types or action == "flag"
        _require(
            applies, f"a {column.type} column has no {code} violations", where, action, f"remove `{code}`"
        )
        filled = action != "impute" or column.fill is not None
        _require(filled, "`impute` needs a `fill`", where, action, "give the column a `fill`")
    bounded = column.on.range != "clip" or column.minimum is not None or column.maximum is not None
    where = f"{_at(column)}, on.range"
    _require(bounded, "`clip` needs a bound", where, "clip", "give the column a `minimum` or a `maximum`")
    limited = column.on.length != "clip" or column.max_length is not None
    where = f"{_at(column)}, on.length"
    _require(limited, "`clip` needs a `max_length`", where, "clip", "give the column a `max_length`")


def _check_task(contract: Contract) -> None:
    target, task, where = contract.target, contract.task, "contract, task"
    if target is None:
        empty = task is None and not contract.classes
        _require(empty, "a task needs a target", where, task, 'give one column `role = "target"`')
        return
    _require(task is not None, "a target needs a task", where, "", f"use one of: {', '.join(_TASKS)}")
    _require(task in _TASKS, "there is no such task", where, task, did_you_mean(str(task), _TASKS))
    numeric, what = task != "regression" or not target.is_string, "a regression needs a target of numbers"
    _require(numeric, what, _at(target), target.type, "choose another task")
    _check_classes(contract.classes, str(task))


def _check_classes(classes: tuple[str, ...], task: str) -> None:
    where = "contract, classes"
    for name in classes:
        text = isinstance(name, str) and is_unicode(name)
        _require(text, "a class has to be text", where, ascii(name), "put it in quotes")
    _require(len(set(classes)) == len(classes), "a class is listed twice", where, classes, "remove one")
    fine = {"binary": len(classes) == 2, "multiclass": len(classes) >= 2, "regression": not classes}[task]
    next_step = "binary has two classes (the positive one last), multiclass two or more, regression none"
    _require(fine, f"the classes do not fit the task {task}", where, list(classes), next_step)
