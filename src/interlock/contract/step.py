"""A cleaning step as a value: on which column, what is done, with what; `cleaning` does it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, get_args

from interlock.contract import dates, numerals
from interlock.contract.moment import read_timestamp
from interlock.contract.validity import EXACT, did_you_mean, is_unicode
from interlock.errors import ContractError

if TYPE_CHECKING:
    from interlock.contract.model import Contract

__all__ = ["KINDS", "Kind", "Step", "check_steps", "in_order", "of_table", "stripped", "to_table"]

Kind = Literal["strip", "missing", "spelling", "number", "date", "range", "drop", "duplicates"]
#: The kinds, in the order in which they run on a column.
KINDS: tuple[Kind, ...] = get_args(Kind)

#: What each kind takes beside its column.
_FIELDS: dict[str, tuple[str, ...]] = {
    "missing": ("values",),
    "spelling": ("spellings",),
    "number": ("format", "symbols"),
    "date": ("formats",),
    "range": ("minimum", "maximum"),
    "drop": ("copy_of",),
}
_TYPES = {"number": ("number", "integer"), "date": ("timestamp",)}


@dataclass(frozen=True, slots=True)
class Step:
    """One cleaning step.

    | kind | what it does | takes |
    |---|---|---|
    | `strip` | blanks around a text go, runs of blanks inside become one, no-break ones too | |
    | `missing` | values that only say "unknown" become null | `values` |
    | `spelling` | variants of a text become the one that is kept | `spellings` |
    | `number` | text becomes a number | `format`, `symbols` |
    | `date` | text becomes a moment | `formats` |
    | `range` | impossible values become null | `minimum`, `maximum` |
    | `drop` | the column is not read | `copy_of` |
    | `duplicates` | rows that repeat another leave the training table, before it is split | |

    Args:
        kind: What it does.
        column: On which column; empty for `duplicates`, which is about rows.
        values: For `missing`: texts (dates as ISO 8601) and numbers.
        spellings: For `spelling`: pairs of a variant and the spelling that is kept.
        format: For `number`: an example, a key of `numerals.FORMATS`.
        symbols: For `number`: what may stand before or after it, of `numerals.SYMBOLS`.
        formats: For `date`: examples, keys of `dates.FORMATS`.
        minimum: For `range`: a number, or a moment as ISO 8601; None is open.
        maximum: For `range`: likewise.
        copy_of: For `drop`: the column that says the same; empty where it is constant.

    Raises:
        ContractError: Where the step makes no sense.

    Example:
        >>> Step("missing", "age", values=("?", 999)).values
        ('?', 999.0)
    """

    kind: Kind
    column: str = ""
    values: tuple[str | float, ...] = ()
    spellings: tuple[tuple[str, str], ...] = ()
    format: str = ""
    symbols: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    minimum: float | str | None = None
    maximum: float | str | None = None
    copy_of: str = ""

    def __post_init__(self) -> None:
        _check(self)
        texts = sorted({value for value in self.values if isinstance(value, str)})
        numbers = sorted({float(value) + 0.0 for value in self.values if not isinstance(value, str)})
        object.__setattr__(self, "values", (*texts, *numbers))
        for name in ("spellings", "symbols", "formats"):
            object.__setattr__(self, name, tuple(sorted(getattr(self, name))))
        for name in ("minimum", "maximum"):
            bound = getattr(self, name)
            object.__setattr__(self, name, float(bound) + 0.0 if isinstance(bound, int | float) else bound)

    @property
    def where(self) -> str:
        """Where an error is, for people."""
        return f"clean, column {self.column!r}, {self.kind}" if self.column else f"clean, {self.kind}"


def in_order(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return steps by column and in the order in which they run, those on rows last.

    Example:
        >>> steps = (Step("duplicates"), Step("number", "b", format="1234.5"), Step("strip", "b"))
        >>> [step.kind for step in in_order(steps)]
        ['strip', 'number', 'duplicates']
    """
    return tuple(sorted(steps, key=lambda step: (not step.column, step.column, KINDS.index(step.kind))))


def to_table(step: Step) -> dict[str, Any]:
    """Return a step as a table of TOML: `column`, `step`, and what its kind takes.

    Example:
        >>> to_table(Step("spelling", "city", spellings=(("NY", "New York"), ("new york", "New York"))))
        {'column': 'city', 'step': 'spelling', 'spellings': {'New York': ('NY', 'new york')}}
    """
    table: dict[str, Any] = {"column": step.column, "step": step.kind}
    table |= {name: getattr(step, name) for name in _FIELDS.get(step.kind, ())}
    if step.spellings:
        kept = sorted({keep for _, keep in step.spellings})
        table["spellings"] = {
            name: tuple(variant for variant, keep in step.spellings if keep == name) for name in kept
        }
    table |= {name: _short(table[name]) for name in ("minimum", "maximum") if name in table}
    if step.values:
        table["values"] = tuple(map(_short, step.values))
    return {name: value for name, value in table.items() if value not in ((), "", None)}


def _short(value: float | str | None) -> float | str | None:
    """Write a whole number without its point."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < EXACT else value


def of_table(table: Mapping[str, Any]) -> Step:
    """Return the step that a table of TOML writes.

    Args:
        table: As `to_table` returns it or people write it; dates may be TOML's own.

    Raises:
        ContractError: Where a key is unknown or of another type, or the step makes no sense.
    """
    values = {name: _plain(value) for name, value in table.items()}
    kind, column = values.pop("step", ""), values.pop("column", "")
    where = f"clean, column {column!r}" if column else "clean"
    if kind not in KINDS:
        next_step = did_you_mean(str(kind), KINDS)
        raise ContractError("there is no such cleaning step", where=where, got=kind, next_step=next_step)
    for name, value in values.items():
        if name not in _FIELDS.get(kind, ()):
            known = ("column", "step", *_FIELDS.get(kind, ()))
            next_step = did_you_mean(name, known)
            raise ContractError("there is no such key", where=where, got=name, next_step=next_step)
        if not isinstance(value, _WRITTEN[name]):
            next_step = _EXAMPLES.get(name, "put it in quotes")
            raise ContractError(f"`{name}` is of another type", where=where, got=value, next_step=next_step)
    if "spellings" in values:
        values["spellings"] = _pairs(values["spellings"], where)
    return Step(kind, column, **values)


def _pairs(spellings: Mapping[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    for kept, variants in spellings.items():
        if not isinstance(variants, tuple):
            next_step = _EXAMPLES["spellings"]
            raise ContractError("the variants are not a list", where=where, got=kept, next_step=next_step)
    return tuple((variant, kept) for kept, variants in spellings.items() for variant in variants)


def _plain(value: Any) -> Any:
    """Make what TOML has into what a step holds: tuples, and dates as text."""
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value


_WRITTEN: dict[str, Any] = {
    "values": tuple,
    "spellings": dict,
    "format": str,
    "symbols": tuple,
    "formats": tuple,
    "minimum": int | float | str,
    "maximum": int | float | str,
    "copy_of": str,
}
_EXAMPLES = {
    "values": 'write values = ["NA", 999]',
    "spellings": 'write spellings = { "New York" = ["new york", "NY"] }',
    "symbols": 'write symbols = ["%"]',
    "formats": 'write formats = ["31.1.2013"]',
    "minimum": 'write a number, or a date such as "2013-01-31"',
    "maximum": 'write a number, or a date such as "2013-01-31"',
}


def stripped(text: str) -> str:
    """Return a text without blanks around it and with single blanks inside; invisible marks go too.

    Example:
        >>> stripped(" New  York\u00a0")
        'New York'
    """
    for mark in _INVISIBLE:
        text = text.replace(mark, "")
    return " ".join(text.split())


#: Marks without width that stand in no word: zero-width space, word joiner, byte order mark.
_INVISIBLE = ("\u200b", "\u2060", "\ufeff")


def check_steps(contract: Contract) -> None:
    """Raise where a contract's steps contradict each other or its columns.

    Args:
        contract: Its steps are consistent each by itself.

    Raises:
        ContractError: With the step as `where`.
    """
    columns = {column.name: column for column in contract.columns}
    twice = Counter((step.column, step.kind) for step in contract.clean).most_common(1)
    for step in contract.clean:
        if (step.column, step.kind) == twice[0][0] and twice[0][1] > 1:
            raise _wrong(step, "a column has this step twice", step.kind, "make one of the two")
        if step.kind == "duplicates":
            continue
        for name in (step.column, *([step.copy_of] if step.copy_of else [])):
            if name not in columns:
                raise _wrong(step, "there is no such column", name, did_you_mean(name, columns))
        column = columns[step.column]
        read = column.role not in ("id", "ignore")
        if step.kind == "drop" and read:
            next_step = 'give it `role = "ignore"`, or remove the step'
            raise _wrong(step, "a column that is dropped is still read", column.role, next_step)
        if read and column.type not in _TYPES.get(step.kind, (column.type,)):
            next_step = f"give it the type {' or '.join(_TYPES[step.kind])}, or remove the step"
            raise _wrong(step, f"a {step.kind} step needs a column of that type", column.type, next_step)
    kinds = Counter(step.column for step in contract.clean if step.kind in _TYPES)
    for step in contract.clean:
        if kinds[step.column] > 1:
            raise _wrong(step, "a column is a number or a date, not both", "both", "remove one of the steps")


def _check(step: Step) -> None:
    if step.kind not in KINDS:
        raise _wrong(step, "there is no such cleaning step", step.kind, did_you_mean(str(step.kind), KINDS))
    if not isinstance(step.column, str) or (step.kind == "duplicates") == bool(step.column):
        next_step = "`duplicates` has no column" if step.column else 'add column = "…"'
        raise _wrong(step, "a cleaning step is about one column", repr(step.column), next_step)
    for name in ("values", "spellings", "format", "symbols", "formats", "minimum", "maximum", "copy_of"):
        given = getattr(step, name) not in ((), "", None)
        if given and name not in _FIELDS.get(step.kind, ()):
            raise _wrong(step, f"a {step.kind} step has no `{name}`", name, f"remove `{name}`")
    _CHECKS.get(step.kind, lambda _: None)(step)


def _check_values(step: Step) -> None:
    if not step.values:
        raise _wrong(step, "nothing is said to be missing", "[]", _EXAMPLES["values"])
    for value in step.values:
        fine = _is_text(value) if isinstance(value, str) else _is_real(value)
        if not fine:
            raise _wrong(step, "this is neither text nor a number", repr(value), _EXAMPLES["values"])


def _check_spellings(step: Step) -> None:
    example = _EXAMPLES["spellings"]
    if not step.spellings:
        raise _wrong(step, "no spelling is said to be kept", "{}", example)
    kept = {keep for _, keep in step.spellings}
    seen: set[str] = set()
    for variant, keep in step.spellings:
        if not (isinstance(variant, str) and isinstance(keep, str) and _is_text(variant + keep)):
            raise _wrong(step, "a spelling has to be text", ascii(variant), example)
        if variant in seen:
            raise _wrong(step, "a spelling becomes two others", variant, "keep one of them")
        if variant in kept:
            raise _wrong(step, "a spelling is kept and replaced", variant, "decide which")
        if stripped(keep) != keep:
            raise _wrong(step, "a spelling that is kept has blanks too many", repr(keep), "remove them")
        seen.add(variant)


def _check_format(step: Step) -> None:
    if step.format not in numerals.FORMATS:
        raise _wrong(
            step,
            "there is no such number format",
            step.format,
            did_you_mean(str(step.format), numerals.FORMATS),
        )
    for symbol in step.symbols:
        if symbol not in numerals.SYMBOLS:
            raise _wrong(step, "there is no such symbol", symbol, did_you_mean(str(symbol), numerals.SYMBOLS))


def _check_formats(step: Step) -> None:
    if not step.formats:
        raise _wrong(step, "no format is stated", "[]", _EXAMPLES["formats"])
    for each in step.formats:
        if each not in dates.FORMATS:
            raise _wrong(step, "there is no such date format", each, did_you_mean(str(each), dates.FORMATS))
    both = dates.contradiction(step.formats)
    if both:
        raise _wrong(step, "these formats read one text as two days", " and ".join(both), "keep one of them")


def _check_bounds(step: Step) -> None:
    bounds = [bound for bound in (step.minimum, step.maximum) if bound is not None]
    if not bounds:
        raise _wrong(step, "a range needs a bound", "none", "add `minimum` or `maximum`")
    reals = [bound if not isinstance(bound, str) else read_timestamp(bound) for bound in bounds]
    for bound, real in zip(bounds, reals, strict=True):
        if not _is_real(real):
            raise _wrong(step, "this is no bound", repr(bound), _EXAMPLES["minimum"])
    if len({isinstance(bound, str) for bound in bounds}) > 1:
        raise _wrong(step, "one bound is a number, the other a date", bounds, "write both alike")
    if len(reals) == 2 and not reals[0] <= reals[1]:  # type: ignore[operator]
        raise _wrong(step, "the minimum is above the maximum", bounds, "swap them")


_CHECKS = {
    "missing": _check_values,
    "spelling": _check_spellings,
    "number": _check_format,
    "date": _check_formats,
    "range": _check_bounds,
}


def _is_text(text: str) -> bool:
    return is_unicode(text)


def _is_real(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _wrong(step: Step, what: str, got: object, next_step: str) -> ContractError:
    return ContractError(what, where=step.where, got=got, next_step=next_step)
