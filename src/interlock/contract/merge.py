"""What people edited in a contract, put over what is learned anew once a column is cleaned otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, NamedTuple

from interlock.contract.model import Column, Contract, Policy
from interlock.errors import ContractError

__all__ = ["Merged", "merge", "recleaned"]

_EDITABLE = tuple(field.name for field in fields(Column) if field.name not in ("name", "on"))
_CODES = tuple(field.name for field in fields(Policy))


class Merged(NamedTuple):
    """A contract in which some columns were learned anew.

    Args:
        contract: The result.
        lost: Edits that no longer make sense, such as `price: levels` of a column that is a number now.
    """

    contract: Contract
    lost: tuple[str, ...]


def recleaned(before: Contract, after: Contract) -> tuple[str, ...]:
    """Return the columns on which two contracts have different cleaning steps.

    Args:
        before: Any contract.
        after: Likewise.

    Returns:
        Names, sorted.
    """
    changed = {*before.clean} ^ {*after.clean}
    return tuple(sorted({step.column for step in changed if step.column}))


def merge(base: Contract, edited: Contract, learned: Contract, names: Iterable[str]) -> Merged:
    """Learn some columns of an edited contract anew, and keep what people changed in them.

    Args:
        base: What people began with.
        edited: What they made of it.
        learned: What is learned now; its cleaning steps are taken over.
        names: Columns to take over; the others stay as they are edited, removed ones stay removed.

    Returns:
        The contract, and the edits of these columns that it cannot hold.

    Example:
        >>> from interlock.contract.step import Step
        >>> base = Contract((Column("price", "category", levels=("1,5", "2")),))
        >>> edited = Contract((replace(base["price"], unit="EUR"),))
        >>> steps = (Step("number", "price", format="1.234,5"),)
        >>> learned = Contract((Column("price", "number", minimum=1.5, maximum=2),), clean=steps)
        >>> merge(base, edited, learned, ["price"]).contract["price"].unit
        'EUR'
    """
    first, new = ({column.name: column for column in each.columns} for each in (base, learned))
    lost: list[str] = []
    columns = []
    for column in edited.columns:
        if column.name in names and column.name in new:
            begun = first.get(column.name, column)
            columns.append(_merged(begun, column, new[column.name], lost))
        else:
            columns.append(column)
    known = {column.name for column in columns}
    steps = tuple(step for step in learned.clean if not step.column or step.column in known)
    own = (edited.task, edited.classes) != (base.task, base.classes) or learned.task is None
    said = edited if own else learned
    target = any(column.role == "target" for column in columns)
    task, classes = (said.task, said.classes) if target else (None, ())
    return Merged(Contract(tuple(columns), task, classes, edited.unknown, steps), tuple(lost))


def _merged(base: Column, edited: Column, learned: Column, lost: list[str]) -> Column:
    """Put the edits over the learned column: all together, else as many as it can hold."""
    waiting = dict(_edits(base, edited, learned))
    held = learned
    while waiting:
        together = _with(held, waiting)
        if together is not None:
            return together
        fits = {name: each for name, value in waiting.items() if (each := _with(held, {name: value}))}
        if not fits:
            break
        name, held = next(iter(fits.items()))
        del waiting[name]
    lost += [f"{edited.name}: {name}" for name in waiting]
    return held


def _edits(base: Column, edited: Column, learned: Column) -> Iterator[tuple[str, Any]]:
    for name in _EDITABLE:
        value = getattr(edited, name)
        if value != getattr(base, name) and not (name == "type" and learned.type != base.type):
            yield name, value
    for code in _CODES:
        if getattr(edited.on, code) != getattr(base.on, code):
            yield f"on.{code}", getattr(edited.on, code)


def _with(column: Column, edits: dict[str, Any]) -> Column | None:
    plain = {name: value for name, value in edits.items() if not name.startswith("on.")}
    codes = {name.removeprefix("on."): value for name, value in edits.items() if name.startswith("on.")}
    try:
        return replace(column, **plain, on=replace(column.on, **codes))
    except ContractError:
        return None
