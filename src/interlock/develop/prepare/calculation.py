"""What SQL's functions mean, made of the few operations that numpy and ONNX share.

They are DuckDB's meanings in double precision, with two rules of our own: a number that does not exist (0/0,
the logarithm of a negative number) is NULL, and so is what DuckDB stops at with an error.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from interlock.develop.prepare.expression import Apply, Constant, Node, apply

__all__ = [
    "NULL",
    "Truth",
    "absent",
    "all_of",
    "any_of",
    "as_number",
    "as_truth",
    "between",
    "choose",
    "coalesce",
    "equal",
    "extreme",
    "identical",
    "less",
    "logarithm",
    "no",
    "not_above",
    "power",
    "rounded",
    "sign",
    "truncated",
    "whole",
]

NULL = Constant(math.nan)


class Truth(NamedTuple):
    """A condition in three-valued logic: two masks; where neither holds it is NULL.

    Args:
        yes: Where it is true.
        no: Where it is false.
    """

    yes: Node
    no: Node


def as_truth(number: Node) -> Truth:
    """Read a number as a condition: 0 is false, everything else is true."""
    return Truth(apply("or", apply("less", number, 0), apply("less", 0, number)), apply("equal", number, 0))


def as_number(truth: Truth) -> Apply:
    """Write a condition as 1, 0 or NULL."""
    return apply("where", truth.yes, 1, apply("where", truth.no, 0, NULL))


def less(left: Node, right: Node) -> Truth:
    """Compare; NULL where either is."""
    return Truth(apply("less", left, right), _at_most(right, left))


def not_above(left: Node, right: Node) -> Truth:
    """Compare; NULL where either is."""
    return Truth(_at_most(left, right), apply("less", right, left))


def equal(left: Node, right: Node) -> Truth:
    """Compare; NULL where either is."""
    return Truth(
        apply("equal", left, right), apply("or", apply("less", left, right), apply("less", right, left))
    )


def _at_most(left: Node, right: Node) -> Apply:
    return apply("or", apply("less", left, right), apply("equal", left, right))


def identical(left: Node, right: Node) -> Truth:
    """Compare so that NULL is a value like others: SQL's `IS NOT DISTINCT FROM`."""
    both = apply("and", apply("missing", left), apply("missing", right))
    same = apply("or", apply("equal", left, right), both)
    return Truth(same, apply("not", same))


def between(value: Node, low: Node, high: Node) -> Truth:
    """Tell whether a value lies within two bounds, both included."""
    return all_of(not_above(low, value), not_above(value, high))


def all_of(left: Truth, right: Truth) -> Truth:
    """SQL's AND: false wins over NULL."""
    return Truth(apply("and", left.yes, right.yes), apply("or", left.no, right.no))


def any_of(left: Truth, right: Truth) -> Truth:
    """SQL's OR: true wins over NULL."""
    return Truth(apply("or", left.yes, right.yes), apply("and", left.no, right.no))


def no(truth: Truth) -> Truth:
    """SQL's NOT."""
    return Truth(truth.no, truth.yes)


def absent(number: Node) -> Truth:
    """SQL's IS NULL, which is never NULL itself."""
    missing = apply("missing", number)
    return Truth(missing, apply("not", missing))


def choose(condition: Truth, then: Node, otherwise: Node) -> Apply:
    """CASE WHEN condition THEN then ELSE otherwise END."""
    return apply("where", condition.yes, then, otherwise)


def coalesce(first: Node, *others: Node) -> Node:
    """Return the first that is not NULL."""
    return apply("where", apply("missing", first), coalesce(*others), first) if others else first


def extreme(values: tuple[Node, ...], *, greatest: bool) -> Node:
    """Return the greatest or the least of some values that are not NULL; NULL where all are."""
    found = values[0]
    for value in values[1:]:
        beyond = apply("less", found, value) if greatest else apply("less", value, found)
        takes = apply("or", apply("missing", found), beyond)
        found = apply("where", takes, value, found)
    return found


def power(base: Node, exponent: Node) -> Apply:
    """Raise to a power; unlike C's `pow`, NULL to the power of 0 is NULL."""
    null = apply("or", apply("missing", base), apply("missing", exponent))
    return apply("where", null, NULL, apply("power", base, exponent))


def logarithm(base: float, value: Node) -> Apply:
    """Return the logarithm to a base, exact where the value is a whole power of it."""
    found = apply("divide", apply("log", value), math.log(base))
    nearest = apply("nearest", found)
    return apply("where", apply("equal", apply("power", base, nearest), value), nearest, found)


def rounded(value: Node, digits: int = 0) -> Node:
    """Round half away from zero, to decimal digits; negative ones round to tens, hundreds, and so on."""
    if digits == 0:
        return _to_whole(value)
    scale = 10.0 ** abs(digits)
    if digits < 0:
        return apply("multiply", _to_whole(apply("divide", value, scale)), scale)
    scaled = apply("divide", _to_whole(apply("multiply", value, scale)), scale)
    return apply("where", apply("infinite", scaled), value, scaled)  # too large to have such digits


def _to_whole(value: Node) -> Apply:
    size = apply("abs", value)
    below = apply("floor", size)
    up = apply("not", apply("less", apply("subtract", size, below), 0.5))
    found = apply("where", up, apply("add", below, 1), below)
    signed = apply("where", apply("less", value, 0), apply("negative", found), found)
    plain = apply(
        "or", apply("equal", value, 0), apply("or", apply("infinite", value), apply("missing", value))
    )
    return apply("where", plain, value, signed)


def truncated(value: Node) -> Apply:
    """Cut towards zero."""
    return apply("where", apply("less", value, 0), apply("ceil", value), apply("floor", value))


def sign(value: Node) -> Apply:
    """Return -1, 0 or 1."""
    positive = apply("where", apply("less", 0, value), 1, apply("multiply", value, 0))
    return apply("where", apply("less", value, 0), -1, positive)


def whole(value: Node, bits: int) -> Apply:
    """Cast to an integer of some bits: the nearest one, halves to even; NULL where it does not fit."""
    nearest, limit = apply("nearest", value), 2.0 ** (bits - 1)
    fits = apply("and", apply("not", apply("less", nearest, -limit)), apply("less", nearest, limit))
    return apply("where", fits, nearest, NULL)
