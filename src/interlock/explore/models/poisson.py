"""Poisson regression: what goes with a count, or a rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from interlock.explore.models.checks import influence
from interlock.explore.models.counts import check_counts, check_separation, dispersion, zeros
from interlock.explore.models.fit import Solution, finish, spread_of
from interlock.explore.models.frame import Missing
from interlock.explore.models.likelihood import convergence, likelihood_figures, maximise_poisson
from interlock.explore.models.model import Figure, Model
from interlock.explore.models.prepare import Prepared, prepare

__all__ = ["poisson"]


def poisson(
    formula: str,
    table: Any,
    *,
    errors: str = "HC3",
    missing: Missing = "error",
    confidence: float = 0.95,
) -> Model:
    """Fit a log-linear model of a mean that cannot be negative.

    Args:
        formula: Such as `calls ~ hour + C(team)`; for a rate, `calls ~ C(team) + offset(log(hours))`.
        table: Anything that `interlock.open_table` opens.
        errors: `HC3` (the default) is right even where the variance is not the mean, which it seldom is;
            `classical` believes that it is; `HC0` to `HC2`; `cluster:firm` for rows that come in groups.
        missing: `error` refuses rows that lack a value, `drop` leaves them out and says so.
        confidence: Of all intervals.

    Returns:
        The model: `estimates` are logarithms, `ratios` rate ratios.

    Raises:
        InputError: If the response is negative, or some level has zeros alone.

    Source:
        A. C. Cameron, P. K. Trivedi, Regression Analysis of Count Data (2013), chapter 3.

    Example:
        >>> import pyarrow as pa
        >>> table = pa.table({"x": [0, 0, 0, 1, 1, 1], "y": [1, 2, 3, 3, 4, 5]})
        >>> round(poisson("y ~ x", table).ratios[1].estimate, 6)
        2.0
    """
    prepared = prepare(formula, table, errors=errors, missing=missing)
    return finish("poisson", prepared, _solve(prepared), confidence)


def _solve(prepared: Prepared) -> Solution:
    outcome = prepared.outcome
    check_counts(prepared.formula.response, outcome, whole=False)
    found = maximise_poisson(prepared)
    check_separation(prepared, found)
    n, k = prepared.matrix.shape
    ratio = float(np.sum((outcome - found.mean) ** 2 / found.mean)) / (n - k)
    figures = (*likelihood_figures(prepared, found), Figure("dispersion", ratio))
    checks = (
        dispersion(prepared, found),
        zeros(outcome, np.exp(-found.mean)),
        influence(prepared, found.working, ratio),
        *convergence(found),
    )
    spread = spread_of(prepared, found.working)
    return Solution(found.gamma, spread, 1.0, found.log_likelihood, figures, checks)
