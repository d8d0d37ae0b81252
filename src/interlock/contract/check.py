"""The checker: a batch of columns, or one row after the other, become tensors and violations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from interlock.contract.encode import Floats, Strings, floats, strings
from interlock.contract.judge import ABSENT, Flag, Rule, examine, is_rejected, judge, settle
from interlock.contract.model import Action, Code, Contract
from interlock.errors import InputError
from interlock.profile.values import Values

__all__ = ["Checked", "CheckedRow", "Checker", "Coded", "Violation"]


class Coded(NamedTuple):
    """One string column of the tensor, coded.

    Args:
        codes: int32 [n], places in `levels`.
        levels: object array of `str`: the distinct strings that occur, `MISSING` where one is null.
    """

    codes: NDArray[np.int32]
    levels: NDArray[np.object_]


class Violation(NamedTuple):
    """One kind of violation in one column of a batch.

    Args:
        column: The column's name, or that of an unknown column.
        code: What is wrong.
        action: What was done about it.
        rows: int64, the places of the rows in the batch, ascending.
    """

    column: str
    code: Code
    action: Action
    rows: NDArray[np.int64]


class Checked(NamedTuple):
    """A batch after the check.

    Args:
        numbers: float64 [n, k], the numeric tensor; NaN for null, never infinite.
        strings: The string tensor's columns, coded.
        rejected: bool [n], the rows that are refused. They stay in the tensors.
        violations: All violations, by column.
    """

    numbers: NDArray[np.float64]
    strings: tuple[Coded, ...]
    rejected: NDArray[np.bool_]
    violations: tuple[Violation, ...]

    def string_matrix(self, rows: NDArray[np.integer] | slice | None = None) -> NDArray[np.object_]:
        """Return the string tensor, decoded.

        Args:
            rows: Which rows, in which order; None takes all.

        Returns:
            object array of `str`, [n, m].
        """
        chosen = slice(None) if rows is None else rows
        columns = [coded.levels[coded.codes[chosen]] for coded in self.strings]
        count = len(self.rejected[chosen])
        return np.stack(columns, axis=1) if columns else np.empty((count, 0), dtype=object)


class CheckedRow(NamedTuple):
    """One row after the check.

    Args:
        numbers: The row of the numeric tensor.
        strings: The row of the string tensor.
        flags: Its violations: inputs in the contract's order, then unknown columns.
        rejected: Whether the row is refused.
    """

    numbers: list[float]
    strings: list[str]
    flags: list[Flag]
    rejected: bool


class Checker:
    """Checks batches and rows against a contract.

    Args:
        contract: What to check against.

    Example:
        >>> from interlock.contract.model import Column
        >>> checker = Checker(Contract((Column("age", "integer", maximum=120), Column("city", "category"))))
        >>> checker.row({"age": 130, "city": "Oslo"}).flags
        [Flag(column='age', code='range', action='flag')]
        >>> checked = checker.columns({"age": [30, 130], "city": ["Oslo", "Rome"]})
        >>> checked.violations[0].rows
        array([1])
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.rules = tuple(Rule.of(column, contract.clean) for column in contract.inputs)
        self._known = frozenset(column.name for column in contract.columns)

    def columns(self, batch: Mapping[str, Values | Sequence[object]], rows: int | None = None) -> Checked:
        """Check a batch of columns.

        Args:
            batch: Columns by name: `Values`, or Python objects as JSON gives them.
            rows: The number of rows; None takes it from the columns.

        Returns:
            The tensors and what was wrong.

        Raises:
            InputError: Where the columns have different lengths, or their number is not known.
        """
        count = _count(batch, rows)
        numbers: list[NDArray[np.float64]] = []
        coded: list[Coded] = []
        violations: list[Violation] = []
        for rule in self.rules:
            values = batch.get(rule.column.name)
            if rule.column.is_string:
                coded.append(_check_strings(rule, strings(rule, values, count), violations))
            else:
                numbers.append(_check_floats(rule, floats(rule, values, count), violations))
        every = np.arange(count)
        violations += [
            Violation(name, "unknown", self.contract.unknown, every) for name in self._unknown(batch)
        ]
        rejected = np.zeros(count, dtype=bool)
        for violation in violations:
            rejected[violation.rows] |= violation.action == "reject"
        tensor = np.stack(numbers, axis=1) if numbers else np.empty((count, 0))
        return Checked(tensor, tuple(coded), rejected, tuple(violations))

    def rows(self, body: Sequence[Mapping[str, object]]) -> list[CheckedRow]:
        """Check rows, each by itself.

        Args:
            body: Rows as JSON gives them.

        Returns:
            One checked row for each.
        """
        return [self.row(row) for row in body]

    def row(self, body: Mapping[str, object]) -> CheckedRow:
        """Check one row.

        Args:
            body: Values by column name; a key that is not there is a missing value.

        Returns:
            The row of the tensors, and its flags.

        Raises:
            InputError: Where the row is not a mapping.
        """
        if not isinstance(body, Mapping):
            raise InputError(
                "a row has to be an object",
                got=type(body).__name__,
                next_step='send {"column": value, …} for each row',
            )
        flags: list[Flag] = []
        numbers: list[float] = []
        texts: list[str] = []
        for rule in self.rules:
            value = judge(rule, body.get(rule.column.name, ABSENT), flags)
            texts.append(value) if isinstance(value, str) else numbers.append(value)
        flags += [Flag(name, "unknown", self.contract.unknown) for name in self._unknown(body)]
        return CheckedRow(numbers, texts, flags, is_rejected(flags))

    def _unknown(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name not in self._known]


def _count(batch: Mapping[str, Values | Sequence[object]], rows: int | None) -> int:
    counts = {
        name: len(column.data if isinstance(column, Values) else column) for name, column in batch.items()
    }
    count = rows if rows is not None else next(iter(counts.values()), None)
    if count is None:
        raise InputError("a batch without columns does not say how many rows it has", next_step="give `rows`")
    for name, other in counts.items():
        if other != count:
            got = f"{other} rows, expected {count}"
            step = "give every column one value a row"
            where = f"column {name!r}"
            raise InputError("the columns have different lengths", where=where, got=got, next_step=step)
    return count


def _check_floats(rule: Rule, read: Floats, violations: list[Violation]) -> NDArray[np.float64]:
    data = read.data
    odd = ~((data >= rule.low) & (data <= rule.high) & np.isfinite(data))
    for code, rows in (("missing" if read.absent else "null", read.null), ("type", read.broken)):
        if rows.any():
            data[rows] = _settled(rule, cast("Code", code), rows, violations)
            odd &= ~rows
    if odd.any():
        flags: list[Flag] = []
        data[odd] = [examine(rule, value, flags) for value in data[odd].tolist()]
        violations.append(Violation(*flags[0], np.flatnonzero(odd)))
    return data


def _check_strings(rule: Rule, read: Strings, violations: list[Violation]) -> Coded:
    levels: dict[str, int] = {}
    places = np.zeros(len(read.levels) + 1, dtype=np.int32)
    broken: dict[Flag, list[int]] = {}
    for place, level in enumerate(read.levels):
        flags: list[Flag] = []
        text = cast("str", examine(rule, level, flags))
        places[place] = levels.setdefault(text, len(levels))
        for flag in flags:
            broken.setdefault(flag, []).append(place)
    codes = places[read.codes]
    for code, rows in (("missing" if read.absent else "null", read.null), ("type", read.broken)):
        if rows.any():
            text = cast("str", _settled(rule, cast("Code", code), rows, violations))
            codes[rows] = levels.setdefault(text, len(levels))
    for flag, wrong in broken.items():
        violations.append(Violation(*flag, np.flatnonzero(np.isin(read.codes, wrong))))
    return Coded(codes, np.array([*levels], dtype=object))


def _settled(rule: Rule, code: Code, rows: NDArray[np.bool_], violations: list[Violation]) -> float | str:
    flags: list[Flag] = []
    value = settle(rule, code, flags)
    violations += [Violation(*flag, np.flatnonzero(rows)) for flag in flags]
    return value
