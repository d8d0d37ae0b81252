"""Linear mixed models: rows that come in groups, each group with an intercept or slopes of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.design import learn
from interlock.explore.models.fit import Solution, finish, refuse_exact
from interlock.explore.models.formula import Formula
from interlock.explore.models.frame import Missing, labels_of
from interlock.explore.models.least_squares import standardise
from interlock.explore.models.model import Check, Figure, Model
from interlock.explore.models.prepare import Prepared, prepare
from interlock.explore.models.reml import Restricted, maximise
from interlock.report.format import count, number

__all__ = ["mixed"]

Array = NDArray[np.float64]


def mixed(
    formula: str,
    table: Any,
    *,
    group: str,
    slopes: Sequence[str] = (),
    missing: Missing = "error",
    confidence: float = 0.95,
) -> Model:
    """Fit a linear model in which each group deviates by an intercept, and by slopes, of its own.

    Args:
        formula: The part that all groups share, such as `reaction ~ days`.
        table: Anything that `interlock.open_table` opens.
        group: The column that names each row's group.
        slopes: Columns whose slopes differ from group to group, such as `["days"]`.
        missing: `error` refuses rows that lack a value, `drop` leaves them out and says so.
        confidence: Of all intervals.

    Returns:
        The model, by restricted maximum likelihood, with Satterthwaite's degrees of freedom; `predict` speaks
        of a group that is not known.

    Raises:
        InputError: If the formula, the groups or the rows cannot be used.

    Source:
        D. Bates et al., Fitting linear mixed-effects models using lme4 (2015); A. Kuznetsova et al., lmerTest
        (2017), for the degrees of freedom.

    Example:
        >>> import pyarrow as pa
        >>> table = pa.table({"y": [1.0, 2, 3, 5, 6, 7, 3, 4, 6], "x": [0, 1, 2] * 3, "g": list("aaabbbccc")})
        >>> model = mixed("y ~ x", table, group="g")
        >>> round(model.estimates[1].estimate, 4), round(model.estimates[1].df, 2)
        (1.1667, 5.0)
    """
    prepared = prepare(formula, table, errors="classical", missing=missing, also=(group, *slopes))
    codes, names = labels_of(prepared.rows.frame.columns[group])
    _check_groups(group, len(names), len(codes), 1 + len(slopes))
    random = _random(prepared, tuple(slopes))
    spread = random.copy(order="F")
    scaling = standardise(spread, intercept=True)
    found = maximise(prepared.matrix, prepared.outcome - prepared.offset, spread, codes)
    refuse_exact(prepared.formula.response, found.scale, float(np.var(prepared.outcome)))
    back = scaling.back()
    apart = back @ found.between @ back.T
    figures = _figures(prepared, found, apart, random, slopes)
    checks = (_between(found, apart, group), _count(group, len(names)))
    likelihood = found.log_likelihood - float(
        np.sum(np.log(prepared.scaling.spread))
    )  # in the columns' units
    solution = Solution(found.gamma, found.spread, found.scale, likelihood, figures, checks)
    model = finish("mixed", prepared, solution, confidence)
    return _named(model, group, slopes, len(names))


def _named(model: Model, group: str, slopes: Sequence[str], groups: int) -> Model:
    part = f"an intercept{''.join(f' and a slope of `{each}`' for each in slopes)} for each `{group}`"
    words = f"those of the model (Satterthwaite degrees of freedom), with {part}, {count(groups)} of them"
    return replace(model, errors=words, errors_kind="REML")


def _check_groups(group: str, groups: int, n: int, parts: int) -> None:
    if groups < 3:
        raise InputError(
            "a mixed model needs at least three groups",
            where=f"`{group}`",
            got=groups,
            next_step=f"put C({group}) into the formula of `ols`",
        )
    if n <= groups * parts:
        raise InputError(
            f"{count(n)} rows in {count(groups)} groups cannot tell the groups' own part from chance",
            where=f"`{group}`",
            next_step="take fewer slopes, or `ols` with clustered errors",
        )


def _random(prepared: Prepared, slopes: tuple[str, ...]) -> Array:
    """Return the columns whose coefficients differ from group to group, shape [n, q]."""
    terms = ((), *((name if name.isidentifier() else f"`{name}`",) for name in slopes))
    design = learn(Formula("", prepared.formula.response, terms, ()), prepared.rows.frame)
    if any(factor.levels for factor in design.factors):
        raise InputError("a slope needs numbers", got=", ".join(slopes), next_step="leave categories out")
    return design.matrix(prepared.rows.frame)


def _figures(
    prepared: Prepared, found: Restricted, apart: Array, random: Array, slopes: Sequence[str]
) -> tuple[Figure, ...]:
    """Return the spreads, and how much of the variance each part explains.

    Source:
        S. Nakagawa, H. Schielzeth (2013); P. C. D. Johnson (2014) for slopes.
    """
    fixed = float(np.var(prepared.matrix @ found.gamma))
    between = float(np.mean(np.einsum("ij,jk,ik->i", random, apart, random)))
    total = fixed + between + found.scale
    sd = np.sqrt(np.diag(apart))
    figures = [
        Figure("marginal R²", fixed / total),
        Figure("conditional R²", (fixed + between) / total),
        Figure("standard deviation of the groups' intercepts", float(sd[0])),
    ]
    for place, name in enumerate(slopes, start=1):
        figures.append(Figure(f"of their slopes of `{name}`", float(sd[place])))
    if not slopes:
        figures.append(Figure("intraclass correlation", between / (between + found.scale)))
    return (*figures, Figure("residual standard deviation", math.sqrt(found.scale)))


def _between(found: Restricted, apart: Array, group: str) -> Check:
    if not found.converged:
        return Check(
            "convergence", "warning", "the search did not come to rest: do not rely on these numbers"
        )
    values = np.linalg.eigvalsh(found.between / max(found.scale, 1e-300))
    if values[0] > 1e-6:
        return Check("groups' spread", "fine", f"the groups of `{group}` differ by more than chance")
    if np.sqrt(apart[0, 0] / found.scale) < 1e-3:
        return Check(
            "groups' spread", "note", "the groups differ no more than by chance: `ols` says the same"
        )
    return Check("groups' spread", "note", "intercepts and slopes are tied to each other: take fewer slopes")


def _count(group: str, groups: int) -> Check:
    words = f"{count(groups)} groups of `{group}`"
    if groups >= 6:
        return Check("groups", "fine", words)
    return Check(
        "groups", "warning", f"only {words}: their spread is hardly known, from {number(groups)} values"
    )
