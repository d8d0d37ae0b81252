"""Classes with fewer rows than folds: what is measured of them rests on next to nothing, and is told."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from interlock.contract import Contract
from interlock.develop.sample import Sample
from interlock.errors import InputError

__all__ = ["Rare", "rare", "require_two"]


class Rare(NamedTuple):
    """A class of few rows.

    Args:
        name: Of the class.
        rows: How many it has, at least one.
    """

    name: str
    rows: int

    @property
    def note(self) -> str:
        """What the reader should know of it."""
        if self.rows == 1:
            return (
                f"class `{self.name}` has one row, which cannot be both learned from and measured on: "
                "no figure says anything about this class"
            )
        return f"class `{self.name}` has {self.rows} rows: what the figures say about it rests on these alone"


def rare(rows: Sample, contract: Contract, fewer_than: int) -> tuple[Rare, ...]:
    """Find the classes that have rows, but fewer than so many; the rarest first, none of a regression.

    Args:
        rows: All rows.
        contract: It names the classes.
        fewer_than: What is enough.

    Example:
        >>> from interlock.contract import Column
        >>> rows = Sample(np.zeros((5, 1)), (), np.array([0.0, 0, 1, 1, 1]), "binary", 2)
        >>> contract = Contract((Column("y", "boolean", "target"),), "binary", ("false", "true"))
        >>> rare(rows, contract, 3)
        (Rare(name='false', rows=2),)
    """
    if rows.task == "regression":
        return ()
    counts = np.bincount(rows.target.astype(np.intp), minlength=len(contract.classes))
    found = [Rare(name, int(count)) for name, count in zip(contract.classes, counts, strict=True)]
    return tuple(sorted((each for each in found if 0 < each.rows < fewer_than), key=lambda each: each.rows))


def require_two(rows: Sample, contract: Contract) -> None:
    """Refuse two classes of which one has one row: no model of them can be both learned and measured.

    Args:
        rows: All rows.
        contract: It names the classes and the target.

    Raises:
        InputError: One of two classes has one row.
    """
    single = rare(rows, contract, 2) if rows.task == "binary" else ()
    if single:
        raise InputError(
            "one of the two classes has one row, which cannot be both learned from and measured on",
            where=f"target `{contract.target.name if contract.target else ''}`",
            got=f"class `{single[0].name}` in 1 of {len(rows):,} rows",
            next_step="bring more rows of this class: two can be measured, some tens say something",
        )
