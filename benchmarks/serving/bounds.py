"""What was asked for, and what was measured: each bound as a ratio or figure of every round."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from measured import Measured, Values

__all__ = ["Bound", "bounds", "cost", "growth", "ratios"]

_OURS = "interlock"
_MANY = 1000
_BATCHING = ("litserve-batch", "mlserver-batch")
_PEERS = ("fastapi", "litserve", "mlserver", "bentoml", "mlflow", *_BATCHING)


class Bound(NamedTuple):
    """One thing that was asked for.

    Args:
        what: In words.
        asked: The number that was asked for.
        at_least: Whether more is better.
        values: One a round.
    """

    what: str
    asked: float
    at_least: bool
    values: list[float]

    @property
    def is_met(self) -> bool:
        """Whether the median is on the right side."""
        middle = median(self.values)
        return middle >= self.asked if self.at_least else middle <= self.asked


def bounds(measured: Measured) -> list[Bound]:
    """Return the bounds of which there are measurements."""
    found = [
        Bound("CPU a request of FastAPI + pandas / ours", 100, True, ratios(measured, "peers", "fastapi")),
        Bound(
            "least CPU a request of any peer with batching / ours",
            20,
            True,
            _least(measured, "peers", _BATCHING),
        ),
        Bound(
            "our CPU a request / raw ASGI that does nothing",
            2,
            False,
            _inverse(ratios(measured, "peers", "raw")),
        ),
        Bound(
            "our p50 at one connection, ms",
            0.15,
            False,
            [one["alone"]["p50"] for one in measured.rounds("peers", _OURS)],
        ),
        Bound("1,000 rows: least CPU a row of any peer / ours", 3, True, _least(measured, "many", _PEERS)),
        Bound(
            "600 columns: CPU a request of MLflow / ours",
            50,
            True,
            ratios(measured, "wide", "mlflow-wide", ours="interlock-wide"),
        ),
        Bound(
            "rows a second of two workers / one",
            1.8,
            True,
            _rates(measured, "workers", "interlock-workers=2-data", "many"),
        ),
        Bound("throughput with the ledger off / on, less 1, %", 10, False, _ledger(measured)),
        Bound(
            "memory after ten minutes / after one, less 1, %",
            5,
            False,
            [growth(one) for one in measured.rounds("soak", _OURS)],
        ),
    ]
    return [bound for bound in found if bound.values]


def cost(values: Values, load: str = "crowd") -> float:
    """Return the CPU of one request, microseconds."""
    return 1e6 * float(values[load]["cpu"]) / float(values[load]["requests"])


def ratios(measured: Measured, part: str, theirs: str, ours: str = _OURS) -> list[float]:
    """Return their CPU a request over ours, in each round that has both."""
    pairs = zip(measured.rounds(part, theirs), measured.rounds(part, ours), strict=False)
    return [cost(left) / cost(right) for left, right in pairs]


def growth(values: Values) -> float:
    """Return by how many percent memory grew from the end of the first minute to the last.

    That is the resident set: its proportional size changes with whoever else maps the same libraries.
    """
    samples: Sequence[Sequence[float]] = values["samples"]
    end = samples[-1][0]
    first = [resident for at, _, resident in samples if 50 <= at <= 70]
    last = [resident for at, _, resident in samples if at >= end - 60]
    return 100 * (median(last) / median(first) - 1) if first else float("nan")


def _inverse(values: list[float]) -> list[float]:
    return [1 / value for value in values]


def _least(measured: Measured, part: str, peers: Sequence[str]) -> list[float]:
    each = [found for peer in peers if (found := ratios(measured, part, peer))]
    return [min(row) for row in zip(*each, strict=False)]


def _rates(measured: Measured, part: str, theirs: str, load: str) -> list[float]:
    pairs = zip(measured.rounds(part, theirs), measured.rounds(part, _OURS), strict=False)
    return [_rate(left[load]) / _rate(right[load]) for left, right in pairs]


def _ledger(measured: Measured) -> list[float]:
    """Return what the ledger costs in CPU: one worker at its limit gives as much less throughput."""
    return [100 * (1 / ratio - 1) for ratio in ratios(measured, "ledger", "interlock-ledger=off-data")]


def _rate(load: Values) -> float:
    return float(load["requests"]) / float(load["seconds"])
