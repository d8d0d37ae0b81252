"""The release in production as a rival: it reads the same rows through its own contract and answers them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interlock import contract as contracts
from interlock.contract import Contract
from interlock.errors import InputError
from interlock.release import Release, load
from interlock.table import Dataset, Table, dataset, open_table
from interlock.validate.production import Rival

__all__ = ["Opponent", "answers", "opponent"]


class Opponent(NamedTuple):
    """A release, and the holdout as its contract reads it.

    Args:
        release: The release.
        data: All rows of the holdout, in their order.
    """

    release: Release
    data: Dataset


def opponent(release: Release | str | Path, data: Dataset | Table, contract: Contract) -> Opponent:
    """Let a release read the holdout.

    Args:
        release: The release, or its folder.
        data: The holdout. A dataset was read by one contract: it serves only a release that has the same.
        contract: Of the model on trial.

    Returns:
        What `answers` asks.

    Raises:
        InputError: The release predicts something else, or cannot read these rows.
        ReleaseError: There is no release, or it is damaged.
    """
    loaded = release if isinstance(release, Release) else load(release)
    _require_same_question(loaded, contract)
    if isinstance(data, Dataset):
        if loaded.contract_digest != contracts.digest(data.contract):
            raise InputError(
                "the release in production has another contract, so it has to read the table itself",
                where=loaded.path,
                next_step="give the holdout as a table (a file, an Arrow table), not as a dataset",
            )
        return Opponent(loaded, data)
    return Opponent(loaded, dataset(open_table(data), _inputs_of(loaded.contract)))


def answers(opponent: Opponent, places: NDArray[np.intp]) -> Rival:
    """Ask a release the rows in use.

    Args:
        opponent: The release and what it read.
        places: The rows' numbers in the holdout.
    """
    release, checked = opponent.release, opponent.data.checked
    numbers, strings = checked.numbers[places], checked.string_matrix(places)
    prediction = release.model.predict(numbers, strings)
    finite = np.isfinite(prediction.reshape(len(places), -1)).all(axis=1)
    return Rival(release.path.name, release.digest, prediction, finite & ~checked.rejected[places])


def _inputs_of(contract: Contract) -> Contract:
    """Return the contract without what only learning and judging need: it is asked to predict."""
    columns = tuple(
        replace(
            column, role="ignore" if column.role in ("target", "weight") else column.role, sensitive=False
        )
        for column in contract.columns
    )
    return replace(contract, columns=columns, task=None, classes=())


def _require_same_question(release: Release, contract: Contract) -> None:
    ours = (contract.target and contract.target.name, contract.task, contract.classes)
    theirs = (release.contract.target and release.contract.target.name, release.contract.task)
    if (*theirs, release.contract.classes) != ours:
        raise InputError(
            "the release in production predicts something else, so it cannot be compared with",
            where=release.path,
            got=f"{theirs[0]} ({theirs[1]}: {', '.join(release.contract.classes) or 'a number'})",
            next_step='name another release, or `against = "none"` in [validate]',
        )
