"""Logistic regression: what goes with the odds of yes or no."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.checks import influence
from interlock.explore.models.effects import average_effects
from interlock.explore.models.fit import Solution, finish, spread_of
from interlock.explore.models.frame import Missing
from interlock.explore.models.likelihood import convergence, likelihood_figures, maximise_logit
from interlock.explore.models.model import Check, Figure, Model
from interlock.explore.models.prepare import Prepared, prepare
from interlock.explore.models.separation import refuse_separation
from interlock.report.format import count, number

__all__ = ["logit"]

Array = NDArray[np.float64]


def logit(
    formula: str,
    table: Any,
    *,
    errors: str = "classical",
    missing: Missing = "error",
    confidence: float = 0.95,
) -> Model:
    """Fit a logistic model of a boolean, or of 0 and 1.

    Args:
        formula: Such as `bought ~ price + C(region)`; for text, `I(answer == 'yes') ~ age`.
        table: Anything that `interlock.open_table` opens.
        errors: `classical` (the default: the variance of yes or no is known once the mean is right),
            `HC0` to `HC3`, or `cluster:firm` for rows that come in groups (CR2 of the last step's weighted
            least squares).
        missing: `error` refuses rows that lack a value, `drop` leaves them out and says so.
        confidence: Of all intervals.

    Returns:
        The model: `estimates` are log odds, `ratios` odds ratios, `effects` average changes of the
        probability.

    Raises:
        InputError: If the response is not yes or no, or a column tells the two apart perfectly.

    Source:
        D. R. Cox, The regression analysis of binary sequences (1958).

    Example:
        >>> import pyarrow as pa
        >>> table = pa.table({"x": [1.0, 2, 3, 4, 5, 6, 7, 8], "y": [0, 0, 1, 0, 1, 0, 1, 1]})
        >>> round(logit("y ~ x", table).ratios[1].estimate, 3)
        1.811
    """
    prepared = prepare(formula, table, errors=errors, missing=missing)
    model = finish("logit", prepared, _solve(prepared), confidence)
    return replace(model, effects=average_effects(prepared, model))


def _solve(prepared: Prepared) -> Solution:
    outcome = prepared.outcome
    _check_outcome(prepared.formula.response, outcome)
    found = maximise_logit(prepared)
    if found.astray or np.abs(found.eta).max() > 15:
        back = prepared.scaling.back()
        names, name = prepared.design.columns, prepared.formula.response
        refuse_separation(prepared.matrix, 2 * outcome - 1, back, names, name)
    spread = spread_of(prepared, found.working)
    checks = (_events(prepared), influence(prepared, found.working), *convergence(found))
    figures = (*likelihood_figures(prepared, found), _tjur(outcome, found.mean))
    return Solution(found.gamma, spread, 1.0, found.log_likelihood, figures, checks)


def _check_outcome(name: str, outcome: Array) -> None:
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise InputError(
            f"`{name}` is not yes or no",
            got=", ".join(number(each) for each in np.unique(outcome)[:5]),
            next_step="give a boolean or 0 and 1, or write which values count: `I(y > 3) ~ ...`",
        )
    if not np.ptp(outcome) > 0:
        raise InputError(f"`{name}` is the same in all rows", next_step="there is nothing to tell apart")


def _tjur(outcome: Array, mean: Array) -> Figure:
    """How much higher the fitted probability is where the answer is yes.

    Source:
        T. Tjur, Coefficients of determination in logistic regression models (2009).
    """
    return Figure("Tjur's R²", float(mean[outcome == 1].mean() - mean[outcome == 0].mean()))


def _events(prepared: Prepared) -> Check:
    """Events a coefficient.

    Source:
        P. Peduzzi et al., A simulation study of the number of events per variable (1996).
    """
    yes = int(prepared.outcome.sum())
    rare = min(yes, len(prepared.outcome) - yes)
    k = max(prepared.matrix.shape[1] - int(prepared.design.intercept), 1)
    words = f"{count(rare)} rows of the rarer outcome, {number(rare / k, 2)} a coefficient"
    if rare / k >= 10:
        return Check("events", "fine", words)
    return Check("events", "warning", f"only {words}: odds ratios come out too extreme; take fewer terms")
