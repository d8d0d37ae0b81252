"""Tables: anything with rows, read in bounded memory, profiled, split, and checked for a learner.

- `source`: `open_table` and `Table`; behind it `delimited` (CSV, TSV), `jsonlines`, `columnar` (Parquet,
  Arrow), `memory` (other libraries' tables), `database` and `sql` (DuckDB), each of them a `scan`.
- `files`: what is to be read, here or far away; `systems`: where; `reading`: every byte of it, or an error.
- `inference`: what a text column holds. `arrow`: Arrow arrays as `Values`. `fingerprint`: a digest of rows.
- `profiling`: the profile of a table, on an `execution.executor` if need be. `split`: which rows; `holdout`:
  both parts as files. `dataset`: through the contract's check.
"""

from interlock.table.arrow import batch_values, kind_of, values
from interlock.table.dataset import Dataset, dataset
from interlock.table.execution import executor
from interlock.table.holdout import Parts, part
from interlock.table.profiling import profile
from interlock.table.source import Table, open_table
from interlock.table.split import Split, split

__all__ = [
    "Dataset",
    "Parts",
    "Split",
    "Table",
    "batch_values",
    "dataset",
    "executor",
    "kind_of",
    "open_table",
    "part",
    "profile",
    "split",
    "values",
]
