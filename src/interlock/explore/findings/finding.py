"""A finding: one thing worth knowing about a table, in plain words, with the number behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import msgspec

from interlock.explore.statistics.estimate import Estimate
from interlock.report import Chart, Intervals, chart_from, chart_to

__all__ = ["Finding", "Kind", "finding", "from_plain", "ranked", "to_plain"]

Kind = Literal[
    "association",
    "break",
    "broken images",
    "broken text",
    "clock",
    "conflicts",
    "constant",
    "drivers",
    "duplicates",
    "entity",
    "few rows",
    "gap",
    "identifier",
    "imbalance",
    "infinite",
    "interaction",
    "leakage",
    "missing",
    "missing target",
    "missing together",
    "mixed types",
    "outliers",
    "personal data",
    "placeholder",
    "redundant",
    "repeated images",
    "repeated text",
    "reversal",
    "seasonality",
    "trend",
    "unseen levels",
    "turned images",
    "words",
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
        picture: What shows it best, to be drawn; None where the number says it all.
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
    picture: Chart | None = None

    def plot(self, ax: Any = None) -> Any:
        """Draw the picture on Matplotlib, or the effect with its interval where there is none.

        Args:
            ax: The `Axes` to draw on; None makes a figure of its own.

        Returns:
            The `Axes`.
        """
        return (self.picture or self._effect()).plot(ax)

    def _effect(self) -> Chart:
        return Intervals(
            title=self.sentence.replace("`", ""),
            labels=(", ".join(self.columns) or "all columns",),
            values=(self.effect,),
            low=(self.low,),
            high=(self.high,),
            n=self.n,
            x_title="effect",
            note=f"95 % interval; {self.method}",
        )


def finding(
    kind: Kind,
    columns: tuple[str, ...],
    sentence: str,
    estimate: Estimate,
    method: str,
    severity: float,
    picture: Chart | None = None,
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
        picture,
    )


def ranked(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return the findings, the most serious first; equal ones in the order of kind and column."""
    return tuple(sorted(findings, key=lambda each: (-each.severity, each.kind, each.columns)))


def to_plain(found: Finding) -> dict[str, Any]:
    """Return a finding as plain JSON, for `from_plain` to read."""
    plain: dict[str, Any] = msgspec.to_builtins(replace(found, picture=None))
    return plain | {"picture": None if found.picture is None else chart_to(found.picture)}


def from_plain(plain: Mapping[str, Any]) -> Finding:
    """Return the finding that `to_plain` wrote.

    Raises:
        msgspec.ValidationError: If a field is missing, unknown or of another type.
    """
    picture = plain.get("picture")
    found = msgspec.convert({**plain, "picture": None}, Finding)
    return found if picture is None else replace(found, picture=chart_from(picture))
