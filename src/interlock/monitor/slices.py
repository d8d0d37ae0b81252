"""Performance by the levels of the categories, each beside its own value on the holdout, the worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.monitor.metric import metrics
from interlock.monitor.performance import Change, Then, Truths, change
from interlock.monitor.window import Window
from interlock.validate.evidence import Evidence
from interlock.validate.partitions import Partition, by_level, by_truth

__all__ = ["FEWEST_ROWS", "slices"]

#: Fewest rows with an outcome that make a slice.
FEWEST_ROWS = 100


def slices(
    window: Window, contract: Contract, arrived: Truths, evidence: Evidence | None
) -> tuple[Change, ...]:
    """Compare the headline metric of each slice with what it was on the holdout.

    Slices are the levels of each category (the 60 most frequent) and of each boolean that have at least 100
    rows with an outcome, and for AUC 20 of each class.

    Args:
        window: The rows.
        contract: It names the columns.
        arrived: The rows of the window whose outcome has arrived.
        evidence: What validation measured.

    Returns:
        Worst first, by how much worse than on the holdout; then those that it did not have, by value.
    """
    metric, then = metrics(arrived.task)[0], _then(evidence)
    parts = [
        (name, arrived.take(rows))
        for partition in _partitions(window, contract)
        for name, rows in _parts(partition)
        if rows.sum() >= FEWEST_ROWS
    ]
    found = [change(part, metric, then.get(name), name) for name, part in parts if part.enough]
    return tuple(
        sorted(found, key=lambda each: (each.worse is None, -each.size, metric.worse(0, each.value)))
    )


def _then(evidence: Evidence | None) -> Mapping[str, Then]:
    return {
        f"{column} = {each.part}": Then(each.metric.value, each.metric.low, each.metric.high)
        for each in (evidence.slices if evidence else ())
        for column in each.columns
    }


def _partitions(window: Window, contract: Contract) -> Iterator[Partition]:
    arrived = window.arrived
    for column, coded in zip(contract.strings, window.strings, strict=True):
        if column.type == "category" and not column.personal:
            yield by_level(column.name, coded._replace(codes=coded.codes[arrived]))
    for place, column in enumerate(contract.numbers):
        if column.type == "boolean" and not column.personal:
            yield by_truth(column.name, window.numbers[arrived, place])


def _parts(partition: Partition) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    for code, label in enumerate(partition.labels):
        yield f"{partition.column} = {label}", partition.codes == code
