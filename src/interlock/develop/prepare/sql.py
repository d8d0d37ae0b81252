"""Reads a SQL expression, by sqlglot in DuckDB's dialect, into the tree that is computed and compiled.

Nothing is evaluated as text: each kind of node that is not listed below is refused by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from interlock.develop.prepare import calculation as c
from interlock.develop.prepare.calculation import NULL, Truth
from interlock.develop.prepare.dates import BOUNDARIES, PARTS, day_start
from interlock.develop.prepare.expression import Constant, Node, apply
from interlock.develop.prepare.reading import (
    Moment,
    Readable,
    Reader,
    Reading,
    Refused,
    Value,
    Word,
    shown_as,
    unsupported,
)
from interlock.errors import InputError

__all__ = ["names_in", "parse"]

_INTEGERS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}
_MOMENTS = ("TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMPNTZ", "DATE")


@lru_cache(maxsize=1024)
def parse(text: str, readable: tuple[Readable, ...], where: str) -> Node:
    """Read one expression.

    Args:
        text: SQL, such as `distance / air_time`.
        readable: The names it may read.
        where: For errors: which feature it is.

    Returns:
        A number or a condition as 1 and 0, as a tree.

    Raises:
        InputError: If it does not parse, reads an unknown name, computes what is not supported, or does not
            come to a number.

    Example:
        >>> parse("a / 2", (Readable("a", "number", 0),), "feature `half`").operator
        'divide'
    """
    try:
        return Reading(readable, text, _READERS).feature()
    except Refused as error:
        raise InputError(error.what, where=where, got=error.got or text, next_step=error.next_step) from error


def names_in(text: str) -> tuple[str, ...]:
    """Return the columns that an expression names, in order; none where it does not parse."""
    try:
        tree = parse_one(text, dialect="duckdb")
    except (SqlglotError, RecursionError):
        return ()
    return tuple(column.name for column in tree.find_all(exp.Column))


def _unary(build: Callable[[Node], Node]) -> Reader:
    return lambda of, node: build(of.number(node.this))


def _binary(operator: str) -> Reader:
    return lambda of, node: apply(operator, of.number(node.this), of.number(node.expression))


def _named(operator: str) -> Reader:
    return _unary(lambda value: apply(operator, value))


def _ordering(compare: Callable[[Node, Node], Truth], *, swapped: bool = False) -> Reader:
    def read(of: Reading, node: Any) -> Truth:
        _refuse_chain(node)
        pair = (node.expression, node.this) if swapped else (node.this, node.expression)
        return of.ordered(*pair, compare)

    return read


def _equality(of: Reading, node: Any) -> Truth:
    _refuse_chain(node)
    return of.same(node.this, node.expression)


def _refuse_chain(node: Any) -> None:
    """Refuse `a < b < c`, as DuckDB does: it would compare a condition with c."""
    if any(
        isinstance(each, exp.LT | exp.LTE | exp.GT | exp.GTE | exp.EQ | exp.NEQ)
        for each in node.iter_expressions()
    ):
        raise Refused("comparisons cannot be chained", shown_as(node), "write a < b AND b < c")


def _literal(of: Reading, node: exp.Literal) -> Value:  # noqa: ARG001 - a reader's signature
    return Word(str(node.this)) if node.is_string else Constant(float(node.this))


def _is(of: Reading, node: exp.Is) -> Truth:
    if isinstance(node.expression, exp.Null):
        return of.is_null(node.this)
    if isinstance(node.expression, exp.Boolean):
        found = of.truth(node.this)
        mask = found.yes if node.expression.this else found.no
        return Truth(mask, apply("not", mask))
    raise unsupported(node)


def _among(of: Reading, node: exp.In) -> Truth:
    if not node.expressions:
        raise unsupported(node)
    found = of.same(node.this, node.expressions[0])
    for other in node.expressions[1:]:
        found = c.any_of(found, of.same(node.this, other))
    return found


def _between(of: Reading, node: exp.Between) -> Truth:
    if node.args.get("symmetric"):
        raise unsupported(node)
    low, high = node.args["low"], node.args["high"]
    return c.all_of(of.ordered(low, node.this, c.not_above), of.ordered(node.this, high, c.not_above))


def _case(of: Reading, node: exp.Case) -> Node:
    default = node.args.get("default")
    found = of.number(default) if default else NULL
    for branch in reversed(node.args["ifs"]):
        condition = of.same(node.this, branch.this) if node.this else of.truth(branch.this)
        found = c.choose(condition, of.number(branch.args["true"]), found)
    return found


def _if(of: Reading, node: exp.If) -> Node:
    otherwise = node.args.get("false")
    other = of.number(otherwise) if otherwise else NULL
    return c.choose(of.truth(node.this), of.number(node.args["true"]), other)


def _nullif(of: Reading, node: exp.Nullif) -> Node:
    return c.choose(of.same(node.this, node.expression), NULL, of.number(node.this))


def _several(of: Reading, node: Any) -> tuple[Node, ...]:
    return (of.number(node.this), *(of.number(each) for each in node.expressions))


def _round(of: Reading, node: exp.Round) -> Node:
    digits = node.args.get("decimals")
    try:
        places = int(shown_as(digits)) if digits else 0
    except ValueError:
        places = 99
    if abs(places) > 15:
        step = "write a whole number from -15 to 15"
        raise Refused("round takes a fixed number of digits", shown_as(node), step)
    return c.rounded(of.number(node.this), places)


def _log(of: Reading, node: exp.Log) -> Node:
    if node.expression is None:
        return c.logarithm(10, of.number(node.this))
    try:
        base = float(shown_as(node.this))
    except ValueError:
        base = -1.0
    if base <= 0 or base == 1:
        raise Refused("log takes a fixed base", shown_as(node), "write ln(x) / ln(base)")
    return c.logarithm(base, of.number(node.expression))


def _cast(of: Reading, node: exp.Cast) -> Value:
    kind = node.to.this.value
    if kind in _MOMENTS:
        seconds = of.moment(node.this)
        return Moment(day_start(seconds) if kind == "DATE" else seconds)
    if kind == "BOOLEAN":
        return of.truth(node.this)
    if kind in _INTEGERS:
        return c.whole(of.number(node.this), _INTEGERS[kind])
    if kind == "DOUBLE":
        return of.number(node.this)
    raise unsupported(node)


def _part(name: str) -> Reader:
    return lambda of, node: PARTS[name](of.moment(node.this))


def _extract(of: Reading, node: exp.Extract) -> Node:
    return _part_of(of, str(node.this.name).lower(), node.expression, node)


def _part_of(of: Reading, name: str, moment: exp.Expr, node: exp.Expr) -> Node:
    part = PARTS.get(name)
    if part is None:
        raise Refused("a part of a time is not known", shown_as(node), f"parts are {', '.join(PARTS)}")
    return part(of.moment(moment))


def _anonymous(of: Reading, node: exp.Anonymous) -> Node:
    name, arguments = node.name.lower(), node.expressions
    if name in ("date_part", "datepart") and len(arguments) == 2 and arguments[0].is_string:
        return _part_of(of, arguments[0].name.lower(), arguments[1], node)
    raise unsupported(node)


def _date_diff(of: Reading, node: exp.DateDiff) -> Node:
    unit = node.args.get("unit")
    count = BOUNDARIES.get(unit.name.lower() if unit else "day")
    if count is None:
        raise Refused("a unit of time is not known", shown_as(node), f"units are {', '.join(BOUNDARIES)}")
    return apply("subtract", count(of.moment(node.this)), count(of.moment(node.expression)))


_READERS: dict[type[exp.Expr], Reader] = {
    exp.Column: Reading.column,
    exp.Paren: lambda of, node: of._value(node.this),  # noqa: SLF001 - its own module
    exp.Literal: _literal,
    exp.Boolean: lambda _, node: c.as_truth(Constant(float(node.this))),
    exp.Null: lambda _, __: NULL,
    exp.Pi: lambda _, __: Constant(math.pi),
    exp.Add: _binary("add"),
    exp.Sub: _binary("subtract"),
    exp.Mul: _binary("multiply"),
    exp.Div: _binary("divide"),
    exp.Mod: _binary("remainder"),
    exp.Pow: lambda of, node: c.power(of.number(node.this), of.number(node.expression)),
    exp.Neg: _named("negative"),
    exp.Abs: _named("abs"),
    exp.Floor: _named("floor"),
    exp.Ceil: _named("ceil"),
    exp.Exp: _named("exp"),
    exp.Ln: _named("log"),
    exp.Sqrt: _named("sqrt"),
    exp.Sin: _named("sin"),
    exp.Cos: _named("cos"),
    exp.Tanh: _named("tanh"),
    exp.Radians: _unary(lambda value: apply("multiply", value, math.pi / 180)),
    exp.Degrees: _unary(lambda value: apply("multiply", value, 180 / math.pi)),
    exp.Sign: _unary(c.sign),
    exp.Trunc: _unary(c.truncated),
    exp.Log: _log,
    exp.Round: _round,
    exp.LT: _ordering(c.less),
    exp.LTE: _ordering(c.not_above),
    exp.GT: _ordering(c.less, swapped=True),
    exp.GTE: _ordering(c.not_above, swapped=True),
    exp.EQ: _equality,
    exp.NEQ: lambda of, node: c.no(_equality(of, node)),
    exp.NullSafeEQ: lambda of, node: c.identical(of.number(node.this), of.number(node.expression)),
    exp.NullSafeNEQ: lambda of, node: c.no(c.identical(of.number(node.this), of.number(node.expression))),
    exp.And: lambda of, node: c.all_of(of.truth(node.this), of.truth(node.expression)),
    exp.Or: lambda of, node: c.any_of(of.truth(node.this), of.truth(node.expression)),
    exp.Not: lambda of, node: c.no(of.truth(node.this)),
    exp.Is: _is,
    exp.In: _among,
    exp.Between: _between,
    exp.Case: _case,
    exp.If: _if,
    exp.Coalesce: lambda of, node: c.coalesce(*_several(of, node)),
    exp.Nullif: _nullif,
    exp.Greatest: lambda of, node: c.extreme(_several(of, node), greatest=True),
    exp.Least: lambda of, node: c.extreme(_several(of, node), greatest=False),
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Extract: _extract,
    exp.Anonymous: _anonymous,
    exp.DateDiff: _date_diff,
    exp.TimeToUnix: _part("epoch"),
    exp.Year: _part("year"),
    exp.Quarter: _part("quarter"),
    exp.Month: _part("month"),
    exp.Day: _part("day"),
    exp.Hour: _part("hour"),
    exp.Minute: _part("minute"),
    exp.Second: _part("second"),
    exp.DayOfWeek: _part("dayofweek"),
    exp.DayOfWeekIso: _part("isodow"),
    exp.DayOfYear: _part("dayofyear"),
}
