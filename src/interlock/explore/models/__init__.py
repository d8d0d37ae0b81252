"""Statistical models by formula, one verb each.

- `ols`, `logit`, `poisson`, `negative_binomial`, `quantile`, `mixed`: the verbs. `model`: their result.
- `formula`, `expression`, `basis`, `frame`, `design`: from a formula and a table to columns of numbers.
- `least_squares`, `covariance`: the arithmetic. `fit`: what all verbs share.
- `prediction`, `comparison`, `words`, `store`: what one does with a model.
"""

from interlock.explore.models.model import Check, Coefficient, Figure, Model, TermTest
from interlock.explore.models.ols import ols
from interlock.explore.models.prediction import Prediction

__all__ = ["Check", "Coefficient", "Figure", "Model", "Prediction", "TermTest", "ols"]
