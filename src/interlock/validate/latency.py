"""Latency: how long one row takes from bytes to prediction, in process, without a network."""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from interlock.contract import Contract, Decoder
from interlock.release.model import Model
from interlock.validate.bootstrap import Estimate

__all__ = ["latency", "quantile_interval", "throughput"]

_WARM_UP = 100


def latency(
    contract: Contract, model: Model, rows: Sequence[dict[str, object]], *, calls: int = 2000
) -> tuple[Estimate, Estimate]:
    """Time decode, check and predict, one row after the other.

    Args:
        contract: What decodes and checks.
        model: What predicts.
        rows: Requests, used in turn.
        calls: How many are timed, after 100 that are not.

    Returns:
        The median and the 99th percentile, microseconds of wall time.
    """
    decoder = Decoder(contract)
    bodies = [msgspec.json.encode(row) for row in rows]
    taken = np.empty(_WARM_UP + calls)
    clock = time.perf_counter_ns
    for call in range(len(taken)):
        body = bodies[call % len(bodies)]
        start = clock()
        row = decoder.one(body)
        model.one(row.numbers, row.strings)
        taken[call] = clock() - start
    timed = taken[_WARM_UP:] / 1000
    return quantile_interval("latency_p50", timed, 0.5), quantile_interval("latency_p99", timed, 0.99)


def throughput(
    contract: Contract, model: Model, rows: Sequence[dict[str, object]], *, batch: int = 1000, calls: int = 10
) -> Estimate:
    """Time batches: decode, check and predict many rows at once.

    Args:
        contract: What decodes and checks.
        model: What predicts.
        rows: Requests, repeated to fill a batch.
        batch: Rows of a batch.
        calls: How many batches are timed, after one that is not.

    Returns:
        Rows per second, the median of the batches.
    """
    decoder = Decoder(contract)
    body = msgspec.json.encode([rows[place % len(rows)] for place in range(batch)])
    rates = np.empty(calls + 1)
    for call in range(len(rates)):
        start = time.perf_counter_ns()
        checked = decoder.many(body)
        numbers = np.array([row.numbers for row in checked], dtype=np.float64).reshape(batch, -1)
        strings = np.array([row.strings for row in checked], dtype=object).reshape(batch, -1)
        model.predict(numbers, strings)
        rates[call] = batch / (time.perf_counter_ns() - start) * 1e9
    return quantile_interval("rows_per_second", rates[1:], 0.5)


def quantile_interval(
    name: str, values: NDArray[np.float64], share: float, *, level: float = 0.95
) -> Estimate:
    """Return a quantile between two order statistics, whatever the distribution.

    Args:
        name: Of the estimate.
        values: [n].
        share: Which quantile, 0 to 1.
        level: Coverage, 0 to 1.

    Source:
        Conover (1999), Practical Nonparametric Statistics, 3.2.

    Example:
        >>> quantile_interval("median", np.arange(101.0), 0.5)
        Estimate(name='median', value=50.0, low=40.0, high=60.0)
    """
    ordered = np.sort(values)
    n = len(ordered)
    reach = float(ndtri(0.5 + level / 2)) * np.sqrt(n * share * (1 - share))
    low = max(0, int(np.ceil(n * share - reach)) - 1)
    high = min(n - 1, int(np.ceil(n * share + reach)) - 1)
    return Estimate(name, float(np.quantile(ordered, share)), float(ordered[low]), float(ordered[high]))
