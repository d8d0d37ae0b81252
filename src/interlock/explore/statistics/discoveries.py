"""Which of many tests to believe: the false discovery rate of Benjamini and Hochberg."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from interlock.explore.statistics.adjust import adjusted_logs

__all__ = ["RATE", "discoveries"]

#: The false discovery rate of an exploration. On pure noise it is also the chance of any finding at all.
RATE = 0.01


def discoveries(p_values: Sequence[float], rate: float = RATE) -> NDArray[np.bool_]:
    """Return which hypotheses are discoveries.

    Args:
        p_values: One a test, 0 to 1, shape [m]; NaN where no test was possible, which then counts as none.
        rate: The expected share of false ones among the discoveries, at most.

    Returns:
        Shape [m].

    Source:
        Y. Benjamini, Y. Hochberg, Controlling the false discovery rate (1995), by `adjusted_logs`.

    Example:
        >>> discoveries([0.001, 0.5, 0.012], rate=0.05).tolist()
        [True, False, True]
    """
    with np.errstate(divide="ignore"):
        logs = adjusted_logs(np.log(np.asarray(p_values, dtype=np.float64)), "bh")
    held: NDArray[np.bool_] = logs <= np.log(rate)
    return held
