"""Monitoring: what a release is asked, answers and proves to be, against what it was released on.

- `run`: `monitor`; `monitoring`: its result. `window`: the ledger's rows as columns, cut into `periods`.
- `drift`: one column then and now, in `words`, with its `shape`; `chance`: how likely that is without drift.
- `metric`, `performance`, `slices`: what came true, beside the holdout's evidence. `page`: the report.
"""

from interlock.monitor.drift import Shift
from interlock.monitor.monitoring import Alarm, Feature, Monitoring, Period, load
from interlock.monitor.performance import Change
from interlock.monitor.run import monitor

__all__ = ["Alarm", "Change", "Feature", "Monitoring", "Period", "Shift", "load", "monitor"]
