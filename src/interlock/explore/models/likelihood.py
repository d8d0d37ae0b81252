"""Models of yes or no and of counts: statsmodels maximises the likelihood, on our standardised columns."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.covariance import Working
from interlock.explore.models.least_squares import triangle
from interlock.explore.models.model import Check, Figure
from interlock.explore.models.prepare import Prepared

__all__ = [
    "Fitted",
    "convergence",
    "likelihood_figures",
    "maximise_logit",
    "maximise_negative_binomial",
    "maximise_poisson",
]

Array = NDArray[np.float64]


class Fitted(NamedTuple):
    """Where the likelihood is highest.

    Args:
        gamma: The coefficients, shape [k].
        eta: The linear predictor, shape [n].
        mean: The fitted mean, shape [n].
        log_likelihood: There.
        working: The model there as weighted least squares.
        converged: Whether the search came to rest.
        astray: Whether Newton's steps did not, as where a column tells the outcomes apart.
        alpha: Of the negative binomial; 0 for others.
        family: statsmodels' distribution with its link.
    """

    gamma: Array
    eta: Array
    mean: Array
    log_likelihood: float
    working: Working
    converged: bool
    astray: bool
    alpha: float
    family: Any


class _Top(NamedTuple):
    """The highest point that one search found."""

    parameters: Array
    log_likelihood: float
    converged: bool
    astray: bool = False


def maximise_logit(prepared: Prepared) -> Fitted:
    """Fit a logistic model; where a column tells the outcomes apart, the estimates are merely large.

    Raises:
        InputError: If the numbers overflow.
    """
    from statsmodels.discrete.discrete_model import Logit
    from statsmodels.genmod.families import Binomial

    start = np.zeros(prepared.matrix.shape[1])
    return _fitted(prepared, _climb(_model(Logit, prepared), start), Binomial())


def maximise_poisson(prepared: Prepared) -> Fitted:
    """Fit a Poisson model with the logarithm as link.

    Raises:
        InputError: If the numbers overflow.
    """
    from statsmodels.discrete.discrete_model import Poisson
    from statsmodels.genmod.families import Poisson as Family

    outcome = prepared.outcome
    start = triangle(prepared.matrix, np.log((outcome + outcome.mean()) / 2) - prepared.offset).solve()
    return _fitted(prepared, _climb(_model(Poisson, prepared), start), Family())


def maximise_negative_binomial(prepared: Prepared, plain: Fitted) -> Fitted:
    """Fit a negative binomial model; where counts spread no more than Poisson's, that is the answer.

    Args:
        prepared: The rows.
        plain: The Poisson model of the same rows.

    Raises:
        InputError: If the numbers overflow.
    """
    from statsmodels.discrete.discrete_model import NegativeBinomial
    from statsmodels.genmod.families import NegativeBinomial as Family

    excess = float(np.sum((prepared.outcome - plain.mean) ** 2 - prepared.outcome))
    if excess <= 0:  # the likelihood falls as alpha leaves 0
        return plain
    model = _model(NegativeBinomial, prepared)
    start = np.append(plain.gamma, excess / float(np.sum(plain.mean**2)))
    # In the logarithm of alpha, so that the search cannot leave what alpha may be.
    top = _near_then_exact(model, start, method="bfgs", gtol=1e-4)
    if top.log_likelihood <= plain.log_likelihood or top.parameters[-1] <= 0:
        return plain
    alpha = float(top.parameters[-1])
    return _fitted(prepared, top._replace(parameters=top.parameters[:-1]), Family(alpha=alpha), alpha)


def likelihood_figures(prepared: Prepared, found: Fitted, parameters: int = 0) -> tuple[Figure, ...]:
    """Return McFadden's pseudo R squared and Akaike's criterion.

    Args:
        prepared: The rows.
        found: The fit.
        parameters: How many there are beside the coefficients.

    Source:
        D. McFadden, Conditional logit analysis of qualitative choice behavior (1974); H. Akaike (1974).
    """
    figures = [Figure("AIC", 2 * (len(found.gamma) + parameters) - 2 * found.log_likelihood)]
    if prepared.design.intercept and len(found.gamma) > 1:
        null = _null_log_likelihood(prepared, found.family)
        if null < 0:
            figures.insert(0, Figure("McFadden's R²", 1 - found.log_likelihood / null))
    return tuple(figures)


def convergence(found: Fitted) -> tuple[Check, ...]:
    """Return a warning where the search did not come to rest; nothing where it did."""
    if found.converged:
        return ()
    return (
        Check("convergence", "warning", "the iteration did not come to rest: do not rely on these numbers"),
    )


def _model(kind: Any, prepared: Prepared) -> Any:
    return kind(prepared.outcome, prepared.matrix, offset=prepared.offset, check_rank=False)  # it is checked


def _climb(model: Any, start: Array) -> _Top:
    """Take Newton's steps; where they go astray, steps that are kept short enough."""
    top = _search(model, start, method="newton")
    if top.converged:
        return top
    return _near_then_exact(model, start, method="minimize", min_method="trust-exact")._replace(astray=True)


def _near_then_exact(model: Any, start: Array, **how: Any) -> _Top:
    """Search by a careful method, and take Newton's steps for the last digits where they keep to the top."""
    near = _search(model, start, **how)
    top = _search(model, near.parameters, method="newton")
    rises = top.log_likelihood >= near.log_likelihood - 1e-9 * abs(near.log_likelihood)
    return top if top.converged and rises else near


def _search(model: Any, start: Array, **how: Any) -> _Top:
    """Let statsmodels search; what it would warn of is for the checks, which look at the result."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = model.fit(start, maxiter=200, disp=0, skip_hessian=True, callback=lambda *_: None, **how)
        except (np.linalg.LinAlgError, ValueError):  # overflow, or a top at infinity
            return _Top(start, -np.inf, converged=False)
        value = float(found.llf)
    parameters = np.asarray(found.params, np.float64)
    if not (np.isfinite(parameters).all() and np.isfinite(value)):
        return _Top(start, -np.inf, converged=False)
    return _Top(parameters, value, bool(found.mle_retvals["converged"]))


def _fitted(prepared: Prepared, top: _Top, family: Any, alpha: float = 0.0) -> Fitted:
    """Return the fit with its last step as weighted least squares."""
    if not np.isfinite(top.log_likelihood):
        raise InputError(
            "the model cannot be computed: its numbers overflow",
            next_step="take the logarithm of very large columns, or leave out extreme rows",
        )
    matrix, gamma = prepared.matrix, top.parameters
    eta = matrix @ gamma + prepared.offset
    with np.errstate(all="ignore"):  # far out, a mean of 0 is right
        mean = np.maximum(family.link.inverse(eta), 1e-300)
    spread = np.sqrt(family.variance(mean))
    root = 1 / (family.link.deriv(mean) * spread)
    inverse = triangle(matrix, eta, root).inverse()
    working = Working(matrix, root, (prepared.outcome - mean) / spread, inverse, 1.0, np.inf)
    return Fitted(gamma, eta, mean, top.log_likelihood, working, top.converged, top.astray, alpha, family)


def _null_log_likelihood(prepared: Prepared, family: Any) -> float:
    """Return the log-likelihood of the model that has an intercept alone."""
    from statsmodels.genmod.generalized_linear_model import GLM

    outcome, offset = prepared.outcome, prepared.offset
    if not offset.any():
        return float(family.loglike(outcome, np.full(len(outcome), outcome.mean())))
    return float(GLM(outcome, np.ones((len(outcome), 1)), family=family, offset=offset).fit().llf)
