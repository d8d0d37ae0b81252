"""From a solution to a `Model`: degrees of freedom, a test for each term, and the checks."""

from __future__ import annotations

import hashlib
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.checks import shared_checks
from interlock.explore.models.covariance import Covariance, Spread, Working, covariance
from interlock.explore.models.design import Design
from interlock.explore.models.model import Check, Figure, Kind, Model, TermTest, Used
from interlock.explore.models.prepare import Prepared
from interlock.explore.statistics.log_tail import log_f_tail

__all__ = ["Solution", "finish", "refuse_exact", "spread_of", "wald"]

Array = NDArray[np.float64]


class Solution(NamedTuple):
    """What a model's own module finds.

    Args:
        gamma: The standardised coefficients, shape [k].
        spread: Of `gamma`.
        scale: The residual variance, or the negative binomial's alpha.
        log_likelihood: At the estimates; None where there is none.
        figures: About the fit.
        checks: Of the model's own assumptions.
        quantile: Which.
    """

    gamma: Array
    spread: Spread
    scale: float
    log_likelihood: float | None = None
    figures: tuple[Figure, ...] = ()
    checks: tuple[Check, ...] = ()
    quantile: float | None = None


def spread_of(prepared: Prepared, working: Working) -> Covariance:
    """Return the covariance that was asked for."""
    return covariance(prepared.errors.kind, working, prepared.clusters)


def finish(kind: Kind, prepared: Prepared, solution: Solution, confidence: float) -> Model:
    """Return the model: degrees of freedom, a test for each term, and the checks that all models share.

    Args:
        kind: Which verb.
        prepared: The rows.
        solution: What was found.
        confidence: Of all intervals, 0 to 1.
    """
    design, spread = prepared.design, solution.spread
    back = prepared.scaling.back()
    df = spread.degrees_each(back)
    if not 0 < confidence < 1:
        raise InputError("confidence is a share between 0 and 1", got=confidence, next_step="pass 0.95")
    outcome = hashlib.sha256(np.ascontiguousarray(prepared.outcome).tobytes()).hexdigest()[:16]
    rows = prepared.rows
    return Model(
        kind=kind,
        formula=prepared.formula.text,
        response=prepared.formula.response,
        design=design,
        scaling=prepared.scaling,
        gamma=solution.gamma,
        covariance=spread.matrix,
        df=df,
        errors=prepared.errors.words,
        errors_kind=prepared.errors.kind,
        clusters=spread.clusters,
        used=Used(rows.frame.rows, rows.total, rows.missing, outcome),
        scale=solution.scale,
        log_likelihood=solution.log_likelihood,
        confidence=confidence,
        figures=solution.figures,
        tests=_term_tests(design, solution, back, df),
        checks=(*solution.checks, *shared_checks(prepared, spread, df)),
        quantile=solution.quantile,
    )


def refuse_exact(name: str, left: float, total: float) -> None:
    """Refuse a response that the columns give exactly, so that nothing is left to measure chance by.

    Args:
        name: The response.
        left: The sum of squares that the columns leave.
        total: That of the response.

    Raises:
        InputError: If less than a share of 1e-24 is left.
    """
    if left <= 1e-24 * total:
        raise InputError(
            f"`{name}` follows exactly from the columns of the model, so there is no chance to measure",
            next_step="leave out the column that holds the outcome itself",
        )


def wald(contrast: Array, gamma: Array, spread: Spread, name: str, df: float | None = None) -> TermTest:
    """Test that a contrast of the standardised coefficients is 0.

    Args:
        contrast: Shape [q, k].
        gamma: The coefficients.
        spread: Their covariance.
        name: For the result.
        df: Degrees of freedom, where they are known already.

    Source:
        J. E. Pustejovsky, E. Tipton (2018), the test that they call AHZ, for CR2; A. Wald (1943) otherwise.
    """
    values = contrast @ gamma
    q = len(values)
    inner = contrast @ spread.matrix @ contrast.T
    statistic = float(values @ np.linalg.pinv(inner, hermitian=True) @ values) / q
    df = spread.degrees(contrast) if df is None else df
    if spread.hotelling:  # Hotelling's T squared as an F
        rest = df - q + 1
        if rest <= 0:
            return TermTest(
                name, statistic, q, 0.0, 0.0, "too few clusters to test so many coefficients at once"
            )
        return _term_test(name, statistic * rest / df, q, rest, "cluster-robust F")
    return _term_test(name, statistic, q, df, "Wald F" if math.isfinite(df) else "Wald chi-square")


def _term_test(name: str, statistic: float, q: int, rest: float, method: str) -> TermTest:
    log_p = log_f_tail(statistic, q, rest)
    return TermTest(name, statistic, q, None if math.isinf(rest) else float(rest), log_p, method)


def _term_tests(design: Design, solution: Solution, back: Array, df: Array) -> tuple[TermTest, ...]:
    terms = np.array(design.terms)
    found = []
    for name in dict.fromkeys(design.terms[int(design.intercept) :]):
        own = np.flatnonzero(terms == name)
        known = float(df[own[0]]) if len(own) == 1 else None
        found.append(wald(back[own], solution.gamma, solution.spread, name, known))
    return tuple(found)
