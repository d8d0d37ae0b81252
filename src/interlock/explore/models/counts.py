"""What the two models of counts share: which responses they take, and their checks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.models.likelihood import Fitted
from interlock.explore.models.model import Check
from interlock.explore.models.prepare import Prepared
from interlock.explore.models.separation import refuse_separation
from interlock.explore.statistics.log_tail import log_normal_tail, p_text
from interlock.report.format import count, number

__all__ = ["check_counts", "check_separation", "dispersion", "zeros"]

Array = NDArray[np.float64]


def check_counts(name: str, outcome: Array, *, whole: bool) -> None:
    """Refuse a response that no count can be.

    Raises:
        InputError: Naming the first such value.
    """
    wrong = (outcome < 0) | (whole & (outcome != np.floor(outcome)))
    if wrong.any():
        raise InputError(
            f"`{name}` is not a count",
            where=f"row {int(np.argmax(wrong))} of those used",
            got=number(float(outcome[np.argmax(wrong)])),
            next_step="counts are 0, 1, 2 and so on; for other numbers use `ols`",
        )
    if not outcome.any():
        raise InputError(f"`{name}` is 0 in all rows", next_step="there is nothing to explain")


def check_separation(prepared: Prepared, found: Fitted) -> None:
    """Refuse a model in which some level has zeros alone, so that its mean runs to 0.

    Raises:
        InputError: Naming the columns.
    """
    if not found.astray and found.mean.min() > 1e-5 * found.mean.mean():
        return
    sign = np.where(prepared.outcome > 0, 0.0, -1.0)
    back = prepared.scaling.back()
    refuse_separation(prepared.matrix, sign, back, prepared.design.columns, prepared.formula.response)


def dispersion(prepared: Prepared, found: Fitted) -> Check:
    """Whether counts spread more than Poisson's do.

    Source:
        C. B. Dean, Testing for overdispersion in Poisson and binomial regression models (1992), P_B.
    """
    n, k = prepared.matrix.shape
    y, mean = prepared.outcome, found.mean
    ratio = float(np.sum((y - mean) ** 2 / mean)) / (n - k)
    z = float(np.sum((y - mean) ** 2 - y)) / math.sqrt(2 * float(np.sum(mean**2)))
    log_p = log_normal_tail(z)
    words = f"the variance is {number(ratio, 2)} times the mean"
    words = f"{words} (Dean {p_text(log_p)})"
    if log_p > math.log(0.01) or ratio < 1.1:
        return Check("dispersion", "note" if ratio < 0.7 else "fine", f"{words}: no more than Poisson's")
    if prepared.errors.kind == "classical":
        advice = 'classical errors are too small: use `negative_binomial`, or errors="HC3"'
        return Check("dispersion", "warning", f"{words}: {advice}")
    advice = "the errors allow for it; `negative_binomial` would fit the spread too"
    return Check("dispersion", "note", f"{words}: {advice}")


def zeros(outcome: Array, chance: Array) -> Check:
    """Whether there are more zeros than the model expects.

    Args:
        outcome: The counts.
        chance: Of a zero, in each row.
    """
    seen, expected = int(np.sum(outcome == 0)), float(chance.sum())
    spread = math.sqrt(float(np.sum(chance * (1 - chance))))
    words = f"{count(seen)} zeros, {number(expected, 3)} expected"
    if seen <= expected + 3 * spread:
        return Check("zeros", "fine", words)
    return Check("zeros", "note", f"{words}: some rows may be unable to count at all; model them apart")
