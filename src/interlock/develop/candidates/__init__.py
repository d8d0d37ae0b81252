"""The ways to learn that are compared.

To add one: write a module with a `Candidate` and its `Fitted`, and list them in the two places below.
"""

from interlock.develop.candidates.boosting import Boosting, Trees
from interlock.develop.candidates.candidate import Candidate, Fitted, Limits
from interlock.develop.candidates.constant import Baseline, Constant
from interlock.develop.candidates.linear import Linear, LinearModel

__all__ = ["CANDIDATES", "FITTED", "Baseline", "Boosting", "Candidate", "Fitted", "Limits", "Linear"]

CANDIDATES: tuple[Candidate, ...] = (
    Baseline(),
    Linear(),
    Boosting("lightgbm", 31, 0.1, 1.0, "gradient boosted trees, 31 leaves"),
    Boosting(
        "lightgbm-small", 7, 0.1, 0.8, "gradient boosted trees, 7 leaves, 80 % of rows and features a tree"
    ),
    Boosting(
        "lightgbm-large",
        127,
        0.05,
        0.8,
        "gradient boosted trees, 127 leaves, 80 % of rows and features a tree",
    ),
)

#: The classes that a saved development may hold, by the name it is saved under.
FITTED: dict[str, type] = {"constant": Constant, "linear": LinearModel, "trees": Trees}
