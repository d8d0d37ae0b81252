"""Counters of all worker processes, in one small memory-mapped file each; `exposition` sums them.

Every worker of one release has the same slots in the same order, so files are added slot by slot; those of
several releases are added sample by sample. A small file beside each says whose slots they are. The files of
a worker that died, and of a release that is gone, stay until the service stops: a sum never goes back.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import msgspec
import numpy as np

from interlock.contract import CheckedRow, Code, Contract
from interlock.errors import ServeError
from interlock.serve.refused import REASONS, Reason

__all__ = ["BUCKETS", "OWNER", "Fallback", "Labels", "Layout", "Metrics", "Owner", "bound_text"]

#: Upper bounds of the latency histogram, seconds.
BUCKETS = (5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0, 2.5)

_PREDICTING = ("v1", "v2", "mlflow", "kserve_v1", "grpc", "sagemaker", "vertex", "azureml")
_PROTOCOLS = (*_PREDICTING, "outcomes", "other")
_STATUSES = (200, 400, 401, 403, 404, 405, 406, 413, 415, 422, 429, 500, 503)
_OUTCOMES = ("accepted", "flagged", "rejected")
_RECORDS = ("received", "logged", "sampled_out", "dropped")

#: Why the champion answers in a challenger's place: the deadline passed; the challenger failed; it refused
#: the request; too many wait for it; the rows of the request belong to different releases.
Fallback = Literal["late", "error", "refused", "busy", "mixed"]
_FALLBACKS: tuple[Fallback, ...] = get_args(Fallback)

#: Beside each file of counters stands one with this ending, which says whose they are.
OWNER = ".owner"
Labels = tuple[tuple[str, str], ...]


class Owner(msgspec.Struct, frozen=True):
    """Whose counters a file holds.

    Args:
        release: Digest; empty where nobody said.
        role: `champion`, `challenger` or `shadow`.
        columns: Inputs of its contract, which label the violations.
    """

    release: str = ""
    role: str = "champion"
    columns: tuple[str, ...] = ()


class Layout(NamedTuple):
    """Which slot holds what.

    Args:
        slots: Slot by sample name and labels, in the order of the file.
    """

    slots: dict[tuple[str, Labels], int]

    @staticmethod
    @lru_cache(8)
    def of(columns: tuple[str, ...]) -> Layout:
        """Return the layout for a contract's inputs: the number of series is bounded by them."""
        return Layout({key: slot for slot, key in enumerate(_keys(columns))})

    def slot(self, name: str, **labels: str) -> int:
        """Return the slot of a sample."""
        return self.slots[name, tuple(labels.items())]


class Metrics:
    """The counters of this process.

    Args:
        path: The file; made anew.
        contract: Whose columns label the violations.
        release: Digest of the release that is counted.
        role: `champion`, `challenger` or `shadow`.

    Raises:
        ServeError: If the file cannot be made.

    Example:
        >>> import tempfile
        >>> from interlock.contract import Column
        >>> contract = Contract((Column("age", "integer"),))
        >>> path = Path(tempfile.mkdtemp()) / "worker.metrics"
        >>> metrics = Metrics(path, contract)
        >>> metrics.request("other", 404)
        >>> from interlock.serve.exposition import exposition
        >>> 'interlock_requests_total{protocol="other",code="404"} 1' in exposition(contract, [path])
        True
    """

    def __init__(self, path: Path, contract: Contract, release: str = "", role: str = "champion") -> None:
        owner = Owner(release, role, _columns(contract))
        layout, self.path = Layout.of(owner.columns), path
        self._view = _mapped(path, len(layout.slots), owner)
        slot = layout.slot
        self._requests = {
            (protocol, status): slot("interlock_requests_total", protocol=protocol, code=str(status))
            for protocol in _PROTOCOLS
            for status in _STATUSES
        }
        histogram = "interlock_request_duration_seconds"
        self._buckets = {
            p: slot(f"{histogram}_bucket", protocol=p, le=bound_text(BUCKETS[0])) for p in _PREDICTING
        }
        self._sums = {p: slot(f"{histogram}_sum", protocol=p) for p in _PREDICTING}
        self._rows = {name: slot("interlock_rows_total", outcome=name) for name in _OUTCOMES}
        self._violations = {
            (dict(labels)["column"], dict(labels)["code"]): place
            for (name, labels), place in layout.slots.items()
            if name == "interlock_violations_total"
        }
        self._outcomes = slot("interlock_outcomes_total")
        self._refused = {reason: slot("interlock_refused_total", reason=reason) for reason in REASONS}
        self._records = {n: slot("interlock_ledger_requests_total", outcome=n) for n in _RECORDS}
        self._waiting = slot("interlock_ledger_waiting_bytes")
        self._fallbacks = {r: slot("interlock_fallback_total", reason=r) for r in _FALLBACKS}
        self._shadow_dropped = slot("interlock_shadow_dropped_total")

    def request(self, protocol: str, status: int) -> None:
        """Count one request."""
        self._view[self._requests[protocol, status]] += 1

    def latency(self, protocol: str, seconds: float) -> None:
        """Count the latency of one prediction request."""
        self._view[self._buckets[protocol] + bisect_left(BUCKETS, seconds)] += 1
        self._view[self._sums[protocol]] += seconds

    def answered(self, protocol: str, seconds: Sequence[float], rows: Sequence[CheckedRow]) -> None:
        """Count requests of one row each that got a prediction, with the latency of each."""
        view, first = self._view, self._buckets[protocol]
        view[self._requests[protocol, 200]] += len(rows)
        view[self._sums[protocol]] += sum(seconds)
        for latency in seconds:
            view[first + bisect_left(BUCKETS, latency)] += 1
        self.rows(rows)

    def row(self, row: CheckedRow) -> None:
        """Count one row and its violations."""
        outcome = "rejected" if row.rejected else "flagged" if row.flags else "accepted"
        self._view[self._rows[outcome]] += 1
        for flag in row.flags:
            column = flag.column if flag.code != "unknown" else ""
            self._view[self._violations[column, flag.code]] += 1

    def rows(self, rows: Sequence[CheckedRow]) -> None:
        """Count the rows of one request; those without a violation in one go."""
        flagged = [row for row in rows if row.flags]
        self._view[self._rows["accepted"]] += len(rows) - len(flagged)
        for row in flagged:
            self.row(row)

    def outcomes(self, count: int) -> None:
        """Count truths."""
        self._view[self._outcomes] += count

    def refused(self, reason: Reason) -> None:
        """Count one refusal for a limit or a credential."""
        self._view[self._refused[reason]] += 1

    def fallback(self, reason: Fallback) -> None:
        """Count a request that this challenger did not answer."""
        self._view[self._fallbacks[reason]] += 1

    def shadow_dropped(self) -> None:
        """Count a request that this shadow was not asked."""
        self._view[self._shadow_dropped] += 1

    def ledger(self, counts: Mapping[str, int], waiting: int) -> None:
        """Take over the ledger's own counts."""
        for name, slot in self._records.items():
            self._view[slot] = counts[name]
        self._view[self._waiting] = waiting


def _keys(columns: Sequence[str]) -> Iterator[tuple[str, Labels]]:
    """Yield the samples in the order of the file; a histogram's buckets, sum and count stand together."""
    for protocol, status in product(_PROTOCOLS, _STATUSES):
        yield "interlock_requests_total", (("protocol", protocol), ("code", str(status)))
    for protocol in _PREDICTING:
        base, label = "interlock_request_duration_seconds", ("protocol", protocol)
        for bound in (*BUCKETS, np.inf):
            yield f"{base}_bucket", (label, ("le", bound_text(bound)))
        yield f"{base}_sum", (label,)
        yield f"{base}_count", (label,)
    for outcome in _OUTCOMES:
        yield "interlock_rows_total", (("outcome", outcome),)
    for column in columns:
        for code in get_args(Code):
            if code != "unknown":
                yield "interlock_violations_total", (("column", column), ("code", code))
    yield "interlock_violations_total", (("column", ""), ("code", "unknown"))
    yield "interlock_outcomes_total", ()
    for reason in REASONS:
        yield "interlock_refused_total", (("reason", reason),)
    yield from _accounts()


def _accounts() -> Iterator[tuple[str, Labels]]:
    for outcome in _RECORDS:
        yield "interlock_ledger_requests_total", (("outcome", outcome),)
    yield "interlock_ledger_waiting_bytes", ()
    for reason in _FALLBACKS:
        yield "interlock_fallback_total", (("reason", reason),)
    yield "interlock_shadow_dropped_total", ()


def _columns(contract: Contract) -> tuple[str, ...]:
    return tuple(column.name for column in contract.inputs)


def _mapped(path: Path, slots: int, owner: Owner) -> Any:
    """Map zeros that are already on disk: a hole in the file would kill the process when the disk is full."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(OWNER).write_bytes(msgspec.json.encode(owner))
        path.write_bytes(bytes(8 * slots))
        with path.open("r+b") as file:
            return memoryview(mmap.mmap(file.fileno(), 8 * slots)).cast("d")
    except OSError as error:
        raise ServeError(
            "the metrics cannot be written", where=path, got=error.strerror, next_step="free some room"
        ) from error


def bound_text(bound: float) -> str:
    """Return a bucket's upper bound as its label says it."""
    return "+Inf" if bound == np.inf else f"{bound:g}"
