"""A finding: one thing worth knowing about a table, in plain words, with the number behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from interlock.explore.estimate import Estimate

__all__ = ["Finding", "Kind", "finding", "ranked"]

Kind = Literal[
    "association",
    "constant",
    "duplicates",
    "identifier",
    "imbalance",
    "infinite",
    "leakage",
    "missing",
    "missing target",
    "mixed types",
    "outliers",
    "placeholder",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth knowing about a table.

    Args:
        kind: What sort of thing.
        columns: The columns it is about; empty for the whole table.
        sentence: In plain words, with the main figure.
        effect: Its size: a share, or a measure of association that `method` names.
        low: The lower end of the 95 % interval of `effect`.
        high: The upper end.
        n: Rows behind it.
        method: How it was measured.
        severity: 0 (good to know) to 1 (stop and look).
    """

    kind: Kind
    columns: tuple[str, ...]
    sentence: str
    effect: float
    low: float
    high: float
    n: int
    method: str
    severity: float


def finding(
    kind: Kind, columns: tuple[str, ...], sentence: str, estimate: Estimate, method: str, severity: float
) -> Finding:
    """Return a finding from its estimate."""
    return Finding(
        kind,
        columns,
        sentence,
        estimate.value,
        estimate.low,
        estimate.high,
        estimate.n,
        method,
        min(max(severity, 0.0), 1.0),
    )


def ranked(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return the findings, the most serious first; equal ones in the order of kind and column."""
    return tuple(sorted(findings, key=lambda each: (-each.severity, each.kind, each.columns)))
