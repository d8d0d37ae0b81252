"""Reads the nodes of a SQL expression as numbers, conditions, times and texts, and refuses what is none.

What each kind of node means is given by the caller, as `sql` does.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlglot import exp, parse_one
from sqlglot.errors import ParseError, SqlglotError

from interlock.contract.model import MISSING
from interlock.develop.prepare import calculation as c
from interlock.develop.prepare.calculation import NULL, Truth
from interlock.develop.prepare.dates import PARTS
from interlock.develop.prepare.expression import Alike, Among, Constant, Feature, Node, Number, apply

__all__ = [
    "SUPPORTED",
    "Kind",
    "Moment",
    "Readable",
    "Reader",
    "Readers",
    "Reading",
    "Refused",
    "Text",
    "Value",
    "Word",
    "find",
    "near",
    "shown_as",
    "unsupported",
]

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
class Moment:
    """Seconds since 1970, UTC."""

    seconds: Node


@dataclass(frozen=True)
class Text:
    """A string column."""

    place: int


@dataclass(frozen=True)
class Word:
    """A string literal."""

    value: str


Value = Node | Truth | Moment | Text | Word


class Refused(Exception):  # noqa: N818 - becomes an InputError that knows the feature
    """An expression that is not read: what, got and next step of the error to come."""

    def __init__(self, what: str, got: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what, self.got, self.next_step = what, got, next_step


def find(name: str, names: Sequence[str]) -> str | None:
    """Return the name that is meant: the same one, or else the only one that differs in case alone."""
    if name in names:
        return name
    alike = [each for each in names if each.lower() == name.lower()]
    return alike[0] if len(alike) == 1 else None


def near(name: str, names: Sequence[str]) -> str:
    """Return what to try instead of an unknown name."""
    found = difflib.get_close_matches(name, names, n=1)
    return f"did you mean `{found[0]}`?" if found else f"known here: {', '.join(names)}"


Reader = Callable[["Reading", Any], Value]
Readers = Mapping[type[exp.Expr], Reader]


class Reading:
    """The reading of one expression.

    Args:
        readable: The names it may read.
        text: The expression.
        readers: What each kind of node is read as.
    """

    def __init__(self, readable: tuple[Readable, ...], text: str, readers: Readers) -> None:
        self._readable = {each.name: each for each in readable}
        self._text = text
        self._readers = readers
        self._reads = False

    def feature(self) -> Node:
        """Return the whole expression, which has to be a number or a condition."""
        value = self._value(self._tree())
        if isinstance(value, Moment):
            raise Refused(
                "a feature has to be a number, and this is a time", next_step="take a part: hour(…)"
            )
        if isinstance(value, Text | Word):
            raise Refused("a feature has to be a number, and this is text", next_step="compare it: … = 'x'")
        if not self._reads:
            raise Refused("a feature has to read a column", next_step="name one, or remove the feature")
        return c.as_number(value) if isinstance(value, Truth) else value

    def _tree(self) -> exp.Expr:
        if len(self._text) > _LONGEST:
            got = f"{len(self._text):,} characters"
            raise Refused("an expression is too long", got, f"split it: {_LONGEST:,} characters at most")
        try:
            tree = parse_one(self._text, dialect="duckdb")
        except (SqlglotError, RecursionError) as error:
            if _OVER.search(self._text):
                raise _misplaced(self._text) from error
            raise _unparsed(error) from error
        if max(node.depth for node in tree.walk()) > _DEEPEST:
            raise Refused("an expression is nested too deeply", next_step="split it into several features")
        return tree

    def _value(self, node: exp.Expr) -> Value:
        read = self._readers.get(type(node))
        if read is None:
            raise unsupported(node)
        return read(self, node)

    def number(self, node: exp.Expr) -> Node:
        """Read a number, or a condition as 1 and 0."""
        value = self._value(node)
        if isinstance(value, Truth):
            return c.as_number(value)
        if isinstance(value, Moment):
            step = "epoch(…) gives its seconds since 1970, date_diff('day', a, b) the days between two"
            raise Refused("a time is used as a number", shown_as(node), step)
        if isinstance(value, Text | Word):
            step = "text can only be compared: = <> IN, IS NULL"
            raise Refused("text is used as a number", shown_as(node), step)
        return value

    def truth(self, node: exp.Expr) -> Truth:
        """Read a condition, or a number as one."""
        value = self._value(node)
        return value if isinstance(value, Truth) else c.as_truth(self.number(node))

    def moment(self, node: exp.Expr) -> Node:
        """Read a time as seconds since 1970."""
        value = self._value(node)
        if isinstance(value, Word):
            return _literal_moment(value.value)
        if value is NULL:
            return NULL
        if not isinstance(value, Moment):
            raise Refused("a time is needed here", shown_as(node), "name a column of the type `timestamp`")
        return value.seconds

    def column(self, node: exp.Expr) -> Value:
        """Read a name."""
        assert isinstance(node, exp.Column)  # noqa: S101 - the dispatch's promise
        name = find(node.name, tuple(self._readable))
        if node.table or name is None:
            shown = shown_as(node) if node.table else node.name
            raise Refused(f"`{shown}` is not known here", next_step=near(node.name, tuple(self._readable)))
        self._reads = True
        known = self._readable[name]
        match known.kind:
            case "number":
                return Number(known.place)
            case "timestamp":
                return Moment(Number(known.place))
            case "text":
                return Text(known.place)
            case "feature":
                return Feature(known.name)

    def same(self, left: exp.Expr, right: exp.Expr) -> Truth:
        """Return left = right, whatever both are."""
        one, other = self._value(left), self._value(right)
        if isinstance(one, Moment) or isinstance(other, Moment):
            return c.equal(self.moment(left), self.moment(right))
        if isinstance(one, Word):
            one, other = other, one
        if isinstance(one, Text):
            return _same_text(one, other, shown_as(right))
        return c.equal(self.number(left), self.number(right))

    def ordered(self, left: exp.Expr, right: exp.Expr, compare: Callable[[Node, Node], Truth]) -> Truth:
        """Compare two times, or two numbers."""
        values = (self._value(left), self._value(right))
        read = self.moment if any(isinstance(each, Moment) for each in values) else self.number
        return compare(read(left), read(right))

    def is_null(self, node: exp.Expr) -> Truth:
        """Return whether a value is null, whatever it is."""
        value = self._value(node)
        match value:
            case Truth():
                known = apply("or", value.yes, value.no)
                return Truth(apply("not", known), known)
            case Text(place):
                missing = Among(place, (MISSING,))
                return Truth(missing, apply("not", missing))
            case Moment(seconds):
                return c.absent(seconds)
            case _:
                return c.absent(self.number(node))


def _same_text(column: Text, other: Value, shown: str) -> Truth:
    missing: Node = Among(column.place, (MISSING,))
    match other:
        case Word(value):
            yes: Node = Among(column.place, (value,))
        case Text(place):
            missing = apply("or", missing, Among(place, (MISSING,)))
            yes = apply("and", Alike(column.place, place), apply("not", missing))
        case _ if other is NULL:
            return c.equal(NULL, NULL)
        case _:
            raise Refused("text is compared with a number", shown, "write it between single quotes")
    return Truth(yes, apply("not", apply("or", yes, missing)))


def _literal_moment(text: str) -> Node:
    """Return the seconds since 1970 of a time that is written out, UTC where no zone is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        step = "write it as TIMESTAMP '2013-10-01 05:00:00', in UTC"
        raise Refused("a time does not parse", text, step) from None
    return Constant((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def shown_as(node: exp.Expr) -> str:
    """Return a node as SQL, for errors."""
    return str(node.sql(dialect="duckdb"))


def unsupported(node: exp.Expr) -> Refused:
    """Return the refusal of a node that nobody reads."""
    if isinstance(node, exp.AggFunc | exp.Window):
        return _misplaced(shown_as(node))
    if isinstance(node, exp.IntDiv):
        return Refused("// is not supported", shown_as(node), "write floor(a / b) or trunc(a / b)")
    return Refused("this is not supported in a feature", shown_as(node), f"supported are {SUPPORTED}")


def _unparsed(error: Exception) -> Refused:
    found = error.errors[0].get("highlight") if isinstance(error, ParseError) and error.errors else ""
    place = f"look at `{found}`; " if found else ""
    step = f"{place}a column that has the name of a word of SQL stands in double quotes"
    return Refused("an expression does not parse", next_step=step)


def _misplaced(shown: str) -> Refused:
    step = (
        'give it a feature of its own, such as rate = "mean(late) over 30 days by carrier", and use its name'
    )
    return Refused("an aggregate cannot stand inside of an expression", shown, step)
