"""Counters of all worker processes, in one small memory-mapped file each, summed when Prometheus asks.

Every worker of one release has the same slots in the same order, so files are added slot by slot. The file of
a worker that died stays until the service stops: a sum never goes back.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from interlock.contract import CheckedRow, Code, Contract
from interlock.errors import ServeError
from interlock.serve.refused import REASONS, Reason

__all__ = ["BUCKETS", "Layout", "Metrics", "certificate", "exposition"]

#: Upper bounds of the latency histogram, seconds.
BUCKETS = (5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0, 2.5)

_PREDICTING = ("v1", "v2", "mlflow", "kserve_v1", "grpc", "sagemaker", "vertex", "azureml")
_PROTOCOLS = (*_PREDICTING, "outcomes", "other")
_STATUSES = (200, 400, 401, 403, 404, 405, 406, 413, 415, 422, 429, 500, 503)
_OUTCOMES = ("accepted", "flagged", "rejected")
_RECORDS = ("received", "logged", "sampled_out", "dropped")

_HELP = {
    "interlock_requests_total": "Requests by protocol and HTTP status.",
    "interlock_request_duration_seconds": "Time from the body read to the answer ready, prediction routes.",
    "interlock_rows_total": "Rows by what the contract said; flagged rows are answered too.",
    "interlock_violations_total": "Violations of the contract by column and code.",
    "interlock_outcomes_total": "Truths received.",
    "interlock_refused_total": "Connections and requests refused for a limit or a credential, by reason.",
    "interlock_ledger_requests_total": "What became of requests: received = logged + sampled_out + dropped.",
    "interlock_ledger_waiting_bytes": "Ledger entries in memory, not yet on disk.",
}

_Labels = tuple[tuple[str, str], ...]


class Layout(NamedTuple):
    """Which slot holds what.

    Args:
        slots: Slot by sample name and labels, in the order of the file.
    """

    slots: dict[tuple[str, _Labels], int]

    @classmethod
    def of(cls, contract: Contract) -> Layout:
        """Return the layout for a contract: the number of series is bounded by its columns."""
        return cls({key: slot for slot, key in enumerate(_keys(contract))})

    def slot(self, name: str, **labels: str) -> int:
        """Return the slot of a sample."""
        return self.slots[name, tuple(labels.items())]


class Metrics:
    """The counters of this process.

    Args:
        path: The file; made anew.
        contract: Whose columns label the violations.

    Raises:
        ServeError: If the file cannot be made.

    Example:
        >>> import tempfile
        >>> from interlock.contract import Column
        >>> contract = Contract((Column("age", "integer"),))
        >>> path = Path(tempfile.mkdtemp()) / "worker.metrics"
        >>> metrics = Metrics(path, contract)
        >>> metrics.request("other", 404)
        >>> 'interlock_requests_total{protocol="other",code="404"} 1' in exposition(contract, [path])
        True
    """

    def __init__(self, path: Path, contract: Contract) -> None:
        layout, self.path = Layout.of(contract), path
        self._view = _mapped(path, len(layout.slots))
        slot = layout.slot
        self._requests = {
            (protocol, status): slot("interlock_requests_total", protocol=protocol, code=str(status))
            for protocol in _PROTOCOLS
            for status in _STATUSES
        }
        histogram = "interlock_request_duration_seconds"
        self._buckets = {
            p: slot(f"{histogram}_bucket", protocol=p, le=_bound(BUCKETS[0])) for p in _PREDICTING
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

    def request(self, protocol: str, status: int) -> None:
        """Count one request."""
        self._view[self._requests[protocol, status]] += 1

    def latency(self, protocol: str, seconds: float) -> None:
        """Count the latency of one prediction request."""
        self._view[self._buckets[protocol] + bisect_left(BUCKETS, seconds)] += 1
        self._view[self._sums[protocol]] += seconds

    def row(self, row: CheckedRow) -> None:
        """Count one row and its violations."""
        outcome = "rejected" if row.rejected else "flagged" if row.flags else "accepted"
        self._view[self._rows[outcome]] += 1
        for flag in row.flags:
            column = flag.column if flag.code != "unknown" else ""
            self._view[self._violations[column, flag.code]] += 1

    def outcomes(self, count: int) -> None:
        """Count truths."""
        self._view[self._outcomes] += count

    def refused(self, reason: Reason) -> None:
        """Count one refusal for a limit or a credential."""
        self._view[self._refused[reason]] += 1

    def ledger(self, counts: Mapping[str, int], waiting: int) -> None:
        """Take over the ledger's own counts."""
        for name, slot in self._records.items():
            self._view[slot] = counts[name]
        self._view[self._waiting] = waiting


def exposition(contract: Contract, paths: Sequence[Path], info: Mapping[str, str] | None = None) -> str:
    """Return the sum over workers in the text format 0.0.4 of Prometheus.

    Args:
        contract: The one that the workers serve.
        paths: The workers' files.
        info: Labels of `interlock_model_info`; none where None.

    Source:
        https://prometheus.io/docs/instrumenting/exposition_formats/
    """
    layout = Layout.of(contract)
    total = _sum(paths, len(layout.slots))
    lines: list[str] = []
    family = ""
    for (name, labels), slot in layout.slots.items():
        current = _family(name)
        if current != family:
            family = current
            lines += [f"# HELP {family} {_HELP[family]}", f"# TYPE {family} {_type(family)}"]
        if name.endswith("_bucket") and dict(labels)["le"] == _bound(BUCKETS[0]):
            total[slot : slot + len(BUCKETS) + 1] = np.cumsum(total[slot : slot + len(BUCKETS) + 1])
            total[slot + len(BUCKETS) + 2] = total[slot + len(BUCKETS)]
        lines.append(_sample(name, labels, total[slot]))
    if info:
        lines += [
            "# HELP interlock_model_info The release that answers.",
            "# TYPE interlock_model_info gauge",
        ]
        lines.append(_sample("interlock_model_info", tuple(info.items()), 1.0))
    return "\n".join(lines) + "\n"


def certificate(expires: float) -> str:
    """Return when the TLS certificate expires, in the same format.

    Example:
        >>> print(certificate(1767225600.0).splitlines()[-1])
        interlock_certificate_expires_timestamp_seconds 1767225600
    """
    name = "interlock_certificate_expires_timestamp_seconds"
    said = f"# HELP {name} When the TLS certificate expires, Unix time.\n# TYPE {name} gauge\n"
    return f"{said}{_sample(name, (), expires)}\n"


def _keys(contract: Contract) -> Iterator[tuple[str, _Labels]]:
    """Yield the samples in the order of the file; a histogram's buckets, sum and count stand together."""
    for protocol, status in product(_PROTOCOLS, _STATUSES):
        yield "interlock_requests_total", (("protocol", protocol), ("code", str(status)))
    for protocol in _PREDICTING:
        base, label = "interlock_request_duration_seconds", ("protocol", protocol)
        for bound in (*BUCKETS, np.inf):
            yield f"{base}_bucket", (label, ("le", _bound(bound)))
        yield f"{base}_sum", (label,)
        yield f"{base}_count", (label,)
    for outcome in _OUTCOMES:
        yield "interlock_rows_total", (("outcome", outcome),)
    for column in contract.inputs:
        for code in get_args(Code):
            if code != "unknown":
                yield "interlock_violations_total", (("column", column.name), ("code", code))
    yield "interlock_violations_total", (("column", ""), ("code", "unknown"))
    yield "interlock_outcomes_total", ()
    for reason in REASONS:
        yield "interlock_refused_total", (("reason", reason),)
    for outcome in _RECORDS:
        yield "interlock_ledger_requests_total", (("outcome", outcome),)
    yield "interlock_ledger_waiting_bytes", ()


def _mapped(path: Path, slots: int) -> Any:
    """Map zeros that are already on disk: a hole in the file would kill the process when the disk is full."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(8 * slots))
        with path.open("r+b") as file:
            return memoryview(mmap.mmap(file.fileno(), 8 * slots)).cast("d")
    except OSError as error:
        raise ServeError(
            "the metrics cannot be written", where=path, got=error.strerror, next_step="free some room"
        ) from error


def _sum(paths: Sequence[Path], slots: int) -> NDArray[np.float64]:
    total = np.zeros(slots)
    for path in paths:
        values = np.fromfile(path, dtype=np.float64)
        if len(values) == slots:
            total += values
    return total


def _family(name: str) -> str:
    for ending in ("_bucket", "_sum", "_count"):
        name = name.removesuffix(ending)
    return name


def _type(family: str) -> str:
    if family.endswith("_seconds"):
        return "histogram"
    return "counter" if family.endswith("_total") else "gauge"


def _sample(name: str, labels: _Labels, value: float) -> str:
    inner = ",".join(f'{key}="{_escape(text)}"' for key, text in labels)
    number = repr(int(value)) if float(value).is_integer() else repr(float(value))
    return f"{name}{{{inner}}} {number}" if inner else f"{name} {number}"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _bound(bound: float) -> str:
    return "+Inf" if bound == np.inf else f"{bound:g}"
