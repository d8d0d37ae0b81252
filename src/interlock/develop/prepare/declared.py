"""Declared features: SQL expressions and aggregates over history, each computed from what comes before it."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract.model import MISSING, Column, Contract
from interlock.develop.emit.graph import Graph
from interlock.develop.prepare import history
from interlock.develop.prepare.expression import Emitter, Evaluator, Node
from interlock.develop.prepare.history import History, Lookup
from interlock.develop.prepare.reading import Kind, Readable, find
from interlock.develop.prepare.sql import names_in, parse
from interlock.develop.prepare.step import Learned, Options
from interlock.develop.sample import Inputs, Sample
from interlock.errors import InputError

__all__ = ["Declared", "age", "check", "make_declared"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Declared:
    """The declared features, fitted.

    Args:
        features: Name and SQL of each, in their order.
        readable: The columns that they may read.
        lookups: The tables of those that are aggregates over history, in the same order.
    """

    features: tuple[tuple[str, str], ...]
    readable: tuple[Readable, ...]
    lookups: tuple[Lookup, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What the features are called."""
        return tuple(name for name, _ in self.features)

    @property
    def sources(self) -> tuple[str, ...]:
        """A declared feature tells of itself."""
        return self.names

    def transform(self, inputs: Inputs) -> Floats:
        """Compute the features of any rows, float64 [n, width]; NaN where NULL."""
        known: dict[str, Floats] = {}
        for name, made in self._made():
            known[name] = (
                made.transform(inputs) if isinstance(made, Lookup) else Evaluator(inputs, known).feature(made)
            )
        return np.stack(list(known.values()), axis=1)

    def emit(self, graph: Graph) -> str:
        """Add the same computation to a graph and return its tensor, double [n, width]."""
        known: dict[str, str] = {}
        emitter = Emitter(graph, known)
        for name, made in self._made():
            known[name] = made.emit(graph) if isinstance(made, Lookup) else emitter.feature(made)
        return graph.node("Concat", *known.values(), axis=1)

    def _made(self) -> list[tuple[str, Node | Lookup]]:
        lookups = iter(self.lookups)
        made: list[tuple[str, Node | Lookup]] = []
        for place, (name, text) in enumerate(self.features):
            if history.is_history(text):
                made.append((name, next(lookups)))
            else:
                made.append((name, parse(text, _before(self.features, place, self.readable), _where(name))))
        return made


def age(rows: Sample, *, forward: bool) -> tuple[str, ...]:
    """Return what is to be known about aggregates over history: how old the served ones are.

    Args:
        rows: All training rows.
        forward: Whether the rows to compare on are the last ones.
    """
    named = ", ".join(f"`{name}`" for name, text in rows.declared if history.is_history(text))
    if not named or rows.time is None or np.isnan(rows.time).all():
        return ()
    end = datetime.fromtimestamp(float(np.nanmax(rows.time)), UTC)
    note = f"{named}: served as it stood at {end:%Y-%m-%d %H:%M} UTC; a new release brings it up to date"
    if forward:
        return (note,)
    return (
        note,
        f"{named}: compared on rows that are not the last ones, so that it looks fresher than in service",
    )


def of_new_groups(rows: Sample, group: str | None) -> tuple[str, ...]:
    """Return what is to be known about histories of the groups by which rows are parted.

    Args:
        rows: All training rows.
        group: The column of the groups; None where rows are not parted by any.
    """
    blind = [name for name, text in rows.declared if group and find(group, history.keys_of(text))]
    if not blind:
        return ()
    named = ", ".join(f"`{name}`" for name in blind)
    why = "models are compared, and validated, on groups that no history knows"
    return (f"{named}: a history by `{group}`, by which the rows are parted; {why}",)


class _Named(NamedTuple):
    name: str
    made: Node | History


def check(features: Mapping[str, str], contract: Contract, *, timed: bool) -> tuple[tuple[str, str], ...]:
    """Read all declared features, so that what is wrong is said before anything is learned.

    Args:
        features: SQL by name.
        contract: The columns they may read.
        timed: Whether the rows have a time.

    Returns:
        Name and SQL of each.

    Raises:
        InputError: For the first one that cannot be computed.

    Example:
        >>> contract = Contract((Column("km", "number"), Column("hours", "number")))
        >>> check({"speed": "km / hours"}, contract, timed=False)
        (('speed', 'km / hours'),)
    """
    taken = [column.name for column in contract.columns]
    for name in features:
        clash = find(name, taken)
        if clash is not None or not name.strip():
            raise InputError(
                "a declared feature has the name of a column" if clash else "a declared feature has no name",
                where=_where(name),
                next_step="give it a name of its own",
            )
        taken.append(name)
    declared = tuple(features.items())
    for named in _read(declared, contract):
        if isinstance(named.made, History) and not timed:
            raise InputError(
                "an aggregate over history needs a time, and no time column is declared",
                where=_where(named.name),
                next_step="declare it: `time` under [data], or time=... in Python",
            )
    return declared


def make_declared(rows: Sample, contract: Contract, options: Options) -> tuple[Learned, ...]:  # noqa: ARG001 - a maker's
    """Fit the declared features: one step for all of them.

    Args:
        rows: The training rows.
        contract: The columns.
        options: Not used: trees and lines take the same numbers.

    Returns:
        The step, with what each training row had behind it as its features; nothing where none is declared.
    """
    if not rows.declared:
        return ()
    step, training = _learn(rows.whole or rows, contract)
    if training is None or rows.places is None:
        return (Learned(step, training),)
    return (Learned(step, training[rows.places]),)


def _learn(rows: Sample, contract: Contract) -> Learned:
    """Fit the step, once for the same rows: every trial asks for it."""
    key = id(rows)
    if key not in _learned or _learned[key][0] != contract:
        _learned[key] = (contract, _fit(rows, contract))
        weakref.finalize(rows, _learned.pop, key, None)
    return _learned[key][1]


_learned: dict[int, tuple[Contract, Learned]] = {}


def _fit(rows: Sample, contract: Contract) -> Learned:
    known: dict[str, Floats] = {}
    lookups: list[Lookup] = []
    for name, made in _read(rows.declared, contract):
        if isinstance(made, History):
            learned = history.learn(made, rows, _aggregated(made, rows, contract), _times(rows))
            lookups.append(learned.lookup)
            known[name] = learned.training
        else:
            known[name] = Evaluator(rows, known).feature(made)
    step = Declared(rows.declared, _readable(contract), tuple(lookups))
    return Learned(step, np.stack(list(known.values()), axis=1) if lookups else None)


def _read(features: tuple[tuple[str, str], ...], contract: Contract) -> list[_Named]:
    readable, target = _readable(contract), contract.target
    read = []
    for place, (name, text) in enumerate(features):
        where = _where(name)
        if history.is_history(text):
            _refuse_aside(history.keys_of(text), text, where, contract)
            counted = target.name if target and contract.task != "multiclass" else ""
            read.append(_Named(name, history.read(text, readable, counted, where)))
        else:
            _refuse_others(text, features, place, contract)
            read.append(_Named(name, parse(text, _before(features, place, readable), where)))
    return read


def _refuse_others(text: str, features: tuple[tuple[str, str], ...], place: int, contract: Contract) -> None:
    """Say why a name that exists cannot be read here: the target, a column set aside, a later feature."""
    where, target = _where(features[place][0]), contract.target
    later = [name for name, _ in features[place:]]
    prose = [column.name for column in contract.strings if column.type == "text"]
    for name in names_in(text):
        if target and find(name, [target.name]):
            raise InputError(
                "a feature cannot use the target, which is not known when a prediction is asked for",
                where=where,
                got=text,
                next_step=f"use its history: mean({target.name}) over 30 days",
            )
        if (found := find(name, later)) is not None:
            itself = found == features[place][0]
            raise InputError(
                f"a feature uses {'itself' if itself else f'`{found}`, which is declared after it'}",
                where=where,
                got=text,
                next_step="a feature may use the columns and the features declared before it",
            )
        if (found := find(name, prose)) is not None:
            raise InputError(
                f"`{found}` is a text, which models read by its words and expressions cannot read",
                where=where,
                got=text,
                next_step='give it `type = "category"` in contract.toml if it has few values',
            )
        _refuse_aside((name,), text, where, contract)


def _refuse_aside(names: tuple[str, ...], text: str, where: str, contract: Contract) -> None:
    """Say that a column is there, but no input."""
    aside = [column.name for column in contract.columns if column not in contract.inputs]
    for name in names:
        if (found := find(name, aside)) is not None:
            raise InputError(
                f"`{found}` is no input of the model: its role is `{contract[found].role}`",
                where=where,
                got=text,
                next_step="give it the role `feature` in contract.toml, or do without it",
            )


def _before(
    features: tuple[tuple[str, str], ...], place: int, readable: tuple[Readable, ...]
) -> tuple[Readable, ...]:
    return (*readable, *(Readable(name, "feature") for name, _ in features[:place]))


def _readable(contract: Contract) -> tuple[Readable, ...]:
    numbers = [Readable(column.name, _kind(column), place) for place, column in enumerate(contract.numbers)]
    strings = [
        Readable(column.name, "text", place)
        for place, column in enumerate(contract.strings)
        if column.type != "text"  # of a text the graph has the words alone
    ]
    return (*numbers, *strings)


def _kind(column: Column) -> Kind:
    return "timestamp" if column.type == "timestamp" else "number"


def _aggregated(made: History, rows: Sample, contract: Contract) -> Floats:
    """Return what is aggregated, float64 [n]; text can only be counted, so it is 1 where it is there."""
    if made.value is None:
        return np.ones(len(rows))
    column = next((each for each in _readable(contract) if each.name == made.value), None)
    if column is None:
        return rows.target
    if column.kind != "text":
        return rows.numbers[:, column.place]
    coded = rows.strings[column.place]
    return np.where(coded.levels == MISSING, np.nan, 1.0)[coded.codes]


def _times(rows: Sample) -> Floats:
    return np.full(len(rows), np.nan) if rows.time is None else rows.time


def _where(name: str) -> str:
    return f"[features] {name}"
