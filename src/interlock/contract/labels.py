"""The target of a training table, or an outcome that arrives later, as numbers a learner takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract
from interlock.errors import InputError
from interlock.profile.values import Values

__all__ = ["label", "labels"]


def label(value: str | float | np.generic) -> str:
    """Return how a value of a target is called as a class.

    Args:
        value: A string, a boolean or a number.

    Returns:
        The string itself, `true` or `false`, an integer without a point, else Python's shortest decimal.

    Example:
        >>> [label(value) for value in ("late", True, 2.0, 0.5)]
        ['late', 'true', '2', '0.5']
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def labels(contract: Contract, values: Values) -> NDArray[np.float64]:
    """Return the target as numbers.

    Args:
        contract: With a target.
        values: The target's column.

    Returns:
        float64 [n]: the index of the class, or for a regression the value (timestamps in seconds since 1970);
        NaN where null.

    Raises:
        InputError: Where the contract has no target, or a value is no class of it, infinite, or no number.

    Example:
        >>> from interlock.contract.model import Column
        >>> contract = Contract((Column("late", "boolean", role="target"),), "binary", ("false", "true"))
        >>> labels(contract, Values("boolean", np.array([True, False]), np.array([True, False])))
        array([ 1., nan])
    """
    target = contract.target
    if target is None:
        raise InputError("the contract has no target", next_step="declare one when you explore the table")
    where = f"column {target.name!r}"
    null = np.zeros(len(values.data), dtype=bool) if values.valid is None else ~values.valid
    numbers = (
        _amounts(values, where) if contract.task == "regression" else _places(contract, values, null, where)
    )
    numbers[null] = np.nan
    if np.isinf(numbers).any():
        raise InputError(
            "the target is infinite", where=where, next_step="remove these rows, or mend the table"
        )
    return numbers


def _amounts(values: Values, where: str) -> NDArray[np.float64]:
    if values.kind == "string":
        next_step = "make it a number, or declare another task"
        raise InputError("a regression needs numbers", where=where, got="strings", next_step=next_step)
    numbers = values.data.astype(np.float64)
    return numbers / 1e6 if values.kind == "timestamp" else numbers


def _places(contract: Contract, values: Values, null: NDArray[np.bool_], where: str) -> NDArray[np.float64]:
    known = {name: float(place) for place, name in enumerate(contract.classes)}
    data = values.data
    if values.kind == "number":
        null |= np.isnan(data.astype(np.float64))
    distinct, inverse = np.unique(data[~null], return_inverse=True)
    names = [label(values.dictionary[code] if values.dictionary is not None else code) for code in distinct]
    for name in names:
        if name not in known:
            got = f"{name!r}, expected one of {list(known)}"
            raise InputError(
                "the target holds a class that the contract does not have",
                where=where,
                got=got,
                next_step="remove these rows, or explore again so that the contract learns the class",
            )
    places = np.full(len(data), np.nan)
    places[~null] = np.array([known[name] for name in names])[inverse] if names else np.nan
    return places
