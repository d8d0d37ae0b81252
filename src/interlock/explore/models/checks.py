"""Assumptions that several models share, each looked at and put into one sentence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interlock.explore.models.covariance import Errors, Spread, Working
from interlock.explore.models.least_squares import collinearity
from interlock.explore.models.model import Check
from interlock.explore.models.prepare import Prepared
from interlock.report.format import count, number

__all__ = ["influence", "shared_checks"]

Array = NDArray[np.float64]


def shared_checks(prepared: Prepared, spread: Spread, df: Array) -> tuple[Check, ...]:
    """Return the checks that all models share: collinearity, rows a coefficient, clusters."""
    found = [_collinear(prepared), _size(prepared)]
    if spread.clusters:
        found.append(_clusters(prepared.errors, spread.clusters, df))
    return tuple(found)


def influence(prepared: Prepared, working: Working, scale: float | None = None) -> Check:
    """Cook's distance: how far the coefficients move when one row is left out.

    Args:
        prepared: The rows.
        working: The fitted model.
        scale: The variance to compare with; None for the model's own.

    Source:
        R. D. Cook, Detection of influential observation in linear regression (1977); D. Pregibon, Logistic
        regression diagnostics (1981), for the last step of an iteration.
    """
    leverages = working.leverages()
    rest = np.maximum(1 - leverages, 1e-12)
    whole = max(working.scale if scale is None else scale, 1e-300) * working.matrix.shape[1]
    distances = working.residual**2 * leverages / (whole * rest**2)
    worst = int(np.argmax(distances))
    size = float(distances[worst])
    if size < 0.5:
        words = f"no row moves the result much (largest Cook's distance {number(size, 2)})"
        return Check("influence", "fine", words)
    return Check(
        "influence",
        "warning" if size >= 1 else "note",
        f"row {prepared.rows.frame.places[worst]} alone moves the result (Cook's distance {number(size, 2)}):"
        " look at it, and fit without it too",
    )


def _collinear(prepared: Prepared) -> Check:
    design = prepared.design
    condition, names = collinearity(prepared.triangle, design.columns, intercept=design.intercept)
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
