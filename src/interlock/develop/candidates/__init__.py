"""The ways to learn that are compared.

To add one: write a module with a `Candidate` and its `Fitted`, and list them in the two places below.
"""

from interlock.develop.candidates.boosting import Boosting, Trees
from interlock.develop.candidates.candidate import Candidate, Fitted, Limits
from interlock.develop.candidates.constant import Baseline, Constant
from interlock.develop.candidates.linear import Linear, LinearModel

__all__ = ["CANDIDATES", "FITTED", "Baseline", "Boosting", "Candidate", "Fitted", "Limits", "Linear"]

_TREES = "gradient boosted trees of at most {} leaves, each from 80 % of the rows and features"

CANDIDATES: tuple[Candidate, ...] = (
    Baseline(),
    Linear(),
    *(
        Boosting(name, leaves, rate, 0.8, _TREES.format(leaves))
        for name, leaves, rate in (
            ("lightgbm-small", 7, 0.1),
            ("lightgbm", 31, 0.05),
            ("lightgbm-large", 127, 0.05),
        )
    ),
)

#: The classes that a saved development may hold, by the name it is saved under.
FITTED: dict[str, type] = {"constant": Constant, "linear": LinearModel, "trees": Trees}
