"""Statistical models by formula, one verb each.

- `ols`, `logit`, `poisson`, `negative_binomial`, `quantile`, `mixed`: the verbs. `model`: their result.
- `formula`, `expression`, `basis`, `frame`, `design`: from a formula and a table to columns of numbers.
- `least_squares`, `covariance`, `likelihood`, `counts`, `separation`, `effects`, `reml`: the
  arithmetic.
- `prepare`, `fit`, `checks`: what all verbs begin and end with.
- `prediction`, `comparison`, `words`, `store`: what one does with a model.
"""

from interlock.explore.models.comparison import compare_models
from interlock.explore.models.logit import logit
from interlock.explore.models.mixed import mixed
from interlock.explore.models.model import Check, Coefficient, Figure, Model, TermTest
from interlock.explore.models.negative_binomial import negative_binomial
from interlock.explore.models.ols import ols
from interlock.explore.models.poisson import poisson
from interlock.explore.models.prediction import Prediction
from interlock.explore.models.quantile import quantile

__all__ = [
    "Check",
    "Coefficient",
    "Figure",
    "Model",
    "Prediction",
    "TermTest",
    "compare_models",
    "logit",
    "mixed",
    "negative_binomial",
    "ols",
    "poisson",
    "quantile",
]
