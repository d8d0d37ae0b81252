"""The profile of a table: one profile a column, one byte form, one digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Self

from interlock.errors import InputError
from interlock.profile.codec import Reader, Writer, decode
from interlock.profile.column import ColumnProfile
from interlock.profile.values import Kind, Values

__all__ = ["Profile"]

_HEADER = b"ILP1"


class Profile:
    """The profile of a table; profiles of parts add up to the profile of the whole, to the byte.

    Attributes:
        rows: How many rows.
        columns: One profile a column, by name, in the table's order; alphabetical once parts with different
            orders were added.

    Example:
        >>> import numpy as np
        >>> batch = {"age": Values("integer", np.array([30, 41, 30]))}
        >>> profile = Profile.of(batch) + Profile.of(batch)
        >>> profile.rows, profile["age"].top(1)
        (6, [(30.0, 4)])
    """

    __slots__ = ("columns", "rows")

    def __init__(self) -> None:
        self.rows = 0
        self.columns: dict[str, ColumnProfile] = {}

    @classmethod
    def of(cls, batch: Mapping[str, Values]) -> Self:
        """Return the profile of one batch."""
        result = cls()
        result.update(batch)
        return result

    def update(self, batch: Mapping[str, Values]) -> None:
        """Add a batch, in place.

        Args:
            batch: Columns by name, all of one length.

        Raises:
            InputError: The columns differ in length, or from the profile's in name or kind; nothing is added.
        """
        lengths = {name: len(values.data) for name, values in batch.items()}
        if len(set(lengths.values())) > 1:
            raise InputError(
                "the columns of a batch have different lengths", got=lengths, next_step="pass whole rows"
            )
        self._match({name: values.kind for name, values in batch.items()})
        for name, values in batch.items():
            self.columns[name].update(values)
        self.rows += next(iter(lengths.values()), 0)

    def merge(self, other: Profile) -> None:
        """Add the rows of another profile, in place.

        Raises:
            InputError: Its columns differ in name or kind. Nothing was added.
        """
        if not other.columns:
            return
        self._match({name: column.kind for name, column in other.columns.items()})
        for name, column in other.columns.items():
            self.columns[name].merge(column)
        self.rows += other.rows

    def __add__(self, other: Profile) -> Self:
        result = deepcopy(self)
        result.merge(other)
        return result

    def __getitem__(self, name: str) -> ColumnProfile:
        return self.columns[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Profile) and self.to_bytes() == other.to_bytes()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Profile(rows={self.rows}, columns={len(self.columns)}, {self.digest[:19]})"

    @property
    def digest(self) -> str:
        """`sha256:` and 64 hexadecimal digits: equal for equal profiles, on every machine."""
        return f"sha256:{hashlib.sha256(self.to_bytes()).hexdigest()}"

    def to_bytes(self) -> bytes:
        """Return the canonical bytes."""
        writer = Writer(_HEADER)
        writer.unsigned(self.rows)
        writer.unsigned(len(self.columns))
        for name, column in self.columns.items():
            writer.text(name)
            writer.block(column.to_bytes())
        return writer.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the profile that `to_bytes` wrote; raises `InputError` on any other bytes."""
        return decode(data, _HEADER, "profile", cls._read, cls.to_bytes)

    @classmethod
    def _read(cls, reader: Reader) -> Self:
        result = cls()
        result.rows = reader.unsigned()
        for _ in range(reader.unsigned()):
            name = reader.text()
            result.columns[name] = ColumnProfile.from_bytes(reader.block())
        reader.finish()
        if any(column.rows != result.rows for column in result.columns.values()):
            raise reader.error("a column has another number of rows")
        return result

    def _match(self, kinds: Mapping[str, Kind]) -> None:
        if not self.columns:
            self.columns = {name: ColumnProfile(kind) for name, kind in kinds.items()}
        if kinds.keys() != self.columns.keys():
            raise _different(kinds.keys(), self.columns.keys())
        for name, kind in kinds.items():
            if self.columns[name].kind != kind:
                raise InputError(
                    f"the column is {self.columns[name].kind} here and {kind} there",
                    where=f"column {name!r}",
                    next_step="read all parts of the table with the same schema",
                )
        if list(kinds) != list(self.columns):
            self.columns = {name: self.columns[name] for name in sorted(self.columns)}


def _different(new: Iterable[str], known: Iterable[str]) -> InputError:
    missing, added = sorted(set(known) - set(new)), sorted(set(new) - set(known))
    return InputError(
        "these rows have other columns than the profile",
        got=f"missing {missing}, added {added}",
        next_step="profile tables with the same columns, or select the ones they share",
    )
