"""The rows a model learns from: checked inputs with a known target, and the errors when there are too few."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.contract.check import Coded
from interlock.contract.model import Contract, Task
from interlock.errors import InputError

__all__ = ["LEAST_ROWS", "Inputs", "Sample", "digest_of", "fingerprint", "require_moderate", "sample"]

#: Fewer rows with a known target than this cannot be split into rows to learn from and rows to compare on.
LEAST_ROWS = 20


_LEAST_UNITS = 20
#: Candidates of trees hold targets and weights in single precision (up to 3.4e38), and square the former.
_LARGEST = 1e18


class Inputs(Protocol):
    """What a model receives: a `Sample`, a contract's `Checked`, anything with these two."""

    @property
    def numbers(self) -> NDArray[np.float64]:
        """The numeric tensor [n, k]; NaN where missing."""

    @property
    def strings(self) -> tuple[Coded, ...]:
        """The string columns, coded."""


class _Data(Protocol):
    @property
    def checked(self) -> _Checked: ...
    @property
    def target(self) -> NDArray[np.float64] | None: ...


class _Checked(Inputs, Protocol):
    @property
    def rejected(self) -> NDArray[np.bool_]: ...


@dataclass(frozen=True)
class Sample:
    """Rows with a known target.

    Args:
        numbers: float64 [n, k]; NaN where missing; timestamps in seconds since 1970.
        strings: One `Coded` for each column of the string tensor.
        target: float64 [n]: the value, or the index of the class.
        task: What is predicted.
        classes: How many classes there are; 0 for regression.
        unused: Columns of the numeric tensor that no model may use.
        units: int64 [n], from 0: rows of one unit, such as a day, stand or fall together; None where every
            row is independent.
        weights: float64 [n], 0 or more: how much each row counts in learning; None where all count alike.
        time: float64 [n] seconds since 1970, when each row happened; None without a time column.
        declared: Name and SQL expression of each declared feature.
        whole: The rows whose history counts, where these are a draw of them, or have another target; None
            where it is their own.
        places: int [n], the places of these rows in `whole`; None where they are all of them, in order.
    """

    numbers: NDArray[np.float64]
    strings: tuple[Coded, ...]
    target: NDArray[np.float64]
    task: Task
    classes: int
    unused: tuple[int, ...] = ()
    units: NDArray[np.int64] | None = None
    weights: NDArray[np.float64] | None = None
    time: NDArray[np.float64] | None = None
    declared: tuple[tuple[str, str], ...] = ()
    whole: Sample | None = None
    places: NDArray[np.intp] | None = None

    def __len__(self) -> int:
        return len(self.target)

    @property
    def width(self) -> int:
        """How many numbers one prediction is: the classes of a multiclass task, else 1."""
        return self.classes if self.task == "multiclass" else 1

    @property
    def columns(self) -> int:
        """How many columns both tensors have."""
        return int(self.numbers.shape[1]) + len(self.strings)

    def take(self, rows: NDArray[np.intp]) -> Sample:
        """Return the given rows; they know of no others.

        Args:
            rows: Row numbers, int [r], in any order, with or without repeats.
        """
        strings = tuple(Coded(column.codes[rows], column.levels) for column in self.strings)
        return replace(
            self,
            numbers=self.numbers[rows],
            strings=strings,
            target=self.target[rows],
            units=None if self.units is None else self.units[rows],
            weights=None if self.weights is None else self.weights[rows],
            time=None if self.time is None else self.time[rows],
            whole=None,
            places=None,
        )

    def draw(self, rows: NDArray[np.intp]) -> Sample:
        """Return fewer rows to learn from, whose history is still that of all rows.

        Args:
            rows: As for `take`.
        """
        places = rows if self.places is None else self.places[rows]
        return replace(self.take(rows), whole=self.whole or self, places=places)

    def with_target(self, target: NDArray[np.float64]) -> Sample:
        """Return the same rows with something else to learn, and the history that they had."""
        return replace(self, target=target, whole=self.whole or self)

    @property
    def clusters(self) -> NDArray[np.int64] | None:
        """The units where there are at least 20; fewer say too little, then rows are taken as independent."""
        if self.units is None or len(np.unique(self.units)) < _LEAST_UNITS:
            return None
        return self.units


def sample(data: _Data, contract: Contract) -> tuple[Sample, NDArray[np.intp]]:
    """Keep the rows to learn from: those that the contract accepts and whose target is known.

    Args:
        data: A `table.Dataset`, or anything with `checked` and `target`.
        contract: It names the task and the classes.

    Returns:
        The sample, and the numbers of its rows in `data`.

    Raises:
        InputError: No target or task is declared, no feature is usable, the target has one value or values
            whose squares are too large to learn from, or fewer than 20 rows are left.
    """
    if contract.task is None or contract.target is None or data.target is None:
        raise InputError("no target is declared", next_step="name the column to predict: target=...")
    rows = np.flatnonzero(~data.checked.rejected & np.isfinite(data.target))
    everything = Sample(
        np.asarray(data.checked.numbers, np.float64),
        tuple(data.checked.strings),
        data.target,
        contract.task,
        0 if contract.task == "regression" else len(contract.classes),
    )
    kept = everything.take(rows)
    _require_rows(kept, data, contract.target.name)
    _require_two_values(kept, contract)
    require_moderate(kept.target, f"target `{contract.target.name}`")
    _require_features(kept, contract)
    return kept, rows


def fingerprint(rows: Sample) -> str:
    """Return one digest of all that is learned from: inputs, target, weights, time, and what rows share."""
    arrays = [rows.numbers, rows.target, rows.units, rows.weights, rows.time, np.array(rows.unused)]
    arrays += [each for column in rows.strings for each in (column.codes, _text(column.levels))]
    return f"sha256:{digest_of(arrays)}"


def digest_of(arrays: Iterable[NDArray[Any] | None]) -> str:
    """Return the SHA-256 of arrays, their types and shapes included, as 64 hexadecimal digits."""
    found = hashlib.sha256()
    for each in arrays:
        if each is not None:
            found.update(f"{each.dtype} {each.shape} ".encode())
            found.update(np.ascontiguousarray(each).tobytes())
    return found.hexdigest()


def require_moderate(values: NDArray[np.float64], where: str) -> None:
    """Refuse a target or weights that are too large to be squared and added up where trees are learned.

    Args:
        values: float64 [n], finite.
        where: Whose they are, for the error.

    Raises:
        InputError: One is beyond 1e18.
    """
    largest = float(np.abs(values).max(initial=0.0))
    if largest > _LARGEST:
        raise InputError(
            f"numbers beyond {_LARGEST:g} are too large to learn from: their squares cannot be added up",
            where=where,
            got=f"{largest:.3g}",
            next_step="divide the column, for example with SQL, or leave out the rows that it is wrong in",
        )


def _text(levels: NDArray[np.object_]) -> NDArray[np.uint8]:
    return np.frombuffer(msgspec.json.encode(levels.tolist()), np.uint8)


def _require_rows(kept: Sample, data: _Data, target: str) -> None:
    if len(kept) >= LEAST_ROWS:
        return
    total = len(data.checked.rejected)
    rejected = int(np.count_nonzero(data.checked.rejected))
    raise InputError(
        f"too few rows to learn from: {len(kept)} of {total} can be used, {LEAST_ROWS} are needed",
        where=f"target `{target}`",
        got=f"{rejected} rows rejected by the contract, {total - rejected - len(kept)} without a target",
        next_step="bring more rows, or relax the policies in contract.toml that reject them",
    )


def _require_two_values(kept: Sample, contract: Contract) -> None:
    values = np.unique(kept.target)
    if len(values) > 1:
        return
    shown = contract.classes[int(values[0])] if contract.classes else values[0]
    raise InputError(
        "the target has one value, so there is nothing to learn",
        where=f"target `{contract.target.name if contract.target else ''}`",
        got=shown,
        next_step="choose another target, or a table in which it varies",
    )


def _require_features(kept: Sample, contract: Contract) -> None:
    numbers = zip(contract.numbers, kept.numbers.T, strict=True)
    usable = [
        column.name
        for column, values in numbers
        if (column.role != "time" or column.type == "timestamp") and _varies(values)
    ]
    usable += [
        column.name
        for column, coded in zip(contract.strings, kept.strings, strict=True)
        if len(np.unique(coded.codes)) > 1
    ]
    if not usable:
        raise InputError(
            "no feature is usable: every input is constant or empty",
            got=", ".join(column.name for column in contract.inputs) or "no inputs",
            next_step="give more columns the role `feature` in contract.toml",
        )


def _varies(values: NDArray[np.float64]) -> bool:
    missing = np.isnan(values)
    if missing.all():
        return False
    return bool(missing.any()) or bool(np.any(values != values[0]))
