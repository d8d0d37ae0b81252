"""Statistical models by formula, one verb each.

- `ols`, `logit`, `poisson`, `negative_binomial`, `quantile`, `mixed`: the verbs. `model`: their result.
- `formula`, `expression`, `basis`, `frame`, `design`: from a formula and a table to columns of numbers.
- `least_squares`, `covariance`, `generalised`, `counts`, `separation`, `effects`: the arithmetic.
- `prepare`, `fit`, `checks`: what all verbs begin and end with.
- `prediction`, `comparison`, `words`, `store`: what one does with a model.
"""

from interlock.explore.models.logit import logit
from interlock.explore.models.model import Check, Coefficient, Figure, Model, TermTest
from interlock.explore.models.negative_binomial import negative_binomial
from interlock.explore.models.ols import ols
from interlock.explore.models.poisson import poisson
from interlock.explore.models.prediction import Prediction

__all__ = [
    "Check",
    "Coefficient",
    "Figure",
    "Model",
    "Prediction",
    "TermTest",
    "logit",
    "negative_binomial",
    "ols",
    "poisson",
]
