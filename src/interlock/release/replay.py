"""Replays the golden rows: does this machine give the answers that the release was written with?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from interlock.contract import CheckedRow, Contract
from interlock.errors import ReleaseError
from interlock.release.golden import Golden, Verdict, check_rows, predict_together
from interlock.release.load import Release
from interlock.release.model import Model

__all__ = ["TOLERANCE", "compare", "replay"]

#: The largest difference between a golden row's stored prediction and the one computed here.
TOLERANCE = 1e-6


def replay(release: Release) -> float:
    """Put the golden rows through the contract and the model again, alone and in company.

    Args:
        release: The loaded release.

    Returns:
        The largest absolute difference from the stored predictions.

    Raises:
        ReleaseError: if it is above `TOLERANCE`, or the contract judges a row differently.
    """
    return compare(release.contract, release.model, release.golden, where=release.path)


def compare(contract: Contract, model: Model, rows: Sequence[Golden], where: object = "") -> float:
    """Do the work of `replay` on the parts of a release.

    Args:
        contract: What checks the rows.
        model: What predicts the accepted ones.
        rows: The golden rows.
        where: What an error names.

    Returns:
        As `replay`.

    Raises:
        ReleaseError: as `replay`.
    """
    checked = check_rows(contract, (golden.row for golden in rows))
    for number, (golden, row) in enumerate(zip(rows, checked, strict=True)):
        if not _is_same_verdict(golden, row):
            raise _differs(where, number, f"{row.flags} instead of {golden.verdicts}")
    accepted = [number for number, row in enumerate(checked) if not row.rejected]
    together = predict_together(model, [checked[number] for number in accepted])
    worst = 0.0
    for number, in_company in zip(accepted, together, strict=True):
        alone = model.one(checked[number].numbers, checked[number].strings)
        for company, prediction in (("alone", alone), ("together with other rows", in_company)):
            difference = _distance(prediction, rows[number].prediction)
            if not difference <= TOLERANCE:
                raise _differs(where, number, f"{company}, a prediction {difference:.3g} away")
            worst = max(worst, difference)
    return worst


def _is_same_verdict(golden: Golden, row: CheckedRow) -> bool:
    return golden.rejected == row.rejected and golden.verdicts == tuple(Verdict(*flag) for flag in row.flags)


def _distance(prediction: Any, stored: Any) -> float:
    return float(np.max(np.abs(np.subtract(prediction, stored))))


def _differs(where: object, number: int, got: str) -> ReleaseError:
    return ReleaseError(
        f"golden row {number} does not get the answer that it got when the release was written",
        where=where,
        got=got,
        next_step="install the versions of environment.txt, or develop and release the model again",
    )
