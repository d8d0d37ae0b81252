"""Ordinary least squares: what goes with the mean of a number."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.checks import influence
from interlock.explore.models.covariance import Working
from interlock.explore.models.fit import Solution, finish, refuse_exact, spread_of
from interlock.explore.models.frame import Missing
from interlock.explore.models.least_squares import triangle
from interlock.explore.models.model import Check, Figure, Model
from interlock.explore.models.prepare import Prepared, prepare
from interlock.explore.statistics.log_tail import log_chi2_tail, p_text
from interlock.report.format import count, number

__all__ = ["ols"]

Array = NDArray[np.float64]


def ols(
    formula: str,
    table: Any,
    *,
    errors: str = "HC3",
    missing: Missing = "error",
    confidence: float = 0.95,
) -> Model:
    """Fit a linear model of the mean by ordinary least squares.

    Args:
        formula: Such as `y ~ x + C(g)`.
        table: Anything that `interlock.open_table` opens: pandas, Polars, Arrow, a path.
        errors: `HC3` (the default) holds where the spread differs between rows; `HC2` is unbiased where it
            does not, and is Neyman's in an experiment; `HC0`, `HC1`; `classical` trusts one spread;
            `cluster:firm` is for rows that come in groups (CR2, right with few groups too);
            `cluster-CR1:firm` is what other software calls clustered.
        missing: `error` refuses rows that lack a value, `drop` leaves them out and says so.
        confidence: Of all intervals.

    Returns:
        The model.

    Raises:
        InputError: If the formula or the rows cannot be used, or the columns determine each other.

    Source:
        W. H. Greene, Econometric Analysis (2018), chapters 3 and 4; J. S. Long, L. H. Ervin (2000) for HC3.

    Example:
        >>> import pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2, 3, 4, 5, 6], "y": [2.0, 4.1, 5.9, 8.2, 9.9, 12.1]})
        >>> model = ols("y ~ x", table)
        >>> round(model.estimates[1].estimate, 3), round(model.estimates[1].standard_error, 3)
        (2.006, 0.027)
    """
    prepared = prepare(formula, table, errors=errors, missing=missing)
    return finish("ols", prepared, _solve(prepared), confidence)


def _solve(prepared: Prepared) -> Solution:
    outcome = prepared.outcome - prepared.offset
    n, k = prepared.matrix.shape
    shift = float(outcome.mean()) if prepared.design.intercept else 0.0  # a large offset costs no digits
    centred = outcome - shift
    reduced = triangle(prepared.matrix, centred)
    gamma = reduced.solve()
    again = triangle(prepared.matrix, centred - prepared.matrix @ gamma)  # the last digits
    gamma += again.solve()
    residual = centred - prepared.matrix @ gamma
    gamma[0] += shift
    rss = float(residual @ residual)
    total = float(centred @ centred)
    if not np.ptp(prepared.outcome) > 0:
        raise InputError(
            f"`{prepared.formula.response}` is the same in all rows", next_step="there is nothing to explain"
        )
    refuse_exact(prepared.formula.response, rss, total)
    working = Working(prepared.matrix, None, residual, reduced.inverse(), rss / (n - k), n - k)
    return Solution(
        gamma,
        spread_of(prepared, working),
        rss / (n - k),
        -n / 2 * (math.log(2 * math.pi * rss / n) + 1),
        _figures(rss / total, n, k, prepared.design.intercept, math.sqrt(rss / (n - k))),
        _checks(prepared, working),
    )


def _figures(unexplained: float, n: int, k: int, intercept: bool, sigma: float) -> tuple[Figure, ...]:
    sigmas = (Figure("residual standard deviation", sigma),)
    if not intercept:  # then R² would compare with 0 instead of the mean
        return sigmas
    adjusted = 1 - unexplained * (n - 1) / (n - k)
    return (Figure("R²", 1 - unexplained), Figure("adjusted R²", adjusted), *sigmas) if k > 1 else sigmas


def _checks(prepared: Prepared, working: Working) -> tuple[Check, ...]:
    found = [influence(prepared, working), _shape(working.residual)]
    if working.matrix.shape[1] > 1:
        found.insert(0, _constant_spread(prepared, working))
    return tuple(found)


def _constant_spread(prepared: Prepared, working: Working) -> Check:
    """Koenker's form of the Breusch-Pagan test: are squared residuals larger for some rows?

    Source:
        R. Koenker, A note on studentizing a test for heteroscedasticity (1981).
    """
    name, squares = "constant spread", working.residual**2
    around = squares - squares.mean()
    total = float(around @ around)
    n, k = working.matrix.shape
    if total <= 1e-24 * float(squares @ squares):
        return Check(name, "fine", "the residuals' spread does not change")
    share = max(1 - triangle(working.matrix, around).rss / total, 0.0)
    log_p = log_chi2_tail(n * share, k - 1)
    if log_p > math.log(0.01):
        return Check(name, "fine", f"no sign of a changing spread (Breusch-Pagan {p_text(log_p)})")
    words = f"the residuals' spread changes with the columns (Breusch-Pagan {p_text(log_p)})"
    if prepared.errors.kind == "classical":
        return Check(name, "warning", f'{words}: classical errors are wrong, pass errors="HC3"')
    return Check(name, "note", f"{words}; the errors allow for it")


def _shape(residual: Array) -> Check:
    """Whether the residuals are so far from normal that so few rows do not average it out (Jarque-Bera)."""
    n = len(residual)
    around = residual - residual.mean()
    second = float(np.mean(around**2))
    skew = float(np.mean(around**3)) / second**1.5
    kurtosis = float(np.mean(around**4)) / second**2 - 3
    log_p = log_chi2_tail(n / 6 * (skew**2 + kurtosis**2 / 4), 2)
    if log_p > math.log(0.01):
        return Check("residuals", "fine", "near enough to normal")
    if n >= 200 and abs(skew) < math.sqrt(n) / 5:
        return Check("residuals", "fine", f"not normal, which {count(n)} rows average out")
    return Check(
        "residuals",
        "warning",
        f"skewed or long-tailed (skewness {number(skew, 2)}, excess kurtosis {number(kurtosis, 2)}) in"
        f" {count(n)} rows: intervals are rough; try log(...) or `quantile`",
    )
