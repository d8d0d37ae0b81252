"""The rows of one release in a ledger as columns: inputs, predictions, flags, outcomes so far."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.contract import MISSING, Coded, Column, Contract, label
from interlock.errors import InputError
from interlock.profile import Profile, Values
from interlock.release import Release
from interlock.serve.ledger import Record
from interlock.shipping import Source, open_ledger

__all__ = ["Flag", "Window", "profile", "read_window", "scores"]

#: Column, code, action.
Flag = tuple[str, str, str]
Floats = NDArray[np.float64]
_CHUNK = 65_536


@dataclass(frozen=True)
class Window:
    """What one release was asked and answered, by row.

    Args:
        received: When each row arrived, float64 seconds since 1970 [n].
        moments: The contract's time column, or `received` where it has none or the ledger does not keep it;
            NaN where null, [n].
        numbers: The numeric tensor, NaN for null and for what the contract had to fill in, [n, k].
        strings: The string tensor's columns, coded; MISSING likewise.
        prediction: [n] or, for `multiclass`, [n, classes]; NaN where the row got none.
        outcome: The class's index or the value; NaN where it has not arrived, [n].
        rejected: Whether the contract refused the row, bool [n].
        flags: How each violation befell the rows: row numbers, ascending.
        unreadable: Requests that could not be read at all; they are in no array.
        of_others: Rows that another release answered; they are in no array.
        strange: Outcomes that are no class of the contract, or no number.
    """

    received: Floats
    moments: Floats
    numbers: Floats
    strings: tuple[Coded, ...]
    prediction: Floats
    outcome: Floats
    rejected: NDArray[np.bool_]
    flags: Mapping[Flag, NDArray[np.int64]]
    unreadable: int
    of_others: int
    strange: int

    def __len__(self) -> int:
        return len(self.received)

    def at(self, contract: Contract, column: Column, point: float | str) -> NDArray[np.bool_]:
        """Return which rows hold at most a number, or hold a level, in a column of the contract, [n]."""
        if isinstance(point, str):
            coded = self.strings[contract.strings.index(column)]
            return np.asarray(coded.levels == point)[coded.codes]
        return np.asarray(self.numbers[:, contract.numbers.index(column)] <= point)

    def answered(self, contract: Contract, point: float | str) -> NDArray[np.bool_]:
        """Return which rows were predicted at most a number, or most likely a class, [n]."""
        if isinstance(point, str):
            return np.asarray(self.prediction.argmax(axis=1) == contract.classes.index(point))
        return np.asarray(self.prediction <= point)

    @property
    def arrived(self) -> NDArray[np.bool_]:
        """Whether a row has both its prediction and its outcome, [n]."""
        answered = self.prediction if self.prediction.ndim == 1 else self.prediction[:, 0]
        return np.isfinite(answered) & np.isfinite(self.outcome)


def read_window(release: Release, ledger: str | Path | Source) -> Window:
    """Read what a ledger holds of a release.

    Args:
        release: Whose rows are wanted.
        ledger: The ledger's folder, or where it was shipped to.

    Returns:
        The rows, in the order of the ledger.

    Raises:
        InputError: If there is no ledger, or it holds no row of this release.
    """
    source = open_ledger(ledger) if isinstance(ledger, str | Path) else ledger
    reader = _Reader(release, {truth.id: truth.outcome for truth in _latest(source)})
    records = source.records()
    while chunk := list(islice(records, _CHUNK)):
        reader.add(chunk)
    if not reader.rows:
        others = sorted(reader.others)
        raise InputError(
            "the ledger holds no row that this release answered",
            where=ledger,
            got=f"rows of {', '.join(others)}" if others else f"{reader.unreadable} unreadable requests",
            next_step="send it traffic, or name the release whose rows these are (`--release FOLDER`)"
            if others
            else "send it traffic",
        )
    return reader.window()


def profile(window: Window, contract: Contract, rows: NDArray[np.bool_]) -> Profile:
    """Profile the contract's inputs over some rows.

    Args:
        window: The rows.
        contract: It names the columns.
        rows: Which, bool [n].

    Returns:
        One column an input, each of the kind that training tables give it.
    """
    values = {
        column.name: _numeric(column, window.numbers[rows, place])
        for place, column in enumerate(contract.numbers)
    }
    for column, coded in zip(contract.strings, window.strings, strict=True):
        codes = coded.codes[rows]
        missing = np.flatnonzero(coded.levels == MISSING)
        values[column.name] = Values("string", codes, ~np.isin(codes, missing), coded.levels)
    return Profile.of(values)


def scores(window: Window, contract: Contract, rows: NDArray[np.bool_]) -> Profile:
    """Profile the predictions over some rows: the column `prediction`, as in a release's scores."""
    prediction = window.prediction[rows]
    if prediction.ndim == 1:
        return Profile.of({"prediction": Values("number", prediction, np.isfinite(prediction))})
    answered = np.isfinite(prediction[:, 0])
    likeliest = np.where(answered, np.nan_to_num(prediction).argmax(axis=1), 0).astype(np.int32)
    classes = np.array(contract.classes, dtype=object)
    return Profile.of({"prediction": Values("string", likeliest, answered, classes)})


class _Reader:
    """Gathers chunks of records into columns."""

    def __init__(self, release: Release, truths: Mapping[str, Any]) -> None:
        self.release, self.contract, self.truths = release, release.contract, truths
        self.rows = self.unreadable = self.of_others = self.strange = 0
        self.others: set[str] = set()
        self._arrays: dict[str, list[NDArray[Any]]] = defaultdict(list)
        self._codes: list[list[NDArray[np.int32]]] = [[] for _ in self.contract.strings]
        self._levels: list[dict[str, int]] = [{} for _ in self.contract.strings]
        self._flags: dict[Flag, list[int]] = defaultdict(list)
        self._classes = {name: float(place) for place, name in enumerate(self.contract.classes)}

    def add(self, records: list[Record]) -> None:
        """Take a chunk of records."""
        mine = [record for record in records if record.release == self.release.digest]
        self.of_others += len(records) - len(mine)
        self.others.update({record.release[:19] for record in records} - {self.release.digest[:19]})
        rows = [record for record in mine if record.numbers or record.strings]
        self.unreadable += len(mine) - len(rows)
        if rows:
            self._add_rows(rows)

    def _add_rows(self, rows: list[Record]) -> None:
        columns = {
            "received": np.array([row.time for row in rows]),
            "numbers": np.array([row.numbers for row in rows], np.float64),
            "prediction": self._predictions(rows),
            "outcome": np.array([self._outcome(row.id) for row in rows]),
            "rejected": np.array([row.rejected for row in rows]),
        }
        for name, array in columns.items():
            self._arrays[name].append(array)
        for place, levels in enumerate(self._levels):
            codes = (levels.setdefault(row.strings[place], len(levels)) for row in rows)
            self._codes[place].append(np.fromiter(codes, np.int32, len(rows)))
        for number, row in enumerate(rows, self.rows):
            for flag in row.flags:
                self._flags[flag].append(number)
        self.rows += len(rows)

    def _predictions(self, rows: list[Record]) -> Floats:
        none: Any = math.nan
        if self.contract.task == "multiclass":
            none = (math.nan,) * len(self.contract.classes)
        given = [none if row.prediction is None or row.rejected else row.prediction for row in rows]
        return np.array(given, np.float64)

    def _outcome(self, prediction: str) -> float:
        truth = self.truths.get(prediction)
        if truth is None:
            return math.nan
        if self.contract.task == "regression":
            value = float(truth) if isinstance(truth, int | float) else math.nan
        else:
            value = self._classes.get(label(truth), math.nan)
        self.strange += math.isnan(value)
        return value

    def window(self) -> Window:
        """Return all that was taken."""
        arrays = {name: np.concatenate(parts) for name, parts in self._arrays.items()}
        flags = {flag: np.unique(np.array(rows, np.int64)) for flag, rows in self._flags.items()}
        moments = self._moments(arrays["numbers"], arrays["received"])
        return Window(
            **arrays | {"numbers": self._without_fills(arrays["numbers"], flags)},
            moments=moments,
            strings=tuple(self._strings(flags)),
            flags=flags,
            unreadable=self.unreadable,
            of_others=self.of_others,
            strange=self.strange,
        )

    def _moments(self, numbers: Floats, received: Floats) -> Floats:
        time = self.contract.time
        unknown = time is None or time.personal in ("drop", "hash")
        return received if time is None or unknown else numbers[:, self.contract.numbers.index(time)]

    def _without_fills(self, numbers: Floats, flags: Mapping[Flag, NDArray[np.int64]]) -> Floats:
        """What the contract filled in says nothing of the traffic: take it out again."""
        for place, column in enumerate(self.contract.numbers):
            for rows in _imputed(column, flags):
                numbers[rows, place] = np.nan
        return numbers

    def _strings(self, flags: Mapping[Flag, NDArray[np.int64]]) -> Iterator[Coded]:
        for column, parts, levels in zip(self.contract.strings, self._codes, self._levels, strict=True):
            codes = np.concatenate(parts)
            for rows in _imputed(column, flags):
                codes[rows] = levels.setdefault(MISSING, len(levels))
            yield Coded(codes, np.array([*levels], dtype=object))


def _imputed(column: Column, flags: Mapping[Flag, NDArray[np.int64]]) -> Iterable[NDArray[np.int64]]:
    return (rows for (name, _, action), rows in flags.items() if name == column.name and action == "impute")


def _latest(source: Source) -> list[Any]:
    """Return the outcomes, later ones last, so that they win."""
    return sorted(source.outcomes(), key=lambda truth: truth.time)


def _numeric(column: Column, data: Floats) -> Values:
    """Return a column of the numeric tensor as the kind that a table has it in."""
    valid = np.isfinite(data)
    known = np.where(valid, data, 0.0)
    match column.type:
        case "integer":
            return Values("integer", known.astype(np.int64), valid)
        case "boolean":
            return Values("boolean", known.astype(np.bool_), valid)
        case "timestamp":
            return Values("timestamp", np.round(known * 1e6).astype(np.int64), valid)
        case _:
            return Values("number", data, valid)
