"""Learning a model again by its recipe: no search, the same rows, the same settings and seed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from interlock.contract import Contract, digest
from interlock.develop.arrange import Parts, arrange
from interlock.develop.calibration import calibrate
from interlock.develop.candidates import Fitted, Limits
from interlock.develop.candidates.blend import Blend
from interlock.develop.compiled import compile_model
from interlock.develop.intervals import Intervals, learn_intervals
from interlock.develop.recipe import Ends, Ingredient, Recipe, candidate_named, recorded
from interlock.develop.sample import Sample, fingerprint
from interlock.develop.trials import draw
from interlock.errors import InputError
from interlock.table import Dataset, Table

__all__ = ["Rebuilt", "rebuild"]

_LONGEST = 24 * 3600.0  # seconds: no clock cuts a fit short that the recipe gives its rounds


class Rebuilt(NamedTuple):
    """A model that was learned again.

    Args:
        model: The ONNX file.
        fitted: The same in Python.
        rows: The rows that could be learned from.
    """

    model: bytes
    fitted: Fitted
    rows: Sample


def rebuild(
    recipe: Recipe,
    data: Dataset | Table,
    contract: Contract,
    *,
    progress: Callable[[str], None] | None = None,
) -> Rebuilt:
    """Learn a model again.

    Args:
        recipe: How it was made.
        data: The rows that it learned from.
        contract: What they are.
        progress: Told what is being done.

    Raises:
        InputError: The model cannot be learned again, or rows or contract are not those of the recipe.

    Example:
        >>> import numpy as np, pyarrow as pa
        >>> from interlock.contract import Column, Contract
        >>> from interlock.develop.training import develop
        >>> from interlock.table import open_table
        >>> x = np.linspace(0, 1, 400)
        >>> table = open_table(pa.table({"x": x, "y": x > 0.5}))
        >>> contract = Contract(
        ...     (Column("x", "number"), Column("y", "boolean", "target")), "binary", ("false", "true")
        ... )
        >>> first = develop(table, contract, candidates=["baseline", "lightgbm"], trials=2)
        >>> rebuild(first.recipe, table, contract).model == first.model
        True
    """
    tell = progress or (lambda _: None)
    if recipe.trouble:
        raise InputError(
            "this model cannot be learned again",
            got=recipe.trouble,
            next_step="develop anew; docs/release.md says what a recipe holds",
        )
    _require("contract", recipe.contract, digest(contract))
    everything, parts = arrange(data, contract, recipe.by, recipe.seed, lambda _: None, recipe.declared)[1:3]
    _require("training rows", recipe.rows, fingerprint(everything))
    limits = Limits.of(_LONGEST, seed=recipe.seed, threads=os.cpu_count() or 1)
    part = everything.take(parts.folds[-1].learn)
    members = [
        _learn(each, draw(part, each.drawn, recipe.seed) if each.part else everything, contract, limits, tell)
        for each in recipe.ingredients
    ]
    fitted = calibrate(_joined(recipe, members), recipe.calibration)
    model = compile_model(
        fitted,
        contract,
        candidate=recipe.candidate,
        threshold=recipe.threshold,
        intervals=_intervals(recipe.intervals, everything, parts, contract, limits),
        decision=recipe.decision,
    )
    return Rebuilt(model, fitted, everything)


def _require(what: str, asked: str, got: str) -> None:
    if asked != got:
        raise InputError(
            f"the {what} {'are' if what.endswith('s') else 'is'} not what the model was made from",
            where=what,
            got=f"{got}, the recipe says {asked}",
            next_step="give the table as it was, with --source, and the settings of `[data]` and `[split]`",
        )


def _learn(
    ingredient: Ingredient, rows: Sample, contract: Contract, limits: Limits, tell: Callable[[str], None]
) -> Fitted:
    candidate = candidate_named(ingredient.candidate)
    if candidate is None:
        raise InputError(
            "a candidate is not known in this version",
            got=ingredient.candidate,
            next_step="use the version of Interlock that is in the release's environment.txt",
        )
    tell(f"{ingredient.candidate}: learning from {len(rows):,} rows")
    first = candidate.settings(rows)[0]
    kind = None if first is None else type(first)
    return candidate.refit(recorded(ingredient, kind), rows, contract, limits)


def _joined(recipe: Recipe, members: list[Fitted]) -> Fitted:
    if len(members) == 1:
        return members[0]
    names = tuple(each.candidate for each in recipe.ingredients)
    return Blend(tuple(members), recipe.weights, names, members[0].task)


def _intervals(
    ends: Ends | None, rows: Sample, parts: Parts, contract: Contract, limits: Limits
) -> Intervals | None:
    if ends is None:
        return None
    if ends.around:
        return Intervals(ends.level, None, None, ends.reach, ends.logarithm, ends.n)
    fold = parts.folds[-1]
    learn, unseen = rows.take(fold.learn), rows.take(fold.watched)
    return replace(learn_intervals(learn, unseen, contract, ends.level, limits), reach=ends.reach)
