"""Export: a table and what was found in it, for the programs that other people use.

- `results`: findings and associations as Arrow tables. `plain`: types that every program knows.
- `flat`: Parquet and CSV. `hyper`: Tableau.
"""

from interlock.export.flat import to_csv, to_parquet
from interlock.export.hyper import to_hyper

__all__ = ["to_csv", "to_hyper", "to_parquet"]
