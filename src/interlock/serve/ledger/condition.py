"""Whose rows are meant: conditions as written on the command line, and what tells by them a person's rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from interlock.contract import Column
from interlock.contract.judge import read_as
from interlock.errors import InputError
from interlock.serve.ledger.format import Header, Redacted, is_prediction_id
from interlock.serve.ledger.reader import Record
from interlock.serve.ledger.redaction import check_key, hashed

__all__ = ["Condition", "Test", "conditions", "holds", "test"]

#: The name by which a condition means the prediction id.
_ID = "id"
_TRUTHS = {"true": 1.0, "false": 0.0}


class Condition(NamedTuple):
    """That a column holds a value, as written on the command line."""

    column: str
    value: str


#: Whether a row is one of the person's.
Test = Callable[[Record], bool]


def conditions(texts: Iterable[str]) -> tuple[Condition, ...]:
    """Read conditions; all of them have to hold.

    Args:
        texts: Each `COLUMN=VALUE`; `id=` means the prediction id.

    Raises:
        InputError: If there is none, or one has no equals sign, or an id is none.

    Example:
        >>> conditions(["customer=7"])
        (Condition(column='customer', value='7'),)
    """
    found = []
    for text in texts:
        column, equals, value = text.partition("=")
        if not equals or not column or (column == _ID and not is_prediction_id(value)):
            raise InputError(
                "this does not say whose rows to erase",
                got=text,
                next_step="write COLUMN=VALUE or id=PREDICTION",
            )
        found.append(Condition(column, value))
    if not found:
        raise InputError("nobody is named whose rows to erase", next_step="add --where COLUMN=VALUE")
    return tuple(found)


def test(header: Header, wanted: Sequence[Condition], key: bytes) -> Test | None:
    """Return what tells the person's rows under a header; None where it lacks one of the columns.

    Args:
        header: It names the inputs, and how they were redacted.
        wanted: All have to hold.
        key: Of the hashes; needed where a named column is hashed.

    Raises:
        InputError: If a column is truncated, a value is not of its column's type, or the key is another.
    """
    tests = [_test(header, condition, key) for condition in wanted]
    if any(each is None for each in tests):
        return None
    return lambda record: all(each(record) for each in tests if each)


def holds(body: bytes, wanted: Sequence[Condition]) -> bool:
    r"""Whether the kept beginning of a body holds all the values, as they are or as JSON escapes them.

    Example:
        >>> holds(b'{"name": "Zo\\u00eb', [Condition("name", "Zoë")])
        True
    """
    low = body.lower()
    values = [condition.value for condition in wanted if condition.column != _ID]
    forms = [(value.encode(), json.dumps(value)[1:-1].encode()) for value in values]
    return bool(forms) and all(any(form.lower() in low for form in each) for each in forms)


def _test(header: Header, wanted: Condition, key: bytes) -> Test | None:
    column, value = wanted
    if column == _ID:
        return lambda record: value in (record.id, record.shadow_of)
    redacted = next((each for each in header.redacted if each.column == column), None)
    if redacted is not None and redacted.kind == "truncate":
        raise InputError(
            "a column of which the ledger keeps a coarse part does not tell one person",
            where=f"column {column!r}",
            next_step="name another column, or id=PREDICTION",
        )
    if redacted is not None and redacted.kind == "drop":
        return None
    if column in header.strings:
        place, text = header.strings.index(column), _sought(value, redacted, header, key)
        return lambda record: bool(record.strings) and record.strings[place] == text
    if column in header.numbers:
        place = header.numbers.index(column)
        number = _sought(_number(header, place, value), redacted, header, key)
        return lambda record: bool(record.numbers) and record.numbers[place] == number
    return None


def _sought(value: float | str, redacted: Redacted | None, header: Header, key: bytes) -> float | str:
    if redacted is None:
        return value
    check_key(header, key)
    return hashed(key, value)


def _number(header: Header, place: int, value: str) -> float:
    kind = header.types[place] if header.types else "number"
    if kind == "boolean" and value in _TRUTHS:
        return _TRUTHS[value]
    try:
        read = read_as(Column("value", "timestamp"), value) if kind == "timestamp" else float(value)
    except ValueError:
        read = None
    if not isinstance(read, float):
        raise InputError(
            f"this is no {kind}",
            where=f"column {header.numbers[place]!r}",
            got=value,
            next_step="write it as in JSON",
        )
    return read
