"""From a request's bytes to checked rows, through code that is generated once for each contract.

The generated code recognises what is plainly in order and asks `judge` about everything else. Names and texts
of the contract never become part of the source: it speaks of fields and rules by number.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec

from interlock.contract.check import CheckedRow, Checker
from interlock.contract.cleaning import Cleaner
from interlock.contract.judge import Flag, Rule, is_rejected, judge
from interlock.contract.model import MISSING, Column, Contract
from interlock.contract.moment import read_timestamp
from interlock.errors import InputError

__all__ = ["Decoder", "source"]

_JSON_TYPES: dict[str, type] = {"number": float, "integer": float, "boolean": bool}
_MALFORMED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_Decoded = TypeVar("_Decoded")
_NEXT = 'send one row as {"column": value, …}, many rows as an array of such objects'


class Decoder:
    """Decodes and checks the body of a request.

    A key that is written twice counts with its last value, as in every common JSON parser.

    Args:
        contract: What to check against.

    Example:
        >>> from interlock.contract.model import Column
        >>> decoder = Decoder(Contract((Column("age", "integer", maximum=120), Column("city", "category"))))
        >>> decoder.one(b'{"age": 30, "city": "Oslo"}')
        CheckedRow(numbers=[30.0], strings=['Oslo'], flags=[], rejected=False)
        >>> [row.rejected for row in decoder.many(b'[{"age": 30.9}, {"age": 30.0}]')]
        [True, False]
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.checker = Checker(contract)
        row = _row_type(contract)
        self._one: Callable[[bytes], Any] = msgspec.json.Decoder(row).decode
        self._many: Callable[[bytes], list[Any]] = msgspec.json.Decoder(list[row]).decode  # type: ignore[valid-type]
        self._check = self.checker.row if row is dict else _generate(self.checker.rules)

    def one(self, body: bytes) -> CheckedRow:
        """Decode and check one row.

        Args:
            body: A JSON object, UTF-8.

        Returns:
            The checked row.

        Raises:
            InputError: Where the body is not JSON, or not an object. It never repeats what was sent.
        """
        try:
            row = self._one(body)
        except _MALFORMED:
            return self.checker.row(_object(body))
        return self._check(row)

    def many(self, body: bytes) -> list[CheckedRow]:
        """Decode and check many rows.

        Args:
            body: A JSON array of objects, UTF-8.

        Returns:
            One checked row for each.

        Raises:
            InputError: Where the body is not JSON, or not an array of objects.
        """
        try:
            rows = self._many(body)
        except _MALFORMED:
            return [self.one(row) for row in _objects(body)]
        return [self._check(row) for row in rows]


def source(rules: tuple[Rule, ...]) -> str:
    """Return the source of the check of one decoded row, for readers and for `exec`.

    Args:
        rules: The rules of a contract's inputs.

    Returns:
        Python source that defines `check(row)`.

    Example:
        >>> from interlock.contract.model import Column
        >>> print(source((Rule.of(Column("age", "integer", minimum=0, maximum=120)),)))
        def check(row):
            flags = []
            v0 = row.c0
            if v0.__class__ is float:
                if not 0.0 <= v0 <= 120.0 or v0 % 1.0: v0 = judge(rule0, v0, flags)
            else: v0 = nan
            return new(CheckedRow, ([v0], [], flags, is_rejected(flags) if flags else False))
    """
    lines = ["def check(row):", "    flags = []"]
    for place, rule in enumerate(rules):
        lines += [f"    v{place} = row.c{place}", *(f"    {line}" for line in _recognise(place, rule))]
    numbers = ", ".join(f"v{place}" for place, rule in enumerate(rules) if not rule.column.is_string)
    strings = ", ".join(f"v{place}" for place, rule in enumerate(rules) if rule.column.is_string)
    rejected = "is_rejected(flags) if flags else False"
    end = f"    return new(CheckedRow, ([{numbers}], [{strings}], flags, {rejected}))"
    return "\n".join([*lines, end])


def _recognise(place: int, rule: Rule) -> list[str]:
    """Return the lines that leave a value alone which is plainly in order, and judge it otherwise."""
    v, ask = f"v{place}", f"v{place} = judge(rule{place}, v{place}, flags)"
    if rule.clean is not None:
        return _recognise_clean(place, rule, rule.clean, ask)
    null = "missing" if rule.column.is_string else "nan"
    other = f"else: {v} = {null}" if rule.column.on.null == "allow" else f"else: {ask}"
    if rule.column.type == "boolean":
        return [f"if {v} is True: {v} = 1.0", f"elif {v} is False: {v} = 0.0", other]
    lines = _recognise_string if rule.column.is_string else _recognise_number
    return [*lines(place, rule, ask), other]


def _recognise_number(place: int, rule: Rule, ask: str) -> list[str]:
    v = f"v{place}"
    low, high = max(rule.low, -sys.float_info.max), min(rule.high, sys.float_info.max)
    if rule.column.type == "timestamp":
        fine = f"t.__class__ is float and {low!r} <= t <= {high!r}"
        return [
            f"if {v}.__class__ is str:",
            f"    t = seconds({v})",
            f"    if {fine}: {v} = t",
            f"    else: {ask}",
        ]
    whole = f" or {v} % 1.0" if rule.column.type == "integer" else ""
    return [f"if {v}.__class__ is float:", f"    if not {low!r} <= {v} <= {high!r}{whole}: {ask}"]


def _recognise_clean(place: int, rule: Rule, clean: Cleaner, ask: str) -> list[str]:
    """Return the lines of a column with steps: what these leave alone passes, the rest is judged."""
    v = f"v{place}"
    if rule.levels is not None:
        return [f"if {v} in levels{place}: pass", f"else: {ask}"]
    if rule.column.type in ("number", "integer"):
        gone, least, most = clean.numbers
        low, high = max(rule.low, least, -sys.float_info.max), min(rule.high, most, sys.float_info.max)
        whole = f" and not {v} % 1.0" if rule.column.type == "integer" else ""
        kept = f" and {v} not in gone{place}" if gone else ""
        return [
            f"if {v}.__class__ is float and {low!r} <= {v} <= {high!r}{whole}{kept}: pass",
            f"else: {ask}",
        ]
    return [ask]


def _recognise_string(place: int, rule: Rule, ask: str) -> list[str]:
    v = f"v{place}"
    if rule.levels is not None:
        return [f"if {v} in levels{place}: pass", f"elif {v}.__class__ is str: {ask}"]
    tests = [f"{v} == missing"]
    tests += [f"len({v}) > {rule.column.max_length}"] if rule.column.max_length else []
    tests += [f"not matches{place}({v})"] if rule.matches else []
    return [f"if {v}.__class__ is str:", f"    if {' or '.join(tests)}: {ask}"]


def _generate(rules: tuple[Rule, ...]) -> Callable[[Any], CheckedRow]:
    names: dict[str, Any] = {
        "CheckedRow": CheckedRow,
        "is_rejected": is_rejected,
        "judge": judge,
        "missing": MISSING,
        "nan": math.nan,
        "new": tuple.__new__,  # as the class does it, without its function in between
        "seconds": read_timestamp,
    }
    for place, rule in enumerate(rules):
        names |= {f"rule{place}": rule, f"levels{place}": _in_order(rule), f"matches{place}": rule.matches}
        names |= {f"gone{place}": rule.clean.numbers[0]} if rule.clean is not None else {}
    exec(source(rules), names)  # noqa: S102 - our own text: numbers and indexes, no word of the contract
    return cast("Callable[[Any], CheckedRow]", names["check"])


def _in_order(rule: Rule) -> frozenset[str]:
    """Return the levels that break no other rule of their column and that its steps leave alone."""
    flags: dict[str, list[Flag]] = {level: [] for level in rule.levels or ()}
    same = {level for level, found in flags.items() if judge(rule, level, found) == level}
    return frozenset(level for level in same if not flags[level])


def _row_type(contract: Contract) -> type:
    """Return a struct with a field for each column, or `dict` where msgspec cannot take a column's name."""
    fields: list[tuple[str, Any, Any]] = []
    cleaned = {step.column for step in contract.clean}
    for place, column in enumerate(contract.inputs):
        kind = _json_type(column, cleaned=column.name in cleaned)
        fields.append((f"c{place}", kind | None | msgspec.UnsetType, msgspec.UNSET))
    inputs = frozenset(column.name for column in contract.inputs)
    unread = [column for column in contract.columns if column.name not in inputs]
    fields += [(f"u{place}", msgspec.Raw, msgspec.Raw()) for place in range(len(unread))]
    columns = [*contract.inputs, *unread]
    rename = {field[0]: column.name for field, column in zip(fields, columns, strict=True)}
    if any(re.search(r'[\\"\x00-\x1f]', name) for name in rename.values()):
        return dict
    return msgspec.defstruct("Row", fields, rename=rename, forbid_unknown_fields=True, gc=False)


def _json_type(column: Column, *, cleaned: bool) -> Any:
    """Return what msgspec decodes a column as; a number that is cleaned may come as text."""
    kind = _JSON_TYPES.get(column.type, str)
    return kind | str if cleaned and kind is float else kind


def _objects(body: bytes) -> list[bytes]:
    """Split an array into its elements, undecoded."""
    return [bytes(row) for row in _decode(body, list[msgspec.Raw], "many rows have to be a JSON array")]


def _object(body: bytes) -> dict[str, object]:
    """Decode an object without the contract's types."""
    try:
        return cast("dict[str, object]", msgspec.json.decode(body, type=dict))
    except _MALFORMED:  # or a number beyond float64: then each value by itself
        values = _decode(body, dict[str, msgspec.Raw], "a row has to be a JSON object")
    try:
        return {name: _value(raw) for name, raw in values.items()}
    except _MALFORMED as error:
        raise _not_json(error) from None


def _decode(body: bytes, kind: type[_Decoded], expected: str) -> _Decoded:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        raise InputError(expected, next_step=_NEXT) from None
    except _MALFORMED as error:
        raise _not_json(error) from None


def _value(raw: msgspec.Raw) -> object:
    """Decode one value; a number beyond float64 is infinite, an array that holds one is empty."""
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        start = bytes(raw)[:1]
        return -math.inf if start == b"-" else math.inf if start.isdigit() else []


def _not_json(error: Exception) -> InputError:
    """Say where it breaks, never what is there: the sender's data stay out of our logs."""
    reason = str(error).removeprefix("JSON is malformed: ")
    if isinstance(error, UnicodeDecodeError):
        reason = "not UTF-8"
    if isinstance(error, RecursionError):
        reason = "nested too deeply"
    return InputError(f"the body is not JSON: {reason}", next_step=_NEXT)
