"""Negative binomial regression: counts that spread more than Poisson's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.explore.models.checks import influence
from interlock.explore.models.counts import check_counts, check_separation, distribution, zeros
from interlock.explore.models.fit import Solution, finish, spread_of
from interlock.explore.models.frame import Missing
from interlock.explore.models.generalised import Iterated, iterate
from interlock.explore.models.logit import convergence, likelihood_figures
from interlock.explore.models.model import Check, Figure, Model
from interlock.explore.models.prepare import Prepared, prepare
from interlock.explore.statistics.log_tail import log_chi2_tail, p_text
from interlock.report.format import number

__all__ = ["negative_binomial"]

Array = NDArray[np.float64]
_ROUNDS = 50


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
    plain = iterate(distribution(), prepared.matrix, outcome, prepared.offset)
    check_separation(prepared, plain)
    alpha, found = _alternate(prepared, plain)
    chance = (1 + alpha * found.mean) ** (-1 / alpha) if alpha else np.exp(-found.mean)
    figures = (*likelihood_figures(prepared, found, distribution(alpha), 1), Figure("alpha", alpha))
    checks = (
        _beyond_poisson(alpha, 2 * (found.log_likelihood - plain.log_likelihood)),
        zeros(outcome, chance),
        influence(prepared, found.working),
        *convergence(found),
    )
    spread = spread_of(prepared, found.working)
    return Solution(found.gamma, spread, alpha, found.log_likelihood, figures, checks)


def _alternate(prepared: Prepared, plain: Iterated) -> tuple[float, Iterated]:
    """Fit the coefficients for an alpha and the alpha for the coefficients in turn, until neither moves."""
    outcome, found, alpha = prepared.outcome, plain, 0.0
    for _ in range(_ROUNDS):
        before, alpha = alpha, _best_alpha(outcome, found.mean)
        found = iterate(distribution(alpha), prepared.matrix, outcome, prepared.offset, found.gamma)
        if abs(alpha - before) <= 1e-10 * alpha:
            return alpha, found
    return alpha, found._replace(converged=False)


def _best_alpha(outcome: Array, mean: Array) -> float:
    """Return the most likely alpha for given means; 0 where the counts spread no more than Poisson's."""
    from scipy.optimize import brentq
    from scipy.special import digamma

    def score(log_size: float) -> float:
        size = math.exp(log_size)
        apart = digamma(outcome + size) - digamma(size) - np.log1p(mean / size)
        return float(np.sum(apart - (outcome - mean) / (mean + size)))

    if np.sum((outcome - mean) ** 2 - outcome) <= 0:
        return 0.0
    low, high = math.log(1e-6), math.log(1e6)
    if score(high) > 0:  # the root lies where the two distributions cannot be told apart
        return 0.0
    return math.exp(-brentq(score, low, high, xtol=1e-13, rtol=1e-13)) if score(low) > 0 else 1e6


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
