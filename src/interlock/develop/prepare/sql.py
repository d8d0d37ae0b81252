"""Reads a SQL expression, by sqlglot in DuckDB's dialect, into the tree that is computed and compiled.

Nothing is evaluated as text: each kind of node that is not listed below is refused by name.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from sqlglot import exp, parse_one
from sqlglot.errors import ParseError, SqlglotError

from interlock.contract.model import MISSING
from interlock.develop.prepare import calculation as c
from interlock.develop.prepare.calculation import NULL, Truth
from interlock.develop.prepare.dates import BOUNDARIES, PARTS, day_start
from interlock.develop.prepare.expression import Alike, Among, Constant, Feature, Node, Number, apply
from interlock.errors import InputError

__all__ = ["SUPPORTED", "Kind", "Readable", "find", "names_in", "near", "parse"]

#: What may stand in an expression, for errors and the documentation.
SUPPORTED = (
    "+ - * / % ** and ^, = <> < <= > >=, AND OR NOT, IN, BETWEEN, IS NULL, IS [NOT] DISTINCT FROM, CASE, if, "
    "coalesce, ifnull, nullif, greatest, least, abs, sign, floor, ceil, round, trunc, sqrt, exp, ln, log, "
    "log2, log10, power, sin, cos, tanh, radians, degrees, pi, CAST to DOUBLE, BIGINT, INTEGER, BOOLEAN, "
    "TIMESTAMP or DATE, extract, date_part, "
    f"{', '.join(name for name in PARTS if name not in ('dow', 'doy'))}, date_diff"
)
_OVER = re.compile(r"\)\s*over\b", re.IGNORECASE)
_LONGEST = 10_000
_DEEPEST = 100
_INTEGERS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}
_MOMENTS = ("TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMPNTZ", "DATE")

Kind = Literal["number", "text", "timestamp", "feature"]


@dataclass(frozen=True)
class Readable:
    """A name that an expression may read.

    Args:
        name: Of the column, or of the declared feature.
        kind: What its values are; `feature` is a declared one, which is a number.
        place: The column of the numeric or of the string tensor; -1 for a feature.
    """

    name: str
    kind: Kind
    place: int = -1


@dataclass(frozen=True)
class _Moment:
    """Seconds since 1970, UTC."""

    seconds: Node


@dataclass(frozen=True)
class _Column:
    """A string column."""

    place: int


@dataclass(frozen=True)
class _Word:
    """A string literal."""

    value: str


_Value = Node | Truth | _Moment | _Column | _Word


class _Refused(Exception):  # noqa: N818 - becomes an InputError that knows the feature
    def __init__(self, what: str, got: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what, self.got, self.next_step = what, got, next_step


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
        return _Reading(readable, text).feature()
    except _Refused as error:
        raise InputError(error.what, where=where, got=error.got or text, next_step=error.next_step) from error


def find(name: str, names: Sequence[str]) -> str | None:
    """Return the name that is meant: the same one, or else the only one that differs in case alone."""
    if name in names:
        return name
    alike = [each for each in names if each.lower() == name.lower()]
    return alike[0] if len(alike) == 1 else None


def names_in(text: str) -> tuple[str, ...]:
    """Return the columns that an expression names, in order; none where it does not parse."""
    try:
        tree = parse_one(text, dialect="duckdb")
    except (SqlglotError, RecursionError):
        return ()
    return tuple(column.name for column in tree.find_all(exp.Column))


def near(name: str, names: Sequence[str]) -> str:
    """Return what to try instead of an unknown name."""
    found = difflib.get_close_matches(name, names, n=1)
    return f"did you mean `{found[0]}`?" if found else f"known here: {', '.join(names)}"


class _Reading:
    def __init__(self, readable: tuple[Readable, ...], text: str) -> None:
        self._readable = {each.name: each for each in readable}
        self._text = text
        self._reads = False

    def feature(self) -> Node:
        value = self._value(self._tree())
        if isinstance(value, _Moment):
            raise _Refused(
                "a feature has to be a number, and this is a time", next_step="take a part: hour(…)"
            )
        if isinstance(value, _Column | _Word):
            raise _Refused("a feature has to be a number, and this is text", next_step="compare it: … = 'x'")
        if not self._reads:
            raise _Refused("a feature has to read a column", next_step="name one, or remove the feature")
        return c.as_number(value) if isinstance(value, Truth) else value

    def _tree(self) -> exp.Expr:
        if len(self._text) > _LONGEST:
            got = f"{len(self._text):,} characters"
            raise _Refused("an expression is too long", got, f"split it: {_LONGEST:,} characters at most")
        try:
            tree = parse_one(self._text, dialect="duckdb")
        except (SqlglotError, RecursionError) as error:
            if _OVER.search(self._text):
                raise _misplaced(self._text) from error
            raise _unparsed(error) from error
        if max(node.depth for node in tree.walk()) > _DEEPEST:
            raise _Refused("an expression is nested too deeply", next_step="split it into several features")
        return tree

    def _value(self, node: exp.Expr) -> _Value:
        read = _READERS.get(type(node))
        if read is None:
            raise _unsupported(node)
        return read(self, node)

    def number(self, node: exp.Expr) -> Node:
        value = self._value(node)
        if isinstance(value, Truth):
            return c.as_number(value)
        if isinstance(value, _Moment):
            step = "epoch(…) gives its seconds since 1970, date_diff('day', a, b) the days between two"
            raise _Refused("a time is used as a number", _sql(node), step)
        if isinstance(value, _Column | _Word):
            step = "text can only be compared: = <> IN, IS NULL"
            raise _Refused("text is used as a number", _sql(node), step)
        return value

    def truth(self, node: exp.Expr) -> Truth:
        value = self._value(node)
        return value if isinstance(value, Truth) else c.as_truth(self.number(node))

    def moment(self, node: exp.Expr) -> Node:
        value = self._value(node)
        if isinstance(value, _Word):
            return _literal_moment(value.value)
        if value is NULL:
            return NULL
        if not isinstance(value, _Moment):
            raise _Refused("a time is needed here", _sql(node), "name a column of the type `timestamp`")
        return value.seconds

    def column(self, node: exp.Expr) -> _Value:
        assert isinstance(node, exp.Column)  # noqa: S101 - the dispatch's promise
        name = find(node.name, tuple(self._readable))
        if node.table or name is None:
            shown = _sql(node) if node.table else node.name
            raise _Refused(f"`{shown}` is not known here", next_step=near(node.name, tuple(self._readable)))
        self._reads = True
        known = self._readable[name]
        match known.kind:
            case "number":
                return Number(known.place)
            case "timestamp":
                return _Moment(Number(known.place))
            case "text":
                return _Column(known.place)
            case "feature":
                return Feature(known.name)

    def same(self, left: exp.Expr, right: exp.Expr) -> Truth:
        """Return left = right, whatever both are."""
        one, other = self._value(left), self._value(right)
        if isinstance(one, _Moment) or isinstance(other, _Moment):
            return c.equal(self.moment(left), self.moment(right))
        if isinstance(one, _Word):
            one, other = other, one
        if isinstance(one, _Column):
            return _same_text(one, other, _sql(right))
        return c.equal(self.number(left), self.number(right))

    def ordered(self, left: exp.Expr, right: exp.Expr, compare: Callable[[Node, Node], Truth]) -> Truth:
        values = (self._value(left), self._value(right))
        read = self.moment if any(isinstance(each, _Moment) for each in values) else self.number
        return compare(read(left), read(right))

    def is_null(self, node: exp.Expr) -> Truth:
        value = self._value(node)
        match value:
            case Truth():
                known = apply("or", value.yes, value.no)
                return Truth(apply("not", known), known)
            case _Column(place):
                missing = Among(place, (MISSING,))
                return Truth(missing, apply("not", missing))
            case _Moment(seconds):
                return c.absent(seconds)
            case _:
                return c.absent(self.number(node))


def _same_text(column: _Column, other: _Value, shown: str) -> Truth:
    missing: Node = Among(column.place, (MISSING,))
    match other:
        case _Word(value):
            yes: Node = Among(column.place, (value,))
        case _Column(place):
            missing = apply("or", missing, Among(place, (MISSING,)))
            yes = apply("and", Alike(column.place, place), apply("not", missing))
        case _ if other is NULL:
            return c.equal(NULL, NULL)
        case _:
            raise _Refused("text is compared with a number", shown, "write it between single quotes")
    return Truth(yes, apply("not", apply("or", yes, missing)))


def _literal_moment(text: str) -> Node:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        step = "write it as TIMESTAMP '2013-10-01 05:00:00', in UTC"
        raise _Refused("a time does not parse", text, step) from None
    return Constant((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _sql(node: exp.Expr) -> str:
    return str(node.sql(dialect="duckdb"))


def _unsupported(node: exp.Expr) -> _Refused:
    if isinstance(node, exp.AggFunc | exp.Window):
        return _misplaced(_sql(node))
    if isinstance(node, exp.IntDiv):
        return _Refused("// is not supported", _sql(node), "write floor(a / b) or trunc(a / b)")
    return _Refused("this is not supported in a feature", _sql(node), f"supported are {SUPPORTED}")


def _unparsed(error: Exception) -> _Refused:
    found = error.errors[0].get("highlight") if isinstance(error, ParseError) and error.errors else ""
    place = f"look at `{found}`; " if found else ""
    step = f"{place}a column that has the name of a word of SQL stands in double quotes"
    return _Refused("an expression does not parse", next_step=step)


def _misplaced(shown: str) -> _Refused:
    step = (
        'give it a feature of its own, such as rate = "mean(late) over 30 days by carrier", and use its name'
    )
    return _Refused("an aggregate cannot stand inside of an expression", shown, step)


_Reader = Callable[[_Reading, Any], _Value]


def _unary(build: Callable[[Node], Node]) -> _Reader:
    return lambda of, node: build(of.number(node.this))


def _binary(operator: str) -> _Reader:
    return lambda of, node: apply(operator, of.number(node.this), of.number(node.expression))


def _named(operator: str) -> _Reader:
    return _unary(lambda value: apply(operator, value))


def _ordering(compare: Callable[[Node, Node], Truth], *, swapped: bool = False) -> _Reader:
    def read(of: _Reading, node: Any) -> Truth:
        _refuse_chain(node)
        pair = (node.expression, node.this) if swapped else (node.this, node.expression)
        return of.ordered(*pair, compare)

    return read


def _equality(of: _Reading, node: Any) -> Truth:
    _refuse_chain(node)
    return of.same(node.this, node.expression)


def _refuse_chain(node: Any) -> None:
    """Refuse `a < b < c`, as DuckDB does: it would compare a condition with c."""
    if any(
        isinstance(each, exp.LT | exp.LTE | exp.GT | exp.GTE | exp.EQ | exp.NEQ)
        for each in node.iter_expressions()
    ):
        raise _Refused("comparisons cannot be chained", _sql(node), "write a < b AND b < c")


def _literal(of: _Reading, node: exp.Literal) -> _Value:  # noqa: ARG001 - a reader's signature
    return _Word(str(node.this)) if node.is_string else Constant(float(node.this))


def _is(of: _Reading, node: exp.Is) -> Truth:
    if isinstance(node.expression, exp.Null):
        return of.is_null(node.this)
    if isinstance(node.expression, exp.Boolean):
        found = of.truth(node.this)
        mask = found.yes if node.expression.this else found.no
        return Truth(mask, apply("not", mask))
    raise _unsupported(node)


def _among(of: _Reading, node: exp.In) -> Truth:
    if not node.expressions:
        raise _unsupported(node)
    found = of.same(node.this, node.expressions[0])
    for other in node.expressions[1:]:
        found = c.any_of(found, of.same(node.this, other))
    return found


def _between(of: _Reading, node: exp.Between) -> Truth:
    if node.args.get("symmetric"):
        raise _unsupported(node)
    low, high = node.args["low"], node.args["high"]
    return c.all_of(of.ordered(low, node.this, c.not_above), of.ordered(node.this, high, c.not_above))


def _case(of: _Reading, node: exp.Case) -> Node:
    default = node.args.get("default")
    found = of.number(default) if default else NULL
    for branch in reversed(node.args["ifs"]):
        condition = of.same(node.this, branch.this) if node.this else of.truth(branch.this)
        found = c.choose(condition, of.number(branch.args["true"]), found)
    return found


def _if(of: _Reading, node: exp.If) -> Node:
    otherwise = node.args.get("false")
    other = of.number(otherwise) if otherwise else NULL
    return c.choose(of.truth(node.this), of.number(node.args["true"]), other)


def _nullif(of: _Reading, node: exp.Nullif) -> Node:
    return c.choose(of.same(node.this, node.expression), NULL, of.number(node.this))


def _several(of: _Reading, node: Any) -> tuple[Node, ...]:
    return (of.number(node.this), *(of.number(each) for each in node.expressions))


def _round(of: _Reading, node: exp.Round) -> Node:
    digits = node.args.get("decimals")
    try:
        places = int(_sql(digits)) if digits else 0
    except ValueError:
        places = 99
    if abs(places) > 15:
        step = "write a whole number from -15 to 15"
        raise _Refused("round takes a fixed number of digits", _sql(node), step)
    return c.rounded(of.number(node.this), places)


def _log(of: _Reading, node: exp.Log) -> Node:
    if node.expression is None:
        return c.logarithm(10, of.number(node.this))
    try:
        base = float(_sql(node.this))
    except ValueError:
        base = -1.0
    if base <= 0 or base == 1:
        raise _Refused("log takes a fixed base", _sql(node), "write ln(x) / ln(base)")
    return c.logarithm(base, of.number(node.expression))


def _cast(of: _Reading, node: exp.Cast) -> _Value:
    kind = node.to.this.value
    if kind in _MOMENTS:
        seconds = of.moment(node.this)
        return _Moment(day_start(seconds) if kind == "DATE" else seconds)
    if kind == "BOOLEAN":
        return of.truth(node.this)
    if kind in _INTEGERS:
        return c.whole(of.number(node.this), _INTEGERS[kind])
    if kind == "DOUBLE":
        return of.number(node.this)
    raise _unsupported(node)


def _part(name: str) -> _Reader:
    return lambda of, node: PARTS[name](of.moment(node.this))


def _extract(of: _Reading, node: exp.Extract) -> Node:
    return _part_of(of, str(node.this.name).lower(), node.expression, node)


def _part_of(of: _Reading, name: str, moment: exp.Expr, node: exp.Expr) -> Node:
    part = PARTS.get(name)
    if part is None:
        raise _Refused("a part of a time is not known", _sql(node), f"parts are {', '.join(PARTS)}")
    return part(of.moment(moment))


def _anonymous(of: _Reading, node: exp.Anonymous) -> Node:
    name, arguments = node.name.lower(), node.expressions
    if name in ("date_part", "datepart") and len(arguments) == 2 and arguments[0].is_string:
        return _part_of(of, arguments[0].name.lower(), arguments[1], node)
    raise _unsupported(node)


def _date_diff(of: _Reading, node: exp.DateDiff) -> Node:
    unit = node.args.get("unit")
    count = BOUNDARIES.get(unit.name.lower() if unit else "day")
    if count is None:
        raise _Refused("a unit of time is not known", _sql(node), f"units are {', '.join(BOUNDARIES)}")
    return apply("subtract", count(of.moment(node.this)), count(of.moment(node.expression)))


_READERS: dict[type[exp.Expr], _Reader] = {
    exp.Column: _Reading.column,
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
