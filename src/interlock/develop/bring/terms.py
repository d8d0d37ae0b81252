"""A generalised linear model as a table of terms, as R's `broom::tidy(glm(...))` or `coef()` writes it.

A term is the name of a number, the name of a factor followed by a level, a number inside `log()`, `log1p()`,
`sqrt()`, `exp()` or `I(x^2)`, or several of these joined by `:`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import Contract, Task
from interlock.develop.bring.once import Same
from interlock.develop.candidates.candidate import Limits, Scored
from interlock.develop.emit.graph import Graph
from interlock.develop.sample import Inputs, Sample
from interlock.errors import InputError

__all__ = ["Factor", "Term", "Terms", "TermsTable", "read_terms"]

Function = Literal["", "log", "log1p", "sqrt", "exp", "power"]
_INTERCEPT = ("(Intercept)", "Intercept", "const")
_FUNCTION = re.compile(r"^(log|log1p|sqrt|exp)\((.+)\)$")
_POWER = re.compile(r"^I\((.+?)\s*(?:\^|\*\*)\s*([0-9.]+)\)$")
_LARGEST = 1e100


@dataclass(frozen=True)
class Factor:
    """One factor of a term.

    Args:
        column: Column of the numeric tensor, or of the string tensor where there is a level.
        level: 1 where the string is this level, else 0; None for a number.
        function: What is done to the number.
        power: For `power`.
        fill: What a missing number counts as.
    """

    column: int
    level: str | None = None
    function: Function = ""
    power: float = 1.0
    fill: float = 0.0

    def values(self, inputs: Inputs) -> NDArray[np.float64]:
        """Return the factor of each row, float64 [n]."""
        if self.level is not None:
            coded = inputs.strings[self.column]
            table = np.array([level == self.level for level in coded.levels], np.float64)
            return table[coded.codes]
        number = inputs.numbers[:, self.column]
        filled = np.where(np.isnan(number), self.fill, number)
        return _apply(self.function, self.power, np.clip(filled, *_bounds(self.function)))

    def emit(self, graph: Graph) -> str:
        """Add the same to a graph and return its tensor, double [n, 1]."""
        if self.level is not None:
            strings = graph.columns(graph.strings, (self.column,))
            same = graph.node("Equal", strings, graph.constant(np.array(self.level, object)))
            return graph.node("Cast", same, to=graph.DOUBLE)
        number = graph.columns(graph.numbers, (self.column,))
        fill = graph.constant(np.array(self.fill))
        filled = graph.node("Where", graph.node("IsNaN", number), fill, number)
        bounds = (graph.constant(np.array(bound)) for bound in _bounds(self.function))
        return self._emit_function(graph, graph.node("Clip", filled, *bounds))

    def _emit_function(self, graph: Graph, number: str) -> str:
        if self.function == "power":
            return graph.node("Pow", number, graph.constant(np.array(self.power)))
        if self.function == "log1p":
            return graph.node("Log", graph.node("Add", number, graph.constant(np.array(1.0))))
        names = {"log": "Log", "sqrt": "Sqrt", "exp": "Exp"}
        return graph.node(names[self.function], number) if self.function else number


@dataclass(frozen=True)
class Term:
    """A coefficient and the factors that it multiplies; none for the intercept."""

    estimate: float
    factors: tuple[Factor, ...] = ()


@dataclass(frozen=True)
class Terms(Scored):
    """The sum of some terms.

    Args:
        terms: At least one.
        task: `binary` (logit link) or `regression`.
        exponential: Whether the value is the exponential of the sum (log link).
        setting: Where it comes from, for people.
        rounds: Always 0.
    """

    terms: tuple[Term, ...]
    task: Task
    exponential: bool = False
    setting: str = ""
    rounds: int = 0

    def score(self, inputs: Inputs) -> NDArray[np.float64]:
        """Add up with numpy."""
        total = np.zeros(len(inputs.numbers))
        for term in self.terms:
            product = np.full(len(total), term.estimate)
            for factor in term.factors:
                product = product * factor.values(inputs)
            total = total + product
        return np.asarray(np.exp(np.minimum(total, 700)) if self.exponential else total).reshape(-1, 1)

    def emit_score(self, graph: Graph) -> str:
        """Add up in the graph, in the same order."""
        rows = graph.node("Shape", graph.any_input, start=0, end=1)
        shape = graph.node("Concat", rows, graph.constant(np.array([1], np.int64)), axis=0)
        total = graph.node("Expand", graph.constant(np.array([[0.0]])), shape)
        for term in self.terms:
            product = graph.constant(np.array([[term.estimate]]))
            for factor in term.factors:
                product = graph.node("Mul", product, factor.emit(graph))
            total = graph.node("Add", total, product)
        if not self.exponential:
            return total
        return graph.node("Exp", graph.node("Min", total, graph.constant(np.array(700.0))))


@dataclass(frozen=True)
class TermsTable(Same):
    """A candidate that was fitted elsewhere and written down as terms.

    Args:
        table: Estimates by term.
        link: `logit` (binary), `identity` or `log` (regression); empty takes the task's first.
        name: What the leaderboard calls it.
        description: One sentence for people.
    """

    table: tuple[tuple[str, float], ...]
    name: str
    link: Literal["", "logit", "identity", "log"] = ""
    description: str = "a generalised linear model brought along as a table of terms, fitted elsewhere"

    def fit(
        self,
        train: Sample,
        watched: Sample,  # noqa: ARG002 - the protocol's
        contract: Contract,
        limits: Limits,  # noqa: ARG002 - the protocol's
        setting: Any = None,  # noqa: ARG002 - the protocol's
    ) -> Terms:
        """Match the terms with the contract's columns and levels; missing numbers count as the median.

        Raises:
            InputError: A term names no column or level, or the link does not fit the task.
        """
        link = self.link or {"binary": "logit", "regression": "identity"}.get(train.task, "")
        if (train.task, link) not in (("binary", "logit"), ("regression", "identity"), ("regression", "log")):
            raise InputError(
                f"a table of terms does not fit a {train.task} task with this link",
                got=link or "several classes",
                next_step="logit for binary, identity or log for regression; bring other models as ONNX",
            )
        terms = tuple(_term(text, estimate, contract, train) for text, estimate in self.table)
        return Terms(terms, train.task, link == "log", f"{len(terms)} terms, {link} link")


def read_terms(path: str | Path) -> tuple[tuple[str, float], ...]:
    """Read a CSV with the columns `term` and `estimate`.

    Args:
        path: The file; further columns are not read.

    Returns:
        Estimates by term; terms that R could not estimate (`NA`) are left out, as `predict` does.

    Raises:
        InputError: A column is missing, or an estimate is no number.
    """
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"term", "estimate"} <= rows[0].keys():
        raise InputError(
            "this is no table of terms",
            where=path,
            got=", ".join(map(str, rows[0])) if rows else "no rows",
            next_step='in R: write.csv(broom::tidy(model), "terms.csv", row.names = FALSE)',
        )
    return tuple((row["term"], _estimate(row, path)) for row in rows if row["estimate"] not in ("NA", ""))


def _estimate(row: Mapping[str, str], path: str | Path) -> float:
    try:
        value = float(row["estimate"])
    except ValueError:
        value = np.nan
    if not np.isfinite(value):
        raise InputError(
            "an estimate is no number",
            where=f"{path}, term {row['term']}",
            got=row["estimate"],
            next_step="leave a term that was not estimated empty, or write NA",
        )
    return value


def _term(text: str, estimate: float, contract: Contract, train: Sample) -> Term:
    if text in _INTERCEPT:
        return Term(estimate)
    return Term(estimate, tuple(_factor(part, text, contract, train) for part in text.split(":")))


def _factor(part: str, term: str, contract: Contract, train: Sample) -> Factor:
    name, function, power = _parsed(part)
    numbers = [column.name for column in contract.numbers]
    if name in numbers:
        return _number(numbers.index(name), function, power, train)
    if name.removesuffix("TRUE") in numbers and contract[name.removesuffix("TRUE")].type == "boolean":
        return _number(numbers.index(name.removesuffix("TRUE")), "", 1.0, train)
    for place, column in enumerate(contract.strings):
        level = name.removeprefix(column.name)
        if level != name and level in (column.levels or train.strings[place].levels):
            return Factor(place, level)
    raise InputError(
        "a term names no column of the contract, and no factor with one of its levels",
        where=f"term `{term}`",
        got=part,
        next_step="write x, log(x), log1p(x), sqrt(x), exp(x), I(x^2), a factor and its level, or these "
        "joined by `:`; bring splines and polynomials as ONNX",
    )


def _parsed(part: str) -> tuple[str, Function, float]:
    part = part.strip().replace("`", "")
    if found := _POWER.match(part):
        return found[1].strip(), "power", float(found[2])
    if found := _FUNCTION.match(part):
        name: Any = found[1]
        return found[2].strip(), name, 1.0
    return part, "", 1.0


def _number(place: int, function: Function, power: float, train: Sample) -> Factor:
    values = train.numbers[:, place]
    known = values[np.isfinite(values)]
    return Factor(place, None, function, power, float(np.median(known)) if len(known) else 0.0)


def _bounds(function: Function) -> tuple[float, float]:
    """Keep a number where its function is finite: R would answer NaN or infinity, a service must not."""
    return {
        "log": (1e-300, _LARGEST),
        "log1p": (-1 + 1e-15, _LARGEST),
        "sqrt": (0.0, _LARGEST),
        "exp": (-700.0, 700.0),
        "power": (-1e30, 1e30),
    }.get(function, (-_LARGEST, _LARGEST))


def _apply(function: Function, power: float, number: NDArray[np.float64]) -> NDArray[np.float64]:
    if function == "power":
        return np.power(number, power)
    if function == "log1p":
        return np.log(number + 1.0)
    functions: dict[str, Any] = {"log": np.log, "sqrt": np.sqrt, "exp": np.exp}
    return np.asarray(functions[function](number)) if function else number
