"""The counters of all workers and releases as text for Prometheus.

The sums over releases keep their names and labels whatever is served, so that they never go back when a
release is exchanged. Beside them stand a few series a release, for whoever compares a challenger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import msgspec
import numpy as np
from numpy.typing import NDArray

from interlock.contract import Contract
from interlock.serve.metrics import BUCKETS, OWNER, Labels, Layout, Owner, bound_text

__all__ = ["exposition", "sample"]

_HELP = {
    "interlock_requests_total": "Requests by protocol and HTTP status.",
    "interlock_request_duration_seconds": "Time from the body read to the answer ready, prediction routes.",
    "interlock_rows_total": "Rows by what the contract said; flagged rows are answered too.",
    "interlock_violations_total": "Violations of the contract by column and code.",
    "interlock_outcomes_total": "Truths received.",
    "interlock_refused_total": "Connections and requests refused for a limit or a credential, by reason.",
    "interlock_ledger_requests_total": "What became of requests: received = logged + sampled_out + dropped.",
    "interlock_ledger_waiting_bytes": "Ledger entries in memory, not yet on disk.",
    "interlock_fallback_total": "Requests of a challenger's that the champion answered, by why.",
    "interlock_shadow_dropped_total": "Requests that a shadow was not asked, because too many waited.",
    "interlock_plan_version": "Number of the event that led to the plan that is executed.",
    "interlock_plan_refused": "Whether the newest plan is refused, and the one before executed.",
    "interlock_plan_age_seconds": "Time since the source of plans was last reached.",
    "interlock_certificate_expires_timestamp_seconds": "When the TLS certificate expires, Unix time.",
    "interlock_model_info": "The release that answers.",
    "interlock_release_requests_total": "Prediction requests by the release asked and HTTP status.",
    "interlock_release_rows_total": "Rows by the release asked and what its contract said.",
    "interlock_release_request_seconds": "Time to an answer by the release asked.",
}
#: Gauges whose names end as those of histograms do.
_GAUGES = ("interlock_plan_age_seconds", "interlock_certificate_expires_timestamp_seconds")
#: Counted by release alone.
_BY_RELEASE = ("interlock_fallback_total", "interlock_shadow_dropped_total")
_OWNER = msgspec.json.Decoder(Owner)

_Slots = NDArray[np.float64]


def exposition(
    contract: Contract,
    paths: Sequence[Path],
    info: Mapping[str, str] | None = None,
    gauges: Mapping[str, float] = MappingProxyType({}),
) -> str:
    """Return the counters in the text format 0.0.4 of Prometheus.

    What shadows counted is in no sum over releases: nobody got their answers.

    Args:
        contract: The one that is served now; its series are always there.
        paths: The workers' files.
        info: Labels of `interlock_model_info`; none where None.
        gauges: Further values, by name.

    Source:
        https://prometheus.io/docs/instrumenting/exposition_formats/
    """
    own = Owner(columns=tuple(column.name for column in contract.inputs))
    groups = _groups(paths, own)
    families: dict[str, dict[str, float]] = {}
    for columns, slots in _over_releases(groups, own).items():
        for name, labels, value in _samples(columns, slots):
            if name not in _BY_RELEASE:
                _add(families, name, labels, value)
    for owner, slots in groups.items():
        for name, labels, value in _samples(owner.columns, slots):
            _add_by_release(families, owner, name, labels, value)
    if info:
        _add(families, "interlock_model_info", tuple(info.items()), 1.0)
    for name, value in gauges.items():
        _add(families, name, (), value)
    return "\n".join(_lines(families)) + "\n"


def sample(name: str, labels: Labels) -> str:
    """Return a sample's name with its labels.

    Example:
        >>> sample("interlock_rows_total", (("outcome", "flagged"),))
        'interlock_rows_total{outcome="flagged"}'
    """
    inner = ",".join(f'{key}="{_escape(text)}"' for key, text in labels)
    return f"{name}{{{inner}}}" if inner else name


def _add(families: dict[str, dict[str, float]], name: str, labels: Labels, value: float) -> None:
    of = families.setdefault(_family(name), {})
    key = sample(name, labels)
    of[key] = of.get(key, 0.0) + value


def _add_by_release(
    families: dict[str, dict[str, float]], owner: Owner, name: str, labels: Labels, value: float
) -> None:
    """Add a sample to the few series that each release has; statuses that never came are left out."""
    given = dict(labels)
    if not owner.release:
        return
    who: Labels = (("release", owner.release), ("role", owner.role))
    if name in _BY_RELEASE and owner.role == ("challenger" if "fallback" in name else "shadow"):
        _add(families, name, (who[0], *labels), value)
    elif name == "interlock_requests_total" and value and given["protocol"] not in ("outcomes", "other"):
        _add(families, "interlock_release_requests_total", (*who, ("code", given["code"])), value)
    elif name == "interlock_rows_total":
        _add(families, "interlock_release_rows_total", (*who, *labels), value)
    elif name.startswith("interlock_request_duration_seconds_") and not name.endswith("_bucket"):
        _add(families, f"interlock_release_request_seconds_{name.rsplit('_', 1)[1]}", who, value)


def _groups(paths: Sequence[Path], own: Owner) -> dict[Owner, _Slots]:
    """Return the sums over the files of each owner; a file of a wrong length is left out."""
    groups: dict[Owner, _Slots] = {}
    for path in paths:
        owner = _owner(path, own)
        values = np.fromfile(path, dtype=np.float64)
        if len(values) == len(Layout.of(owner.columns).slots):
            groups[owner] = groups[owner] + values if owner in groups else values
    return groups


def _over_releases(groups: Mapping[Owner, _Slots], own: Owner) -> dict[tuple[str, ...], _Slots]:
    """Return the sums of releases that have the same columns, whoever answered; without the shadows."""
    totals = {own.columns: np.zeros(len(Layout.of(own.columns).slots))}
    for owner, slots in groups.items():
        if owner.role != "shadow":
            totals[owner.columns] = totals.get(owner.columns, 0.0) + slots
    return totals


def _owner(path: Path, own: Owner) -> Owner:
    try:
        return _OWNER.decode(path.with_suffix(OWNER).read_bytes())
    except (OSError, msgspec.DecodeError):
        return own


def _samples(columns: tuple[str, ...], slots: _Slots) -> Iterator[tuple[str, Labels, float]]:
    """Yield the samples, histograms made cumulative."""
    total = slots.copy()
    width = len(BUCKETS)
    for (name, labels), slot in Layout.of(columns).slots.items():
        if name.endswith("_bucket") and dict(labels)["le"] == bound_text(BUCKETS[0]):
            total[slot : slot + width + 1] = np.cumsum(total[slot : slot + width + 1])
            total[slot + width + 2] = total[slot + width]
        yield name, labels, float(total[slot])


def _lines(families: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    for family, samples in families.items():
        yield f"# HELP {family} {_HELP[family]}"
        yield f"# TYPE {family} {_type(family)}"
        for key, value in samples.items():
            yield f"{key} {_number(value)}"


def _family(name: str) -> str:
    for ending in ("_bucket", "_sum", "_count"):
        name = name.removesuffix(ending)
    return name


def _type(family: str) -> str:
    if family in _GAUGES:
        return "gauge"
    if family.endswith("_seconds"):
        return "summary" if "_release_" in family else "histogram"
    return "counter" if family.endswith("_total") else "gauge"


def _number(value: float) -> str:
    return repr(int(value)) if value.is_integer() else repr(value)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
