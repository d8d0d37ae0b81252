"""What declared features are worth on the demo's flights: each set beside none, on the rows of a later time.

LightGBM in its own first setting learns from January to the middle of August 2013 and predicts what follows,
with the tables as they stood at the end of what it learned from, as in service.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import interlock as il
from interlock.demo.flights import LEARN, SOURCES, write_sources
from interlock.develop.score import auc, losses, paired
from interlock.table import Table, dataset, open_table, part

SETS: dict[str, dict[str, str]] = {
    "none": {},
    "scheduled speed": {"speed": "distance / nullif((arrival_hour - hour + 24) % 24, 0)"},
    "carrier, 30 days": {"carrier_late": "mean(late) over 30 days by carrier"},
    "the same, a month old": {"carrier_late": "mean(late) over 30 days by carrier after 30 days"},
    "route, 90 days, a month old": {"route_late": "mean(late) over 90 days by origin, dest after 30 days"},
    "origin, 1 day": {"day_late": "mean(late) over 1 day by origin"},
}


def _flights(folder: Path) -> Table:
    write_sources(folder)
    return open_table({name: str(folder / path) for name, path in SOURCES.items()}, sql=LEARN)


def main() -> None:
    """Print one line for each set."""
    with tempfile.TemporaryDirectory() as folder:
        train, later, how = part(
            _flights(Path(folder)), Path(folder) / "parts", kind="time", column="scheduled"
        )
        print(how)
        contract = il.explore(train, target="late", time="scheduled").contract
        asked = dataset(later, contract)
        assert asked.target is not None
        assert asked.time is not None
        days = np.unique(asked.time // 86_400, return_inverse=True)[1].astype(np.int64)
        print(
            "| features | log loss | AUC | against none (95 %) | µs a row | kB |\n|---|---|---|---|---|---|"
        )
        alone = None
        for name, features in SETS.items():
            made = il.develop(train, contract, features=features, candidates=["lightgbm"], trials=1)
            prediction = made.predictor(asked.checked)
            each = losses("binary", prediction, asked.target)
            alone = each if alone is None else alone
            extra, low, high = paired(each, alone, days)
            print(
                f"| {name} | {each.mean():.4f} | {auc(prediction, asked.target, days).value:.4f} "
                f"| {extra:+.4f} ({low:+.4f} to {high:+.4f}) | {1e6 * made.latency:.0f} "
                f"| {len(made.model) / 1e3:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
