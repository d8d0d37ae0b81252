"""What a formula may compute: arithmetic, comparisons and a short list of functions, and nothing else.

An expression is read as Python's syntax tree and walked by the code below, so that it can never reach a name,
an attribute or a call that is not listed. What a function learns from the rows (`center`, `scale`, `poly`,
`bs`) is a list of numbers that stands in the saved model.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.basis import LEARNED, State
from interlock.explore.models.frame import Column, Frame, labels_of

__all__ = ["Expression", "Labels", "evaluate", "parse"]

Array = NDArray[np.float64]

_ELEMENTWISE: dict[str, Callable[..., Array]] = {
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "exp": np.exp,
    "expm1": np.expm1,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sin": np.sin,
    "cos": np.cos,
}
_OPERATORS: dict[type[ast.AST], Callable[..., Array]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
    ast.USub: np.negative,
    ast.UAdd: np.positive,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
_WRAPPERS = ("I", "C", "offset")
_ALLOWED = (*_WRAPPERS, *_ELEMENTWISE, *LEARNED)
_OUTERMOST = ("C", "offset", "poly", "bs")
#: Parts of one expression; what is longer is no formula that people write.
_LARGEST = 300
_QUOTED = re.compile(r"`([^`]*)`")


class Labels(NamedTuple):
    """A category a row.

    Args:
        codes: Which of `levels` each row has, shape [n].
        levels: Ascending, those that occur.
        base: The level that the others are compared with; empty for the first.
    """

    codes: NDArray[np.int64]
    levels: tuple[str, ...]
    base: str = ""


@dataclass(frozen=True, slots=True)
class Expression:
    """A factor of a formula, checked.

    Args:
        text: As it stands in the formula, such as `log(x)`.
        node: Its syntax tree.
        names: The columns that it reads, in order.
        quoted: Stand-ins for names between backticks.
    """

    text: str
    node: ast.expr
    names: tuple[str, ...]
    quoted: Mapping[str, str]

    @property
    def learned(self) -> frozenset[str]:
        """The calls that learn from rows, such as `center(x)`, as `evaluate` names them."""
        calls = [node for node in ast.walk(self.node) if isinstance(node, ast.Call)]
        return frozenset(ast.unparse(call) for call in calls if _function(call) in LEARNED)

    @property
    def function(self) -> str:
        """The name of the outermost function; empty where there is none."""
        return _function(self.node) if isinstance(self.node, ast.Call) else ""


@lru_cache(maxsize=1024)
def parse(text: str) -> Expression:
    """Return an expression, if it does no more than a formula may.

    Args:
        text: A column's name, one between backticks, or arithmetic such as `log(x + 1)`.

    Returns:
        The checked expression.

    Raises:
        InputError: If it does not parse, or calls or reads anything that is not listed.

    Example:
        >>> parse("log(x) + `my column`").names
        ('x', 'my column')
    """
    quoted: dict[str, str] = {}

    def stand_in(match: re.Match[str]) -> str:
        name = f"quoted_{len(quoted)}_"
        quoted[name] = match.group(1)
        return name

    try:
        node = ast.parse(_QUOTED.sub(stand_in, text).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _refused("an expression of the formula does not parse", text) from error
    if sum(1 for _ in ast.walk(node)) > _LARGEST:
        raise _refused("an expression of the formula is too long", text)
    names: dict[str, None] = {}
    _check(node, text, quoted, names)
    for inner in ast.walk(node):
        if inner is not node and isinstance(inner, ast.Call) and _function(inner) in _OUTERMOST:
            raise _refused(f"`{_function(inner)}` cannot stand inside of an expression", text)
    return Expression(text, node, tuple(names), quoted)


def evaluate(expression: Expression, frame: Frame, state: dict[str, State]) -> Array | Labels:
    """Return an expression's values.

    Args:
        expression: From `parse`.
        frame: The rows, complete.
        state: What `center` and the like learned, by the text of the call; what is not in it yet is learned
            from these rows and put there.

    Returns:
        Numbers, shape [n], or [n, m] for a function with several columns, or the category of each row.

    Raises:
        InputError: If text is used as a number, or a value is outside what a function learned.

    Example:
        >>> import pyarrow as pa
        >>> from interlock.explore.models.frame import read
        >>> rows = read(pa.table({"x": [1.0, 3.0]}), ["x"]).frame
        >>> learned = {}
        >>> evaluate(parse("center(x)"), rows, learned).tolist(), learned
        ([-1.0, 1.0], {'center(x)': (2.0,)})
    """
    with np.errstate(all="ignore"):  # what is not finite is an error of its own, with the row
        return _Walk(expression, frame, state).value(expression.node)


class _Walk(NamedTuple):
    expression: Expression
    frame: Frame
    state: dict[str, State]

    def value(self, node: ast.expr) -> Array | Labels:
        if isinstance(node, ast.Name):
            column = self.column(node)
            return column.numbers if column.levels is None else Labels(column.codes, column.levels)
        if isinstance(node, ast.Call) and _function(node) == "C":
            return Labels(*labels_of(self.column(node.args[0])), base=_base(node))
        return self.number(node)

    def number(self, node: ast.expr) -> Array:
        if isinstance(node, ast.Constant):
            return np.full(self.frame.rows, float(node.value))  # type: ignore[arg-type]
        if isinstance(node, ast.Name):
            return self.numbers_of(node)
        if isinstance(node, ast.UnaryOp):
            return _OPERATORS[type(node.op)](self.number(node.operand))
        if isinstance(node, ast.BinOp):
            return _OPERATORS[type(node.op)](self.number(node.left), self.number(node.right))
        if isinstance(node, ast.Compare):
            return self.comparison(node)
        return self.call(node)  # type: ignore[arg-type]

    def call(self, node: ast.Call) -> Array:
        name = _function(node)
        inner = self.number(node.args[0])
        if name in LEARNED:
            key, options = ast.unparse(node), _options(node)
            if key not in self.state:
                self.state[key] = LEARNED[name].learn(inner, **options)
            return LEARNED[name].apply(inner, self.state[key])
        return inner if name in _WRAPPERS else _ELEMENTWISE[name](inner)

    def comparison(self, node: ast.Compare) -> Array:
        left, right = node.left, node.comparators[0]
        if isinstance(right, ast.Constant) and isinstance(right.value, str):
            codes, levels = labels_of(self.column(left))
            same = np.array([level == right.value for level in levels], bool)[codes]
            return np.asarray(same == isinstance(node.ops[0], ast.Eq), np.float64)
        return np.asarray(_OPERATORS[type(node.ops[0])](self.number(left), self.number(right)), np.float64)

    def column(self, node: ast.expr) -> Column:
        name = node.id  # type: ignore[attr-defined]
        return self.frame.columns[self.expression.quoted.get(name, name)]

    def numbers_of(self, node: ast.Name) -> Array:
        column = self.column(node)
        if column.levels is not None:
            name = self.expression.quoted.get(node.id, node.id)
            raise InputError(
                f"column `{name}` holds text, and `{self.expression.text}` needs numbers",
                got=", ".join(map(repr, column.levels[:5])),
                next_step=f"use C({name}) for its levels, or I({name} == 'a level')",
            )
        return column.numbers


def _check(node: ast.AST, text: str, quoted: Mapping[str, str], names: dict[str, None]) -> None:
    """Refuse every node that is not listed; collect the columns."""
    if isinstance(node, ast.Name):
        names[quoted.get(node.id, node.id)] = None
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise _refused(f"`{text}` holds something that is not a number", text)
        return
    if isinstance(node, ast.Call):
        _check_call(node, text, quoted, names)
        return
    parts = _parts(node)
    if parts is None:
        raise _refused(f"`{text}` is more than a formula may do", text)
    for part in parts:
        _check(part, text, quoted, names)


def _parts(node: ast.AST) -> list[ast.expr] | None:
    """Return the operands of arithmetic; None for anything else."""
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return [node.operand]
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return [node.left, node.right]
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OPERATORS:
        right = node.comparators[0]
        of_text = isinstance(right, ast.Constant) and isinstance(right.value, str)
        if of_text and isinstance(node.left, ast.Name) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
            return [node.left]
        return [node.left, right]
    return None


def _check_call(node: ast.Call, text: str, quoted: Mapping[str, str], names: dict[str, None]) -> None:
    name = _function(node)
    if name not in _ALLOWED:
        raise _refused(f"a formula may not call `{ast.unparse(node.func)[:60]}`", text)
    if name in LEARNED:
        LEARNED[name].check(_options(node), text)
    elif name == "C":
        _base(node)
    elif len(node.args) != 1 or node.keywords:
        raise _refused(f"`{name}` takes one argument", text)
    if not node.args or (name == "C" and not isinstance(node.args[0], ast.Name)):
        raise _refused(f"`{name}` takes a column first", text)
    _check(node.args[0], text, quoted, names)


def _function(node: ast.Call) -> str:
    """Return the name of what is called, `np.` left off; empty where it is not a plain name."""
    func = node.func
    if isinstance(func, ast.Name):
        return func.id
    numpys = isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name)
    if numpys and func.value.id in ("np", "numpy") and func.attr in _ELEMENTWISE:  # type: ignore[attr-defined]
        return func.attr  # type: ignore[attr-defined, no-any-return]
    return ""


def _options(node: ast.Call) -> dict[str, int]:
    """Return the whole numbers after a function's first argument, by name."""
    name = _function(node)
    given = dict(zip(LEARNED[name].options, node.args[1:], strict=False))
    given |= {word.arg or "": word.value for word in node.keywords}
    values = {key: value.value for key, value in given.items() if isinstance(value, ast.Constant)}
    whole = all(isinstance(value, int) and not isinstance(value, bool) for value in values.values())
    if len(values) < len(node.args) - 1 + len(node.keywords) or not whole:
        raise _refused(f"`{name}` takes whole numbers after the column", ast.unparse(node))
    return {key: int(value) for key, value in values.items()}  # type: ignore[arg-type]


def _base(node: ast.Call) -> str:
    """Return the reference level of `C(g, Treatment("b"))`; empty where there is none."""
    rest = [*node.args[1:], *(word.value for word in node.keywords)]
    if not rest:
        return ""
    inner = rest[0]
    if len(rest) == 1 and isinstance(inner, ast.Call) and _function(inner) == "Treatment":
        given = [*inner.args, *(word.value for word in inner.keywords if word.arg == "reference")]
        if len(given) == 1 == len(inner.args) + len(inner.keywords) and isinstance(given[0], ast.Constant):
            return str(given[0].value)
    raise InputError(
        "`C` takes a column and, if another level than the first is the reference, Treatment('level')",
        got=ast.unparse(node),
        next_step="write C(g) or C(g, Treatment('b'))",
    )


def _refused(what: str, text: str) -> InputError:
    return InputError(
        what,
        got=text,
        next_step=f"use column names, numbers, + - * / ** and {', '.join(_ALLOWED)};"
        " write a name that is not one word between backticks, and compute anything else in the table",
    )
