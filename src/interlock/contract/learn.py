"""A contract learned from a profile: what was seen becomes the domain, what people declare goes before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from interlock.contract.domain import STORED_AS, column_type, domain, useless
from interlock.contract.model import Column, Contract, Policy, Role, Task
from interlock.contract.task import infer
from interlock.contract.validity import did_you_mean
from interlock.errors import InputError
from interlock.profile import ColumnProfile, Profile

__all__ = ["learn"]

_DECLARABLE = tuple(field.name for field in fields(Column) if field.name != "name")
_CODES = tuple(field.name for field in fields(Policy))


def learn(
    profile: Profile,
    *,
    target: str | None = None,
    time: str | None = None,
    ids: Iterable[str] = (),
    ignore: Iterable[str] = (),
    task: Task | None = None,
    declared: Mapping[str, Mapping[str, Any]] | None = None,
) -> Contract:
    """Learn a contract from a profile and a few declarations.

    Ranges are what was seen and 10 % of its span more on each side, never across zero; integers that look
    like months or minutes (all occur, the ends not rarely) get exactly their range; timestamps get no
    maximum, and the time column no range. Columns that a model cannot use (constant, without values, nearly
    unique) get the role `ignore` and a description of why.

    Args:
        profile: Of the table that is learned from.
        target: The column to predict.
        time: The column that says when a row happened.
        ids: Columns that name a row.
        ignore: Columns to leave out.
        task: What kind of prediction; None infers it from the target.
        declared: What people know: fields of `Column` by column name, which go before what is learned.

    Returns:
        The contract, columns in the profile's order.

    Raises:
        InputError: Where a column does not exist or has two roles, a declaration makes no sense, or the
            target cannot be learned.
        ContractError: Where the declarations contradict each other.

    Example:
        >>> import numpy as np
        >>> from interlock.profile import Values
        >>> age, paid = np.array([25, 40, 61]), np.array([True, False, True])
        >>> profile = Profile.of({"age": Values("integer", age), "paid": Values("boolean", paid)})
        >>> contract = learn(profile, target="paid", declared={"age": {"minimum": 18, "unit": "years"}})
        >>> contract.task, contract["age"].minimum, contract["age"].maximum
        ('binary', 18.0, 65.0)
    """
    declared = declared or {}
    roles = _roles(profile, target, time, ids, ignore)
    for name in declared:
        _exists(name, profile)
    columns = tuple(
        _column(name, found, roles.get(name), declared.get(name, {}))
        for name, found in profile.columns.items()
    )
    named = next((column for column in columns if column.role == "target"), None)
    if named is None:
        return Contract(columns)
    task, classes = infer(named.name, profile[named.name], task)
    return Contract(columns, task, classes)


def _roles(
    profile: Profile, target: str | None, time: str | None, ids: Iterable[str], ignore: Iterable[str]
) -> dict[str, Role]:
    given: tuple[tuple[Role, Iterable[str | None]], ...] = (
        ("target", [target]),
        ("time", [time]),
        ("id", ids),
        ("ignore", ignore),
    )
    roles: dict[str, Role] = {}
    for role, names in given:
        for name in names:
            if name is None:
                continue
            _exists(name, profile)
            if roles.setdefault(name, role) != role:
                got = f"{roles[name]} and {role}"
                raise InputError(
                    "a column has one role", where=f"column {name!r}", got=got, next_step="choose one"
                )
    return roles


def _exists(name: str, profile: Profile) -> None:
    if name not in profile.columns:
        next_step = did_you_mean(name, profile.columns)
        raise InputError("the table has no such column", where=f"column {name!r}", next_step=next_step)


def _column(name: str, found: ColumnProfile, role: Role | None, declared: Mapping[str, Any]) -> Column:
    values = _declared(name, found, declared)
    kind = values.get("type") or column_type(found)
    role = values.get("role") or role
    reason = "" if role else useless(found)
    learned = Column(name, kind, role or ("ignore" if reason else "feature"), description=reason)
    if learned.role in ("feature", "time"):
        learned = domain(learned, found)
    return _overridden(learned, values)


def _declared(name: str, found: ColumnProfile, declared: Mapping[str, Any]) -> dict[str, Any]:
    where = f"column {name!r}"
    for key in declared:
        if key not in _DECLARABLE:
            next_step = did_you_mean(key, _DECLARABLE)
            raise InputError(
                "there is nothing of that name to declare", where=where, got=key, next_step=next_step
            )
    values = dict(declared)
    if isinstance(values.get("levels"), list | set):
        values["levels"] = tuple(sorted(values["levels"]))
    possible = STORED_AS[found.kind]
    if values.get("type", possible[0]) not in possible:
        got = f"{values['type']}, stored as {found.kind}"
        next_step = (
            f"declare one of: {', '.join(possible)}; or convert the column in the table, for example with SQL"
        )
        raise InputError("the column cannot be of this type", where=where, got=got, next_step=next_step)
    return values


def _overridden(learned: Column, values: dict[str, Any]) -> Column:
    """Put what people declared over what was learned; a learned fill that it forbids moves or goes."""
    actions = values.pop("on", {})
    for code in actions:
        if code not in _CODES:
            where, next_step = f"column {learned.name!r}, on", did_you_mean(code, _CODES)
            raise InputError("there is no such violation", where=where, got=code, next_step=next_step)
    policy = replace(learned.on, **actions)
    return replace(learned, **{"fill": _allowed_fill(learned, values), **values, "on": policy})


def _allowed_fill(learned: Column, values: Mapping[str, Any]) -> float | str | bool | None:
    fill = learned.fill
    if isinstance(fill, str):
        levels = values.get("levels", learned.levels)
        return fill if levels is None or fill in levels else None
    if isinstance(fill, bool) or fill is None:
        return fill
    low, high = (values.get(name, getattr(learned, name)) for name in ("minimum", "maximum"))
    fill = fill if low is None else max(fill, low)
    return fill if high is None else min(fill, high)
