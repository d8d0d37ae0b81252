"""Negative binomial regression: counts that spread more than Poisson's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from interlock.explore.models.checks import influence
from interlock.explore.models.counts import check_counts, check_separation, zeros
from interlock.explore.models.fit import Solution, finish, spread_of
from interlock.explore.models.frame import Missing
from interlock.explore.models.likelihood import (
    convergence,
    likelihood_figures,
    maximise_negative_binomial,
    maximise_poisson,
)
from interlock.explore.models.model import Check, Figure, Model
from interlock.explore.models.prepare import Prepared, prepare
from interlock.explore.statistics.log_tail import log_chi2_tail, p_text
from interlock.report.format import number

__all__ = ["negative_binomial"]


def negative_binomial(
    formula: str,
    table: Any,
    *,
    errors: str = "classical",
    missing: Missing = "error",
    confidence: float = 0.95,
) -> Model:
    """Fit a log-linear model of counts with variance `mean + alpha * mean**2`.

    Args:
        formula: Such as `calls ~ hour + C(team)`, with `offset(log(hours))` for a rate.
        table: Anything that `interlock.open_table` opens.
        errors: `classical` (the default) believes this variance; `HC0` to `HC3`; `cluster:firm`.
        missing: `error` refuses rows that lack a value, `drop` leaves them out and says so.
        confidence: Of all intervals.

    Returns:
        The model: `estimates` are logarithms, `ratios` rate ratios, `scale` is alpha.

    Raises:
        InputError: If the response is no count, or some level has zeros alone.

    Source:
        J. F. Lawless, Negative binomial and mixed Poisson regression (1987), as R's `MASS::glm.nb`.

    Example:
        >>> import pyarrow as pa
        >>> table = pa.table({"x": [0, 0, 0, 0, 1, 1, 1, 1], "y": [0, 1, 0, 7, 2, 19, 0, 11]})
        >>> model = negative_binomial("y ~ x", table)
        >>> round(model.ratios[1].estimate, 6), round(model.scale, 2)
        (4.0, 1.97)
    """
    prepared = prepare(formula, table, errors=errors, missing=missing)
    return finish("negative_binomial", prepared, _solve(prepared), confidence)


def _solve(prepared: Prepared) -> Solution:
    outcome = prepared.outcome
    check_counts(prepared.formula.response, outcome, whole=True)
    plain = maximise_poisson(prepared)
    check_separation(prepared, plain)
    found = maximise_negative_binomial(prepared, plain)
    alpha = found.alpha
    chance = (1 + alpha * found.mean) ** (-1 / alpha) if alpha else np.exp(-found.mean)
    figures = (*likelihood_figures(prepared, found, 1), Figure("alpha", alpha))
    checks = (
        _beyond_poisson(alpha, 2 * (found.log_likelihood - plain.log_likelihood)),
        zeros(outcome, chance),
        influence(prepared, found.working),
        *convergence(found),
    )
    spread = spread_of(prepared, found.working)
    return Solution(found.gamma, spread, alpha, found.log_likelihood, figures, checks)


def _beyond_poisson(alpha: float, gain: float) -> Check:
    """The likelihood ratio test of alpha = 0, which lies on the edge: half of chi-square's tail.

    Source:
        A. C. Cameron, P. K. Trivedi (2013), section 3.4.
    """
    if alpha == 0:
        return Check("dispersion", "note", "counts spread no more than Poisson's: `poisson` says the same")
    log_p = log_chi2_tail(max(gain, 0.0), 1) - math.log(2)
    words = f"alpha {number(alpha, 3)}, likelihood ratio test against Poisson {p_text(log_p)}"
    return Check("dispersion", "fine" if log_p < math.log(0.05) else "note", words)
