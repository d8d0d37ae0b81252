"""Validation: the sealed holdout is opened once; what is measured becomes evidence, gates and a model card.

- `validation`: `validate` and its result; `examine`: everything that is measured; `holdout`: on which rows.
- `metrics`, `auc`, `bootstrap`, `influence`, `calibration`, `slices` over `partitions`: pure functions.
- `parity`, `latency`, `conformity`: the compiled model and the contract as the service runs them.
- `fairness`, `robustness`, `pairs`, `declared`, `skill`: on groups of rows, and on rows that are disturbed.
- `production`, `rival`: against the release in production.
- `training_rows`: with what the model learned from: `stability` by `relearn`, `membership`, `readable`.
- `gates`, with `group_gates` and `trust_gates`: conditions for a release; `judgement`: what they judge.
- `evidence`: every number with its interval, method and source.
- `card`: what the model card says, in `card_blocks`, with `card_fairness` and `card_trust`; `card_text` and
  `card_page` write it, `card_charts` draws its pictures.
- `scores`: the profile of the predictions, for the monitor.
"""

from interlock.validate.evidence import Evidence, Gate, Measurement
from interlock.validate.gates import default_thresholds
from interlock.validate.validation import Validation, validate

__all__ = ["Evidence", "Gate", "Measurement", "Validation", "default_thresholds", "validate"]
