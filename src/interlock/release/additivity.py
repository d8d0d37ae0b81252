"""Holds an explanation to its promise: what it says of a row adds up to the score that the graph gives."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from interlock.contract import Contract
from interlock.errors import ReleaseError
from interlock.release.explanation import EXPLANATION, Explanation
from interlock.release.golden import Golden, check_rows
from interlock.release.model import Model

__all__ = ["OUTPUTS", "TOLERANCE", "check_outputs", "require_additive"]

#: The largest difference, relative to the size of what is added up, or to 1 where that is smaller.
TOLERANCE = 1e-9
#: What an explanation needs of the graph beside the prediction.
OUTPUTS = ("features", "score")


def check_outputs(explanation: Explanation, model: Model, where: object = "") -> None:
    """Refuse an explanation of a model that does not give what is to be explained, or of another one.

    Args:
        explanation: What explains.
        model: What gives features and scores.
        where: What an error names.

    Raises:
        ReleaseError: If it does not.
    """
    classes = len(json.loads(model.metadata.get("classes", "[]")))
    width = classes if model.metadata.get("task") == "multiclass" else 1
    if not {*OUTPUTS} <= {*model.outputs} or explanation.width != width:
        raise _of_another(where, f"{explanation.width} scores explained of a model with {width}")


def _of_another(where: object, got: str) -> ReleaseError:
    return ReleaseError(
        "the explanation is of another model",
        where=where,
        got=got,
        next_step="run `interlock develop` and `interlock release` again",
    )


def require_additive(
    explanation: Explanation, model: Model, contract: Contract, rows: Sequence[Golden]
) -> float:
    """Add up the explanation of each golden row, for every score.

    Args:
        explanation: What is held to its promise.
        model: Its graph gives the features and the score.
        contract: What checks the rows.
        rows: The golden rows; rejected ones have no score.

    Returns:
        The largest difference, as `TOLERANCE` measures it.

    Raises:
        ReleaseError: If it is above `TOLERANCE`, or the explanation is of another model.
    """
    check_outputs(explanation, model)
    worst = 0.0
    for number, row in enumerate(check_rows(contract, (golden.row for golden in rows))):
        if row.rejected:
            continue
        features, score = model.ask(OUTPUTS, row.numbers, row.strings)
        if (len(features), len(score)) != (len(explanation.sources), explanation.width):
            raise _of_another(
                EXPLANATION, f"{len(explanation.sources)} features, the model has {len(features)}"
            )
        for target in range(explanation.width):
            base, contributions = explanation.attribute(features, target)
            size = max(1.0, abs(base) + float(np.abs(contributions).sum()))
            difference = float(abs(base + contributions.sum() - score[target])) / size
            if not difference <= TOLERANCE:
                raise ReleaseError(
                    f"the explanation of golden row {number} does not add up to its score",
                    where=EXPLANATION,
                    got=f"{base + contributions.sum():.17g} instead of {score[target]:.17g}",
                    next_step="report it: a fault of ours; nothing was written",
                )
            worst = max(worst, difference)
    return worst
