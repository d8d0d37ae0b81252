"""The sealed rows as validation reads them: accepted by the contract, with a known target, in groups."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock.contract import Checked, Coded, Contract
from interlock.errors import InputError
from interlock.table import Dataset
from interlock.table.dataset import Attribute, taken
from interlock.validate.evidence import Rows

__all__ = ["Holdout", "clusters_of", "digest", "open_holdout"]

_FEWEST_ROWS = 20
_FEWEST_GROUPS = 20
_DAY = 86400.0


class Holdout(NamedTuple):
    """What every metric is computed on.

    Args:
        checked: The tensors of the rows in use.
        target: [n], the class's number or the value.
        clusters: [n], the group of each row, numbered from 0; None where rows are taken as independent.
        rows: What became of all rows.
        places: [n], their numbers in the dataset.
        sensitive: The columns marked as sensitive, by name.
    """

    checked: Checked
    target: NDArray[np.float64]
    clusters: NDArray[np.int64] | None
    rows: Rows
    places: NDArray[np.intp]
    sensitive: Mapping[str, Attribute]


def open_holdout(dataset: Dataset, contract: Contract) -> Holdout:
    """Keep the rows that the service would answer and whose truth is known.

    Rows of one group (where the dataset has groups) or of one day (where it has a time column) stand or fall
    together; fewer than 20 groups or days say too little, then rows are taken as independent.

    Args:
        dataset: The sealed rows.
        contract: It names the target and the task.

    Raises:
        InputError: Without a target, with fewer than 20 rows in use, or with one value of the target.
    """
    if dataset.target is None or contract.target is None or contract.task is None:
        raise InputError(
            "no target is declared, so nothing can be validated", next_step="declare one in [data]"
        )
    labelled = np.isfinite(dataset.target)
    used = np.flatnonzero(labelled & ~dataset.checked.rejected)
    target = dataset.target[used]
    _require_enough(dataset, contract, target)
    groups = None if dataset.groups is None else dataset.groups[used]
    time = None if dataset.time is None else dataset.time[used]
    clusters, grouping = clusters_of(groups, time)
    known = np.array([]) if time is None else time[np.isfinite(time)]
    rows = Rows(
        total=len(dataset.target),
        rejected=int(dataset.checked.rejected.sum()),
        unlabelled=int((~labelled & ~dataset.checked.rejected).sum()),
        used=len(used),
        groups=len(used) if clusters is None else int(clusters.max()) + 1,
        grouping=grouping,
        first=float(known.min()) if len(known) else None,
        last=float(known.max()) if len(known) else None,
    )
    sensitive = {name: taken(values, used) for name, values in dataset.sensitive.items()}
    return Holdout(_taken(dataset.checked, used), target, clusters, rows, used, sensitive)


def digest(holdout: Holdout) -> str:
    """Return one digest of the rows in use, inputs and target, in their order."""
    found = hashlib.sha256(np.ascontiguousarray(holdout.checked.numbers).tobytes())
    for coded in holdout.checked.strings:
        found.update(np.ascontiguousarray(coded.codes).tobytes())
        found.update("\0".join(coded.levels).encode())
    found.update(np.ascontiguousarray(holdout.target).tobytes())
    return f"sha256:{found.hexdigest()}"


def clusters_of(
    groups: NDArray[np.int64] | None, time: NDArray[np.float64] | None
) -> tuple[NDArray[np.int64] | None, str]:
    """Number the groups or else the days, and say what they are; None where there are fewer than 20."""
    named: list[tuple[NDArray[np.generic], str]] = []
    if groups is not None:
        named.append((groups, "groups"))
    elif time is not None:
        named.append((np.floor(time / _DAY), "days"))
    for keys, name in named:
        distinct, codes = np.unique(keys, return_inverse=True)
        if len(distinct) >= _FEWEST_GROUPS:
            return codes.astype(np.int64), name
    return None, "rows"


def _taken(checked: Checked, rows: NDArray[np.intp]) -> Checked:
    strings = tuple(Coded(coded.codes[rows], coded.levels) for coded in checked.strings)
    return Checked(checked.numbers[rows], strings, np.zeros(len(rows), dtype=bool), ())


def _require_enough(dataset: Dataset, contract: Contract, target: NDArray[np.float64]) -> None:
    if len(target) < _FEWEST_ROWS:
        raise InputError(
            f"the holdout has too few rows to validate on: {len(target)}, at least {_FEWEST_ROWS} are needed",
            where=dataset.name,
            got=f"{len(dataset)} rows, {int(dataset.checked.rejected.sum())} refused by the contract",
            next_step="seal a larger share ([split] holdout), or see why the contract refuses rows",
        )
    if len(np.unique(target)) == 1:
        shown = contract.classes[int(target[0])] if contract.classes else target[0]
        raise InputError(
            "the target has one value in the holdout, so nothing can be validated",
            where=dataset.name,
            got=shown,
            next_step="seal other rows: [split] by or holdout",
        )
