"""Many tests at once: p-values adjusted so that the chance of false claims stays where it was promised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from interlock.errors import InputError
from interlock.explore.statistics.log_tail import p_text
from interlock.report.format import count, percent

__all__ = ["Adjusted", "Adjustment", "adjust", "adjusted_logs"]

Adjustment = Literal["bonferroni", "holm", "hochberg", "bh", "by"]

_PROMISE = {
    "bonferroni": "the chance of any false claim is at most {} (Bonferroni)",
    "holm": "the chance of any false claim is at most {} (Holm)",
    "hochberg": "the chance of any false claim is at most {} if the tests are independent (Hochberg)",
    "bh": "at most {} of the claims are expected to be false (Benjamini-Hochberg)",
    "by": "at most {} of the claims are expected to be false, however the tests depend (Benjamini-Yekutieli)",
}


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Adjusted p-values.

    Args:
        method: The adjustment.
        alpha: The rate that is promised.
        log_p: The natural logarithms of the adjusted p-values, in the order given; NaN where there was none.
        rejected: Which hypotheses are rejected.
        text: One or two plain sentences.
    """

    method: Adjustment
    alpha: float
    log_p: tuple[float, ...]
    rejected: tuple[bool, ...]
    text: str

    @property
    def p(self) -> tuple[float, ...]:
        """The adjusted p-values; 0.0 where one is below 1e-308."""
        return tuple(math.exp(each) for each in self.log_p)

    def __str__(self) -> str:
        rows = [
            f"  {place + 1}: {p_text(each)}{' *' if said else ''}"
            for place, (each, said) in enumerate(zip(self.log_p, self.rejected, strict=True))
        ]
        return "\n".join([self.text, *rows])


def adjust(
    p_values: Sequence[float],
    method: Adjustment = "holm",
    *,
    alpha: float = 0.05,
    log: bool = False,
) -> Adjusted:
    """Adjust the p-values of many tests.

    Args:
        p_values: One a test; NaN where no test was possible, which then counts as none.
        method: `holm` when no false claim is wanted (`bonferroni` is never better, `hochberg` needs
            independent tests); `bh` when a known share of false ones among many is fine, `by` if the tests
            depend on each other in unknown ways.
        alpha: The rate to promise.
        log: Whether `p_values` are natural logarithms, as `Result.log_p` is.

    Returns:
        The adjusted p-values, and which hypotheses are rejected.

    Raises:
        InputError: If a value is no p-value, or there is no such method.

    Source:
        S. Holm (1979); Y. Hochberg (1988); Y. Benjamini, Y. Hochberg (1995); Y. Benjamini, D. Yekutieli
        (2001).

    Example:
        >>> found = adjust([0.01, 0.04, 0.03], "holm")
        >>> [round(p, 3) for p in found.p], found.rejected
        ([0.03, 0.06, 0.06], (True, False, False))
    """
    if method not in get_args(Adjustment):
        raise InputError("there is no such adjustment", got=method, next_step=", ".join(get_args(Adjustment)))
    given = np.asarray(p_values, dtype=np.float64).reshape(-1)
    wrong = given[(given > 0) if log else (given < 0) | (given > 1)]
    if len(wrong):
        step = "p-values lie between 0 and 1; their logarithms, with log=True, are at most 0"
        raise InputError("this is not a p-value", got=float(wrong[0]), next_step=step)
    with np.errstate(divide="ignore"):
        logs = adjusted_logs(given if log else np.log(given), method)
    rejected = logs <= math.log(alpha)
    return Adjusted(
        method, alpha, tuple(logs.tolist()), tuple(rejected.tolist()), _text(logs, rejected, method, alpha)
    )


def adjusted_logs(log_p: NDArray[np.float64], method: Adjustment) -> NDArray[np.float64]:
    """Return the logarithms of adjusted p-values.

    Args:
        log_p: Natural logarithms, NaN for none, shape [m].
        method: The adjustment.

    Example:
        >>> np.exp(adjusted_logs(np.log([0.01, 0.02]), "bonferroni")).round(3).tolist()
        [0.02, 0.04]
    """
    known = ~np.isnan(log_p)
    m = int(known.sum())
    found = np.full(len(log_p), np.nan)
    if m == 0:
        return found
    order = np.argsort(log_p[known], kind="stable")
    rank = np.arange(1, m + 1)
    factor = {
        "bonferroni": np.full(m, m),
        "holm": m - rank + 1,
        "hochberg": m - rank + 1,
        "bh": m / rank,
        "by": m / rank * float(np.sum(1 / rank)),
    }[method]
    grown = log_p[known][order] + np.log(factor)
    if method == "holm":
        grown = np.maximum.accumulate(grown)
    elif method != "bonferroni":
        grown = np.minimum.accumulate(grown[::-1])[::-1]
    back = np.empty(m)
    back[order] = np.minimum(grown, 0.0)
    found[known] = back
    return found


def _text(logs: NDArray[np.float64], rejected: NDArray[np.bool_], method: Adjustment, alpha: float) -> str:
    m = int((~np.isnan(logs)).sum())
    promise = _PROMISE[method].format(percent(alpha))
    none = f" {count(len(logs) - m)} had no p-value." if m < len(logs) else ""
    return f"{count(int(rejected.sum()))} of {count(m)} tests hold: {promise}.{none}"
