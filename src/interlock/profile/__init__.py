"""Profiles: small summaries of columns that add up, to the byte, in any order, on any number of machines.

- `values`: one column of one batch, as it comes in. `table`: the profile of all columns; `column`: of one.
- `histogram`: `counts` in `cells` of the universal nested `grid`, read as the `decimals` they can hold.
  `moments`, from `exact` sums. `categories`, which become a `sketch` where they are many.
  `distinct` values, `hashing` of strings, `codec`: canonical bytes.
- `distance`: how far apart two profiles are.

Numpy and the standard library are all it needs.
"""

from interlock.profile.categories import Categories
from interlock.profile.cells import Cells
from interlock.profile.column import ColumnProfile
from interlock.profile.distance import jensen_shannon, ks, psi, total_variation, wasserstein
from interlock.profile.histogram import Histogram
from interlock.profile.moments import Moments
from interlock.profile.table import Profile
from interlock.profile.values import KINDS, Kind, Values

__all__ = [
    "KINDS",
    "Categories",
    "Cells",
    "ColumnProfile",
    "Histogram",
    "Kind",
    "Moments",
    "Profile",
    "Values",
    "jensen_shannon",
    "ks",
    "psi",
    "total_variation",
    "wasserstein",
]
