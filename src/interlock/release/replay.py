"""Replays the golden rows: does this machine give the answers that the release was written with?"""

from __future__ import annotations

from typing import Any

import numpy as np

from interlock.contract import CheckedRow
from interlock.errors import ReleaseError
from interlock.release.golden import Golden, Verdict, check_rows, predict_together
from interlock.release.load import Release

__all__ = ["TOLERANCE", "replay"]

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
    checked = check_rows(release.contract, (golden.row for golden in release.golden))
    for number, (golden, row) in enumerate(zip(release.golden, checked, strict=True)):
        if not _is_same_verdict(golden, row):
            raise _differs(release, number, f"{row.flags} instead of {golden.verdicts}")
    accepted = [number for number, row in enumerate(checked) if not row.rejected]
    if not accepted:
        return 0.0
    together = predict_together(release.model, [checked[number] for number in accepted])
    worst = 0.0
    for number, in_company in zip(accepted, together, strict=True):
        alone = release.model.one(checked[number].numbers, checked[number].strings)
        stored = release.golden[number].prediction
        difference = max(_distance(alone, stored), _distance(in_company, stored))
        if not difference <= TOLERANCE:
            raise _differs(release, number, f"a prediction {difference:.3g} away")
        worst = max(worst, difference)
    return worst


def _is_same_verdict(golden: Golden, row: CheckedRow) -> bool:
    return golden.rejected == row.rejected and golden.verdicts == tuple(Verdict(*flag) for flag in row.flags)


def _distance(prediction: Any, stored: Any) -> float:
    return float(np.max(np.abs(np.subtract(prediction, stored))))


def _differs(release: Release, number: int, got: str) -> ReleaseError:
    return ReleaseError(
        f"golden row {number} does not get the answer that it got when the release was written",
        where=release.path,
        got=got,
        next_step="install the versions of environment.txt, or develop and release the model again",
    )
