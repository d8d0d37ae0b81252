"""Rows with the same inputs: what they promise a model, and what they take from it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.explore.association import target_values
from interlock.explore.charts import share_bars
from interlock.explore.findings.finding import Finding, finding
from interlock.explore.sample import Sample
from interlock.explore.statistics.estimate import wilson
from interlock.report.format import count, percent
from interlock.table.rows import hash_rows

__all__ = ["conflicts"]

#: With fewer inputs rows are the same by design, as in a cross table.
_INPUTS = 3
#: So many rows with a twin, and this share of the rows, are worth a word.
_ROWS, _SHARE = 20, 0.005


def conflicts(sample: Sample, contract: Contract) -> Iterator[Finding]:
    """Yield the finding that rows agree in every input.

    With the same target they leak over a split, with another one no model can be right on all of them.

    Args:
        sample: Rows of the table; twins outside it are not seen.
        contract: With a target.
    """
    inputs = [column.name for column in contract.inputs]
    if contract.target is None or len(inputs) < _INPUTS:
        return
    target = target_values(sample, contract)
    rows = np.flatnonzero(~np.isnan(target))
    hashes = hash_rows({name: sample.columns[name] for name in inputs})[rows]
    _, group, sizes = np.unique(hashes, return_inverse=True, return_counts=True)
    twins = sizes[group] > 1
    share = wilson(int(twins.sum()), max(len(rows), 1))
    if twins.sum() < _ROWS or share.value < _SHARE:
        return
    _, place = np.unique(group[twins], return_inverse=True)
    goal = target[rows][twins]
    differ = _differ(place, goal)
    if not differ.any() and _repeated(sample, rows[twins]):
        return
    ceiling = _noise(place, goal, target[rows]) if contract.task == "regression" else _wrong(place, goal)
    sentence = (
        f"{count(int(twins.sum()))} rows ({percent(share.value)}) have the same inputs as another one: keep "
        f"such rows on one side of a split. {ceiling}"
    )
    counts = {
        "no other row like it": int((~twins).sum()),
        "same inputs, same target": int((~differ).sum()),
        "same inputs, another target": int(differ.sum()),
    }
    method = f"rows compared by 64-bit hash of all inputs, Wilson interval; {sample.note}"
    picture = share_bars("Rows that agree in every input", counts, len(rows))
    yield finding("conflicts", (), sentence, share, method, 0.2 + 0.25 * share.value, picture)


def _repeated(sample: Sample, rows: NDArray[np.int64]) -> bool:
    """Return whether the rows repeat each other in all other columns, too: that is a finding of its own."""
    hashes = hash_rows(sample.columns)[rows]
    return bool((np.unique(hashes, return_counts=True)[1] > 1).all())


def _differ(group: NDArray[np.int64], target: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return the rows in a group that holds more than one value of the target."""
    low = np.full(int(group.max()) + 1, np.inf)
    high = np.full(int(group.max()) + 1, -np.inf)
    np.minimum.at(low, group, target)
    np.maximum.at(high, group, target)
    different: NDArray[np.bool_] = (low < high)[group]
    return different


def _wrong(group: NDArray[np.int64], target: NDArray[np.float64]) -> str:
    """Say how many of the rows are not of the most frequent class of their group."""
    classes = int(target.max()) + 1
    counts = np.bincount(
        group * classes + target.astype(np.int64), minlength=(int(group.max()) + 1) * classes
    )
    wrong = len(group) - int(counts.reshape(-1, classes).max(axis=1).sum())
    if wrong == 0:
        return "All of them have the same target as their like."
    share = percent(wrong / len(group))
    return f"Even a perfect model is wrong on {share} of them: the same inputs, another target."


def _noise(group: NDArray[np.int64], target: NDArray[np.float64], everything: NDArray[np.float64]) -> str:
    """Say how much of the target's variance lies between rows with the same inputs."""
    unit = max(float(np.abs(everything).max()), 1e-300)
    everything, target = everything / unit, target / unit
    sizes = np.bincount(group)
    means = np.bincount(group, target) / sizes
    within = float(np.sum((target - means[group]) ** 2)) / max(len(group) - len(sizes), 1)
    share = min(within / max(float(np.var(everything)), 1e-300), 1.0)
    return f"Their targets differ by {percent(share)} of its variance, which no model can explain for them."
