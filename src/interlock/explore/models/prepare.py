"""From a formula and a table to columns of numbers: what every fit begins with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.covariance import Errors, errors_of
from interlock.explore.models.design import Design, learn, response
from interlock.explore.models.formula import Formula, formula_of
from interlock.explore.models.frame import Missing, Rows, labels_of, read
from interlock.explore.models.least_squares import Scaling, check_rank, standardise, triangle
from interlock.report.format import count

__all__ = ["Prepared", "prepare"]

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
        triangle: Of the standardised columns, shape [k, k].
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
    triangle: Array
    errors: Errors
    clusters: NDArray[np.int64] | None


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
        step = "drop leaves such rows out and says so, error refuses them"
        raise InputError('missing is "error" or "drop"', got=missing, next_step=step)
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
    reduced = triangle(matrix, np.zeros(n)).r
    check_rank(reduced, design.columns)
    clusters = labels_of(rows.frame.columns[wanted.column])[0] if wanted.column else None
    outcome = response(parts, rows.frame)
    offset = design.offset(rows.frame)
    return Prepared(parts, design, rows, outcome, offset, matrix, scaling, reduced, wanted, clusters)
