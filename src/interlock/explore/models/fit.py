"""What all models share: from a formula and a table to columns, and from a solution to a `Model`."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.covariance import Covariance, Errors, Working, covariance, errors_of
from interlock.explore.models.design import Design, learn, response
from interlock.explore.models.formula import Formula, formula_of
from interlock.explore.models.frame import Missing, Rows, labels_of, read
from interlock.explore.models.least_squares import Scaling, check_rank, collinearity, standardise, triangle
from interlock.explore.models.model import Check, Coefficient, Figure, Kind, Model, TermTest, Used
from interlock.explore.statistics.log_tail import log_f_tail
from interlock.report.format import count, number

__all__ = ["Prepared", "Solution", "finish", "prepare"]

Array = NDArray[np.float64]


class Prepared(NamedTuple):
    """Rows ready to be fitted.

    Args:
        formula: Taken apart.
        design: What was learned from the rows.
        rows: What was read.
        outcome: The response, shape [n].
        offset: Added with a coefficient of 1, shape [n].
        matrix: The standardised columns, shape [n, k].
        scaling: How they were standardised.
        errors: Which errors to report.
        clusters: The cluster of each row; None without.
    """

    formula: Formula
    design: Design
    rows: Rows
    outcome: Array
    offset: Array
    matrix: Array
    scaling: Scaling
    errors: Errors
    clusters: NDArray[np.int64] | None


class Solution(NamedTuple):
    """What a model's own module finds.

    Args:
        gamma: The standardised coefficients, shape [k].
        spread: Of `gamma`.
        scale: The residual variance, or the negative binomial's alpha.
        log_likelihood: At the estimates; None where there is none.
        figures: About the fit.
        checks: Of the model's own assumptions.
        effects: Average marginal effects.
        quantile: Which.
    """

    gamma: Array
    spread: Covariance
    scale: float
    log_likelihood: float | None = None
    figures: tuple[Figure, ...] = ()
    checks: tuple[Check, ...] = ()
    effects: tuple[Coefficient, ...] = ()
    quantile: float | None = None


def prepare(formula: str, table: Any, *, errors: str, missing: Missing, also: Sequence[str] = ()) -> Prepared:
    """Read what a formula needs and turn it into numbers.

    Args:
        formula: Such as `y ~ x + C(g)`.
        table: Anything that `interlock.open_table` opens.
        errors: As `errors_of` reads them.
        missing: What to do about incomplete rows.
        also: More columns to read.

    Raises:
        InputError: If the formula, the rows or the columns cannot be used.
    """
    if missing not in ("error", "drop"):
        raise InputError('missing is "error" or "drop"', got=missing)
    parts, wanted = formula_of(formula), errors_of(errors)
    names = [*parts.names, *(name for name in (wanted.column, *also) if name)]
    rows = read(table, tuple(dict.fromkeys(names)), missing)
    if rows.frame.rows == 0:
        raise InputError(
            "no row is complete", where=formula, got=f"{count(rows.total)} rows", next_step="fill the gaps"
        )
    design = learn(parts, rows.frame)
    if not design.blocks:
        raise InputError(
            "the formula has nothing on its right side", got=formula, next_step="write y ~ 1 for the mean"
        )
    matrix = design.matrix(rows.frame)
    n, k = matrix.shape
    if n <= k:
        raise InputError(
            f"{count(n)} rows cannot determine {count(k)} coefficients",
            where=formula,
            next_step="take more rows or fewer terms",
        )
    scaling = standardise(matrix, intercept=design.intercept)
    check_rank(triangle(matrix, np.zeros(n)).r, design.columns)
    clusters = labels_of(rows.frame.columns[wanted.column])[0] if wanted.column else None
    outcome = response(parts, rows.frame)
    offset = design.offset(rows.frame)
    return Prepared(parts, design, rows, outcome, offset, matrix, scaling, wanted, clusters)


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
    back = prepared.scaling.back() if design.intercept else np.diag(1 / prepared.scaling.spread)
    df = np.array([spread.degrees(back[[row]]) for row in range(len(back))], np.float64)
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
        clusters=spread.clusters,
        used=Used(rows.frame.rows, rows.total, rows.missing, outcome),
        scale=solution.scale,
        log_likelihood=solution.log_likelihood,
        confidence=confidence,
        figures=solution.figures,
        tests=_term_tests(design, solution, back),
        checks=(*solution.checks, *_shared_checks(prepared, spread, df)),
        effects=solution.effects,
        quantile=solution.quantile,
    )


def wald(contrast: Array, gamma: Array, spread: Covariance, name: str) -> TermTest:
    """Test that a contrast of the standardised coefficients is 0.

    Args:
        contrast: Shape [q, k].
        gamma: The coefficients.
        spread: Their covariance.
        name: For the result.

    Source:
        J. E. Pustejovsky, E. Tipton (2018), the test that they call AHZ, for CR2; A. Wald (1943) otherwise.
    """
    values = contrast @ gamma
    q = len(values)
    inner = contrast @ spread.matrix @ contrast.T
    statistic = float(values @ np.linalg.pinv(inner, hermitian=True) @ values) / q
    df = spread.degrees(contrast)
    if spread.grams is not None:  # Hotelling's T squared as an F
        rest = df - q + 1
        if rest <= 0:
            return TermTest(name, statistic, q, 0.0, 0.0, "too few clusters for this test")
        return _term_test(name, statistic * rest / df, q, rest, "cluster-robust F (HTZ)")
    return _term_test(name, statistic, q, df, "Wald F" if math.isfinite(df) else "Wald chi-square")


def _term_test(name: str, statistic: float, q: int, rest: float, method: str) -> TermTest:
    log_p = log_f_tail(statistic, q, rest)
    return TermTest(name, statistic, q, None if math.isinf(rest) else float(rest), log_p, method)


def _term_tests(design: Design, solution: Solution, back: Array) -> tuple[TermTest, ...]:
    terms = np.array(design.terms)
    first = int(design.intercept)
    names = tuple(dict.fromkeys(design.terms[first:]))
    return tuple(wald(back[terms == name], solution.gamma, solution.spread, name) for name in names)


def _shared_checks(prepared: Prepared, spread: Covariance, df: Array) -> tuple[Check, ...]:
    found = [_collinear(prepared), _size(prepared)]
    if spread.clusters:
        found.append(_clusters(prepared.errors, spread.clusters, df))
    return tuple(found)


def _collinear(prepared: Prepared) -> Check:
    design = prepared.design
    r = triangle(prepared.matrix, np.zeros(len(prepared.matrix))).r
    condition, names = collinearity(r, design.columns, intercept=design.intercept)
    if condition < 30:
        return Check("collinearity", "fine", f"condition number {number(condition, 2)}")
    listed = " and ".join(f"`{name}`" for name in names[:4])
    return Check(
        "collinearity",
        "warning",
        f"{listed} nearly determine each other (condition number {number(condition, 2)}): their coefficients"
        " are uncertain one by one, their sum is not",
    )


def _size(prepared: Prepared) -> Check:
    n, k = prepared.matrix.shape
    each = n / k
    words = f"{number(each, 2)} rows a coefficient"
    if each >= 10:
        return Check("rows", "fine", words)
    return Check("rows", "warning", f"only {words}: intervals are wide and the fit flatters itself")


def _clusters(errors: Errors, clusters: int, df: Array) -> Check:
    least = float(df.min())
    if errors.kind == "CR1":
        few = clusters < 40
        words = f"{count(clusters)} clusters; " + (
            f'CR1 is too optimistic below about 40: pass errors="cluster:{errors.column}"'
            if few
            else "enough"
        )
        return Check("clusters", "warning" if few else "fine", words)
    words = f"{count(clusters)} clusters, worth {number(least, 2)} degrees of freedom at the least"
    if least >= 4:
        return Check("clusters", "fine", words)
    return Check("clusters", "warning", f"{words}: below 4, even these p-values are only rough")
