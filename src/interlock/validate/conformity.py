"""The contract at work: what it refuses of the holdout, and whether it catches rows broken on purpose."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from interlock.contract import Action, Checked, Code, Column, Contract, Decoder
from interlock.contract.cleaning import cleaner
from interlock.explore.statistics.estimate import wilson_interval
from interlock.validate.bootstrap import Estimate

__all__ = ["Caught", "Verdict", "breakages", "catch", "rejected_share", "verdicts"]

Row = dict[str, Any]

_NO_STEP_READS_IT = "neither a number nor a date"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How often one rule of the contract was broken in the holdout.

    Args:
        column: The column.
        code: What was wrong.
        action: What was done about it.
        rows: In how many rows.
    """

    column: str
    code: Code
    action: Action
    rows: int


@dataclass(frozen=True, slots=True)
class Caught:
    """How many broken rows the contract caught.

    Args:
        broken: Rows broken on purpose, one value each.
        caught: Those with a flag on the broken column, or refused.
        missed: What got through, such as `age: "30" as text`; no more than 20.
    """

    broken: int
    caught: int
    missed: tuple[str, ...]


def verdicts(checked: Checked) -> tuple[Verdict, ...]:
    """Count the violations of the holdout, most frequent first."""
    found = (Verdict(each.column, each.code, each.action, len(each.rows)) for each in checked.violations)
    return tuple(sorted(found, key=lambda verdict: -verdict.rows))


def rejected_share(checked: Checked) -> Estimate:
    """Return the share of rows that the contract refuses, with Wilson's interval."""
    share = float(np.mean(checked.rejected))
    return Estimate("rejected_share", share, *wilson_interval(share, len(checked.rejected)))


def catch(contract: Contract, rows: Sequence[Row]) -> Caught:
    """Break each row in every way its columns allow, and send it through the decoder as a request.

    Args:
        contract: What has to catch them.
        rows: Sound rows.

    Returns:
        The count. A kind of breakage that the policy of its column allows is not tried.
    """
    decoder = Decoder(contract)
    broken, missed = 0, []
    for row in rows:
        for column, what, body in breakages(contract, row):
            broken += 1
            checked = decoder.one(msgspec.json.encode(body))
            if not any(flag.column == column for flag in checked.flags):
                missed.append(f"{column}: {what}")
    return Caught(broken, broken - len(missed), tuple(dict.fromkeys(missed))[:20])


def breakages(contract: Contract, row: Row) -> Iterator[tuple[str, str, Row]]:
    """Yield (column, what is wrong, the row with that wrong).

    Example:
        >>> contract = Contract((Column("age", "integer", maximum=120.0),))
        >>> [what for _, what, _ in breakages(contract, {"age": 30})]
        ['text', 'a boolean', 'a fraction', 'too large', 'an unknown column']
    """
    for column in contract.inputs:
        clean = cleaner(contract.clean, column.name)
        for what, value in _wrong_values(column):
            if clean is not None and clean(value) != value:  # a cleaning step mends it, or makes it a null
                if what != "text":
                    continue
                value = _NO_STEP_READS_IT  # noqa: PLW2901 - the text that is wrong all the same
            yield column.name, what, {**row, column.name: value}
        if column.on.null != "allow":
            yield column.name, "null", {**row, column.name: None}
            yield column.name, "absent", {name: value for name, value in row.items() if name != column.name}
    stranger = "column no contract names"
    yield stranger, "an unknown column", {**row, stranger: 1}


def _wrong_values(column: Column) -> Iterator[tuple[str, Any]]:
    if column.is_string:
        yield from _wrong_strings(column)
        return
    yield "text", "30" if column.type != "timestamp" else "yesterday"
    yield "a boolean" if column.type != "boolean" else "a number", column.type != "boolean" or 2
    if column.type == "integer":
        yield "a fraction", 30.9
    if column.type in ("number", "integer"):
        yield from _outside(column)


def _outside(column: Column) -> Iterator[tuple[str, Any]]:
    for what, end, side in (("too large", column.maximum, 1), ("too small", column.minimum, -1)):
        beyond = math.inf if end is None else end + side * max(1.0, abs(end))
        if math.isfinite(beyond):
            yield what, int(beyond) if column.type == "integer" else beyond


def _wrong_strings(column: Column) -> Iterator[tuple[str, Any]]:
    yield "a number", 12
    if column.levels is not None:
        yield "an unknown level", "level no contract names"
    if column.max_length is not None:
        yield "too long", "x" * (column.max_length + 1)
